"""Cooldowns of a provider, budgets of a tenant, and what a call was estimated to cost.

A cooldown belongs to no tenant and holds nothing of one, so it has no row-level security; the
service writes it, the relay has no use for it. A budget is read by the service and written by the
schema's owner alone: a service that could raise it would have none.
"""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SERVICE_ROLE = "ai_worker_service"

SPEND_INDEX = "ix_ai_llm_calls_spend"
SPEND_COLUMNS = (
    "outcome",
    "input_tokens",
    "output_tokens",
    "cost_micro_usd",
    "estimated_tokens",
    "estimated_cost_micro_usd",
)


def upgrade() -> None:
    op.add_column("ai_llm_calls", sa.Column("estimated_tokens", sa.Integer()))
    op.add_column("ai_llm_calls", sa.Column("estimated_cost_micro_usd", sa.BigInteger()))
    op.create_index(
        SPEND_INDEX, "ai_llm_calls", ["tenant_id", "started_at"], postgresql_include=SPEND_COLUMNS
    )
    op.create_table(
        "ai_provider_cooldowns",
        sa.Column("quota", sa.String(), primary_key=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(f"grant select, insert, update on ai_provider_cooldowns to {SERVICE_ROLE}")
    op.create_table(
        "ai_tenant_budgets",
        sa.Column("tenant_id", sa.String(), primary_key=True),
        sa.Column("monthly_tokens", sa.BigInteger()),
        sa.Column("monthly_cost_micro_usd", sa.BigInteger()),
        sa.CheckConstraint("monthly_tokens >= 0 and monthly_cost_micro_usd >= 0"),
    )
    op.execute("alter table ai_tenant_budgets enable row level security")
    # Forced as everywhere: nobody is let through but by a policy that says so.
    op.execute("alter table ai_tenant_budgets force row level security")
    op.execute(
        f"create policy tenant on ai_tenant_budgets for select to {SERVICE_ROLE} "
        "using (tenant_id = nullif(current_setting('app.tenant_id', true), ''))"
    )
    op.execute(
        "create policy owner on ai_tenant_budgets to current_user using (true) with check (true)"
    )
    op.execute(f"grant select on ai_tenant_budgets to {SERVICE_ROLE}")


def downgrade() -> None:
    op.drop_table("ai_tenant_budgets")
    op.drop_table("ai_provider_cooldowns")
    op.drop_index(SPEND_INDEX, "ai_llm_calls")
    op.drop_column("ai_llm_calls", "estimated_cost_micro_usd")
    op.drop_column("ai_llm_calls", "estimated_tokens")
