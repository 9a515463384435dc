"""Request bodies read as RFC 8259 JSON, which Python's own parser is too kind for."""

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any

import pydantic_core
from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.db.text import storable


class StrictJsonRequest(Request):
    """A request whose JSON holds finite numbers and no lone surrogate, and whose NULs are dropped.

    PostgreSQL stores none of the others. A NUL comes out of PDF readers and means nothing.
    """

    async def json(self) -> Any:  # noqa: ANN401  as Starlette's
        """The body.

        Raises:
            json.JSONDecodeError: it is not JSON; FastAPI answers with the place.
        """
        body = await self.body()
        try:
            return storable(_finite(pydantic_core.from_json(body, allow_inf_nan=False)))
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(_reason(error), "", 0) from None


class StrictJsonRoute(APIRoute):
    """A route that reads its body strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given the strict request."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await handle(StrictJsonRequest(request.scope, request.receive))

        return handle_strictly


def _finite(value: object) -> object:
    """The value, as it is.

    Why: 1e999 is valid JSON, and the parser makes it an infinity that is none.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("number out of range")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        _finite(item)
    return value


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
