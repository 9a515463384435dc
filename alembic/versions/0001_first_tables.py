"""Inputs, runs, model calls, callbacks and errors, each row visible to its own tenant only.

Two roles without a login: the service's sees one tenant at a time (`app.tenant_id`), the relay's
sees runs, callbacks and errors of all tenants, which is what delivery and the sweeper need, and
nothing of what students wrote. Whoever runs the migration becomes a member of both.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERVICE_ROLE = "ai_worker_service"
RELAY_ROLE = "ai_worker_relay"

INPUTS = ("students", "resumes", "postings")
MACHINERY = ("ai_job_runs", "ai_llm_calls", "ai_outbox", "ai_job_errors")
# Not the receipt, the problem or the raw answer: they repeat what students and models wrote.
RUN_COLUMNS = (
    "id, tenant_id, job_key, job_id, job_type, student_id, payload_hash, state, attempts, "
    "failures, crashes, fence, lease_expires_at, result_id, created_at, updated_at"
)
RELAYED = {
    "ai_job_runs": f"select ({RUN_COLUMNS}), update",
    "ai_outbox": "select, insert, update",
    "ai_job_errors": "select (id, tenant_id, created_at), insert",
}


def upgrade() -> None:
    for role in (SERVICE_ROLE, RELAY_ROLE):
        # Roles belong to the cluster, so another database of it may have made them already.
        op.execute(
            f"do $$ begin create role {role} nologin nosuperuser nobypassrls; "
            "exception when duplicate_object or unique_violation then null; end $$"
        )
        op.execute(
            f"do $$ begin execute format('grant {role} to %I', current_user); "
            "exception when others then "
            f"if not pg_has_role(current_user, '{role}', 'member') then raise; end if; end $$"
        )
        op.execute(f"grant usage on schema public to {role}")
    _create_inputs()
    _create_machinery()
    for table in (*INPUTS, *MACHINERY):
        _isolate(table)
    # A service that logs in as another role than the migration's must see which version it finds.
    op.execute(f"grant select on alembic_version to {SERVICE_ROLE}")
    for table, rights in RELAYED.items():
        op.execute(f"grant {rights} on {table} to {RELAY_ROLE}")
        op.execute(f"create policy relay on {table} to {RELAY_ROLE} using (true) with check (true)")


def downgrade() -> None:
    for table in reversed(("students", "postings", *MACHINERY, "resumes")):
        op.drop_table(table)
    op.execute(f"revoke select on alembic_version from {SERVICE_ROLE}")
    # The roles stay: another database of the cluster may use them.
    for role in (SERVICE_ROLE, RELAY_ROLE):
        op.execute(f"revoke usage on schema public from {role}")


def _isolate(table: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    # Without FORCE the table's owner would see every tenant.
    op.execute(f"alter table {table} force row level security")
    op.execute(
        f"create policy tenant on {table} to {SERVICE_ROLE} "
        # An unset value is '' after a transaction that set it.
        "using (tenant_id = nullif(current_setting('app.tenant_id', true), '')) "
        "with check (tenant_id = nullif(current_setting('app.tenant_id', true), ''))"
    )
    op.execute(f"grant select, insert, update, delete on {table} to {SERVICE_ROLE}")


def _create_inputs() -> None:
    op.create_table(
        "students",
        _text("tenant_id"),
        _text("id"),
        _text("name"),
        _json("profile"),
        _created("updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_table(
        "postings",
        _text("tenant_id"),
        _text("id"),
        _text("title"),
        _text("description"),
        _text("company", is_optional=True),
        _created("updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )


def _create_machinery() -> None:
    op.create_table(
        "ai_job_runs",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _text("tenant_id"),
        _text("job_key"),
        _text("job_id"),
        _text("job_type"),
        _text("student_id", is_optional=True),
        _text("payload_hash"),
        _text("state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=False),
        _text("result_id", is_optional=True),
        _json("receipt", is_optional=True),
        _json("problem", is_optional=True),
        _text("model", is_optional=True),
        _text("prompt", is_optional=True),
        *_spend(),
        _created("created_at"),
        _created("updated_at"),
        sa.UniqueConstraint("tenant_id", "job_key"),
        sa.CheckConstraint("state in ('running', 'waiting', 'succeeded', 'failed')"),
    )
    op.create_index(
        "ix_ai_job_runs_open",
        "ai_job_runs",
        ["lease_expires_at"],
        postgresql_where=sa.text("state in ('running', 'waiting')"),
    )
    op.create_table(
        "resumes",
        _text("tenant_id"),
        _text("id"),
        _text("student_id"),
        _json("resume"),
        sa.Column("is_ai_variant", sa.Boolean(), nullable=False),
        _text("base_resume_id", is_optional=True),
        _json("provenance"),
        _json("refusals"),
        sa.Column("ai_run_id", sa.Uuid(), sa.ForeignKey("ai_job_runs.id"), unique=True),
        _created("created_at"),
        _created("updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_table(
        "ai_llm_calls",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _text("tenant_id"),
        _run_id(),
        _text("request_hash"),
        _text("prompt"),
        _text("model"),
        _text("outcome", is_optional=True),
        _text("answer", is_optional=True),
        _text("finish_reason", is_optional=True),
        *_spend(),
        sa.Column("latency_seconds", sa.Float()),
        _created("started_at"),
    )
    op.create_index("ix_ai_llm_calls_run", "ai_llm_calls", ["run_id", "started_at"])
    op.create_table(
        "ai_outbox",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _text("tenant_id"),
        _run_id(),
        _text("path"),
        _json("body"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_status", sa.Integer()),
        _created("created_at"),
        _created("next_attempt_at"),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("dead_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "ix_ai_outbox_due",
        "ai_outbox",
        ["next_attempt_at"],
        postgresql_where=sa.text("delivered_at is null and dead_at is null"),
    )
    op.create_index("ix_ai_outbox_run", "ai_outbox", ["run_id"])
    op.create_table(
        "ai_job_errors",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _text("tenant_id"),
        _run_id(is_unique=True),
        _text("student_id", is_optional=True),
        _text("job_type"),
        _text("code"),
        _text("message"),
        _text("raw_answer", is_optional=True),
        _created("created_at"),
    )


def _text(name: str, *, is_optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=is_optional)


def _json(name: str, *, is_optional: bool = False) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), nullable=is_optional)


def _created(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def _run_id(*, is_unique: bool = False) -> sa.Column[object]:
    return sa.Column(
        "run_id", sa.Uuid(), sa.ForeignKey("ai_job_runs.id"), nullable=False, unique=is_unique
    )


def _spend() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("input_tokens", sa.Integer()),
        sa.Column("output_tokens", sa.Integer()),
        sa.Column("cost_micro_usd", sa.BigInteger()),
    )
