"""Telling a database that is away from a statement that is wrong."""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# PostgreSQL's classes: connection exception, login refused, no such database, insufficient
# resources, operator intervention (shutting down, starting up). Source: PostgreSQL manual,
# appendix A.
OUTAGE_CLASSES = ("08", "28", "3D", "53", "57")


def is_outage(error: BaseException) -> bool:
    """Whether the database is the trouble and not the statement, which may succeed later."""
    if isinstance(error, (OSError, PoolTimeoutError, OperationalError, InterfaceError)):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state.startswith(OUTAGE_CLASSES)
