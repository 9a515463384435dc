"""What a failed model call means for the run, read from LiteLLM's exception without importing it.

The text of such an exception repeats the provider's answer, keys and prompts included. It is read
here for its error codes and goes no further: our errors carry the class name and status alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

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
from app.retry_after import retry_after_seconds

# By class name, walked along the method resolution order, so the more special class wins. What
# only `APIError`, `OpenAIError` or `Exception` would match is decided by its status.
ERRORS: Mapping[str, type[AiWorkerError]] = {
    "ContextWindowExceededError": ContextTooLong,
    "ContentPolicyViolationError": ModelRefused,
    "RejectedRequestError": ModelRefused,
    "GuardrailRaisedException": ModelRefused,
    "BlockedPiiEntityError": ModelRefused,
    "ModifyResponseException": ModelRefused,
    "ContentFilterFinishReasonError": ModelRefused,
    "AuthenticationError": ProviderMisconfigured,
    "OAuthError": ProviderMisconfigured,
    "WorkloadIdentityError": ProviderMisconfigured,
    "PermissionDeniedError": ProviderMisconfigured,
    "PaymentRequiredError": ProviderMisconfigured,
    "NotFoundError": ProviderMisconfigured,
    "LiteLLMUnknownProvider": ProviderMisconfigured,
    "ModelNotMappedError": ProviderMisconfigured,
    "UnsupportedParamsError": ProviderMisconfigured,
    "BudgetExceededError": ProviderMisconfigured,
    "RateLimitError": ProviderRateLimited,
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

STATUSES: Mapping[int, type[AiWorkerError]] = {
    401: ProviderMisconfigured,
    402: ProviderMisconfigured,
    403: ProviderMisconfigured,
    404: ProviderMisconfigured,
    408: ModelTimeout,
    413: ContextTooLong,
    429: ProviderRateLimited,
    504: ModelTimeout,
}

# Error codes that say more than the status they come with. Sources: OpenAI "Error codes",
# Anthropic "Errors"; the last one of each group is what Anthropic says with a plain 400.
UNPAID = (
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
    "credit balance is too low",
)
REFUSED = ("content_policy_violation",)
TOO_LONG = ("context_length_exceeded", "request_too_large", "prompt is too long")
CODES: Sequence[tuple[Sequence[str], type[AiWorkerError]]] = (
    (UNPAID, ProviderMisconfigured),
    (TOO_LONG, ContextTooLong),
    (REFUSED, ModelRefused),
)
SCHEMA_WORDS = ("response_format", "json_schema", "output_format", "output_config", "json schema")


def failure_for(error: Exception, now: datetime) -> AiWorkerError:
    """The error of ours that this exception of LiteLLM or its HTTP clients amounts to."""
    kind = _kind(error)
    detail = f"{kind().title} Reported as {type(error).__name__}{_status_text(error)}."
    if not issubclass(kind, RunInterrupted):
        return kind(detail)
    pause = retry_after_seconds(_headers(error).get("retry-after"), now)
    return kind(detail, retry_after_seconds=pause)


def is_about_schema(error: Exception) -> bool:
    """Whether the provider turned the request down because of the answer format it asks for."""
    is_bad_request = any(parent.__name__ == "BadRequestError" for parent in type(error).__mro__)
    said = _said(error)
    return is_bad_request and any(word in said for word in SCHEMA_WORDS)


def _kind(error: Exception) -> type[AiWorkerError]:
    said = _said(error)
    for words, kind in CODES:
        if any(word in said for word in words):
            return kind
    for parent in type(error).__mro__:
        if parent.__name__ in ERRORS:
            return ERRORS[parent.__name__]
    return STATUSES.get(_status(error), ProviderError)


def _said(error: Exception) -> str:
    # Anthropic's error codes reach us in the text only, OpenAI's in the body too.
    return f"{error} {getattr(error, 'body', '')}".casefold()


def _status(error: Exception) -> int:
    # LiteLLM copies a provider's `code`, which may be a word, into the status.
    status = getattr(error, "status_code", 0)
    return status if isinstance(status, int) else 0


def _status_text(error: Exception) -> str:
    status = _status(error)
    return f", status {status}" if status else ""


def _headers(error: Exception) -> dict[str, str]:
    # LiteLLM keeps the provider's headers here; those of `response` are empty as a rule.
    headers = getattr(error, "litellm_response_headers", None) or {}
    return {str(name).lower(): str(value) for name, value in headers.items()}
