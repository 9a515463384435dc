import importlib
import inspect
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import ModuleType

import httpx
import pytest

from app.errors import (
    AiWorkerError,
    ContextTooLong,
    ModelRefused,
    ModelTimeout,
    ProviderError,
    ProviderMisconfigured,
    ProviderRateLimited,
    RunInterrupted,
)
from app.llm.failures import ERRORS, failure_for, is_about_schema
from app.llm.provider import LiteLLMProvider

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)

# Without a meaning of their own: litellm.APIError carries any status, the others are only roots.
ROOTS = {"APIError", "APIStatusError", "OpenAIError"}


@pytest.fixture(scope="module")
async def litellm() -> ModuleType:
    # Through the provider, which keeps the import from reaching for the network.
    await LiteLLMProvider(name="offline", model="editor", fast_model="editor").warm_up()
    return importlib.import_module("litellm")


def exported_exceptions(litellm: ModuleType) -> Iterator[type[Exception]]:
    for module in (litellm.exceptions, importlib.import_module("openai")):
        for name, member in inspect.getmembers(module, inspect.isclass):
            if issubclass(member, Exception) and not name.startswith("_"):
                yield member


def named(name: str, parent: type[Exception] = Exception) -> type[Exception]:
    return type(name, (parent,), {})


def answered(
    status: int,
    error: Mapping[str, object] | None = None,
    *,
    name: str = "APIError",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Exception:
    """LiteLLM's exception above the provider's answer, as both SDKs chain them."""
    request = httpx.Request("POST", "http://provider.test/")
    content = json.dumps({"error": error}).encode() if error is not None else body
    response = httpx.Response(status, content=content, headers=headers, request=request)
    raised = named(name)(f"litellm.{name}: {content.decode()}")
    raised.__cause__ = named("OpenAIError")("sk-secret")
    raised.__cause__.__context__ = httpx.HTTPStatusError("", request=request, response=response)
    return raised


def test_every_exception_is_mapped(litellm: ModuleType) -> None:
    """Every exception that LiteLLM and its SDK export has an error of ours, chosen by its class."""
    kinds = list(exported_exceptions(litellm))

    unmapped = [
        kind
        for kind in kinds
        if kind.__name__ not in ROOTS
        and not any(parent.__name__ in ERRORS for parent in kind.__mro__)
    ]

    assert len(kinds) > 40
    assert unmapped == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ContextWindowExceededError", ContextTooLong),
        ("ContentPolicyViolationError", ModelRefused),
        ("BadRequestError", ProviderError),
        ("UnsupportedParamsError", ProviderMisconfigured),
        ("Timeout", ModelTimeout),
        ("APIConnectionError", ProviderError),
    ],
)
def test_the_special_class_wins(
    litellm: ModuleType, name: str, expected: type[AiWorkerError]
) -> None:
    """A class is judged before the class it derives from."""
    kind = getattr(litellm, name)
    error = kind(message="m", llm_provider="openai", model="gpt-4o")

    failure = failure_for(error, NOW)

    assert type(failure) is expected


@pytest.mark.parametrize(
    "name",
    ["AuthenticationError", "PermissionDeniedError", "NotFoundError", "RateLimitError"],
)
@pytest.mark.parametrize("status", [None, 400, 403, 500])
def test_what_litellm_reads_out_of_a_text_stops_nobody_else(name: str, status: int | None) -> None:
    """A class that the answer's status does not bear out is a fault of this attempt."""
    error = answered(status, {"message": "429 invalid api key"}, name=name) if status else None

    failure = failure_for(error or named(name)("429 invalid api key"), NOW)

    assert isinstance(failure, ProviderError)
    assert failure.is_counted


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, ProviderMisconfigured),
        (402, ProviderMisconfigured),
        (403, ProviderError),
        (404, ProviderError),
        (408, ModelTimeout),
        (409, ProviderError),
        (413, ContextTooLong),
        (429, ProviderRateLimited),
        (500, ProviderError),
        (504, ModelTimeout),
        (529, ProviderError),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>billing_error", b"[]", b'{"error": "down"}', b"1"])
