"""How long the steps of a run took: for its log line, the histograms and the trace."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from app.telemetry.tracing import span

_seconds: ContextVar[dict[str, float] | None] = ContextVar("seconds_by_step", default=None)


@contextmanager
def timed_steps() -> Iterator[dict[str, float]]:
    """Collects the seconds of the steps taken inside, by name; repeats are added up."""
    seconds: dict[str, float] = {}
    token = _seconds.set(seconds)
    try:
        yield seconds
    finally:
        _seconds.reset(token)


@contextmanager
def step(name: str, **attributes: str) -> Iterator[None]:
    """Count what is done inside as this step; attributes go to its span."""
    started = time.monotonic()
    try:
        with span(name, **attributes):
            yield
    finally:
        seconds = _seconds.get()
        if seconds is not None:
            seconds[name] = seconds.get(name, 0.0) + time.monotonic() - started
