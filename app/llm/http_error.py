"""What the provider's own server answered, read out of the chain of exceptions above it.

LiteLLM chooses its exception's class and status by words anywhere in the text, and that text may
repeat the prompt. The answer at the end of the chain is what the provider decided.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

# By name, because the classes are those of a library below LiteLLM. A refused connection, an
# unknown host, a failed handshake and a proxy that is away all derive from the first.
NEVER_CONNECTED = frozenset({"ClientConnectorError", "ConnectTimeout"})


@dataclass(frozen=True)
class HttpError:
    """An answer other than 2xx.

    `codes` are the error's `code` and `type` and `message` its text, all in lower case; empty
    where the body is no error object, as a proxy's page is none. Header names are lower case.
    """

    status: int
    codes: frozenset[str]
    message: str
    headers: Mapping[str, str]


def http_error(error: BaseException) -> HttpError | None:
    """The provider's answer behind this exception; `None` if it gave none, or a 2xx."""
    for link in _chain(error):
        if isinstance(link, httpx.HTTPStatusError):
            said = _error_object(link.response)
            codes = {said.get("code"), said.get("type")}
            return HttpError(
                status=link.response.status_code,
                codes=frozenset(code.casefold() for code in codes if isinstance(code, str)),
                message=str(said.get("message") or "").casefold(),
                headers={name.lower(): value for name, value in link.response.headers.items()},
            )
    return None


def is_never_sent(error: BaseException) -> bool:
    """Whether there was no connection that the request could have gone through."""
    return any(
        parent.__name__ in NEVER_CONNECTED
        for link in _chain(error)
        for parent in type(link).__mro__
    )


def _error_object(response: httpx.Response) -> Mapping[str, Any]:
    """OpenAI's and Anthropic's `{"error": {…}}`, or the same without the frame."""
    try:
        body = response.json()
    except ValueError:
        return {}
    framed = body.get("error", body) if isinstance(body, dict) else None
    return framed if isinstance(framed, dict) else {}


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__
