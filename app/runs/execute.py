"""What happens to every job, whatever its type."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from structlog.contextvars import bound_contextvars

from app.db.engine import Database
from app.db.outage import is_outage
from app.errors import (
    AiWorkerError,
    InternalError,
    LeaseLost,
    ModelTimeout,
    RunFailed,
    RunInterrupted,
    ServiceAway,
)
from app.llm.client import MeteredProvider
from app.llm.embedding import MeteredEmbedder
from app.llm.embedding_ledger import LedgeredEmbedder
from app.llm.journal import JournalledProvider
from app.logs import log
from app.runs.admit import Admission
from app.runs.claim import run_id_for
from app.runs.close import (
    RunPolicy,
    Spend,
    fail_run,
    lock_run,
    notify_student,
    release_run,
    succeed_run,
)
from app.runs.deliver import Relay
from app.runs.job import AnyJob, JobPayload, Outcome, RunContext
from app.runs.lease import Leases
from app.runs.receipt import Receipt, UsageOut, dollars, refusals_out
from app.runs.report import reported
from app.runs.steps import RunSteps
from app.runs.tables import Claim
from app.telemetry.steps import step


@dataclass(frozen=True)
class Runtime:
    """What runs need from their process; `is_stopping` once it is to end."""

    database: Database
    provider: MeteredProvider
    embedder: MeteredEmbedder
    admission: Admission
    leases: Leases
    relay: Relay
    policy: RunPolicy
    is_stopping: Callable[[], bool] = lambda: False


async def execute(job: AnyJob, payload: JobPayload, job_key: str, runtime: Runtime) -> Receipt:
    """Run a job once and for all, or give what it gave before.

    Raises:
        RequestRefused: nothing was started.
        RunFailed: the run ended without a result, now or before.
        RunInterrupted: the run waits for its next delivery.
    """
    run_id = run_id_for(payload.tenant_id, job_key)
    with (
        runtime.leases.counted(),
        bound_contextvars(run_id=str(run_id), job_type=job.name, tenant_id=payload.tenant_id),
        reported(run_id, job.name) as report,
        runtime.admission.entered() as is_admitted,
    ):
        admit = runtime.admission.claim if is_admitted else runtime.admission.replay
        with step("claim"):
            claimed = await admit(job, payload, job_key)
        report.claimed = claimed
        if isinstance(claimed, Receipt):
            return claimed
        try:
            receipt = report.receipt = await _attempt(job, payload, claimed, runtime)
        except RunFailed as failure:
            with step("store"):
                await _close_failed(job, claimed, failure, runtime)
            raise
        except RunInterrupted as interruption:
            await _release(claimed, interruption, runtime)
            raise
        runtime.relay.nudge()
        return receipt


async def _attempt(job: AnyJob, payload: JobPayload, claim: Claim, runtime: Runtime) -> Receipt:
    """Process and store under the run's lease; ends in a receipt, RunFailed or RunInterrupted."""
    spending = (runtime.database, claim, runtime.policy.budget, runtime.is_stopping)
    model = JournalledProvider(runtime.provider, *spending)
    embedder = LedgeredEmbedder(runtime.embedder, *spending)
    steps = RunSteps(runtime.database, claim)
    context = RunContext(claim, runtime.database, model, embedder, steps)
    with runtime.leases.hold(claim) as held:
        try:
            outcome = await _process(job, payload, context, runtime.policy.deadline_seconds)
            with step("store"):
                return await _store(job, payload, outcome, context, runtime)
        except AiWorkerError:
            raise
        except asyncio.CancelledError:
            # Only our own heartbeat and a server at the end of its patience cancel a request.
            held.task.uncancel()
            raise (LeaseLost if held.is_lost else ServiceAway) from None
        except Exception as error:  # noqa: BLE001  the run must be released whatever happened
            if is_outage(error):
                log.warning("run_lost_database", error=error)
                raise ServiceAway from None
            log.error("run_crashed", error=error)
            raise InternalError from None


async def _process(
    job: AnyJob, payload: JobPayload, context: RunContext, deadline_seconds: float
) -> Outcome[Any]:
    deadline = asyncio.timeout(deadline_seconds)
    try:
        async with deadline:
            return await job.process(payload, context)
    except TimeoutError:
        if not deadline.expired():
            raise
        raise ModelTimeout(
            f"The run took longer than {deadline_seconds:g} s; it was in {context.model.step}."
        ) from None


async def _store(
    job: AnyJob,
    payload: JobPayload,
    outcome: Outcome[Any],
    context: RunContext,
    runtime: Runtime,
) -> Receipt:
    """Tx 2: the result, the end of the run and its callbacks, all or nothing."""
    claim = context.claim
    async with runtime.database.tenant(claim.tenant_id) as session:
        spend = await lock_run(session, claim)
        result_id = await job.save(session, payload, outcome, context)
        receipt = _receipt(claim, result_id, outcome, spend, context.model.model)
        await succeed_run(session, claim, receipt, spend, prompt=context.model.prompt)
        if runtime.policy.is_student_notified:
            notify_student(session, claim, job.announcement)
        await session.commit()
    return receipt


async def _close_failed(job: AnyJob, claim: Claim, failure: RunFailed, runtime: Runtime) -> None:
    try:
        async with runtime.database.tenant(claim.tenant_id) as session:
            is_ours = await fail_run(session, claim, failure, runtime.policy, job.apology)
            await session.commit()
    except Exception as error:
        if not is_outage(error):
            raise
        # The run is taken over when its lease ends; the journal keeps that from costing anything.
        raise ServiceAway from None
    if not is_ours:
        raise LeaseLost from None
    runtime.relay.nudge()


async def _release(claim: Claim, interruption: RunInterrupted, runtime: Runtime) -> None:
    try:
        async with runtime.database.tenant(claim.tenant_id) as session:
            await release_run(session, claim, interruption)
            await session.commit()
    except Exception as error:
        if not is_outage(error):
            raise
        log.warning("run_not_released", error=error)


def _receipt(
    claim: Claim, result_id: str, outcome: Outcome[Any], spend: Spend, model: str | None
) -> Receipt:
    return Receipt(
        run_id=claim.run_id,
        job_id=claim.job_id,
        job_type=claim.job_type,
        tenant_id=claim.tenant_id,
        result_id=result_id,
        model=model,
        usage=UsageOut(
            input_tokens=spend.input_tokens,
            output_tokens=spend.output_tokens,
            cost_usd=dollars(spend.cost_micro_usd),
        ),
        refusals=refusals_out(outcome.refusals),
        warnings=list(outcome.warnings),
    )
