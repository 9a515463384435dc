"""Who may start a run now: no more than this process can carry, no more than a tenant may.

Both refuse before anything is claimed, and neither refuses what is done already: a repeat of a
finished run gets its answer, however busy it is here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from app.db.engine import Database
from app.errors import RunInterrupted, StudentRateLimited, TenantRateLimited, Unavailable
from app.runs.claim import claim_run, known_run
from app.runs.close import RunPolicy
from app.runs.job import AnyJob, JobPayload
from app.runs.receipt import Receipt
from app.runs.tables import Claim
from app.runs.tenant_pace import TenantPace
from app.telemetry.metrics import RUNS_IN_FLIGHT


class Counted(NamedTuple):
    """A limit, whose run it counts, and what one too many is answered with."""

    pace: TenantPace
    whose: tuple[str, ...]
    refusal: type[RunInterrupted]


class Admission:
    """The door to a process's runs. `pace` is `None` where tenants may start as many as they like.

    `student_pace` counts what one student starts, of the job types that are paced per student. A
    run is counted once, however often it is delivered.
    """

    def __init__(
        self,
        database: Database,
        policy: RunPolicy,
        *,
        max_runs_in_flight: int,
        pace: TenantPace | None = None,
        student_pace: TenantPace | None = None,
    ) -> None:
        self._database = database
        self._policy = policy
        self._max_runs_in_flight = max_runs_in_flight
        self._pace = pace
        self._student_pace = student_pace
        self._runs_in_flight = 0

    @contextmanager
    def entered(self) -> Iterator[bool]:
        """Hold a place while a run goes on inside; `False` when every place is taken."""
        if self._runs_in_flight >= self._max_runs_in_flight:
            yield False
            return
        self._runs_in_flight += 1
        try:
            with RUNS_IN_FLIGHT.track_inprogress():
                yield True
        finally:
            self._runs_in_flight -= 1

    async def claim(self, job: AnyJob, payload: JobPayload, job_key: str) -> Claim | Receipt:
        """Take the run, or give its receipt, as `claim_run` does.

        Raises:
            TenantRateLimited, StudentRateLimited: there were too many runs, and this would be
                another one.
        """
        counted: list[Counted] = []
        claimed: Claim | Receipt | None = None
        try:
            for count in self._counts(job, payload):
                counted.append(count)
                wait_seconds = await count.pace.count(*count.whose)
                if wait_seconds and not await known_run(self._database, job, payload, job_key):
                    raise count.refusal(retry_after_seconds=wait_seconds)
            claimed = await claim_run(self._database, job, payload, job_key, self._policy)
            return claimed
        finally:
            if not (isinstance(claimed, Claim) and claimed.attempt == 1):
                for count in counted:
                    await count.pace.take_back(*count.whose)

    def _counts(self, job: AnyJob, payload: JobPayload) -> Iterator[Counted]:
        if self._pace:
            yield Counted(self._pace, (payload.tenant_id,), TenantRateLimited)
        if self._student_pace and job.is_paced_per_student and payload.student_id:
            whose = (payload.tenant_id, payload.student_id, job.name)
            yield Counted(self._student_pace, whose, StudentRateLimited)

    async def replay(self, job: AnyJob, payload: JobPayload, job_key: str) -> Receipt:
        """The receipt of a run that is done.

        Raises:
            Unavailable: it is not, and there is no place to run it.
            StoredFailure, IdempotencyMismatch: as `claim_run` does.
        """
        known = await known_run(self._database, job, payload, job_key)
        if not isinstance(known, Receipt):
            raise Unavailable(f"{self._max_runs_in_flight} runs are in flight here.")
        return known
