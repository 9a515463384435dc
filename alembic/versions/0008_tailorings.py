"""Tailorings: how a variant was made for a posting, and what its student lacks."""

import sqlalchemy as sa

from alembic import op
from app.db.isolation import (
    isolate,
    json_column,
    moment_column,
    result_of_run_column,
    text_column,
)

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tailorings",
        text_column("tenant_id"),
        text_column("id"),
        text_column("student_id"),
        text_column("base_resume_id"),
        text_column("job_id", is_optional=True),
        text_column("analysis_id"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("best_attempt", sa.Integer(), nullable=False),
        text_column("ending"),
        json_column("evaluation"),
        json_column("history"),
        json_column("gaps"),
        text_column("model", is_optional=True),
        sa.Column("prompt_version", sa.Integer(), nullable=False),
        text_column("guard_version"),
        result_of_run_column(),
        moment_column("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "id"], ["resumes.tenant_id", "resumes.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "analysis_id"], ["posting_analyses.tenant_id", "posting_analyses.id"]
        ),
    )
    isolate("tailorings")


def downgrade() -> None:
    op.drop_table("tailorings")
