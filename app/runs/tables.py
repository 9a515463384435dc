"""The machinery's tables: runs, model calls, callbacks, and what a student is told of a failure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlmodel import Column, Field, SQLModel

from app.db.columns import json, moment
from app.wire import JsonObject


class RunState(StrEnum):
    """Where a run stands. `waiting` is open with nobody on it: the next delivery takes it."""

    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


OPEN_STATES = (RunState.RUNNING, RunState.WAITING)
ENDED_STATES = (RunState.SUCCEEDED, RunState.FAILED)


class StepState(StrEnum):
    """Where a step of a run stands. `skipped`: the run got its result without it."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"


# The outcome of a model call that was paid for and can be used again.
ANSWERED = "answered"

SPEND_COLUMNS = (
    "outcome",
    "input_tokens",
    "output_tokens",
    "cost_micro_usd",
    "estimated_tokens",
    "estimated_cost_micro_usd",
)


class Run(SQLModel, table=True):
    """One job across its attempts. Its id is made of its tenant and its job key.

    `attempts` counts every start, `failures` the attempts that ended in a fault of their own,
    `crashes` the ones whose process vanished. `fence` grows with every start; only its holder may
    close the run. `receipt` or `problem` is what a repeated request is answered with.
    `answers_deleted_at` is when the raw answers of its model calls were.
    """

    __tablename__ = "ai_job_runs"
    __table_args__ = (
        Index(
            "ix_ai_job_runs_open",
            "lease_expires_at",
            postgresql_where=text("state in ('running', 'waiting')"),
        ),
        Index(
            "ix_ai_job_runs_ended",
            "updated_at",
            postgresql_where=text("state in ('succeeded', 'failed')"),
        ),
        Index(
            "ix_ai_job_runs_with_answers",
            "updated_at",
            postgresql_where=text(
                "state in ('succeeded', 'failed') and answers_deleted_at is null"
            ),
        ),
    )

    id: UUID = Field(primary_key=True)
    tenant_id: str
    job_key: str
    job_id: str
    job_type: str
    student_id: str | None = None
    payload_hash: str
    state: str = RunState.RUNNING
    attempts: int = 1
    failures: int = 0
    crashes: int = 0
    fence: int = Field(default=1, sa_type=BigInteger)
    lease_expires_at: datetime = Field(default=None, sa_column=moment())
    result_id: str | None = None
    receipt: JsonObject | None = Field(default=None, sa_column=json(is_optional=True))
    problem: JsonObject | None = Field(default=None, sa_column=json(is_optional=True))
    model: str | None = None
    prompt: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_micro_usd: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime = Field(default=None, sa_column=moment(is_creation=True))
    updated_at: datetime = Field(default=None, sa_column=moment(is_creation=True))
    answers_deleted_at: datetime | None = Field(default=None, sa_column=moment(is_optional=True))

    def claim(self) -> "Claim":
        """The run with the fence it has now."""
        return Claim(
            run_id=self.id,
            tenant_id=self.tenant_id,
            job_type=self.job_type,
            job_id=self.job_id,
            student_id=self.student_id,
            attempt=self.attempts,
            fence=self.fence,
        )


@dataclass(frozen=True)
class Claim:
    """A run as its holder sees it. `fence` proves the hold: a later holder has a larger one."""

    run_id: UUID
    tenant_id: str
    job_type: str
    job_id: str
    student_id: str | None
    attempt: int
    fence: int


class LlmCall(SQLModel, table=True):
    """One upstream call: the journal that saves paying twice, and the ledger of what was spent.

    Written before the call (`outcome` null: nobody knows how it ends) and after it (`answered`, or
    the error's code). Unknown tokens and cost are null, which is not zero: a budget then goes by
    the estimates, which are what the call could consume at most, and 0 once it was turned down.
    """

    __tablename__ = "ai_llm_calls"
    __table_args__ = (
        Index("ix_ai_llm_calls_run", "run_id", "started_at"),
        Index(
            "ix_ai_llm_calls_spend",
            "tenant_id",
            "started_at",
            # A month is summed up from the index; the rows hold whole answers.
            postgresql_include=SPEND_COLUMNS,
        ),
    )

    id: UUID = Field(primary_key=True, default_factory=uuid4)
    tenant_id: str
    run_id: UUID = Field(sa_column=Column(ForeignKey("ai_job_runs.id"), nullable=False))
    request_hash: str
    prompt: str
    model: str
    outcome: str | None = None
    answer: str | None = None
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_micro_usd: int | None = Field(default=None, sa_type=BigInteger)
    estimated_tokens: int | None = None
    estimated_cost_micro_usd: int | None = Field(default=None, sa_type=BigInteger)
    latency_seconds: float | None = None
    started_at: datetime = Field(default=None, sa_column=moment(is_creation=True))


