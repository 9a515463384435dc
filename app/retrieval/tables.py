"""The index of what students wrote: texts by place, their vectors, and which records are in it.

None of it is an original: dropped, it is built again from résumés and notes at the next search, for
the price of the embeddings.
"""

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Column, Field, SQLModel

from app.db.columns import moment
from app.db.vectors import HalfVector


def _hash_column(*, is_key: bool = False) -> Column[str]:
    """Hexadecimal digits, compared by byte: a search sorts thousands, and no language minds."""
    return Column(String(collation="C"), primary_key=is_key, nullable=False)


class IndexedRecord(SQLModel, table=True):
    """A résumé, variant or note as it was when its texts were taken up.

    `fingerprint` is of the record's content and of how it is cut; where it differs from the
    record's now, the record is cut again. `updated_at` would miss what core-api writes itself.
    `embedded_by` is the model that all of its texts have vectors of, the one they had last.
    """

    __tablename__ = "retrieval_records"

    tenant_id: str = Field(primary_key=True)
    student_id: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    fingerprint: str
    embedded_by: str | None = None


class IndexedText(SQLModel, table=True):
    """A text at its place. `heading` is what it stands under.

    `content_hash` (SHA-256) is over heading and text, so equal texts of several places, as in the
    variants of one résumé, have one vector.
    """

    __tablename__ = "retrieval_texts"
    __table_args__ = (Index("ix_retrieval_texts_hash", "tenant_id", "student_id", "content_hash"),)

    tenant_id: str = Field(primary_key=True)
    student_id: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    heading: str
    text: str
    content_hash: str = Field(sa_column=_hash_column())


class IndexedWord(SQLModel, table=True):
    """Where a word of a record stands: `hashes` of the texts that say it, `sizes` their words.

    The word is a lexeme of PostgreSQL's English dictionary. Why no index on a `tsvector`: behind
    row-level security PostgreSQL uses none whose operator might tell of rows that a policy hides,
    and to ask each of 10,000 texts takes longer than all the rest of a search. Equality may.
    """

    __tablename__ = "retrieval_words"

    tenant_id: str = Field(primary_key=True)
    student_id: str = Field(primary_key=True)
    word: str = Field(sa_column=Column(String(collation="C"), primary_key=True))
    source: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    hashes: list[str] = Field(sa_column=Column(ARRAY(String(collation="C")), nullable=False))
    sizes: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))


class TextVector(SQLModel, table=True):
    """The vector of a student's text, of one model.

    Why by student, though a tenant's equal texts share what was paid: a search reads all of a
    student's vectors, which lie side by side this way.
    """

    __tablename__ = "retrieval_vectors"
    __table_args__ = (Index("ix_retrieval_vectors_hash", "tenant_id", "model", "content_hash"),)

    tenant_id: str = Field(primary_key=True)
    student_id: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    content_hash: str = Field(sa_column=_hash_column(is_key=True))
    vector: str = Field(sa_column=Column(HalfVector, nullable=False))


class QueryVector(SQLModel, table=True):
    """The vector of what was searched for.

    Why: a redelivered run must find the same passages in the same order, and students who apply
    for one posting search for the same.
    """

    __tablename__ = "retrieval_queries"

    tenant_id: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    content_hash: str = Field(sa_column=_hash_column(is_key=True))
    vector: str = Field(sa_column=Column(HalfVector, nullable=False))
    created_at: datetime = Field(default=None, sa_column=moment(is_creation=True))
