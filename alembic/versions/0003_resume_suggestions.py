"""Suggestions for a résumé, in the set that one run made of them."""

import sqlalchemy as sa

from alembic import op
from app.db.isolation import (
    isolate,
    json_column,
    moment_column,
    result_of_run_column,
    text_column,
)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resume_suggestion_sets",
        text_column("tenant_id"),
        text_column("id"),
        text_column("student_id"),
        text_column("resume_id"),
        text_column("job_id", is_optional=True),
        json_column("refusals"),
        result_of_run_column(),
        moment_column("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_table(
        "resume_suggestions",
        text_column("tenant_id"),
        text_column("id"),
        text_column("set_id"),
        text_column("resume_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        text_column("kind"),
        text_column("section"),
        text_column("original"),
        text_column("suggested", is_optional=True),
        text_column("question", is_optional=True),
        text_column("reason"),
        text_column("guard_version"),
        text_column("status"),
        moment_column("decided_at", is_optional=True),
        moment_column("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "set_id"],
            ["resume_suggestion_sets.tenant_id", "resume_suggestion_sets.id"],
        ),
        # One suggestion a place, in the order of the set.
        sa.UniqueConstraint("tenant_id", "set_id", "section"),
        sa.UniqueConstraint("tenant_id", "set_id", "position"),
        sa.CheckConstraint("status in ('pending', 'accepted', 'rejected')"),
        sa.CheckConstraint(
            "(kind = 'rewording' and suggested is not null and question is null)"
            " or (kind = 'question' and suggested is null and question is not null)"
        ),
        # There is nothing to apply in a question.
        sa.CheckConstraint("kind = 'rewording' or status <> 'accepted'"),
        sa.CheckConstraint("(status = 'pending') = (decided_at is null)"),
    )
    op.create_index(
        "ix_resume_suggestions_resume", "resume_suggestions", ["tenant_id", "resume_id"]
    )
    for table in ("resume_suggestion_sets", "resume_suggestions"):
        isolate(table)


def downgrade() -> None:
    op.drop_table("resume_suggestions")
    op.drop_table("resume_suggestion_sets")
