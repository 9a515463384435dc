"""The steps of a run: what a watcher is told, and what a later attempt need not find out again.

Model answers are the journal's. This keeps the rest of what decides a later prompt: a redelivered
run must ask what it asked before, or it would pay for it a second time.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import ColumnElement, ScalarSelect, exists, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import Database
from app.errors import LeaseLost
from app.runs.tables import Claim, Run, RunState, RunStep, StepState
from app.wire import JsonObject


class RunSteps:
    """The steps of one attempt at a run. Each change is a transaction of its own, by its holder.

    Every method raises `LeaseLost` where a later attempt holds the run.
    """

    def __init__(self, database: Database, claim: Claim) -> None:
        self._database = database
        self._claim = claim
        self._done: set[str] = set()

    async def plan(self, names: Sequence[str]) -> None:
        """Announce every step there may be, in order; a step that was done before stays done."""
        announced = insert(RunStep).values(
            [
                {
                    "tenant_id": self._claim.tenant_id,
                    "run_id": self._claim.run_id,
                    "name": name,
                    "position": position,
                    "revision": self._next_revision(),
                    "state": StepState.PENDING,
                }
                for position, name in enumerate(names)
            ]
        )
        done = select(RunStep.name).where(*self._own(), RunStep.state == StepState.DONE)
        async with self._database.tenant(self._claim.tenant_id) as session:
            await session.exec(announced.on_conflict_do_nothing())
            self._done.update(await session.exec(done))
            await self._commit_if_held(session)

    @asynccontextmanager
    async def running(self, name: str) -> AsyncIterator[None]:
        """Show the step as running while what is inside goes on, and as done after it.

        A step that an earlier attempt finished stays done: it only gets its answers again.
        """
        if name in self._done:
            yield
            return
        now = func.clock_timestamp()
        await self._change(name, state=StepState.RUNNING, started_at=now, ended_at=None)
        yield
        await self._finish(name)

    async def once(
        self, name: str, given: object, work: Callable[[], Awaitable[JsonObject]]
    ) -> JsonObject:
        """What `work` gave for the same `given` (any JSON) in this run, however often it is tried.

        `work` is done again if it was not finished, or was given something else.
        """
        canonical = json.dumps(given, sort_keys=True, ensure_ascii=False)
        input_hash = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
        kept = await self._kept(name, input_hash)
        if kept is not None:
            return kept
        self._done.discard(name)
        async with self.running(name):
            output = await work()
            await self._change(name, input_hash=input_hash, output=output)
        return output

    async def skip_rest(self) -> None:
        """Show every step that was not needed as skipped."""
        async with self._database.tenant(self._claim.tenant_id) as session:
            await session.exec(
                update(RunStep)
                .where(*self._own(), col(RunStep.state) == StepState.PENDING)
                .values(state=StepState.SKIPPED, revision=self._next_revision())
            )
            await self._commit_if_held(session)

    async def _kept(self, name: str, input_hash: str) -> JsonObject | None:
        # A first attempt has nothing to find.
        if self._claim.attempt == 1:
            return None
        output = select(RunStep.output).where(
            *self._own(), RunStep.name == name, RunStep.input_hash == input_hash
        )
        async with self._database.tenant(self._claim.tenant_id) as session:
            return cast("JsonObject | None", (await session.exec(output)).one_or_none())

    async def _finish(self, name: str) -> None:
        await self._change(name, state=StepState.DONE, ended_at=func.clock_timestamp())
        self._done.add(name)

    async def _change(self, name: str, **values: Any) -> None:  # noqa: ANN401  columns of any kind
        async with self._database.tenant(self._claim.tenant_id) as session:
            await session.exec(
                update(RunStep)
                .where(*self._own(), col(RunStep.name) == name)
                .values(revision=self._next_revision(), **values)
            )
            await self._commit_if_held(session)

    def _own(self) -> tuple[ColumnElement[bool], ...]:
        claim = self._claim
        return (col(RunStep.tenant_id) == claim.tenant_id, col(RunStep.run_id) == claim.run_id)

    def _next_revision(self) -> ScalarSelect[int]:
        # Under a name of its own, or SQLAlchemy takes it for the row that is being changed.
        any_step = aliased(RunStep)
        newest = func.coalesce(func.max(any_step.revision), 0)
        return select(newest + 1).where(any_step.run_id == self._claim.run_id).scalar_subquery()

    async def _commit_if_held(self, session: AsyncSession) -> None:
        claim = self._claim
        held = select(
            exists().where(
                col(Run.id) == claim.run_id,
                col(Run.fence) == claim.fence,
                col(Run.state) == RunState.RUNNING,
            )
        )
        if not (await session.exec(held)).one():
            raise LeaseLost
        await session.commit()
