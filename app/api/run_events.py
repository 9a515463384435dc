"""What a run is doing, as server-sent events, whichever replica it runs on.

Source: WHATWG HTML, "Server-sent events".
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.api.auth import documented_secret
from app.api.limits import limit_address
from app.api.openapi import failures
from app.api.runs import StepOut, owner_of, step_out
from app.api.wiring import LifecycleNow, RuntimeNow
from app.db.outage import is_outage
from app.errors import RunNotFound
from app.lifecycle import Lifecycle
from app.logs import log
from app.runs.progress import Progress, read_progress
from app.runs.tables import RunState
from app.wire import Identifier, JsonObject, WireModel

router = APIRouter(
    prefix="/runs", tags=["runs"], dependencies=[documented_secret, Depends(limit_address)]
)

# Two short statements a watcher; a step takes a second or more.
POLL_SECONDS = 0.5
# A run that waits for its next delivery waits seconds at least.
WAITING_POLL_SECONDS = 2.0


class RunEvent(WireModel):
    """Event `run`: sent first, and whenever one of these changes but by a step."""

    state: RunState
    attempts: int
    progress: float | None


class StepEvent(StepOut):
    """Event `step`: sent whenever a step changes. Its id grows; `progress` is that of the run."""

    progress: float | None


class EndEvent(WireModel):
    """Event `end`: the run is over, and the stream with it."""

    state: RunState
    result_id: str | None
    problem: JsonObject | None


class WatchedRun:
    """A run that is there, and what its watcher has been told."""

    def __init__(
        self, lifecycle: Lifecycle, tenant_id: str, first: Progress, last_event_id: str | None
    ) -> None:
        self._lifecycle = lifecycle
        self._tenant_id = tenant_id
        self._now: Progress | None = first
        is_number = last_event_id is not None and last_event_id.isdecimal()
        self._revision = int(last_event_id or 0) if is_number else 0
        self._told: tuple[str, int] | None = None

    async def events(self) -> AsyncIterator[ServerSentEvent]:
        """Everything new until the run is over, it is no longer there, or this process ends."""
        while now := self._now:
            for event in self._news(now):
                yield event
            if now.is_over:
                return
            is_waiting = now.run.state == RunState.WAITING
            await asyncio.sleep(WAITING_POLL_SECONDS if is_waiting else POLL_SECONDS)
            self._now = await self._look(now.run.id) if self._lifecycle.is_active else None

    async def _look(self, run_id: UUID) -> Progress | None:
        """The run as it stands; nothing when it cannot be read, and the watcher comes back."""
        try:
            database = self._lifecycle.runtime().database
            return await read_progress(database, self._tenant_id, run_id)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("watch_lost_database", error=error)
            return None

    def _news(self, now: Progress) -> list[ServerSentEvent]:
        news: list[ServerSentEvent] = []
        state = (now.run.state, now.run.attempts)
        if state != self._told:
            self._told = state
            told = RunEvent(state=RunState(state[0]), attempts=state[1], progress=now.share)
            news.append(ServerSentEvent(event="run", data=told))
        changed = [step for step in now.steps if step.revision > self._revision]
        for step in sorted(changed, key=lambda step: (step.revision, step.position)):
            self._revision = step.revision
            values = {**step_out(step).model_dump(), "progress": now.share}
            event = StepEvent.model_validate(values)
            news.append(ServerSentEvent(event="step", id=str(step.revision), data=event))
        if now.is_over:
            end = EndEvent(
                state=RunState(now.run.state),
                result_id=now.run.result_id,
                problem=now.run.problem,
            )
            news.append(ServerSentEvent(event="end", id="end", data=end))
        return news


async def watched_run(
    run_id: UUID,
    lifecycle: LifecycleNow,
    runtime: RuntimeNow,
    tenant_id: Annotated[
        Identifier | None, Header(alias="x-tenant-id", description="Only this tenant's run.")
    ] = None,
    last_event_id: Annotated[
        str | None, Header(description="The id of the last `step` that was seen.")
    ] = None,
) -> WatchedRun:
    """The run to be watched, before the answer begins.

    Raises:
        RunNotFound: there is no such run, or it is another tenant's.
    """
    owner = tenant_id or await owner_of(runtime.database, run_id)
    first = await read_progress(runtime.database, owner, run_id)
    if first is None:
        raise RunNotFound
    return WatchedRun(lifecycle, owner, first, last_event_id)


@router.get(
    "/{run_id}/events",
    summary="Follow a run as server-sent events",
    response_class=EventSourceResponse,
    responses=failures(401, 404, 422, 429, 500, 503),
)
async def follow_run(
    watched: Annotated[WatchedRun, Depends(watched_run)],
) -> AsyncIterator[ServerSentEvent]:
    """Events `run`, `step` and `end`, each with JSON; a comment every 15 s keeps the line open.

    A step's event says how the step stands now, not all it went through. With `Last-Event-ID` only
    steps that changed since are told. The stream ends with `end`; one that ends without it was cut
    off, and is asked for again.
    """
    async for event in watched.events():
        yield event
