import asyncio
import gc
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from app.logs import MAX_FRAMES, configure_logs, exception_place, log
from tests.api.stored import payload
from tests.conftest import StartService
from tests.fakes import ScriptedProvider

SECRET_TEXT = "Asha Verma, +91 00000 00101"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"

ReadLog = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    with warnings.catch_warnings():
        yield
    root.handlers, root.level = before
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    structlog.reset_defaults()


@pytest.fixture
def read_log(capsys: pytest.CaptureFixture[str]) -> ReadLog:
    """Reads what was logged, and fails on anything that is not one JSON object a line."""

    def read() -> list[dict[str, Any]]:
        written = capsys.readouterr()
        assert SECRET_TEXT not in written.out + written.err
        assert not written.err
        return [json.loads(line) for line in written.out.splitlines()]

    return read


def _raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_an_event_is_one_json_line(read_log: ReadLog) -> None:
    """A line holds the event, its level, its time in UTC and what it was told."""
    configure_logs("INFO")

    log.info("run_ended", seconds=1.5, name="é\n")

    [line] = read_log()
    assert line.pop("at").endswith("Z")
    assert line == {"event": "run_ended", "level": "info", "seconds": 1.5, "name": "é\n"}


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("DEBUG", ["debug", "info", "warning", "error"]),
        ("INFO", ["info", "warning", "error"]),
        ("WARNING", ["warning", "error"]),
        ("ERROR", ["error"]),
    ],
)
def test_lines_below_the_level_are_left_out(
    read_log: ReadLog, level: str, shown: list[str]
) -> None:
    """LOG_LEVEL is the least level that is shown."""
    configure_logs(level)

    for name in ("debug", "info", "warning", "error"):
        getattr(log, name)("event")

    assert [line["level"] for line in read_log()] == shown


def test_what_is_bound_is_in_every_line(read_log: ReadLog) -> None:
    """Identifiers bound for a run are in its lines, its libraries' too, and in no later one."""
    configure_logs("INFO")

    with bound_contextvars(run_id="r", tenant_id="t"):
        log.info("inside")
        logging.getLogger("uvicorn.error").warning("Exceeded %d", 3)
    log.info("outside")

    inside, library, outside = read_log()
    assert (inside["run_id"], inside["tenant_id"]) == ("r", "t")
    assert library["run_id"] == "r"
    assert "run_id" not in outside


def test_our_exceptions_are_shown_without_their_text(read_log: ReadLog) -> None:
    """Of an exception its type and the places it passed are logged."""
    configure_logs("INFO")

    log.error("run_crashed", error=_raised(ValueError(SECRET_TEXT)))

    [line] = read_log()
    assert line["exception"]["type"] == "ValueError"
    assert line["exception"]["frames"][-1].endswith(" _raised")
    assert "error" not in line


def test_an_error_that_is_no_exception_is_dropped(read_log: ReadLog) -> None:
    """`error` takes exceptions only: a text there would be somebody's message."""
    configure_logs("INFO")

    log.error("run_crashed", error=SECRET_TEXT)

    [line] = read_log()
    assert line.keys() == {"event", "level", "at"}


def test_the_innermost_frames_are_kept() -> None:
    """A deep trace is cut at its outer end."""

    def descend(levels: int) -> None:
        if levels == 0:
            raise ValueError(SECRET_TEXT)
        descend(levels - 1)

    with pytest.raises(ValueError, match="Asha") as raised:
        descend(MAX_FRAMES * 2)

    place = exception_place(raised.value)
    frames = place["frames"]
    assert isinstance(frames, list)
    assert len(frames) == MAX_FRAMES
    assert all(frame.endswith(" descend") for frame in frames)


def test_a_cause_is_not_told() -> None:
    """What an exception came from has a text as well."""
    error = ValueError(SECRET_TEXT)
    error.__cause__ = KeyError(SECRET_TEXT)

    assert exception_place(error) == {"type": "ValueError", "frames": []}


@pytest.mark.parametrize(
    "name", ["sqlalchemy.engine", "httpx", "uvicorn.error", "openai", "asyncio", "x"]
)
def test_libraries_messages_are_not_repeated(read_log: ReadLog, name: str) -> None:
    """Of a library's warning its name and place are kept: its text may be anybody's."""
    configure_logs("DEBUG")

    logging.getLogger(name).warning(SECRET_TEXT)
    logging.getLogger(name).error("%s", SECRET_TEXT, exc_info=_raised(ValueError(SECRET_TEXT)))

    warning, error = read_log()
    assert (warning["event"], warning["logger"], warning["level"]) == (
        "library_log",
        name,
        "warning",
    )
    assert warning["place"].endswith(" test_libraries_messages_are_not_repeated")
    assert error["exception"]["type"] == "ValueError"


