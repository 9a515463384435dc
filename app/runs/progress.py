"""How far a run is, read from its rows: the same on every replica."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from app.db.engine import Database
from app.runs.tables import OPEN_STATES, Run, RunState, RunStep, StepState

OVER = frozenset({StepState.DONE, StepState.SKIPPED})


@dataclass(frozen=True)
class Progress:
    """A run and its steps in order; a job without steps has none."""

    run: Run
    steps: Sequence[RunStep]

    @property
    def share(self) -> float | None:
        """From 0 to 1: the steps that are over; of an open run without steps nobody knows."""
        if self.run.state == RunState.SUCCEEDED:
            return 1.0
        if not self.steps:
            return None
        over = sum(step.state in OVER for step in self.steps)
        return round(over / len(self.steps), 3)

    @property
    def is_over(self) -> bool:
        """Whether the run has its result or has failed for good."""
        return self.run.state not in OPEN_STATES


async def read_progress(database: Database, tenant_id: str, run_id: UUID) -> Progress | None:
    """The tenant's run as it stands; two statements, and no connection is kept."""
    async with database.tenant(tenant_id) as session:
        runs = await session.exec(select(Run).where(Run.id == run_id, Run.tenant_id == tenant_id))
        run = runs.one_or_none()
        if run is None:
            return None
        steps = await session.exec(
            select(RunStep).where(RunStep.run_id == run_id).order_by(col(RunStep.position))
        )
        return Progress(run, list(steps))
