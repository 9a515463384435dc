import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.types import Message, Receive, Scope, Send

from app.api.limits import MAX_BODY_BYTES, RECORD_ROUTES_LIMIT, LimitBody, limit_address
from app.main import create_app
from app.settings import Settings
from tests.api.raw_http import AUTHORIZED, JSON, ask
from tests.conftest import SECRET, Service
from tests.fakes import ScriptedProvider

TENANT = b"x-tenant-id: limits"


def _student_of(size_bytes: int) -> bytes:
    empty = len(json.dumps({"name": "A", "profile": {"note": ""}}))
    return json.dumps({"name": "A", "profile": {"note": "x" * (size_bytes - empty)}}).encode()


def _chunked(body: bytes, chunk_bytes: int = 60_000) -> bytes:
    chunks = [body[at : at + chunk_bytes] for at in range(0, len(body), chunk_bytes)]
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


async def test_a_mebibyte_is_accepted(port: int) -> None:
    """A body of exactly the limit is stored."""
    body = _student_of(MAX_BODY_BYTES)

    answer = await ask(
        port,
        b"PUT /students/large",
        AUTHORIZED,
        TENANT,
        JSON,
        b"content-length: %d" % len(body),
        body=body,
    )

    assert len(body) == 1_048_576
    assert answer.status == 200


async def test_a_byte_more_is_refused(port: int) -> None:
    """A body one byte over the limit is a 413, and nothing is stored."""
    body = _student_of(MAX_BODY_BYTES + 1)

    answer = await ask(
        port,
        b"PUT /students/too-large",
        AUTHORIZED,
        TENANT,
        JSON,
        b"content-length: %d" % len(body),
        body=body,
    )

    assert (answer.status, answer.json()["code"]) == (413, "body_too_large")
    assert answer.json()["retryable"] is False
    read = await ask(port, b"GET /students/too-large", AUTHORIZED, TENANT)
    assert read.status == 404


@pytest.mark.parametrize("length", [b"1048577", b"9" * 18])
async def test_an_announced_size_is_refused_unread(port: int, length: bytes) -> None:
    """A content-length over the limit is a 413 before a byte was sent."""
    answer = await ask(
        port, b"POST /jobs/rewrite-resume", AUTHORIZED, JSON, b"content-length: " + length
    )

    assert answer.status == 413


async def test_a_chunked_body_is_measured(port: int) -> None:
    """A body without a content-length is cut off where it passes the limit."""
    answer = await ask(
        port,
        b"PUT /students/chunked",
        AUTHORIZED,
        TENANT,
        JSON,
        b"transfer-encoding: chunked",
        body=_chunked(_student_of(3 * MAX_BODY_BYTES)),
    )

    assert answer.status == 413


async def test_a_chunked_body_within_the_limit_is_read_whole(port: int) -> None:
    """A body that comes in many chunks is one body."""
    answer = await ask(
        port,
        b"PUT /students/chunked",
        AUTHORIZED,
        TENANT,
        JSON,
        b"transfer-encoding: chunked",
        body=_chunked(_student_of(500_000), chunk_bytes=7_001),
    )

    assert answer.status == 200
    assert len(answer.json()["profile"]["note"]) > 499_000


