import os
import re
import signal
import subprocess
import sysconfig
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil
import pytest
from rich.console import Console

from app.demo.run import run_demo
from app.demo.screen import Screen
from app.settings import Settings

AI_WORKER = Path(sysconfig.get_path("scripts")) / "ai-worker"


class Shown(NamedTuple):
    """A demo's exit code and what it printed, white space folded."""

    code: int
    text: str
    lines: list[str]


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that no demo has used before."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def first_demo(data_dir: Path) -> Shown:
    """The demo as a newcomer without a key sees it, 80 columns wide, in a file."""
    return shown(Settings(data_dir=data_dir, llm_provider="offline"))


def shown(settings: Settings) -> Shown:
    """The demo under these settings."""
    output = StringIO()
    code = run_demo(settings, Screen(Console(file=output, width=80, highlight=False)))
    return Shown(code, " ".join(output.getvalue().split()), output.getvalue().splitlines())


def test_the_demo_succeeds_on_an_empty_folder(first_demo: Shown) -> None:
    """The first demo ends well, and says that all is stopped."""
    assert first_demo.code == 0
    assert "Everything is stopped again" in first_demo.text


def test_the_start_is_followed(first_demo: Shown) -> None:
    """What the service still waits for is named while it starts."""
    assert "provider (loading: offline editor)" in first_demo.text


def test_the_offline_editor_is_not_passed_off_as_a_model(first_demo: Shown) -> None:
    """Wherever the editor is named, it is called rules and not an AI model."""
    named = first_demo.text.count("offline/editor")

    assert named == first_demo.text.count(
        "offline/editor (the built-in offline editor: rules, not an AI model)"
    )
    assert named > 0


def test_a_changed_bullet_is_shown_before_and_after(first_demo: Shown) -> None:
    """A reworded bullet stands below the student's own."""
    assert (
        "- Responsible for making REST APIs in Flask for the shipment tracking page used by 14 "
        "warehouse staff + Made REST APIs in Flask"
    ) in first_demo.text


def test_every_planted_lie_is_refused(first_demo: Shown) -> None:
    """Five classes of lies are planted and none is let through."""
    assert "No model wrote these" in first_demo.text
    assert "NOT REFUSED" not in first_demo.text
    for code in ("number", "scope", "skill", "commingled", "identity"):
        assert re.search(rf"^ +{code}  \S", "\n".join(first_demo.lines), re.MULTILINE)


def test_the_callback_is_shown_as_it_arrived(first_demo: Shown) -> None:
    """The callback's id and body are shown, its secret is not."""
    assert "POST /internal/ai-jobs/complete" in first_demo.text
    assert '"jobType": "rewrite-resume"' in first_demo.text
    assert re.search(r"webhook-id [0-9a-f-]{36} ", first_demo.text)
    assert "x-internal-secret ••••••••" in first_demo.text


def test_the_job_goes_through_the_queue(first_demo: Shown) -> None:
    """A producer's key is the run's key, and the shim is named."""
    assert "the shim takes its jobs to the service" in first_demo.text
    assert re.search(
        r"A producer put rewrite-resume on the queue: ai-jobs:\d+:\d+", first_demo.text
    )


def test_without_node_the_job_goes_over_http(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without Node gets the same demo over HTTP and is told so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = shown(Settings(data_dir=tmp_path / "data", llm_provider="offline"))

    assert found.code == 0
    assert "No queue here, the job goes over HTTP instead: Node is not on the PATH." in found.text
    assert "isReplay: true, the same result" in found.text


def test_the_same_key_asks_no_model(first_demo: Shown) -> None:
    """The second delivery is a replay and the number of model calls stays."""
    assert "isReplay: true, the same result" in first_demo.text


def test_a_file_gets_neither_colour_nor_motion(first_demo: Shown) -> None:
    """What is printed into a file has no escape codes, and no line is too wide."""
    assert "\x1b" not in first_demo.text
    assert max(map(len, first_demo.lines)) <= 80


@pytest.mark.usefixtures("first_demo")
def test_a_provider_that_is_away_ends_the_demo_with_a_sentence(data_dir: Path) -> None:
    """In a folder used before, a job that is not done is named with status, code and log."""
    away = shown(
        Settings.model_validate(
            {
                "data_dir": data_dir,
                "llm_provider": "openai",
                "openai_api_key": "sk-made-up",
                "llm_api_base": "http://127.0.0.1:9",
            }
        )
    )

    assert away.code == 1
    assert "✗ The job was not done: provider_error: " in away.text
    # A long folder's name is folded.
    assert "demo.log" in "".join(line.strip() for line in away.lines[-3:])
    assert "sk-made-up" not in away.text


def test_a_service_that_refuses_ends_the_demo_with_its_line(tmp_path: Path) -> None:
    """The service's own reason is shown, and the exit code is 1."""
    values: dict[str, Any] = {"log_level": "LOUD", "data_dir": tmp_path}
    settings = Settings.model_construct(_fields_set={"log_level"}, **values)

    refused = shown(settings)

    assert refused.code == 1
    assert "✗ The service did not start: LOG_LEVEL Input should be" in refused.text


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A DATA_DIR that is a file is named, with what is wrong with it."""
    (tmp_path / "file").touch()

    refused = shown(Settings(data_dir=tmp_path / "file", llm_provider="offline"))

    assert refused.code == 1
    assert "The demo cannot use" in refused.text
    assert "Not a directory." in refused.text


class Breaking(Screen):
    """A screen on which the demo comes to an end."""

    def __init__(self, error: BaseException, output: StringIO) -> None:
        super().__init__(Console(file=output, width=200))
        self._error = error

    def title(self, title: str, subtitle: str) -> None:
        """Raise instead."""
        del title, subtitle
        raise self._error


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (KeyboardInterrupt(), 130, "Interrupted; everything the demo started is stopped."),
        (httpx.ReadError("cut"), 1, "The service stopped answering in the middle of the demo."),
        (OSError(28, "No space left on device"), 1, "The demo cannot use this machine: No space"),
    ],
)
def test_every_early_end_is_one_sentence(error: BaseException, code: int, sentence: str) -> None:
    """An end that nobody planned is one sentence and an exit code, not a traceback."""
    output = StringIO()

    given = run_demo(Settings(), Breaking(error, output))

    assert given == code
    assert f"✗ {sentence}" in output.getvalue()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_stops_what_it_started(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end the service too, with one sentence and a shell's exit code."""
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "LLM_PROVIDER": "offline"}
    with subprocess.Popen(  # noqa: S603  our own command
        [AI_WORKER, "demo"], env=environment, stdout=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        said = ""
        # Long before the end, which a test that is slow to read might be too late for.
        while "waits for" not in said:
            line = demo.stdout.readline()
            assert line, said
            said += line
        started = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(number)
        said += demo.stdout.read()

    assert demo.returncode == 130
    assert "Interrupted; everything the demo started is stopped." in " ".join(said.split())
    assert started
    assert not [process for process in started if process.is_running()]
