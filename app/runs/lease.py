"""The heartbeat: one statement extends the leases of every run this process holds."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, tuple_
from sqlmodel import col, update

from app.db.engine import Database
from app.logs import log
from app.runs.tables import Claim, Run, RunState

# Four missed heartbeats: a process that is only slow keeps its runs, a dead one frees them soon.
LEASE_SECONDS = 20
HEARTBEAT_SECONDS = 5


class HeldRun:
    """A run in the hands of a task of this process."""

    def __init__(self, claim: Claim, task: "asyncio.Task[object]") -> None:
        self.claim = claim
        self.task = task
        self.is_lost = False


class Leases:
    """The runs this process holds.

    A run that was taken over, which happens only after this process was deaf for a whole lease, has
    its task cancelled: it must not spend more on it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # By run and fence: a process that was deaf may take its own run over.
        self._held: dict[tuple[UUID, int], HeldRun] = {}
        self._requests = 0
        self._is_free = asyncio.Event()
        self._is_free.set()

    async def wait_until_free(self, timeout_seconds: float) -> None:
        """Wait until every counted request has ended, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._is_free.wait()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Have `wait_until_free` wait for what is done inside, a run's release among it."""
        self._requests += 1
        self._is_free.clear()
        try:
            yield
        finally:
            self._requests -= 1
            if not self._requests:
                self._is_free.set()

    @contextmanager
    def hold(self, claim: Claim) -> Iterator[HeldRun]:
        """Keep the run's lease alive while the current task works inside."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a lease is held by a task")
        held = self._held[claim.run_id, claim.fence] = HeldRun(claim, task)
        try:
            yield held
        finally:
            del self._held[claim.run_id, claim.fence]

    async def beat(self) -> None:
        """Extend every lease once, and cancel the tasks whose run is no longer theirs."""
        held = dict(self._held)
        if not held:
            return
        async with self._database.all_tenants() as session:
            rows = await session.exec(
                update(Run)
                .where(
                    tuple_(col(Run.id), col(Run.fence)).in_(held),
                    col(Run.state) == RunState.RUNNING,
                )
                .values(lease_expires_at=lease_end())
                .returning(col(Run.id), col(Run.fence))
            )
            extended = {(run_id, fence) for run_id, fence in rows}
            await session.commit()
        for hold in held.keys() - extended:
            self._give_up(held[hold])

    def _give_up(self, run: HeldRun) -> None:
        claim = run.claim
        # A run that was closed while the statement ran is not lost, it is done.
        if (claim.run_id, claim.fence) in self._held:
            log.warning("lease_lost", run_id=str(claim.run_id))
            run.is_lost = True
            run.task.cancel()


def lease_end() -> ColumnElement[datetime]:
    """When a lease taken now ends, on the database's clock."""
    now: ColumnElement[datetime] = func.clock_timestamp()
    return now + timedelta(seconds=LEASE_SECONDS)