async def test_a_body_that_ends_early_is_not_acted_on(port: int) -> None:
    """Half a request is no request, even where its half happens to be whole JSON."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b'{"name": "Half"}'
    headers = [AUTHORIZED, TENANT, JSON, b"host: x", b"content-length: 5000"]
    writer.write(b"PUT /students/half HTTP/1.1\r\n" + b"\r\n".join(headers) + b"\r\n\r\n" + body)
    await writer.drain()
    await asyncio.sleep(0.1)

    writer.close()

    await asyncio.sleep(0.2)
    assert await reader.read() == b""
    read = await ask(port, b"GET /students/half", AUTHORIZED, TENANT)
    assert read.status == 404


async def test_a_body_longer_than_announced_is_cut(port: int) -> None:
    """What comes after the announced length is not part of the body."""
    answer = await ask(
        port,
        b"PUT /students/longer",
        AUTHORIZED,
        TENANT,
        JSON,
        b"content-length: 10",
        body=b'{"name": "Longer"}',
    )

    assert (answer.status, answer.json()["code"]) == (422, "invalid_payload")


@pytest.mark.parametrize(
    "lengths",
    [
        (b"content-length: -1",),
        (b"content-length: ten",),
        (b"content-length: 2", b"content-length: 3"),
    ],
)
async def test_a_nonsensical_length_is_a_bad_request(port: int, lengths: tuple[bytes, ...]) -> None:
    """A length that is no number, or two that differ, is refused by the server itself."""
    answer = await ask(port, b"PUT /students/s", AUTHORIZED, TENANT, JSON, *lengths, body=b"{}")

    assert answer.status == 400


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (b"content-type:",),
        (b"content-type: text/plain",),
        (b"content-type: application/x-www-form-urlencoded",),
        (b"content-type: multipart/form-data; boundary=x",),
        (b"content-type: application/jsonp",),
        (b"content-type: text/json",),
        (b"content-type: application/xml",),
        (b"content-type: \xff\xfe",),
    ],
)
@pytest.mark.parametrize("first_line", [b"PUT /students/s", b"POST /jobs/rewrite-resume"])
async def test_a_body_of_another_type_is_refused(
    port: int, first_line: bytes, headers: tuple[bytes, ...]
) -> None:
    """A body must say that it is JSON."""
    answer = await ask(
        port,
        first_line,
        AUTHORIZED,
        TENANT,
        b"content-length: 14",
        *headers,
        body=b'{"name": "An"}',
    )

    assert (answer.status, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "media_type",
    ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"],
)
async def test_json_may_be_spelled_in_other_ways(
    service: Service, tenant_id: str, media_type: str
) -> None:
    """Parameters, capitals and JSON's relatives are JSON too."""
    headers = {"x-tenant-id": tenant_id, "content-type": media_type}

    answer = await service.client.put("/students/s", content='{"name": "An"}', headers=headers)

    assert answer.status_code == 200


async def test_an_empty_body_is_missing_not_mistyped(service: Service, tenant_id: str) -> None:
    """No body at all is a 422 that says so, whatever its type would have been."""
    answer = await service.client.put("/students/s", headers={"x-tenant-id": tenant_id})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"at": "body", "message": "Field required"}]


async def test_an_address_that_asks_too_often_is_told_to_wait() -> None:
    """The request after a minute's allowance is a 429, for its own address only."""
    app = create_app(
        Settings.model_validate({"core_api_internal_secret": SECRET}), provider=ScriptedProvider()
    )
    request = Request({"type": "http", "client": ("198.51.100.7", 1), "headers": []})
    for _ in range(RECORD_ROUTES_LIMIT.amount):
        await limit_address(request)

    refused = await _read_student(app, "198.51.100.7")

    assert (refused.status_code, refused.json()["code"]) == (429, "address_rate_limited")
    assert refused.json()["retryable"] is True
    assert int(refused.headers["retry-after"]) > 0
    other = await _read_student(app, "198.51.100.8")
    assert other.json()["code"] == "unavailable"


async def _read_student(app: FastAPI, address: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, client=(address, 1))
    headers = {"x-internal-secret": SECRET, "x-tenant-id": "t"}
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.get("/students/s", headers=headers)


async def test_other_protocols_pass() -> None:
    """What is not HTTP has no body to measure."""
    passed: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        passed.append(scope)

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError(message)

    await LimitBody(app)({"type": "websocket"}, receive, send)

    assert passed == [{"type": "websocket"}]


async def test_the_body_comes_once() -> None:
    """After its body a request tells what the server tells, such as that the caller left."""
    told: Iterator[Message] = iter(
        [
            {"type": "http.request", "body": b"{", "more_body": True},
            {"type": "http.request", "body": b"}", "more_body": False},
            {"type": "http.disconnect"},
        ]
    )
    heard: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, send
        heard.extend([await receive(), await receive()])

    async def receive() -> Message:
        return next(told)

    async def send(message: Message) -> None:
        raise AssertionError(message)

    headers = [(b"content-type", b"application/json")]
    await LimitBody(app)({"type": "http", "method": "PUT", "headers": headers}, receive, send)

    assert heard == [
        {"type": "http.request", "body": b"{}", "more_body": False},
        {"type": "http.disconnect"},
    ]
