"""JSON logs: static event names and identifiers, never what a person, a model or a provider wrote.

The message of an exception is somebody else's text (a provider's body, a row's values), so only its
type and the places it passed through are logged, for our own code and for every library.
"""

import logging
import sys
import traceback
import warnings
from types import TracebackType

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

# Their log templates are constants; other libraries build messages from what they handle.
LOGGERS_WITH_STATIC_TEMPLATES = ("uvicorn", "asyncio", "alembic", "sqlalchemy.pool")

# Deep enough to reach our own code through three frameworks.
MAX_FRAMES = 30

log: FilteringBoundLogger = structlog.get_logger()


def configure_logs(level: str) -> None:
    """Send our events of at least `level`, and libraries' warnings, to stdout as JSON lines."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _without_exception_text,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=False,
    )
    # Warnings are for whoever changes the code, and the tests fail on them; LiteLLM prints 60.
    warnings.simplefilter("ignore")
    root = logging.getLogger()
    root.handlers = [_LibraryHandler()]
    # Not `level`: at DEBUG, SQLAlchemy logs parameters, httpx addresses, LiteLLM prompts.
    root.setLevel(logging.WARNING)


def exception_place(error: BaseException) -> dict[str, object]:
    """`{type, frames}` of an exception: where it came from and nothing that it says."""
    return {"type": type(error).__qualname__, "frames": _frames(error.__traceback__)}


def _frames(trace: TracebackType | None) -> list[str]:
    places = traceback.StackSummary.extract(
        traceback.walk_tb(trace), lookup_lines=False, capture_locals=False
    )
    return [f"{place.filename}:{place.lineno} {place.name}" for place in places[-MAX_FRAMES:]]


def _without_exception_text(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    error = event.pop("error", None)
    if isinstance(error, BaseException):
        event["exception"] = exception_place(error)
    return event


class _LibraryHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        is_static = record.name.startswith(LOGGERS_WITH_STATIC_TEMPLATES)
        log.log(
            record.levelno,
            "library_log",
            logger=record.name,
            template=str(record.msg).strip() if is_static else None,
            error=record.exc_info[1] if record.exc_info else None,
        )
