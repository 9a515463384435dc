"""Every failure this service can answer with. The tree is the documentation.

AiWorkerError
├── RequestRefused                 no run was started or touched
│   ├── Unauthorized               401 unauthorized
│   ├── RouteNotFound              404 not_found
│   ├── UnknownJobType             404 unknown_job_type
│   ├── RunNotFound                404 run_not_found
│   ├── NoteNotFound               404 note_not_found
│   ├── SuggestionNotFound         404 suggestion_not_found
│   ├── SuggestionSetNotFound      404 suggestion_set_not_found
│   ├── AnalyticsSummaryNotFound   404 analytics_summary_not_found
│   ├── StudentSummaryNotFound     404 student_summary_not_found
│   ├── ResultNotFound             404 result_not_found
│   ├── MethodNotAllowed           405 method_not_allowed
│   ├── BodyTooLarge               413 body_too_large
│   ├── UnsupportedMediaType       415 unsupported_media_type
│   ├── InvalidPayload             422 invalid_payload
│   ├── VariantIsImmutable         422 variant_is_immutable
│   ├── SuggestionStale            422 suggestion_stale
│   ├── SuggestionDecided          422 suggestion_decided
│   ├── SuggestionIsQuestion       422 suggestion_is_question
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
│   ├── BudgetExhausted            422 budget_exhausted
│   ├── NothingToSummarise         422 nothing_to_summarise
│   ├── AttemptsExhausted          422 attempts_exhausted
│   └── StoredFailure              the status and code it was stored with
└── RunInterrupted                 never stored as the answer: the next delivery tries again
    ├── ProviderRateLimited        429 provider_rate_limited
    ├── ProviderMisconfigured      503 provider_misconfigured
    ├── TenantRateLimited          429 tenant_rate_limited
    ├── StudentRateLimited         429 student_rate_limited
    ├── ProviderError              502 provider_error
    ├── ModelTimeout               504 llm_timeout
    ├── ServiceAway                503 unavailable
    ├── LeaseLost                  409 in_progress
    └── InternalError              500 internal

A docstring's first line is the problem's title (RFC 9457). `detail` is for the caller and never
repeats what a provider, a student or an employer wrote. Source: architecture.md's status table.
"""

from collections.abc import Sequence
from typing import ClassVar

from app.error import RETRYABLE_STATUSES, AiWorkerError

__all__ = ["RETRYABLE_STATUSES", "AiWorkerError"]


class RequestRefused(AiWorkerError):  # noqa: N818  named for what happened
    """The request was refused before a run was touched."""


class Unauthorized(RequestRefused, status=401, code="unauthorized"):
    """The internal secret is missing or wrong."""


class RouteNotFound(RequestRefused, status=404, code="not_found"):
    """This service has no such route."""


class UnknownJobType(RequestRefused, status=404, code="unknown_job_type"):
    """This service runs no job of this type."""


class RunNotFound(RequestRefused, status=404, code="run_not_found"):
    """No run has this id for this tenant."""


class NoteNotFound(RequestRefused, status=404, code="note_not_found"):
    """No note has this id for this tenant."""


class SuggestionNotFound(RequestRefused, status=404, code="suggestion_not_found"):
    """No suggestion has this id for this tenant."""


class SuggestionSetNotFound(RequestRefused, status=404, code="suggestion_set_not_found"):
    """No run of suggest-improvements has this result for this tenant."""


class AnalyticsSummaryNotFound(RequestRefused, status=404, code="analytics_summary_not_found"):
    """No analytics summary has this id for this tenant."""


class StudentSummaryNotFound(RequestRefused, status=404, code="student_summary_not_found"):
    """No summary of this student, or with this id, is stored for this tenant."""


class ResultNotFound(RequestRefused, status=404, code="result_not_found"):
    """No result of this kind has this id for this tenant."""


class MethodNotAllowed(RequestRefused, status=405, code="method_not_allowed"):
    """The route exists but not for this method."""


class BodyTooLarge(RequestRefused, status=413, code="body_too_large"):
    """The request body is larger than this service accepts."""


class UnsupportedMediaType(RequestRefused, status=415, code="unsupported_media_type"):
    """The request body must be application/json."""


class InvalidPayload(RequestRefused, status=422, code="invalid_payload"):
    """The request does not have the documented shape."""

    def __init__(self, errors: Sequence[dict[str, str]]) -> None:
        self.errors = list(errors)  # {at, message}, `at` a dotted path into the request
        super().__init__("; ".join(f"{error['at']}: {error['message']}" for error in self.errors))


