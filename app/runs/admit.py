"""Who may start a run now: no more than this process can carry, no more than a tenant may.

Both refuse before anything is claimed, and neither refuses what is done already: a repeat of a
finished run gets its answer, however busy it is here.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from app.db.engine import Database
from app.errors import TenantRateLimited, Unavailable
from app.runs.claim import claim_run, known_run
from app.runs.close import RunPolicy
from app.runs.job import AnyJob, JobPayload
from app.runs.receipt import Receipt
from app.runs.tables import Claim
from app.runs.tenant_pace import TenantPace
from app.telemetry.metrics import RUNS_IN_FLIGHT


class Admission:
    """The door to a process's runs. `pace` is `None` where tenants may start as many as they like.

    A run is counted against its tenant once, however often it is delivered.
    """

    def __init__(
        self,
        database: Database,
        policy: RunPolicy,
        *,
        max_runs_in_flight: int,
        pace: TenantPace | None = None,
    ) -> None:
        self._database = database
        self._policy = policy
        self._max_runs_in_flight = max_runs_in_flight
        self._pace = pace
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
            TenantRateLimited: the tenant started too many runs, and this would be another one.
        """
        if self._pace is None:
            return await claim_run(self._database, job, payload, job_key, self._policy)
        wait_seconds = await self._pace.count(payload.tenant_id)
        claimed: Claim | Receipt | None = None
        try:
            if wait_seconds and not await known_run(self._database, job, payload, job_key):
                raise TenantRateLimited(retry_after_seconds=wait_seconds)
            claimed = await claim_run(self._database, job, payload, job_key, self._policy)
            return claimed
        finally:
            if not (isinstance(claimed, Claim) and claimed.attempt == 1):
                await self._pace.take_back(payload.tenant_id)

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
