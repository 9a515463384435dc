import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.types import Message

from app.api.problems import MEDIA_TYPE, answer_errors_with_problems, problem_of, problem_response
from app.errors import (
    AiWorkerError,
    InvalidPayload,
    ProviderRateLimited,
    RunInProgress,
    StoredFailure,
    Unavailable,
)

SECRET_TEXT = "Asha Verma, +91 00000 00101"


class Down(Exception):  # noqa: N818  what a driver says
    """What a driver raises."""


def _app() -> FastAPI:
    app = FastAPI()
    answer_errors_with_problems(app)

    @app.get("/crash")
    async def crash() -> None:
        raise ValueError(SECRET_TEXT)

    @app.get("/away")
    async def away() -> None:
        raise OperationalError(SECRET_TEXT, {}, Down(SECRET_TEXT))

    @app.get("/refused")
    async def refused() -> None:
        raise ConnectionRefusedError(SECRET_TEXT)

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, SECRET_TEXT)

    @app.get("/half")
    async def half() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"the first half"
            await asyncio.sleep(0)
            raise ValueError(SECRET_TEXT)

        return StreamingResponse(parts())

    return app


async def _get(path: str, method: str = "GET") -> httpx.Response:
    transport = httpx.ASGITransport(_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.request(method, path)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/crash", 500, "internal"),
        ("/away", 503, "unavailable"),
        ("/refused", 503, "unavailable"),
        ("/teapot", 404, "not_found"),
        ("/nowhere", 404, "not_found"),
    ],
)
async def test_whatever_is_raised_is_a_problem(path: str, status: int, code: str) -> None:
    """Every exception is answered with a problem document that repeats nothing of its text."""
    answer = await _get(path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["code"] == code
    assert answer.json()["status"] == status
    assert "Asha" not in answer.text


async def test_a_half_sent_answer_is_left_alone() -> None:
    """A crash after the answer began does not put a second answer into it."""
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/half", "headers": [], "query_string": b""}
    await _app()(scope, receive, send)

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[1]["body"] == b"the first half"


async def test_another_method_is_told_which_ones_there_are() -> None:
    """A 405 carries Allow, as RFC 9110 section 15.5.6 wants."""
    answer = await _get("/crash", "POST")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("handled", [AiWorkerError, HTTPException, RequestValidationError])
async def test_a_handler_takes_its_own_kind_only(handled: type[Exception]) -> None:
    """A handler that was given another exception says so instead of guessing."""
    handler = _app().exception_handlers[handled]

    with pytest.raises(TypeError):
        await handler(Request({"type": "http"}), KeyError())  # type: ignore[misc]  # ours are async


def test_all_members_are_there() -> None:
    """A problem has every member of the contract; the run's id is there once there is a run."""
    error = RunInProgress()
    error.run_id = uuid4()

    assert problem_of(error) == {
        "type": "urn:ai-worker:problem:in_progress",
        "title": "The same job is being run right now.",
        "status": 409,
        "detail": "The same job is being run right now.",
        "code": "in_progress",
        "retryable": True,
        "runId": str(error.run_id),
    }


def test_a_stored_failure_is_told_as_it_was() -> None:
    """A failure that is replayed has the title, status and code it was stored with."""
    error = StoredFailure(status=404, code="resume_not_found", title="Gone.", detail="Long gone.")

    assert problem_of(error) == {
        "type": "urn:ai-worker:problem:resume_not_found",
        "title": "Gone.",
        "status": 404,
        "detail": "Long gone.",
        "code": "resume_not_found",
        "retryable": False,
    }


def test_an_invalid_payload_lists_its_errors() -> None:
    """The members of an invalid payload are listed, and its detail says the same in one line."""
    error = InvalidPayload(
        [{"at": "body.tone", "message": "bad"}, {"at": "body", "message": "worse"}]
    )

    problem = problem_of(error)

    assert problem["errors"] == [
        {"at": "body.tone", "message": "bad"},
        {"at": "body", "message": "worse"},
    ]
    assert problem["detail"] == "body.tone: bad; body: worse"


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RunInProgress(), "5"),
        (Unavailable(retry_after_seconds=0.2), "1"),
        (ProviderRateLimited(retry_after_seconds=7.0), "7"),
        (ProviderRateLimited(retry_after_seconds=0), "0"),
        (InvalidPayload([]), None),
        (AiWorkerError(), None),
    ],
)
def test_retry_after_is_whole_seconds(error: AiWorkerError, seconds: str | None) -> None:
    """Retry-After is there where waiting helps, rounded up to what HTTP knows."""
    answer = problem_response(error)

    assert answer.headers.get("retry-after") == seconds