def test_an_answer_without_a_code_is_judged_by_its_status(
    status: int, expected: type[AiWorkerError], body: bytes
) -> None:
    """A page, or whatever else is no error object, means what its status means."""
    failure = failure_for(answered(status, body=body), NOW)

    assert type(failure) is expected


@pytest.mark.parametrize(
    "error",
    [
        {"code": "insufficient_quota", "type": "insufficient_quota"},
        {"type": "insufficient_quota", "code": None},
        {"code": "billing_hard_limit_reached"},
        {"code": "credit_balance_exhausted", "type": "billing"},
        {"code": "organization_spend_limit_exceeded"},
        {"code": "organization_usage_limit_exceeded"},
        {"code": "project_spend_limit_exceeded"},
        {"type": "billing_error", "message": "pay"},
        {"type": "permission_error"},
        {"code": "model_not_found", "type": "invalid_request_error"},
        {"type": "NotFoundError", "code": 404},
    ],
)
@pytest.mark.parametrize("status", [400, 403, 404, 429])
def test_a_code_about_everybody_is_the_operators(status: int, error: dict[str, object]) -> None:
    """Codes of key, quota, bill and model are the operator's, whatever status they come with."""
    failure = failure_for(answered(status, error), NOW)

    assert type(failure) is ProviderMisconfigured
    assert isinstance(failure, RunInterrupted)
    assert not failure.is_counted


def test_an_error_object_needs_no_frame() -> None:
    """Servers that send the error object as the whole body are understood too."""
    error = answered(404, body=b'{"object": "error", "type": "NotFoundError", "message": "m"}')

    failure = failure_for(error, NOW)

    assert type(failure) is ProviderMisconfigured


@pytest.mark.parametrize(
    "words",
    ["billing_error", "insufficient_quota", "invalid api key", "Your credit balance is too low to"],
)
@pytest.mark.parametrize("status", [400, 403, 422])
def test_a_prompt_that_is_repeated_decides_nothing(words: str, status: int) -> None:
    """What a provider repeats of a résumé is no code of its own: this attempt failed, no more."""
    repeated = {"message": f"validation error: input_value='{words}'", "code": "invalid_request"}

    failure = failure_for(answered(status, repeated), NOW)

    assert isinstance(failure, ProviderError)
    assert failure.is_counted


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (429, "Request too large for gpt-4o … Limit 30000, Requested 45000.", ContextTooLong),
        (429, "Rate limit reached for gpt-4o. Request too large for now.", ProviderRateLimited),
        (400, "prompt is too long: 210000 tokens > 200000 maximum", ContextTooLong),
        (400, "Your credit balance is too low to access the API.", ProviderMisconfigured),
        (403, "Your credit balance is too low to access the API.", ProviderError),
        (400, "You have reached your specified API usage limits.", ProviderMisconfigured),
        (400, "I said: you have reached your specified API usage limits.", ProviderError),
    ],
)
def test_a_message_without_a_code_is_known_by_its_beginning(
    status: int, message: str, expected: type[AiWorkerError]
) -> None:
    """Where a provider has no code for it, the first words of its own sentence say it."""
    failure = failure_for(answered(status, {"message": message, "code": "x"}), NOW)

    assert type(failure) is expected


@pytest.mark.parametrize(
    "code", ["context_length_exceeded", "request_too_large", "string_above_max_length"]
)
def test_too_long_is_recognised_by_its_code(code: str) -> None:
    """A prompt that does not fit is known by its code where LiteLLM has no class for it."""
    failure = failure_for(answered(400, {"code": code}), NOW)

    assert type(failure) is ContextTooLong


