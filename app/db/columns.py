"""Column kinds that tables share; SQLAlchemy wants a fresh Column object for each use."""

from sqlalchemy import DateTime, ForeignKey, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column


def moment(*, is_creation: bool = False, is_optional: bool = False) -> Column[object]:
    """A timezone-aware time on the database's clock."""
    default = func.now() if is_creation else None
    return Column(DateTime(timezone=True), nullable=is_optional, server_default=default)


def json(*, is_optional: bool = False) -> Column[object]:
    """A jsonb value; an absent one is SQL NULL, never JSON null."""
    return Column(JSONB(none_as_null=True), nullable=is_optional)


def run_of_result() -> Column[object]:
    """The run that gave this result and no other; null once the run is older than its retention."""
    return Column(ForeignKey("ai_job_runs.id", ondelete="SET NULL"), unique=True, nullable=True)
