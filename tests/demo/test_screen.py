import sys
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from rich.console import Console

from app.demo.screen import MAX_WIDTH, Screen


class Terminal(StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        """It does."""
        return True


def test_a_terminal_gets_one_line_that_moves() -> None:
    """On a terminal the waiting line is redrawn and gone when the waiting is over."""
    output = Terminal()
    screen = Screen(Console(file=output, force_terminal=True, width=80, _environ={}))

    with screen.waiting("The job") as tell:
        tell("half done")

    assert "The job: half done" in output.getvalue()
    assert output.getvalue().endswith("\x1b[2K")


def test_a_file_gets_each_news_once() -> None:
    """Elsewhere each news is a line of its own, and nothing is said twice."""
    output = StringIO()
    screen = Screen(Console(file=output, width=80))

    with screen.waiting("The job") as tell:
        tell("begun")
        tell("begun")
        tell("half done")

    assert output.getvalue().split("\n") == ["  · The job: begun", "  · The job: half done", ""]


def test_forced_colour_does_not_move_lines_in_a_file() -> None:
    """A file that is to be coloured is still no terminal."""
    output = StringIO()
    screen = Screen(Console(file=output, force_terminal=True, width=80))

    with screen.waiting("The job") as tell:
        tell("begun")

    assert "\x1b[2K" not in output.getvalue()
    assert "begun" in output.getvalue()


def test_a_wide_terminal_is_not_filled() -> None:
    """Lines stay readable on a terminal of any width."""
    assert Screen().console.width <= MAX_WIDTH


def test_a_terminal_without_our_marks_shows_question_marks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An ASCII terminal gets a demo with question marks rather than none."""
    raw = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(raw, encoding="ascii"))

    Screen().done("Asha's résumé")
    sys.stdout.flush()

    assert raw.getvalue() == b"  ? Asha's r?sum?\n"


def test_a_terminal_gets_a_bar_that_grows() -> None:
    """On a terminal the progress is a bar with its share; it is gone when the job is done."""
    output = Terminal()
    screen = Screen(Console(file=output, force_terminal=True, width=80, _environ={}))

    with screen.progress("The job") as tell:
        tell("begun", None)
        tell("half done", 0.5)

    assert "The job: half done" in output.getvalue()
    assert "50%" in output.getvalue()


def test_a_file_gets_each_share_as_a_line() -> None:
    """Elsewhere the share stands before the news, where it is known."""
    output = StringIO()
    screen = Screen(Console(file=output, width=80))

    with screen.progress("The job") as tell:
        tell("begun", None)
        tell("half done", 0.5)

    assert output.getvalue().split("\n") == [
        "  · The job: begun",
        "  · The job:  50%  half done",
        "",
    ]
