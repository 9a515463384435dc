"""Summaries of students, and the way to a student's newest résumé."""

import sqlalchemy as sa

from alembic import op
from app.db.isolation import (
    isolate,
    json_column,
    moment_column,
    result_of_run_column,
    text_column,
)

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "student_ai_summaries",
        text_column("tenant_id"),
        text_column("id"),
        text_column("student_id"),
        text_column("resume_id"),
        json_column("sentences"),
        json_column("refusals"),
        text_column("input_hash"),
        text_column("model", is_optional=True),
        sa.Column("prompt_version", sa.Integer(), nullable=False),
        text_column("guard_version"),
        result_of_run_column(),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        moment_column("generated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index(
        "ix_student_ai_summaries_current",
        "student_ai_summaries",
        ["tenant_id", "student_id", "read_at"],
    )
    isolate("student_ai_summaries")
    op.create_index("ix_resumes_student", "resumes", ["tenant_id", "student_id", "updated_at"])


def downgrade() -> None:
    op.drop_index("ix_resumes_student", "resumes")
    op.drop_table("student_ai_summaries")
