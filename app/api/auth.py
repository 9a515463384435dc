"""Who may call: whoever shows the internal secret, checked before a byte of the body is read."""

import hmac

from fastapi import Security
from fastapi.security import APIKeyHeader
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.problems import problem_response
from app.errors import Unauthorized

SECRET_HEADER = "x-internal-secret"  # noqa: S105  a header's name

# Probes, the docs page, and figures that Prometheus reads without a secret. They say nothing about
# any person; /metrics names tenants and what their model calls cost.
OPEN_PATHS = frozenset({"/health", "/ready", "/metrics", "/docs", "/openapi.json"})
OPEN_FOLDER = "/docs-assets/"

# Gives the docs page its Authorize button; the middleware below does the checking.
documented_secret = Security(
    APIKeyHeader(
        name=SECRET_HEADER,
        scheme_name="InternalSecret",
        description="What core-api and the shim show: CORE_API_INTERNAL_SECRET.",
        auto_error=False,
    )
)


class RequireSecret:
    """Answers 401 to every request without an accepted secret, open paths apart."""

    def __init__(self, app: ASGIApp, *, accepted_secrets: tuple[str, ...]) -> None:
        self._app = app
        self._accepted = tuple(secret.encode() for secret in accepted_secrets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if it may be."""
        if scope["type"] != "http" or _is_open(scope["path"]) or self._is_accepted(scope):
            await self._app(scope, receive, send)
        else:
            await problem_response(Unauthorized())(scope, receive, send)

    def _is_accepted(self, scope: Scope) -> bool:
        shown = [value for name, value in scope["headers"] if name == SECRET_HEADER.encode()]
        if len(shown) != 1:
            return False
        # Bytes, because compare_digest refuses non-ASCII text; all of them, because leaving early
        # would tell which of two secrets matched.
        matches = [hmac.compare_digest(shown[0], secret) for secret in self._accepted]
        return any(matches)


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDER)