class RunStep(SQLModel, table=True):
    """One step of a run whose job has several; what it gave is kept for the next delivery.

    `position` counts from 0. `revision` grows with every change of any step of the run, so that a
    watcher can ask for what is new. `output` is what a step gave that another attempt might not
    get again (what was found in a cache, or in an index), for the same `input_hash`.
    """

    __tablename__ = "ai_run_steps"

    tenant_id: str
    run_id: UUID = Field(
        sa_column=Column(
            ForeignKey("ai_job_runs.id", ondelete="CASCADE"), primary_key=True, nullable=False
        )
    )
    name: str = Field(primary_key=True)
    position: int
    revision: int
    state: str = StepState.PENDING
    input_hash: str | None = None
    output: JsonObject | None = Field(default=None, sa_column=json(is_optional=True))
    started_at: datetime | None = Field(default=None, sa_column=moment(is_optional=True))
    ended_at: datetime | None = Field(default=None, sa_column=moment(is_optional=True))


class ProviderCooldown(SQLModel, table=True):
    """Until when nobody may ask a model, because its provider said so.

    `quota` names what the provider limits (`Provider.quota_for`), `code` is the error to answer
    with. No tenant's data: all replicas and tenants share a provider's key.
    """

    __tablename__ = "ai_provider_cooldowns"

    quota: str = Field(primary_key=True)
    code: str
    expires_at: datetime = Field(sa_column=moment())


class TenantBudget(SQLModel, table=True):
    """What one tenant may spend in a calendar month (UTC), where it differs from the settings.

    Null is the setting's value. The service reads it; the schema's owner writes it.
    """

    __tablename__ = "ai_tenant_budgets"

    tenant_id: str = Field(primary_key=True)
    monthly_tokens: int | None = Field(default=None, sa_type=BigInteger)
    monthly_cost_micro_usd: int | None = Field(default=None, sa_type=BigInteger)


class OutboxEvent(SQLModel, table=True):
    """Something core-api must be told; `id` is its `webhook-id`, the same on every repeat.

    `path` is where under CORE_API_INTERNAL_URL it goes, `trace_headers` what ties it to the request
    that it comes from. `last_status` is the HTTP status of the last attempt, 0 when there was no
    answer.
    """

    __tablename__ = "ai_outbox"
    __table_args__ = (
        Index(
            "ix_ai_outbox_due",
            "next_attempt_at",
            postgresql_where=text("delivered_at is null and dead_at is null"),
        ),
        Index("ix_ai_outbox_run", "run_id"),
        Index(
            "ix_ai_outbox_delivered",
            "delivered_at",
            postgresql_where=text("delivered_at is not null"),
        ),
        Index("ix_ai_outbox_dead", "dead_at", postgresql_where=text("dead_at is not null")),
    )

    id: UUID = Field(primary_key=True, default_factory=uuid4)
    tenant_id: str
    run_id: UUID = Field(sa_column=Column(ForeignKey("ai_job_runs.id"), nullable=False))
    path: str
    body: JsonObject = Field(sa_column=json())
    trace_headers: dict[str, str] | None = Field(default=None, sa_column=json(is_optional=True))
    attempts: int = 0
    last_status: int | None = None
    created_at: datetime = Field(default=None, sa_column=moment(is_creation=True))
    next_attempt_at: datetime = Field(default=None, sa_column=moment(is_creation=True))
    locked_until: datetime | None = Field(default=None, sa_column=moment(is_optional=True))
    delivered_at: datetime | None = Field(default=None, sa_column=moment(is_optional=True))
    dead_at: datetime | None = Field(default=None, sa_column=moment(is_optional=True))


class JobError(SQLModel, table=True):
    """Why a run failed: `message` is fit for the student, `raw_answer` is what the model said.

    Source: document 000, "Error handling".
    """

    __tablename__ = "ai_job_errors"

    id: UUID = Field(primary_key=True, default_factory=uuid4)
    tenant_id: str
    run_id: UUID = Field(
        sa_column=Column(ForeignKey("ai_job_runs.id"), nullable=False, unique=True)
    )
    student_id: str | None = None
    job_type: str
    code: str
    message: str
    raw_answer: str | None = None
    created_at: datetime = Field(default=None, sa_column=moment(is_creation=True))
