"""Analyses of postings, and the steps of a run."""

import sqlalchemy as sa

from alembic import op
from app.db.isolation import (
    isolate,
    json_column,
    moment_column,
    result_of_run_column,
    text_column,
)

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "posting_analyses",
        text_column("tenant_id"),
        text_column("id"),
        text_column("job_id", is_optional=True),
        text_column("content_hash"),
        json_column("analysis"),
        text_column("model"),
        sa.Column("prompt_version", sa.Integer(), nullable=False),
        text_column("check_version"),
        result_of_run_column(),
        moment_column("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index(
        "ix_posting_analyses_content",
        "posting_analyses",
        ["tenant_id", "content_hash", "created_at"],
    )
    isolate("posting_analyses")
    op.create_table(
        "ai_run_steps",
        text_column("tenant_id"),
        # Deleted with their run; nothing outside it refers to them.
        sa.Column(
            "run_id",
            sa.Uuid(),
            sa.ForeignKey("ai_job_runs.id", ondelete="CASCADE"),
            nullable=False,
        ),
        text_column("name"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        text_column("state"),
        text_column("input_hash", is_optional=True),
        json_column("output", is_optional=True),
        moment_column("started_at", is_optional=True),
        moment_column("ended_at", is_optional=True),
        sa.PrimaryKeyConstraint("run_id", "name"),
    )
    isolate("ai_run_steps")


def downgrade() -> None:
    op.drop_table("ai_run_steps")
    op.drop_table("posting_analyses")
