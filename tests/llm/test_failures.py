import importlib
import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType

import pytest

from app.errors import (
    AiWorkerError,
    ContextTooLong,
    ModelRefused,
    ModelTimeout,
    ProviderError,
    ProviderMisconfigured,
    ProviderRateLimited,
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


class Upstream(Exception):  # noqa: N818  stands for LiteLLM's classes, whose names vary
    """An exception with what LiteLLM attaches to its own."""

    def __init__(
        self,
        text: str = "",
        *,
        status_code: object = None,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.status_code = status_code
        self.body = body
        self.litellm_response_headers = headers
        super().__init__(text)


def named(name: str, parent: type[Upstream] = Upstream) -> type[Upstream]:
    return type(name, (parent,), {})


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
        ("AuthenticationError", ProviderMisconfigured),
        ("Timeout", ModelTimeout),
        ("APIConnectionError", ProviderError),
    ],
)
def test_the_special_class_wins(
    litellm: ModuleType, name: str, expected: type[AiWorkerError]
) -> None:
    """A class is judged before the class it derives from."""
    error = getattr(litellm, name)(message="m", llm_provider="openai", model="gpt-4o")

    failure = failure_for(error, NOW)

    assert type(failure) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, ProviderMisconfigured),
        (402, ProviderMisconfigured),
        (403, ProviderMisconfigured),
        (404, ProviderMisconfigured),
        (408, ModelTimeout),
        (409, ProviderError),
        (413, ContextTooLong),
        (429, ProviderRateLimited),
        (500, ProviderError),
        (504, ModelTimeout),
        (529, ProviderError),
        ("invalid_request_error", ProviderError),
        (None, ProviderError),
    ],
)
def test_a_class_that_says_nothing_is_judged_by_status(
    status: object, expected: type[AiWorkerError]
) -> None:
    """LiteLLM's plain APIError means what its status means."""
    failure = failure_for(named("APIError")(status_code=status), NOW)

    assert type(failure) is expected


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("", {"code": "insufficient_quota"}),
        ("", {"type": "insufficient_quota", "code": None}),
        ("", {"code": "billing_hard_limit_reached"}),
        ('{"type": "error", "error": {"type": "billing_error"}}', None),
        ("Your credit balance is too low to access the Anthropic API.", None),
    ],
)
@pytest.mark.parametrize("name", ["RateLimitError", "BadRequestError", "APIError"])
def test_an_unpaid_bill_is_not_a_rate_limit(name: str, text: str, body: object) -> None:
    """Quota and billing codes are the operator's to solve, whatever status they come with."""
    failure = failure_for(named(name)(text, body=body, status_code=429), NOW)

    assert type(failure) is ProviderMisconfigured


@pytest.mark.parametrize("code", ["context_length_exceeded", "request_too_large"])
def test_too_long_is_recognised_by_its_code(code: str) -> None:
    """A prompt that does not fit is known by its code where LiteLLM has no class for it."""
    failure = failure_for(named("BadRequestError")(body={"code": code}), NOW)

    assert type(failure) is ContextTooLong


def test_a_pause_is_passed_on() -> None:
    """Retry-After of a 429 or 503 reaches our error, however the header is written."""
    busy = named("ServiceUnavailableError")(headers={"Retry-After": "9"})
    limited = named("RateLimitError")(headers={"RETRY-AFTER": "8"})

    failures = [failure_for(busy, NOW), failure_for(limited, NOW)]

    assert [failure.retry_after_seconds for failure in failures] == [9, 8]


def test_without_a_pause_the_default_holds() -> None:
    """A rate limit without Retry-After keeps our own pause."""
    failure = failure_for(named("RateLimitError")(), NOW)

    assert failure.retry_after_seconds == ProviderRateLimited.default_retry_after_seconds


def test_the_providers_words_go_nowhere() -> None:
    """Neither the exception's text nor its body is in our error, only its class and status."""
    error = named("APIError")("sk-secret", status_code=529, body={"message": "Asha Rao"})

    failure = failure_for(error, NOW)

    assert "Reported as APIError, status 529." in failure.detail
    assert "sk-secret" not in str(vars(failure))
    assert "Asha" not in str(vars(failure))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("BadRequestError", "'response_format' of type 'json_schema' is not supported", True),
        ("BadRequestError", "output_config.format: unsupported", True),
        ("BadRequestError", "messages.0: unknown role", False),
        ("RateLimitError", "response_format", False),
    ],
)
def test_a_schema_complaint_is_told_apart(name: str, text: str, expected: bool) -> None:  # noqa: FBT001  a column of the table
    """Only a bad request that names the answer format is about the schema."""
    assert is_about_schema(named(name)(text)) is expected


def test_a_derived_bad_request_counts() -> None:
    """The complaint is recognised in LiteLLM's subclasses of a bad request too."""
    derived = named("UnsupportedParamsError", named("BadRequestError"))

    assert is_about_schema(derived("response_format"))