class VariantIsImmutable(RequestRefused, status=422, code="variant_is_immutable"):
    """A résumé made by AI keeps its provenance and is not overwritten."""


class SuggestionStale(RequestRefused, status=422, code="suggestion_stale"):
    """The résumé no longer says what this suggestion would replace."""


class SuggestionDecided(RequestRefused, status=422, code="suggestion_decided"):
    """The student decided otherwise about this suggestion before."""


class SuggestionIsQuestion(RequestRefused, status=422, code="suggestion_is_question"):
    """A question to the student has no text that could be accepted."""


class IdempotencyKeyInvalid(RequestRefused, status=400, code="idempotency_key_invalid"):
    """The Idempotency-Key must be 1 to 255 printable ASCII characters."""


class IdempotencyMismatch(RequestRefused, status=422, code="idempotency_mismatch"):
    """This Idempotency-Key was used before with another job or payload."""


class RunInProgress(RequestRefused, status=409, code="in_progress", wait_seconds=5):
    """The same job is being run right now."""


class AddressRateLimited(RequestRefused, status=429, code="address_rate_limited", wait_seconds=15):
    """This address sends too many requests."""


class Unavailable(RequestRefused, status=503, code="unavailable", wait_seconds=5):
    """The service cannot take this request now."""


class RunFailed(AiWorkerError, status=422):  # noqa: N818  named for what happened
    """The run ended without a result, and would again."""

    student_message: ClassVar[str | None] = None  # told to the student for the job's apology

    def __init__(self, detail: str = "", *, raw_answer: str | None = None) -> None:
        self.raw_answer = raw_answer  # what the model said: for the error row, never the caller
        super().__init__(detail)


class RecordNotFound(RunFailed, status=404):
    """A record the job needs does not exist for this tenant."""


class ResumeNotFound(RecordNotFound, code="resume_not_found"):
    """The student has no such résumé."""


class StudentNotFound(RecordNotFound, code="student_not_found"):
    """The tenant has no such student."""


class PostingNotFound(RecordNotFound, code="posting_not_found"):
    """The posting is not stored and its title and description were not sent."""


class InvalidOutput(RunFailed, code="llm_invalid_output"):
    """The model's answer could not be used, even after it was shown its error."""


class ModelRefused(RunFailed, code="llm_refused"):
    """The model refused to answer."""


class ContextTooLong(RunFailed, code="context_too_long"):
    """The request is too long for the model even after the least relevant parts were left out."""


class GuardRejected(RunFailed, code="guard_rejected"):
    """Every proposed change said something the student did not."""


class BudgetExhausted(RunFailed, code="budget_exhausted"):
    """The tenant's budget for model calls is spent."""

    student_message = "AI help is used up for this month, please ask your placement office"


class NothingToSummarise(RunFailed, code="nothing_to_summarise"):
    """The student's profile or résumé says nothing that could be summarised."""


class AttemptsExhausted(RunFailed, code="attempts_exhausted"):
    """Every attempt this service grants a job was used up."""


class StoredFailure(RunFailed):
    """A failure that ended this run before."""

    def __init__(self, *, status: int, code: str, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.title = status, code, title


class RunInterrupted(AiWorkerError):  # noqa: N818  named for what happened
    """This attempt ended early; the run is open for the next one."""

    @property
    def is_counted(self) -> bool:
        """Whether the attempt counts against MAX_ATTEMPTS; where waiting is all, it does not."""
        return self.default_retry_after_seconds is None


class ProviderRateLimited(
    RunInterrupted, status=429, code="provider_rate_limited", wait_seconds=15
):
    """The model provider asks to slow down."""


class ProviderMisconfigured(
    RunInterrupted, status=503, code="provider_misconfigured", wait_seconds=60
):
    """The model provider rejects this service's key, quota or model name."""


class TenantRateLimited(RunInterrupted, status=429, code="tenant_rate_limited", wait_seconds=15):
    """This tenant asks for more than it may at once."""


class StudentRateLimited(RunInterrupted, status=429, code="student_rate_limited", wait_seconds=15):
    """This student asks for more of this job than one may at once."""


class ProviderError(RunInterrupted, status=502, code="provider_error"):
    """The model provider failed or answered with something that is not its protocol."""


class ModelTimeout(RunInterrupted, status=504, code="llm_timeout"):
    """The model took longer than the call limit or the run's deadline."""


class ServiceAway(RunInterrupted, status=503, code="unavailable", wait_seconds=5):
    """The service is shutting down or has lost its database."""


class LeaseLost(RunInterrupted, status=409, code="in_progress", wait_seconds=5):
    """Another attempt took this run over."""


class InternalError(RunInterrupted):
    """The service failed."""
