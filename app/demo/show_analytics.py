"""An analytics summary for reading: sentences over their cells, the table, planted lies refused."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from app.analytics.prose import Sentence, refusals
from app.analytics.table import Table, table
from app.api.analytics_summaries import AnalyticsSummaryOut, CellOut
from app.demo.screen import marked
from app.guard.review import Refusal
from app.jobs.generate_analytics_summary import GenerateAnalyticsSummaryPayload

# One of each habit: a figure moved to another branch, one made up, a part turned round, a cause,
# and a company too small to be named.
LIES = (
    ("Mechanical Engineering has an offer rate of 87.5 percent.", "branches.0.offer_rate"),
    ("About 80 percent of students hold an offer.", "totals.offer_rate"),
    ("The offer rate fell by 5.4 percentage points.", "totals.offer_rate.change"),
    ("Offers rose by 13 because of better training.", "totals.offers.change"),
    ("Bluepeak Labs made 4 offers.", "companies.others.offers"),
)

UNITS = {"percent": " %", "points": " points", "students": "", "companies": "", "things": ""}


def narrated(summary: AnalyticsSummaryOut) -> Iterator[RenderableType]:
    """Each sentence, and under it the cells that bear it out."""
    by_id = {cell.id: cell for cell in summary.figures.cells}
    for sentence in summary.sentences:
        cells = "; ".join(f"{at} = {_value(by_id[at])}" for at in sentence.cells)
        yield marked("✓", sentence.text, mark_style="bold green")
        yield marked(" ", Text(cells, "dim"))


def figures(summary: AnalyticsSummaryOut) -> RenderableType:
    """Rates and medians of the whole and of each branch, with what they were before."""
    grid = Grid(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "this period", "previous", "change"):
        grid.add_column(heading, justify="right" if heading else "left")
    by_id = {cell.id: cell for cell in summary.figures.cells}
    for cell in summary.figures.cells:
        is_told = cell.section in ("totals", "branches") and cell.tense == "this"
        if is_told and cell.metric in ("offer_rate", "median_package"):
            others = (by_id.get(f"{cell.id}.{tense}") for tense in ("previous", "change"))
            grid.add_row(cell.label, _value(cell), *(_value(one) if one else "" for one in others))
    hidden = "Groups of one to four students, and what would give them away, are in no table."
    return Group(grid, Text(hidden, "dim"))


def refused_sentences(example: Mapping[str, object]) -> Iterator[RenderableType]:
    """What a model that lies would say of the example's figures, and why nobody hears it."""
    computed = _table(GenerateAnalyticsSummaryPayload.model_validate(example))
    for at, (text, cell) in enumerate(LIES):
        found = refusals([Sentence(f"sentences.{at}", text, (cell,))], computed)
        if found:
            yield _refused(text, found)
        else:
            yield marked("!", f"{text}  (NOT REFUSED)", mark_style="bold yellow")


def _refused(text: str, found: Sequence[Refusal]) -> RenderableType:
    """The sentence with what offends in it, and the reasons."""
    sentence = Text(text)
    for refusal in found:
        sentence.highlight_words([refusal.span], "bold red underline")
    reasons = (
        marked(" ", Text.assemble((refusal.code, "yellow"), "  ", refusal.reason))
        for refusal in found
    )
    return Group(marked("✗", sentence, mark_style="bold red"), *reasons)


def _table(payload: GenerateAnalyticsSummaryPayload) -> Table:
    earlier = payload.previous
    before = (earlier.period, earlier.figures) if earlier else None
    return table(payload.period, payload.figures, payload.audience, before)


def _value(cell: CellOut) -> str:
    sign = "+" if cell.tense in ("change", "change_percent") and cell.value[0] != "-" else ""
    return f"{sign}{cell.value}{UNITS.get(cell.unit, f' {cell.unit}')}"