@pytest.mark.parametrize("status", [400, 403])
def test_a_class_may_end_its_own_run(status: int) -> None:
    """What LiteLLM makes of a bad request's text counts where it is about this request alone."""
    error = answered(status, {"message": "m"}, name="ContentPolicyViolationError")

    failure = failure_for(error, NOW)

    assert type(failure) is ModelRefused


def test_a_pause_is_passed_on() -> None:
    """Retry-After of a 429 or 503 reaches our error, however the header is written."""
    busy = answered(503, headers={"Retry-After": "9"})
    limited = answered(429, headers={"RETRY-AFTER": "8"})

    failures = [failure_for(busy, NOW), failure_for(limited, NOW)]

    assert [failure.retry_after_seconds for failure in failures] == [9, 8]


def test_without_a_pause_the_default_holds() -> None:
    """A rate limit without Retry-After keeps our own pause."""
    failure = failure_for(answered(429), NOW)

    assert failure.retry_after_seconds == ProviderRateLimited.default_retry_after_seconds


@pytest.mark.parametrize(
    ("error", "is_unbilled"),
    [
        (answered(500), True),
        (answered(400, {"message": "no"}), True),
        (named("ClientConnectorDNSError", named("ClientConnectorError"))(), True),
        (named("ConnectTimeout")(), True),
        (named("ClientOSError")("reset by peer"), False),
        (named("ReadTimeout")(), False),
        (named("JSONDecodeError")(), False),
    ],
    ids=repr,
)
def test_only_what_may_have_been_answered_may_be_charged(
    error: Exception,
    is_unbilled: bool,  # noqa: FBT001  a column
) -> None:
    """An error answer and a server that was not reached cost nothing; anything else might."""
    raised = named("InternalServerError")("Connection error.")
    raised.__context__ = error

    failure = failure_for(raised, NOW)

    assert failure.is_unbilled is is_unbilled


@pytest.mark.parametrize(
    ("error", "is_bad_request"),
    [
        (answered(400), True),
        (answered(403, body=b"<html>"), True),
        (answered(404), True),
        (answered(409), True),
        (answered(422), True),
        (answered(307), False),
        (answered(408), False),
        (answered(429), False),
        (answered(401), False),
        (answered(400, {"code": "invalid_api_key"}), False),
        (answered(404, {"code": "model_not_found"}), False),
        (answered(500), False),
        (answered(529), False),
        (answered(500, name="BadRequestError"), False),
        (named("BadRequestError")("made no request"), True),
        (named("RejectedHere", named("UnprocessableEntityError"))(), True),
        (named("APIConnectionError")(), False),
        (named("JSONDecodeError")(), False),
    ],
    ids=str,
)
def test_a_bad_request_is_told_from_a_bad_provider(
    error: Exception,
    is_bad_request: bool,  # noqa: FBT001  a column
) -> None:
    """A 4xx that is no limit, key or timeout is about what was asked: nobody else can cure it."""
    failure = failure_for(error, NOW)

    assert failure.is_bad_request is is_bad_request


def test_the_providers_words_go_nowhere() -> None:
    """Neither the exception's text nor its body is in our error, only its class and status."""
    failure = failure_for(answered(529, {"message": "Asha Rao", "code": "sk-secret"}), NOW)

    assert "Reported as APIError, status 529." in failure.detail
    assert "sk-secret" not in str(vars(failure))
    assert "Asha" not in str(vars(failure))


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (400, "'response_format' of type 'json_schema' is not supported", True),
        (422, "output_config.format: unsupported", True),
        (400, "messages.0: unknown role", False),
        (429, "response_format", False),
    ],
)
def test_a_schema_complaint_is_told_apart(
    status: int,
    message: str,
    expected: bool,  # noqa: FBT001  a column of the table
) -> None:
    """Only a bad request that names the answer format is about the schema."""
    assert is_about_schema(answered(status, {"message": message})) is expected


def test_what_nobody_answered_is_not_about_the_schema() -> None:
    """A failure without an answer is no complaint, whatever its text holds."""
    assert not is_about_schema(named("BadRequestError")("response_format"))
