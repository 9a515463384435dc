"""What every failure of this service has: a status, a code, and whether to come back.

The tree of them, and when each is raised, is `app/errors.py`.
"""

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
    is_unbilled: bool = False  # a model call failed in a way that nobody can charge for
    is_bad_request: bool = False  # a model call failed for what was asked, not for whom

    def __init_subclass__(
        cls,
        *,
        status: int | None = None,
        code: str | None = None,
        wait_seconds: float | None = None,
    ) -> None:
        super().__init_subclass__()
        cls.status, cls.code = status or cls.status, code or cls.code
        cls.default_retry_after_seconds = wait_seconds or cls.default_retry_after_seconds

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
