"""Students' notes, and the index in which their own words are found again.

Needs pgvector: an extension that only a superuser, or whom the provider of the database lets, may
create. Where it exists already, any owner of the schema may run this.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from app.db.extension import require_pgvector
from app.db.isolation import isolate, moment_column, text_column
from app.db.vectors import HalfVector

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = (
    *("notes", "retrieval_records", "retrieval_texts", "retrieval_words"),
    *("retrieval_vectors", "retrieval_queries"),
)


def upgrade() -> None:
    require_pgvector(op.get_bind())
    op.create_table(
        "notes",
        *map(text_column, ("tenant_id", "id", "student_id")),
        text_column("title", is_optional=True),
        text_column("text"),
        moment_column("updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("ix_notes_student", "notes", ["tenant_id", "student_id"])
    place = ("tenant_id", "student_id", "source", "record_id")
    op.create_table(
        "retrieval_records",
        *map(text_column, (*place, "fingerprint")),
        text_column("embedded_by", is_optional=True),
        sa.PrimaryKeyConstraint(*place),
    )
    op.create_table(
        "retrieval_texts",
        *map(text_column, (*place, "path", "heading", "text")),
        _hash_column(),
        sa.PrimaryKeyConstraint(*place, "path"),
    )
    op.create_table(
        "retrieval_words",
        *map(text_column, place),
        sa.Column("word", sa.String(collation="C"), nullable=False),
        sa.Column("hashes", postgresql.ARRAY(sa.String(collation="C")), nullable=False),
        sa.Column("sizes", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "student_id", "word", "source", "record_id"),
    )
    op.create_index(
        "ix_retrieval_texts_hash", "retrieval_texts", ["tenant_id", "student_id", "content_hash"]
    )
    _create_vectors("retrieval_vectors", ("tenant_id", "student_id", "model"))
    op.create_index(
        "ix_retrieval_vectors_hash", "retrieval_vectors", ["tenant_id", "model", "content_hash"]
    )
    _create_vectors("retrieval_queries", ("tenant_id", "model"))
    op.add_column("retrieval_queries", moment_column("created_at"))
    for table in TABLES:
        isolate(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    # The extension stays: somebody else may use it.


def _hash_column() -> sa.Column[str]:
    return sa.Column("content_hash", sa.String(collation="C"), nullable=False)


def _create_vectors(table: str, key: tuple[str, ...]) -> None:
    op.create_table(
        table,
        *map(text_column, key),
        _hash_column(),
        sa.Column("vector", HalfVector(), nullable=False),
        sa.PrimaryKeyConstraint(*key, "content_hash"),
    )
    # Beside the row's other columns: a search reads all vectors of a student, and one page more
    # for each of them is most of what it would take.
    op.execute(f"alter table {table} alter column vector set storage main")
