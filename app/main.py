"""The application: its routes, what every request passes, and its life."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline

from app.api import (
    analytics_summaries,
    health,
    metrics,
    notes,
    posting_analyses,
    records,
    run_events,
    runs,
    student_summaries,
    suggestions,
    tailorings,
)
from app.api.auth import OPEN_FOLDER, OPEN_PATHS, RequireSecret
from app.api.jobs import jobs_router
from app.api.limits import LimitBody
from app.api.openapi import TAGS, name_shapes
from app.api.problems import answer_errors_with_problems
from app.api.trace import BindTrace
from app.jobs import catalogue
from app.lifecycle import Lifecycle
from app.llm.client import ConnectedProvider
from app.llm.embedding import ConnectedEmbedder
from app.llm.lexical_embedding import LexicalEmbedder
from app.llm.litellm_embedding import LiteLLMEmbedder
from app.llm.local_embedding import LocalEmbedder
from app.llm.provider import LiteLLMProvider
from app.settings import Settings
from app.telemetry.metrics import tenant_label
from app.telemetry.tracing import start_tracing, stop_tracing

DESCRIPTION = """\
Runs AI jobs on résumés for a placement platform: **nothing the student did not say** gets into a
résumé, and a job is **never lost and never paid twice**.

To try it out: **Authorize** with the internal secret (`development-secret` unless set otherwise),
send the three `PUT` examples below as they are, then run `rewrite-resume` as it is. Its answer
names the `resultId`, which `GET /resumes/{resume_id}` shows, and the `runId`, which
`GET /runs/{run_id}` follows. Every error is a problem document (RFC 9457); its `retryable` alone
says whether to repeat.
"""


def create_app(
    settings: Settings,
    *,
    provider: ConnectedProvider | None = None,
    embedder: ConnectedEmbedder | None = None,
    on_refused: Callable[[], None] = lambda: None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> FastAPI:
    """The service, not yet started. Its lifespan returns at once and works on behind.

    `provider` and `embedder` take the place of those the settings name. `on_refused` is called when
    the process must not go on; the reason is `app.state.lifecycle.refusal`. `is_stopping` is true
    from SIGTERM on.
    """
    app = FastAPIOffline(
        title="ai-worker",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=_lifespan,
        redoc_url=None,
        telemetry=_traced(settings),
        static_url=OPEN_FOLDER.rstrip("/"),
        openapi_tags=TAGS,
        # The callers take a redirect for an error; a 404 says what is wrong with the address.
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name.replace("_", "-"),
        swagger_ui_parameters={"persistAuthorization": True, "displayRequestDuration": True},
    )
    app.state.lifecycle = Lifecycle(
        settings,
        provider or _provider(settings),
        embedder or _embedder(settings),
        catalogue(),
        on_refused=on_refused,
        is_stopping=is_stopping,
    )
    tenant_label.most = settings.metrics_tenants
    app.include_router(jobs_router())
    app.include_router(runs.router)
    app.include_router(run_events.router)
    app.include_router(records.router)
    app.include_router(notes.router)
    app.include_router(suggestions.router)
    app.include_router(analytics_summaries.router)
    app.include_router(student_summaries.router)
    app.include_router(posting_analyses.router)
    app.include_router(tailorings.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    # The last one added is the first one passed.
    app.add_middleware(LimitBody)
    app.add_middleware(RequireSecret, accepted_secrets=settings.accepted_secrets)
    answer_errors_with_problems(app)
    name_shapes(app)
    app.add_middleware(BindTrace)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    lifecycle: Lifecycle = app.state.lifecycle
    lifecycle.begin()
    yield
    await lifecycle.end()
    await asyncio.to_thread(stop_tracing)


def _traced(settings: Settings) -> TelemetryConfig:
    """Spans of requests if they are wanted, and of FastAPI's own telemetry nothing else.

    Why: its logs hold exceptions' texts and what a request got wrong.
    """
    endpoint = settings.otel_exporter_otlp_endpoint
    return {
        "tracing": endpoint is not None,
        "tracer_provider": start_tracing(endpoint, settings.otel_service_name)
        if endpoint
        else None,
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "auto_configure": False,
        "exclude": lambda scope: scope.get("path") in OPEN_PATHS,
    }


def _embedder(settings: Settings) -> ConnectedEmbedder:
    embedding = settings.embedding
    if embedding is None:
        return LexicalEmbedder()
    if embedding.provider == "local":
        return LocalEmbedder(settings.data_dir / "models" / embedding.model)
    return LiteLLMEmbedder(
        model=f"{embedding.provider}/{embedding.model}",
        api_key=embedding.api_key,
        api_base=embedding.api_base,
        timeout_seconds=settings.llm_timeout_seconds,
    )


def _provider(settings: Settings) -> LiteLLMProvider:
    return LiteLLMProvider(
        name=settings.provider,
        model=settings.model,
        fast_model=settings.fast_model,
        api_key=settings.api_key,
        api_base=settings.llm_api_base,
        timeout_seconds=settings.llm_timeout_seconds,
        fallbacks=tuple(
            LiteLLMProvider(
                name=fallback.provider,
                model=fallback.model,
                fast_model=fallback.model,
                api_key=fallback.api_key,
                api_base=fallback.api_base,
                timeout_seconds=settings.llm_timeout_seconds,
            )
            for fallback in settings.fallbacks
        ),
    )