@pytest.mark.parametrize(
    "name", ["sqlalchemy.engine", "sqlalchemy.pool", "httpx", "httpcore", "LiteLLM", "openai"]
)
@pytest.mark.parametrize("own_level", [logging.NOTSET, logging.DEBUG])
def test_debug_is_about_us(read_log: ReadLog, name: str, own_level: int) -> None:
    """At DEBUG libraries stay silent below a warning, even one that set its own logger to it."""
    library = logging.getLogger(f"{name}.of-this-test")
    library.setLevel(own_level)
    configure_logs("DEBUG")

    library.debug(SECRET_TEXT)
    library.info(SECRET_TEXT)

    assert read_log() == []


@pytest.mark.parametrize(
    "message",
    [
        f"Traceback (most recent call last):\n  File x\nValueError: {SECRET_TEXT}",
        OSError(98, SECRET_TEXT),
        ["not", "text", SECRET_TEXT],
        "",
    ],
)
def test_uvicorns_other_messages_are_not(read_log: ReadLog, message: object) -> None:
    """Uvicorn also logs whole tracebacks and exceptions as messages; their text stays out."""
    configure_logs("INFO")

    logging.getLogger("uvicorn.error").error(message)

    [line] = read_log()
    assert line["place"].endswith(" test_uvicorns_other_messages_are_not")


@pytest.mark.parametrize(
    ("level", "shown"), [(31, "warning"), (35, "warning"), (45, "error"), (99, "error")]
)
def test_levels_of_a_librarys_own_are_rounded(read_log: ReadLog, level: int, shown: str) -> None:
    """A level Python does not name is shown as the one below it."""
    configure_logs("INFO")

    logging.getLogger("library").log(level, "message")

    [line] = read_log()
    assert line["level"] == shown


async def test_a_task_nobody_awaits_keeps_its_text(read_log: ReadLog) -> None:
    """Asyncio writes the exception of a lost task into its message; it stays out."""
    configure_logs("INFO")

    async def lose() -> None:
        raise ValueError(SECRET_TEXT)

    task = asyncio.create_task(lose(), name=SECRET_TEXT)
    await asyncio.wait([task])
    del task
    gc.collect()

    lines = [line for line in read_log() if line.get("logger") == "asyncio"]
    assert [line["exception"]["type"] for line in lines] == ["ValueError"]


async def test_a_callback_that_fails_keeps_its_text(read_log: ReadLog) -> None:
    """Asyncio writes a callback and its arguments into its message; they stay out."""
    configure_logs("INFO")

    def fail(text: str) -> None:
        raise ValueError(text)

    asyncio.get_running_loop().call_soon(fail, SECRET_TEXT)
    await asyncio.sleep(0.01)

    [line] = read_log()
    assert line["exception"]["type"] == "ValueError"


def test_what_python_would_print_is_logged(read_log: ReadLog) -> None:
    """A thread's, a destructor's and the process's last exception are lines like others."""
    configure_logs("INFO")
    error = _raised(ValueError(SECRET_TEXT))

    def fail() -> None:
        raise error

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    sys.excepthook(type(error), error, error.__traceback__)

    class Careless:
        def __del__(self) -> None:
            raise error

    Careless()
    gc.collect()

    lines = read_log()
    assert [line["event"] for line in lines] == [
        "thread_crashed",
        "process_crashed",
        "exception_ignored",
    ]
    assert {line["exception"]["type"] for line in lines} == {"ValueError"}


def test_warnings_are_silent(read_log: ReadLog) -> None:
    """A warning is for whoever changes the code, not for the log."""
    configure_logs("DEBUG")

    warnings.warn(SECRET_TEXT, stacklevel=1)

    assert read_log() == []


async def test_a_request_and_its_run_are_bound(
    start_service: StartService, tenant_id: str, read_log: ReadLog
) -> None:
    """The lines of a job's request hold its trace, its run, its type and its tenant."""
    configure_logs("DEBUG")
    async with start_service(ScriptedProvider()) as service:
        answer = await service.client.post(
            "/jobs/rewrite-resume",
            json=payload(tenant_id),
            headers={"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"},
        )

    [line] = [line for line in read_log() if line["event"] == "run_request_ended"]
    assert line["trace_id"] == TRACE_ID
    assert line["run_id"] == answer.json()["runId"]
    assert (line["job_type"], line["tenant_id"]) == ("rewrite-resume", tenant_id)
    assert line["code"] == "resume_not_found"


async def test_a_crash_in_a_job_tells_its_place(
    start_service: StartService, tenant_id: str, read_log: ReadLog
) -> None:
    """A provider's exception leaves its type and its way through our code, and no text."""
    configure_logs("DEBUG")
    provider = ScriptedProvider(ValueError(SECRET_TEXT))
    async with start_service(provider) as service:
        body = {"student_id": "asha-verma", "resume": {"summary": "A student of Pune."}}
        headers = {"x-tenant-id": tenant_id}
        await service.client.put("/resumes/asha-verma-base", json=body, headers=headers)
        await service.client.post("/jobs/rewrite-resume", json=payload(tenant_id))

    crashed = [line for line in read_log() if line["event"] == "run_crashed"]
    assert [line["exception"]["type"] for line in crashed] == ["ValueError"]
    assert any("rewrite_resume.py" in frame for frame in crashed[0]["exception"]["frames"])
