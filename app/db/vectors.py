"""pgvector's half-precision vectors: as a column, and as the text that statements cast to one.

Why: two bytes a number keep 768 of them on the row's own page, and what a search reads is what it
costs. pgvector compares at most 16,000 numbers; 4,000 are the most that still fit on a page.
"""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

MAX_DIMENSIONS = 4_000


class HalfVector(UserDefinedType[str]):
    """A column of type `halfvec` without a fixed length: models differ in theirs."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in PostgreSQL."""
        return "halfvec"


# By this `alembic check` knows the column again; SQLAlchemy has no other way to tell it a type.
ischema_names["halfvec"] = HalfVector


def vector_text(vector: Sequence[float]) -> str:
    """The vector as PostgreSQL reads it; six digits are more than half precision keeps."""
    return f"[{','.join(f'{number:.6g}' for number in vector)}]"
