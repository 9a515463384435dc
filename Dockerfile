FROM python:3.11-slim AS build
WORKDIR /srv/ai-worker
ENV VIRTUAL_ENV=/srv/ai-worker/.venv
COPY requirements.lock pyproject.toml ./
# uv first, by pip, with the lock's hashes; it is not part of the image.
RUN awk '/^[a-z]/ {keep = /^uv==/} keep' requirements.lock > /tmp/uv.txt \
    && pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /tmp/uv.txt \
    && uv venv "$VIRTUAL_ENV"
# `--build-arg EXTRAS=otel` for an image that can send traces.
ARG EXTRAS=
# What pyproject.toml needs at run time and no tools, in the lock's versions, each file checked
# against the lock's hashes.
RUN uv pip install --no-cache --compile-bytecode --link-mode copy \
    --requirement pyproject.toml ${EXTRAS:+--extra $EXTRAS} --constraint requirements.lock
COPY alembic.ini README.md LICENSE ./
COPY alembic alembic
COPY app app
# What the docs page offers to try.
COPY examples examples
# In place, because the migrations are found beside the code.
RUN uv pip install --no-cache --no-deps --no-build-isolation --editable . \
    && python -m compileall -q app alembic

FROM python:3.11-slim
LABEL org.opencontainers.image.title="ai-worker" org.opencontainers.image.licenses="MIT"
WORKDIR /srv/ai-worker
COPY --from=build /srv/ai-worker /srv/ai-worker
RUN useradd --system --uid 10001 --no-create-home --home-dir /tmp ai-worker
# Nothing is written outside /tmp, so the root file system can be mounted read-only.
ENV APP_ENV=production \
    DATA_DIR=/tmp/ai-worker \
    HOME=/tmp \
    PATH=/srv/ai-worker/.venv/bin:$PATH \
    PORT=4002 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
EXPOSE 4002
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s --retries=3 CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=3); c.request('GET', '/health'); sys.exit(c.getresponse().status != 200)"]
# SIGTERM drains: 20 s for requests, then callbacks.
STOPSIGNAL SIGTERM
CMD ["ai-worker", "serve"]
