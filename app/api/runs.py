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
from app.runs.receipt import UsageOut, dollars
from app.runs.tables import LlmCall, OutboxEvent, Run
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


class RunOut(WireModel):
    """A job across its attempts."""

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
    owner = tenant_id or await _owner(runtime.database, run_id)
    async with runtime.database.tenant(owner) as session:
        run = (
            await session.exec(select(Run).where(Run.id == run_id, Run.tenant_id == owner))
        ).one_or_none()
        if run is None:
            raise RunNotFound
        calls = await session.exec(
            select(LlmCall).where(LlmCall.run_id == run_id).order_by(col(LlmCall.started_at))
        )
        callbacks = await session.exec(
            select(OutboxEvent)
            .where(OutboxEvent.run_id == run_id)
            .order_by(col(OutboxEvent.created_at))
        )
        return _run_out(run, list(calls), list(callbacks))


async def _owner(database: Database, run_id: UUID) -> str:
    async with database.all_tenants() as session:
        owner = (await session.exec(select(Run.tenant_id).where(Run.id == run_id))).one_or_none()
    if owner is None:
        raise RunNotFound
    return owner


def _run_out(run: Run, calls: list[LlmCall], callbacks: list[OutboxEvent]) -> RunOut:
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
        calls=[CallOut(**call.model_dump(), usage=_usage(call)) for call in calls],
        callbacks=[CallbackOut(**event.model_dump()) for event in callbacks],
    )


def _usage(spender: Run | LlmCall) -> UsageOut:
    return UsageOut(
        input_tokens=spender.input_tokens,
        output_tokens=spender.output_tokens,
        cost_usd=dollars(spender.cost_micro_usd),
    )
