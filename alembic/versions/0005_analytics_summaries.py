"""What is told of a cohort's figures, with the table it rests on."""

import sqlalchemy as sa

from alembic import op
from app.db.isolation import (
    isolate,
    json_column,
    moment_column,
    result_of_run_column,
    text_column,
)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = "placement_analytics_summaries"


def upgrade() -> None:
    op.create_table(
        TABLE,
        text_column("tenant_id"),
        text_column("id"),
        text_column("audience"),
        text_column("period_label"),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        text_column("previous_label", is_optional=True),
        json_column("sentences"),
        json_column("figures"),
        json_column("refusals"),
        text_column("model", is_optional=True),
        text_column("prompt", is_optional=True),
        text_column("check_version"),
        result_of_run_column(),
        moment_column("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.CheckConstraint("audience in ('placement_officer', 'management', 'students')"),
        sa.CheckConstraint("period_start <= period_end"),
    )
    op.create_index(f"ix_{TABLE}_period", TABLE, ["tenant_id", "period_end", "period_start"])
    isolate(TABLE)


def downgrade() -> None:
    op.drop_table(TABLE)
