"""JSON logs: static event names and identifiers, never what a person, a model or a provider wrote.

The message of an exception is somebody else's text (a provider's body, a row's values), so only its
type and the places it passed through are logged, for our own code and for every library.
"""

import logging
import sys
import threading
import traceback
import warnings
from types import TracebackType

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

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
    # Not `level`: at DEBUG, SQLAlchemy logs parameters, httpx addresses, LiteLLM prompts. A library
    # that sets its own logger's level passes by the root logger's, so the handler has it too.
    root.handlers = [_LibraryHandler(logging.WARNING)]
    root.setLevel(logging.WARNING)
    # Python's own print the exception's text to stderr.
    sys.excepthook = lambda _, error, __: log.critical("process_crashed", error=error)
    threading.excepthook = lambda crash: log.error("thread_crashed", error=crash.exc_value)
    sys.unraisablehook = lambda crash: log.error("exception_ignored", error=crash.exc_value)


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
    """Says which line of a library had something to say; its text may be anybody's.

    Not even a template is safe: LiteLLM installs filters that fill it in before it gets here.
    """

    def emit(self, record: logging.LogRecord) -> None:
        report = log.error if record.levelno >= logging.ERROR else log.warning
        report(
            "library_log",
            logger=record.name,
            place=f"{record.pathname}:{record.lineno} {record.funcName}",
            error=record.exc_info[1] if record.exc_info else None,
        )
