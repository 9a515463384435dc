"""Every failure this service can answer with. The tree is the documentation.

AiWorkerError
├── RequestRefused                 no run was started or touched
│   ├── Unauthorized               401 unauthorized
│   ├── RouteNotFound              404 not_found
│   ├── UnknownJobType             404 unknown_job_type
│   ├── RunNotFound                404 run_not_found
│   ├── MethodNotAllowed           405 method_not_allowed
│   ├── BodyTooLarge               413 body_too_large
│   ├── UnsupportedMediaType       415 unsupported_media_type
│   ├── InvalidPayload             422 invalid_payload
│   ├── VariantIsImmutable         422 variant_is_immutable
│   ├── IdempotencyKeyInvalid      400 idempotency_key_invalid
│   ├── IdempotencyMismatch        422 idempotency_mismatch
│   ├── RunInProgress              409 in_progress
│   ├── AddressRateLimited         429 address_rate_limited
│   └── Unavailable                503 unavailable
├── RunFailed                      the end of a run: stored, and replayed as itself
│   ├── RecordNotFound             404
│   │   ├── ResumeNotFound         404 resume_not_found
│   │   ├── StudentNotFound        404 student_not_found
│   │   └── PostingNotFound        404 posting_not_found
│   ├── InvalidOutput              422 llm_invalid_output
│   ├── ModelRefused               422 llm_refused
│   ├── ContextTooLong             422 context_too_long
│   ├── GuardRejected              422 guard_rejected
│   ├── AttemptsExhausted          422 attempts_exhausted
│   └── StoredFailure              the status and code it was stored with
└── RunInterrupted                 never stored as the answer: the next delivery tries again
    ├── ProviderRateLimited        429 provider_rate_limited
    ├── ProviderMisconfigured      503 provider_misconfigured
    ├── ProviderError              502 provider_error
    ├── ModelTimeout               504 llm_timeout
    ├── ServiceAway                503 unavailable
    ├── LeaseLost                  409 in_progress
    └── InternalError              500 internal

A docstring's first line is the problem's title (RFC 9457). `detail` is for the caller and never
repeats what a provider, a student or an employer wrote. Source: architecture.md, "What each failure
answers".
"""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

# The one retry law. 401 is left out on purpose: repeating it burns jobs.
RETRYABLE_STATUSES = frozenset({409, 429, 500, 502, 503, 504})


