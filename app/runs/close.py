"""tx 2: how a run ends. Its result, its end and its callbacks commit together or not at all."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Select,
    Uuid,
    bindparam,
    case,
    func,
    true,
)
from sqlalchemy.orm import Mapped
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import execute
from app.errors import LeaseLost, RunFailed, RunInterrupted, StoredFailure
from app.llm.permit import UNLIMITED, Budget
from app.runs.receipt import Receipt
from app.runs.tables import (
    ANSWERED,
    OPEN_STATES,
    Claim,
    JobError,
    LlmCall,
    OutboxEvent,
    Run,
    RunState,
)
from app.telemetry.correlation import trace_headers
from app.wire import JsonObject

# The run of a claim, for statements that are made once.
HELD_RUN = bindparam("held_run", type_=Uuid())
HELD = (
    col(Run.id) == HELD_RUN,
    col(Run.fence) == bindparam("held_fence", type_=BigInteger()),
    col(Run.state) == RunState.RUNNING,
)

COMPLETE_PATH = "/internal/ai-jobs/complete"
NOTIFY_PATH = "/internal/notifications/in-app"


@dataclass(frozen=True)
class RunPolicy:
    """What an operator decides about every run."""

    max_attempts: int
    abandoned_after_seconds: float
    deadline_seconds: float
    is_student_notified: bool
    budget: Budget = UNLIMITED


@dataclass(frozen=True)
class Spend:
    """What a run's answered calls consumed, reused ones among them; `None` is unknown."""

    input_tokens: int | None
    output_tokens: int | None
    cost_micro_usd: int | None


async def lock_run(session: AsyncSession, claim: Claim) -> Spend:
    """Hold the run against every other closer until the transaction ends; gives what it spent.

    Raises:
        LeaseLost: a later attempt holds the run, or it is closed.
    """
    held = {"held_run": claim.run_id, "held_fence": claim.fence}
    rows = await execute(session, _locking(), held)
    row = rows.one_or_none()
    if row is None:
        raise LeaseLost
    return Spend(*(None if value is None else int(value) for value in row))


async def succeed_run(
    session: AsyncSession, claim: Claim, receipt: Receipt, spend: Spend, *, prompt: str | None
) -> None:
    """Close a locked run with its receipt and put the callback into the outbox."""
    values = {
        "held_run": claim.run_id,
        "held_fence": claim.fence,
        "result_id": receipt.result_id,
        "receipt": receipt.model_dump(mode="json"),
        "model": receipt.model,
        "prompt": prompt,
        **vars(spend),
    }
    await execute(session, _succeeding(), values)
    callback = {
        "jobId": claim.job_id,
        "jobType": claim.job_type,
        "tenantId": claim.tenant_id,
        "resultId": receipt.result_id,
        "runId": str(claim.run_id),
    }
    _tell_core_api(session, claim, COMPLETE_PATH, callback)


async def fail_run(
    session: AsyncSession, claim: Claim, failure: RunFailed, policy: RunPolicy, apology: str
) -> bool:
    """Close an open run for good, with the reason and what the student is told of it.

    `apology` is the job's, for a failure that has no words of its own for the student.
    False when somebody else closed it or took it over; then nothing is written.
    """
    rows = await session.exec(
        update(Run)
        .where(
            col(Run.id) == claim.run_id,
            col(Run.fence) == claim.fence,
            col(Run.state).in_(OPEN_STATES),
        )
        .values(state=RunState.FAILED, problem=_problem(failure), updated_at=func.clock_timestamp())
    )
    if rows.rowcount != 1:
        return False
    message = failure.student_message or apology
    session.add(
        JobError(
            tenant_id=claim.tenant_id,
            run_id=claim.run_id,
            student_id=claim.student_id,
            job_type=claim.job_type,
            code=failure.code,
            message=message,
            raw_answer=failure.raw_answer,
        )
    )
    if policy.is_student_notified:
        notify_student(session, claim, message)
    return True


async def release_run(session: AsyncSession, claim: Claim, interruption: RunInterrupted) -> None:
    """Open the run for its next delivery at once, counting the attempt where it was to blame."""
    await session.exec(
        update(Run)
        .where(*_held(claim))
        .values(
            state=RunState.WAITING,
            failures=col(Run.failures) + int(interruption.is_counted),
            lease_expires_at=func.clock_timestamp(),
            updated_at=func.clock_timestamp(),
        )
    )


def notify_student(session: AsyncSession, claim: Claim, message: str) -> None:
    """Have core-api show the run's student a message; a job about nobody shows none.

    Source: document 000, rewrite-resume step 8.
    """
    if claim.student_id is None:
        return
    notification = {
        "tenantId": claim.tenant_id,
        "studentId": claim.student_id,
        "jobType": claim.job_type,
        "runId": str(claim.run_id),
        "message": message,
    }
    _tell_core_api(session, claim, NOTIFY_PATH, notification)


def stored_failure(run: Run) -> StoredFailure:
    """The problem that ended the run, to be raised again as itself."""
    failure = StoredFailure(**(run.problem or {}))
    failure.run_id = run.id
    return failure


def _problem(failure: RunFailed) -> JsonObject:
    return {
        "status": failure.status,
        "code": failure.code,
        "title": failure.title,
        "detail": failure.detail,
    }


def _tell_core_api(session: AsyncSession, claim: Claim, path: str, body: JsonObject) -> None:
    session.add(
        OutboxEvent(
            tenant_id=claim.tenant_id,
            run_id=claim.run_id,
            path=path,
            body=body,
            trace_headers=trace_headers() or None,
        )
    )


@cache
def _locking() -> Select[*tuple[Any, ...]]:
    """Locks HELD and gives what it spent, in the order of Spend's fields."""
    spent = (
        select(
            _sum_if_all_known(col(LlmCall.input_tokens)),
            _sum_if_all_known(col(LlmCall.output_tokens)),
            _sum_if_all_known(col(LlmCall.cost_micro_usd)),
        )
        .where(col(LlmCall.run_id) == HELD_RUN, col(LlmCall.outcome) == ANSWERED)
        .subquery()
    )
    locked: Select[*tuple[Any, ...]] = (
        select(*spent.c).select_from(Run).join(spent, true()).where(*HELD).with_for_update(of=Run)
    )
    return locked


@cache
def _succeeding() -> Executable:
    """Closes HELD with the values it is given besides."""
    return (
        update(Run).where(*HELD).values(state=RunState.SUCCEEDED, updated_at=func.clock_timestamp())
    )


def _held(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Run.id) == claim.run_id,
        col(Run.fence) == claim.fence,
        col(Run.state) == RunState.RUNNING,
    )


def _sum_if_all_known(column: Mapped[int | None]) -> ColumnElement[int | None]:
    return case((func.count(column) == func.count(), func.coalesce(func.sum(column), 0)))
