"""What is deleted in time, by whom and how it is found; and what ties a callback to its request.

A result outlives its run: it lets go of it. The relay deletes what has ended, of all tenants, and
still reads no word of a student or a model; the raw answers it can only remove.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RELAY_ROLE = "ai_worker_relay"

ENDED = "state in ('succeeded', 'failed')"
# (index, table, column, which rows)
INDEXES = (
    ("ix_ai_job_runs_ended", "ai_job_runs", "updated_at", ENDED),
    (
        "ix_ai_job_runs_with_answers",
        "ai_job_runs",
        "updated_at",
        f"{ENDED} and answers_deleted_at is null",
    ),
    ("ix_ai_outbox_delivered", "ai_outbox", "delivered_at", "delivered_at is not null"),
    ("ix_ai_outbox_dead", "ai_outbox", "dead_at", "dead_at is not null"),
)
RIGHTS = {
    "ai_job_runs": "select (answers_deleted_at), delete",
    "ai_outbox": "delete",
    "ai_job_errors": "select (run_id), update (raw_answer), delete",
    "ai_llm_calls": "select (run_id), update (answer), delete",
}

# Of every result, those of tables that other migrations made among them.
LET_GO = """
do $$
declare result record;
begin
    for result in
        select conrelid::regclass as name, conname as reference
        from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
        where contype = 'f' and confrelid = 'ai_job_runs'::regclass and attname = 'ai_run_id'
    loop
        execute format('alter table %s drop constraint %I', result.name, result.reference);
        execute format('alter table %s alter column ai_run_id drop not null', result.name);
        execute format(
            'alter table %s add constraint %I foreign key (ai_run_id) '
            'references ai_job_runs (id) on delete set null', result.name, result.reference
        );
    end loop;
end $$
"""


def upgrade() -> None:
    op.add_column("ai_job_runs", sa.Column("answers_deleted_at", sa.DateTime(timezone=True)))
    op.add_column("ai_outbox", sa.Column("trace_headers", postgresql.JSONB()))
    for name, table, column, which in INDEXES:
        op.create_index(name, table, [column], postgresql_where=sa.text(which))
    op.execute(LET_GO)
    op.execute(
        f"create policy relay on ai_llm_calls to {RELAY_ROLE} using (true) with check (true)"
    )
    for table, rights in RIGHTS.items():
        op.execute(f"grant {rights} on {table} to {RELAY_ROLE}")


def downgrade() -> None:
    """Results go on without the runs that were deleted: nobody can give them back."""
    for table, rights in RIGHTS.items():
        op.execute(f"revoke {rights} on {table} from {RELAY_ROLE}")
    op.execute("drop policy relay on ai_llm_calls")
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
    op.drop_column("ai_outbox", "trace_headers")
    op.drop_column("ai_job_runs", "answers_deleted_at")
