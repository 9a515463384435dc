"""What a failed model call means for the run, read from LiteLLM's exception without importing it.

What makes everybody wait (a key, a quota, a limit) is read from the provider's status and error
codes alone, never from text: a text may repeat the prompt, and nobody's résumé may stop all others.
Our errors carry the exception's class name and status and none of its text.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.errors import (
    AiWorkerError,
    ContextTooLong,
    ModelRefused,
    ModelTimeout,
    ProviderError,
    ProviderMisconfigured,
    ProviderRateLimited,
    RunFailed,
    RunInterrupted,
)
from app.llm.http_error import HttpError, http_error, is_never_sent
from app.retry_after import retry_after_seconds

# Where the provider gave no answer, or none that says more: by class name, walked along the method
# resolution order, so the more special class wins. LiteLLM also raises the five that would make
# everybody wait where the text holds certain words, so here they are faults like any other.
ERRORS: Mapping[str, type[AiWorkerError]] = {
    "ContextWindowExceededError": ContextTooLong,
    "ContentPolicyViolationError": ModelRefused,
    "RejectedRequestError": ModelRefused,
    "GuardrailRaisedException": ModelRefused,
    "BlockedPiiEntityError": ModelRefused,
    "ModifyResponseException": ModelRefused,
    "ContentFilterFinishReasonError": ModelRefused,
    "OAuthError": ProviderMisconfigured,
    "WorkloadIdentityError": ProviderMisconfigured,
    "LiteLLMUnknownProvider": ProviderMisconfigured,
    "ModelNotMappedError": ProviderMisconfigured,
    "UnsupportedParamsError": ProviderMisconfigured,
    "BudgetExceededError": ProviderMisconfigured,
    "AuthenticationError": ProviderError,
    "PermissionDeniedError": ProviderError,
    "PaymentRequiredError": ProviderError,
    "NotFoundError": ProviderError,
    "RateLimitError": ProviderError,
    "Timeout": ModelTimeout,
    "APITimeoutError": ModelTimeout,
    "TimeoutError": ModelTimeout,
    "APIConnectionError": ProviderError,
    "APIResponseValidationError": ProviderError,
    "BadGatewayError": ProviderError,
    "BadRequestError": ProviderError,
    "ConflictError": ProviderError,
    "InternalServerError": ProviderError,
    "InvalidWebhookSignatureError": ProviderError,
    "LengthFinishReasonError": ProviderError,
    "MockException": ProviderError,
    "SensitiveDataRouteException": ProviderError,
    "ServiceUnavailableError": ProviderError,
    "UnprocessableEntityError": ProviderError,
    "WebSocketConnectionClosedError": ProviderError,
    "WebSocketQueueFullError": ProviderError,
}

# What the answer's status means where it has no code that says more. A 403 or 404 without one may
# be a firewall's page about a single prompt: a fault of this attempt, and counted as one.
STATUSES: Mapping[int, type[AiWorkerError]] = {
    401: ProviderMisconfigured,
    402: ProviderMisconfigured,
    408: ModelTimeout,
    413: ContextTooLong,
    429: ProviderRateLimited,
    504: ModelTimeout,
}

# Error codes that say more than the status they come with. Sources: OpenAI "Error codes",
# Anthropic "Errors", vLLM's server (the last one).
MISCONFIGURED = frozenset(
    {
        *("insufficient_quota", "billing_hard_limit_reached", "billing_not_active"),
        *("credit_balance_exhausted", "project_spend_limit_exceeded"),
        *("organization_spend_limit_exceeded", "organization_usage_limit_exceeded"),
        *("billing_error", "authentication_error", "invalid_api_key", "account_deactivated"),
        *("permission_error", "unsupported_country_region_territory"),
        *("model_not_found", "not_found_error", "notfounderror"),
    }
)
TOO_LONG = frozenset({"context_length_exceeded", "request_too_large", "string_above_max_length"})
REFUSED = frozenset({"content_policy_violation", "content_filter", "invalid_prompt"})
CODES: Sequence[tuple[frozenset[str], type[AiWorkerError]]] = (
    (MISCONFIGURED, ProviderMisconfigured),
    (TOO_LONG, ContextTooLong),
    (REFUSED, ModelRefused),
)

# How a message begins that has no code of its own, by status; what it repeats of a prompt comes
# later. OpenAI says the first of one request that is above the limit of a whole minute, Anthropic
# the others.
OPENINGS: Mapping[tuple[int, str], type[AiWorkerError]] = {
    (429, "request too large for "): ContextTooLong,
    (400, "prompt is too long: "): ContextTooLong,
    (400, "your credit balance is too low to access "): ProviderMisconfigured,
    (400, "you have reached your specified api usage limits"): ProviderMisconfigured,
}
SCHEMA_WORDS = ("response_format", "json_schema", "output_format", "output_config", "json schema")
BAD_REQUESTS = frozenset({400, 422})

# A fault that comes with a 4xx is about the request, and LiteLLM's own two likewise: no other
# provider is asked the same. Limits, keys and timeouts among the 4xx are errors of their own.
CLIENT_ERRORS = 4
TURNED_DOWN_HERE = frozenset({"BadRequestError", "UnprocessableEntityError"})


def failure_for(error: Exception, now: datetime) -> AiWorkerError:
    """The error of ours that this exception of LiteLLM or its HTTP clients amounts to."""
    answer = http_error(error)
    kind = _kind(error, answer)
    status = f", status {answer.status}" if answer else ""
    detail = f"{kind().title} Reported as {type(error).__name__}{status}."
    failure = kind(detail)
    if answer and issubclass(kind, RunInterrupted):
        pause = retry_after_seconds(answer.headers.get("retry-after"), _clock_of(answer) or now)
        failure = kind(detail, retry_after_seconds=pause)
    failure.is_unbilled = answer is not None or is_never_sent(error)
    failure.is_bad_request = kind is ProviderError and _is_bad_request(error, answer)
    return failure


def is_about_schema(error: Exception) -> bool:
    """Whether the provider may have turned the request down for the answer format it asks for."""
    answer = http_error(error)
    return (
        answer is not None
        and answer.status in BAD_REQUESTS
        and any(word in answer.message for word in SCHEMA_WORDS)
    )


def _kind(error: Exception, answer: HttpError | None) -> type[AiWorkerError]:
    by_class = _kind_by_class(error)
    if answer is None:
        return by_class
    # What LiteLLM reads out of a text may end this run; it may not make the others wait.
    otherwise = by_class if issubclass(by_class, RunFailed) else ProviderError
    return _kind_by_words(answer) or STATUSES.get(answer.status, otherwise)


def _is_bad_request(error: Exception, answer: HttpError | None) -> bool:
    if answer is None:
        return any(parent.__name__ in TURNED_DOWN_HERE for parent in type(error).__mro__)
    return answer.status // 100 == CLIENT_ERRORS


def _kind_by_words(answer: HttpError) -> type[AiWorkerError] | None:
    for codes, kind in CODES:
        if codes & answer.codes:
            return kind
    for (status, opening), kind in OPENINGS.items():
        if answer.status == status and answer.message.startswith(opening):
            return kind
    return None


def _kind_by_class(error: Exception) -> type[AiWorkerError]:
    names = (parent.__name__ for parent in type(error).__mro__)
    return next((ERRORS[name] for name in names if name in ERRORS), ProviderError)


def _clock_of(answer: HttpError) -> datetime | None:
    # A date to wait for is one of the provider's clock, which need not agree with ours.
    try:
        moment = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
