"""What a request may look like and how often it may come, before anybody reads its meaning."""

from typing import Final

from fastapi import Request
from limits import parse
from slowapi import Limiter
from slowapi.util import get_remote_address
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem_response
from app.errors import AddressRateLimited, BodyTooLarge, UnsupportedMediaType

# The longest résumé seen in the wild is under 100 kB as JSON; a megabyte is ten of them.
MAX_BODY_BYTES: Final = 1_048_576

METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})

# 100 a second from one address is far above a platform's back end at the record routes, and far
# below what would hurt. Jobs are not limited here: they all come from one shim.
RECORD_ROUTES_LIMIT = parse("6000/minute")

# In memory: the Redis storage of slowapi blocks the event loop.
_limiter = Limiter(key_func=get_remote_address)


async def limit_address(request: Request) -> None:
    """Count the request against its address.

    Raises:
        AddressRateLimited: there were too many within a minute.
    """
    if not _limiter.limiter.hit(RECORD_ROUTES_LIMIT, get_remote_address(request)):
        raise AddressRateLimited


class LimitBody:
    """Lets JSON bodies of a sane size through, read in whole, and answers 413 or 415 to others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body at hand."""
        if scope["type"] != "http" or scope["method"] not in METHODS_WITH_BODY:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        try:
            body = None if _exceeds(length) else await _read(receive)
        except ClientDisconnect:
            return
        if body is None:
            await problem_response(BodyTooLarge(f"At most {MAX_BODY_BYTES} bytes."))(
                scope, receive, send
            )
        elif body and not _is_json(headers.get(b"content-type", b"")):
            await problem_response(UnsupportedMediaType())(scope, receive, send)
        else:
            await self._app(scope, _replayed(body, receive), send)


def _exceeds(content_length: bytes) -> bool:
    return content_length.isdigit() and int(content_length[:20]) > MAX_BODY_BYTES


def _is_json(content_type: bytes) -> bool:
    media_type = content_type.split(b";")[0].strip().lower()
    return media_type == b"application/json" or (
        media_type.startswith(b"application/") and media_type.endswith(b"+json")
    )


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or `None` as soon as it is too large.

    Raises:
        ClientDisconnect: the caller left before its end; half a job is no job.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    has_replayed = False

    async def replay() -> Message:
        nonlocal has_replayed
        if has_replayed:
            return await receive()
        has_replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
