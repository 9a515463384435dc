"""What became of a job: its run, its model calls, its callback."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from sqlmodel import col, select

from app.api.auth import documented_secret
from app.api.limits import limit_address
from app.api.openapi import failures
from app.api.wiring import RuntimeNow
from app.db.engine import Database
from app.errors import RunNotFound
from app.runs.progress import Progress, read_progress
from app.runs.receipt import UsageOut, dollars
from app.runs.tables import LlmCall, OutboxEvent, Run, RunStep, StepState
from app.wire import Identifier, JsonObject, WireModel

router = APIRouter(
    prefix="/runs", tags=["runs"], dependencies=[documented_secret, Depends(limit_address)]
)


class CallOut(WireModel):
    """One model call; `outcome` is `answered`, an error's code, or null while nobody knows."""

    prompt: str
    model: str
    outcome: str | None
    started_at: datetime
    latency_seconds: float | None
    usage: UsageOut


class CallbackOut(WireModel):
    """What core-api is told of the run; `id` is the `webhook-id`."""

    id: UUID
    path: str
    attempts: int
    last_status: int | None
    delivered_at: datetime | None
    dead_at: datetime | None


class StepOut(WireModel):
    """One step of a run; `seconds` is how long it took, null until it is done."""

    name: str
    position: int
    state: StepState
    started_at: datetime | None
    ended_at: datetime | None
    seconds: float | None


class RunOut(WireModel):
    """A job across its attempts.

    `progress` is the share of its steps that are over, from 0 to 1, and null while an open run's
    job has no steps. A step of a run that waits or has failed stands where it was left.
    """

    run_id: UUID
    job_id: str
    job_type: str
    tenant_id: str
    state: str
    attempts: int
    result_id: str | None
    problem: JsonObject | None
    model: str | None
    prompt: str | None
    usage: UsageOut
    progress: float | None
    steps: list[StepOut]
    calls: list[CallOut]
    callbacks: list[CallbackOut]
    created_at: datetime
    updated_at: datetime


@router.get(
    "/{run_id}",
    summary="What became of a job",
    responses=failures(401, 404, 422, 429, 500, 503),
)
async def read_run(
    run_id: UUID,
    runtime: RuntimeNow,
    tenant_id: Annotated[
        Identifier | None, Header(alias="x-tenant-id", description="Only this tenant's run.")
    ] = None,
) -> RunOut:
    """State, attempts, result or problem, and each model call with its tokens and cost.

    `run_id` is the `runId` of a job's answer or problem. The tenant's header is optional: a run's
    id already is known to its caller only.
    """
    owner = tenant_id or await owner_of(runtime.database, run_id)
    progress = await read_progress(runtime.database, owner, run_id)
    if progress is None:
        raise RunNotFound
    async with runtime.database.tenant(owner) as session:
        calls = await session.exec(
            select(LlmCall).where(LlmCall.run_id == run_id).order_by(col(LlmCall.started_at))
        )
        callbacks = await session.exec(
            select(OutboxEvent)
            .where(OutboxEvent.run_id == run_id)
            .order_by(col(OutboxEvent.created_at))
        )
        return _run_out(progress, list(calls), list(callbacks))


async def owner_of(database: Database, run_id: UUID) -> str:
    """The tenant whose run it is.

    Raises:
        RunNotFound: there is no such run.
    """
    async with database.all_tenants() as session:
        owner = (await session.exec(select(Run.tenant_id).where(Run.id == run_id))).one_or_none()
    if owner is None:
        raise RunNotFound
    return owner


def step_out(step: RunStep) -> StepOut:
    """A step as it is told."""
    began, ended = step.started_at, step.ended_at
    seconds = (ended - began).total_seconds() if began and ended else None
    return StepOut.model_validate({**step.model_dump(), "seconds": seconds})


def _run_out(progress: Progress, calls: list[LlmCall], callbacks: list[OutboxEvent]) -> RunOut:
    run = progress.run
    return RunOut(
        **run.model_dump(
            include={
                "job_id",
                "job_type",
                "tenant_id",
                "state",
                "attempts",
                "result_id",
                "problem",
                "model",
                "prompt",
                "created_at",
                "updated_at",
            }
        ),
        run_id=run.id,
        usage=_usage(run),
        progress=progress.share,
        steps=[step_out(step) for step in progress.steps],
        calls=[CallOut(**call.model_dump(), usage=_usage(call)) for call in calls],
        callbacks=[CallbackOut(**event.model_dump()) for event in callbacks],
    )


def _usage(spender: Run | LlmCall) -> UsageOut:
    return UsageOut(
        input_tokens=spender.input_tokens,
        output_tokens=spender.output_tokens,
        cost_usd=dollars(spender.cost_micro_usd),
    )
