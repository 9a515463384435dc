"""pgvector: whether a database has it, and who must be asked where it does not."""

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

# `halfvec` came with 0.7.
OLDEST_PGVECTOR = "0.7"


class ExtensionAway(Exception):  # noqa: N818  named for what happened
    """The database has no pgvector that this role could use; one line for an operator."""


def require_pgvector(connection: Connection) -> None:
    """Have the type `halfvec`, creating the extension where this role may.

    Raises:
        ExtensionAway: the server has no pgvector, an old one, or this role may not create it.
    """
    if _has_halfvec(connection):
        return
    try:
        connection.execute(text("create extension if not exists vector"))
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", "")
        raise ExtensionAway(
            "the database needs pgvector, and this role could not create it "
            f"(SQLSTATE {state}): install it on the server and run `create extension vector` there "
            "as a role that may"
        ) from None
    if not _has_halfvec(connection):
        raise ExtensionAway(
            f"the database needs pgvector {OLDEST_PGVECTOR} or newer in a schema of the search "
            "path: run `alter extension vector update` there"
        )


def _has_halfvec(connection: Connection) -> bool:
    return connection.execute(text("select to_regtype('halfvec')::text")).scalar() is not None
