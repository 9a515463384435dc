"""Errors as RFC 9457 problem documents; the only place that turns an exception into an answer."""

import math
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.outage import is_outage
from app.errors import (
    AiWorkerError,
    InternalError,
    InvalidPayload,
    MethodNotAllowed,
    RouteNotFound,
    Unauthorized,
    Unavailable,
)
from app.logs import log
from app.wire import WireModel

MEDIA_TYPE = "application/problem+json"


class FieldError(WireModel):
    """What is wrong at one place of the request, e.g. `body.tone`."""

    at: str
    message: str


class Problem(WireModel):
    """An error. `retryable` says whether the same request may succeed later; nothing else does."""

    type: str = Field(examples=["urn:ai-worker:problem:in_progress"])
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    run_id: str | None = None
    errors: list[FieldError] | None = None


def problem_of(error: AiWorkerError) -> dict[str, Any]:
    """The problem document of an error, without the members it has nothing to say in."""
    problem = Problem(
        type=f"urn:ai-worker:problem:{error.code}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        code=error.code,
        retryable=error.is_retryable,
        run_id=str(error.run_id) if error.run_id else None,
        errors=error.errors if isinstance(error, InvalidPayload) else None,
    )
    return problem.model_dump(exclude_none=True)


def problem_response(error: AiWorkerError) -> JSONResponse:
    """The answer to a request that ended in this error."""
    headers = {}
    if error.retry_after_seconds is not None:
        headers["retry-after"] = str(math.ceil(error.retry_after_seconds))
    if isinstance(error, Unauthorized):
        # RFC 9110 section 11.6.1: a 401 names its scheme.
        headers["www-authenticate"] = 'InternalSecret realm="ai-worker"'
    return JSONResponse(
        problem_of(error),
        status_code=error.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def answer_errors_with_problems(app: FastAPI) -> None:
    """Have every exception inside `app` answered with a problem document."""
    app.add_middleware(LastResort)
    app.add_exception_handler(AiWorkerError, _answer(_itself))
    app.add_exception_handler(RequestValidationError, _answer(_invalid_payload))
    app.add_exception_handler(HTTPException, _answer_refusal_of_routing)


class LastResort:
    """Answers an exception nobody expected; the server would log its text, which may hold data."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer for it where nobody did."""
        has_started = False

        async def watched_send(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as error:  # noqa: BLE001  whatever it is, the caller gets an answer
            outage = is_outage(error)
            log.error("database_away" if outage else "request_crashed", error=error)
            if not has_started and scope["type"] == "http":
                problem = (
                    Unavailable("The database cannot be reached.") if outage else InternalError()
                )
                await problem_response(problem)(scope, receive, send)


def _answer(
    as_error: Callable[[Exception], AiWorkerError],
) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def answer(_: Request, error: Exception) -> JSONResponse:
        return problem_response(as_error(error))

    return answer


def _itself(error: Exception) -> AiWorkerError:
    if not isinstance(error, AiWorkerError):
        raise TypeError(type(error))
    return error


def _invalid_payload(error: Exception) -> AiWorkerError:
    if not isinstance(error, RequestValidationError):
        raise TypeError(type(error))
    return InvalidPayload([_field_error(problem) for problem in error.errors()])


def _field_error(problem: dict[str, Any]) -> dict[str, str]:
    if problem["type"] == "json_invalid":
        return {"at": "body", "message": f"not JSON: {problem['ctx']['error']}"}
    return {"at": ".".join(str(part) for part in problem["loc"]), "message": problem["msg"]}


async def _answer_refusal_of_routing(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise TypeError(type(error))
    if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        return problem_response(RouteNotFound())
    answer = problem_response(MethodNotAllowed())
    # Holds Allow, which RFC 9110 section 15.5.6 wants.
    answer.headers.update(error.headers or {})
    return answer