class AiWorkerError(Exception):
    """Something went wrong."""

    status: int = 500
    code: str = "internal"
    # A run takes seconds; a provider's limit or an operator's mistake takes longer to pass.
    default_retry_after_seconds: ClassVar[float | None] = None
    run_id: UUID | None = None

    def __init__(self, detail: str = "", *, retry_after_seconds: float | None = None) -> None:
        self.title = (self.__doc__ or "").strip().splitlines()[0]
        self.detail = detail or self.title
        self.retry_after_seconds = (
            self.default_retry_after_seconds if retry_after_seconds is None else retry_after_seconds
        )
        super().__init__(self.detail)

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may succeed later; the only thing the shim goes by."""
        return self.status in RETRYABLE_STATUSES


class RequestRefused(AiWorkerError):  # noqa: N818  named for what happened
    """The request was refused before a run was touched."""


class Unauthorized(RequestRefused):
    """The internal secret is missing or wrong."""

    status, code = 401, "unauthorized"


class RouteNotFound(RequestRefused):
    """This service has no such route."""

    status, code = 404, "not_found"


class UnknownJobType(RequestRefused):
    """This service runs no job of this type."""

    status, code = 404, "unknown_job_type"


class RunNotFound(RequestRefused):
    """No run has this id for this tenant."""

    status, code = 404, "run_not_found"


class MethodNotAllowed(RequestRefused):
    """The route exists but not for this method."""

    status, code = 405, "method_not_allowed"


class BodyTooLarge(RequestRefused):
    """The request body is larger than this service accepts."""

    status, code = 413, "body_too_large"


class UnsupportedMediaType(RequestRefused):
    """The request body must be application/json."""

    status, code = 415, "unsupported_media_type"


class InvalidPayload(RequestRefused):
    """The request does not have the documented shape."""

    status, code = 422, "invalid_payload"

    def __init__(self, errors: Sequence[dict[str, str]]) -> None:
        self.errors = list(errors)  # {at, message}, `at` a dotted path into the request
        super().__init__("; ".join(f"{error['at']}: {error['message']}" for error in self.errors))


class VariantIsImmutable(RequestRefused):
    """A résumé made by AI keeps its provenance and is not overwritten."""

    status, code = 422, "variant_is_immutable"


class IdempotencyKeyInvalid(RequestRefused):
    """The Idempotency-Key must be 1 to 255 printable ASCII characters."""

    status, code = 400, "idempotency_key_invalid"


class IdempotencyMismatch(RequestRefused):
    """This Idempotency-Key was used before with another job or payload."""

    status, code = 422, "idempotency_mismatch"


class RunInProgress(RequestRefused):
    """The same job is being run right now."""

    status, code = 409, "in_progress"
    default_retry_after_seconds = 5


class AddressRateLimited(RequestRefused):
    """This address sends too many requests."""

    status, code = 429, "address_rate_limited"
    default_retry_after_seconds = 15


class Unavailable(RequestRefused):
    """The service cannot take this request now."""

    status, code = 503, "unavailable"
    default_retry_after_seconds = 5


class RunFailed(AiWorkerError):  # noqa: N818  named for what happened
    """The run ended without a result, and would again."""

    status = 422
    student_message: ClassVar[str] = "AI rewrite failed, please try again"

    def __init__(self, detail: str = "", *, raw_answer: str | None = None) -> None:
        self.raw_answer = raw_answer  # what the model said: for the error row, never the caller
        super().__init__(detail)


class RecordNotFound(RunFailed):
    """A record the job needs does not exist for this tenant."""

    status = 404


class ResumeNotFound(RecordNotFound):
    """The student has no such résumé."""

    code = "resume_not_found"


class StudentNotFound(RecordNotFound):
    """The tenant has no such student."""

    code = "student_not_found"


class PostingNotFound(RecordNotFound):
    """The posting is not stored and its title and description were not sent."""

    code = "posting_not_found"


class InvalidOutput(RunFailed):
    """The model's answer could not be used, even after it was shown its error."""

    code = "llm_invalid_output"


class ModelRefused(RunFailed):
    """The model refused to answer."""

    code = "llm_refused"


class ContextTooLong(RunFailed):
    """The request is too long for the model even after the least relevant parts were left out."""

    code = "context_too_long"


class GuardRejected(RunFailed):
    """Every proposed change said something the student did not."""

    code = "guard_rejected"


class AttemptsExhausted(RunFailed):
    """Every attempt this service grants a job was used up."""

    code = "attempts_exhausted"


class StoredFailure(RunFailed):
    """A failure that ended this run before."""

    def __init__(self, *, status: int, code: str, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.title = status, code, title


class RunInterrupted(AiWorkerError):  # noqa: N818  named for what happened
    """This attempt ended early; the run is open for the next one."""

    # Whether the attempt counts against MAX_ATTEMPTS. Waiting for somebody else does not.
    is_counted: ClassVar[bool] = True


class ProviderRateLimited(RunInterrupted):
    """The model provider asks to slow down."""

    status, code = 429, "provider_rate_limited"
    default_retry_after_seconds = 15
    is_counted = False


class ProviderMisconfigured(RunInterrupted):
    """The model provider rejects this service's key, quota or model name."""

    status, code = 503, "provider_misconfigured"
    default_retry_after_seconds = 60
    is_counted = False


class ProviderError(RunInterrupted):
    """The model provider failed or answered with something that is not its protocol."""

    status, code = 502, "provider_error"


class ModelTimeout(RunInterrupted):
    """The model took longer than the call limit or the run's deadline."""

    status, code = 504, "llm_timeout"


class ServiceAway(RunInterrupted):
    """The service is shutting down or has lost its database."""

    status, code = 503, "unavailable"
    default_retry_after_seconds = 5
    is_counted = False


class LeaseLost(RunInterrupted):
    """Another attempt took this run over."""

    status, code = 409, "in_progress"
    default_retry_after_seconds = 5
    is_counted = False


class InternalError(RunInterrupted):
    """The service failed."""
