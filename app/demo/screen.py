"""What the demo prints with: headings, finished steps, and a line that moves while it waits."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

# Longer lines are hard to read, and a diff is for reading.
MAX_WIDTH = 110
INDENT = 2


class Screen:
    """A terminal, or a file that gets the same words without colour and without motion."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or _console()

    def title(self, title: str, subtitle: str) -> None:
        """The first lines."""
        self.console.print(Text(title, style="bold"), Text(subtitle, style="dim"), sep="\n")

    def heading(self, number: int, text: str) -> None:
        """A part of the demo begins."""
        self.console.print()
        self.console.print(Rule(Text(f"{number}  {text}", "bold"), align="left", style="dim"))

    def subheading(self, text: str) -> None:
        """A part of a part begins."""
        self.console.print()
        self.console.print(Text(text, "bold underline"))

    def note(self, text: str) -> None:
        """A remark."""
        self.show(Text(text, "dim"))

    def show(self, *parts: RenderableType) -> None:
        """Something to look at, set in from the edge."""
        self.console.print(Padding(Group(*parts), (0, 0, 0, INDENT), expand=False))

    def done(self, text: str) -> None:
        """A step is over."""
        self.show(marked("✓", text, mark_style="bold green"))

    def failed(self, text: str) -> None:
        """The demo is over before its end."""
        self.show(marked("✗", text, mark_style="bold red"))

    @contextmanager
    def waiting(self, text: str) -> Iterator[Callable[[str], None]]:
        """A line that is kept up to date by calling what it gives; elsewhere, a line per news."""
        if _is_live(self.console):
            with self.console.status(Text(text, "dim")) as status:
                yield lambda news: status.update(Text(f"{text}: {news}", "dim"))
        else:
            told: set[str] = set()

            def tell(news: str) -> None:
                if news not in told:
                    self.show(marked("·", f"{text}: {news}"))
                told.add(news)

            yield tell

    @contextmanager
    def progress(self, text: str) -> Iterator[Callable[[str, float | None], None]]:
        """A bar that grows by calling what it gives with news and a share; elsewhere, lines."""
        if not _is_live(self.console):
            with self.waiting(text) as tell:
                yield lambda news, share: tell(_with_share(news, share))
            return
        columns = (TextColumn("{task.description}", style="dim"), BarColumn(), TaskProgressColumn())
        with Progress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task(text, total=None)

            def tell_bar(news: str, share: float | None) -> None:
                total = None if share is None else 1.0
                bar.update(task, description=f"{text}: {news}", total=total, completed=share or 0)

            yield tell_bar


def _with_share(news: str, share: float | None) -> str:
    return news if share is None else f"{share:4.0%}  {news}"


def marked(mark: str, text: str | Text, *, mark_style: str = "dim") -> Table:
    """A line behind a mark, whose continuation lines keep their distance from it."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(mark, mark_style), text if isinstance(text, Text) else Text(text))
    return grid


def _is_live(console: Console) -> bool:
    """Whether a line may move; FORCE_COLOR makes a file look like a terminal, which it is not."""
    return console.is_interactive and console.file.isatty()


def _console() -> Console:
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal without our marks shows a question mark instead of ending the demo.
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False)
    console.width = min(console.width, MAX_WIDTH)
    return console
