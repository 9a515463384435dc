"""A run is unique by its id alone, which is made of its tenant and its job key (UUIDv5).

`on conflict` forgives breaking the one unique index it names. With a second one on the same rows,
the loser of two first deliveries at one moment may break that one and fail.
Source: PostgreSQL, INSERT, "ON CONFLICT": only arbiter indexes are guaranteed not to raise.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NAME = "ai_job_runs_tenant_id_job_key_key"
TABLE = "ai_job_runs"


def upgrade() -> None:
    op.drop_constraint(NAME, TABLE)


def downgrade() -> None:
    op.create_unique_constraint(NAME, TABLE, ["tenant_id", "job_key"])
