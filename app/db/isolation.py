"""How a migration makes a table that holds what belongs to tenants: each sees its own rows only."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from app.db.engine import SERVICE_ROLE


def isolate(table: str) -> None:
    """Force row-level security on a table that was just created, and let the service use it."""
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


def text_column(name: str, *, is_optional: bool = False) -> sa.Column[str]:
    """A column of text."""
    return sa.Column(name, sa.String(), nullable=is_optional)


def json_column(name: str, *, is_optional: bool = False) -> sa.Column[object]:
    """A column of jsonb."""
    return sa.Column(name, postgresql.JSONB(), nullable=is_optional)


def moment_column(name: str, *, is_optional: bool = False) -> sa.Column[object]:
    """A time; a required one is the transaction's unless it is given."""
    default = None if is_optional else sa.func.now()
    return sa.Column(name, sa.DateTime(timezone=True), nullable=is_optional, server_default=default)


def result_of_run_column() -> sa.Column[object]:
    """`ai_run_id`: the run that gave this result, which gave no other, for as long as it is kept.

    Tables that were made before this column let go of its run are changed by migration 0009.
    """
    reference = sa.ForeignKey("ai_job_runs.id", ondelete="SET NULL")
    return sa.Column("ai_run_id", sa.Uuid(), reference, unique=True)
