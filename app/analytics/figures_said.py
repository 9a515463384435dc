"""Every figure of a sentence against the cells it cites: its group, metric, period, direction."""

import re
from collections.abc import Iterator, Sequence

from app.analytics.directions import direction_near, sign_of
from app.analytics.figure import Figure, figures_in, is_equal, places
from app.analytics.mentions import LOOKING_BACK, Reading
from app.analytics.metrics_said import is_counted, is_said
from app.analytics.objection import Objection
from app.analytics.owners import owner
from app.analytics.slots import FROM, TO, wrong_bare_places, wrong_periods, wrong_slot
from app.analytics.table import COUNTED, Cell, Table, label
from app.analytics.wholes import wrong_wholes

_EARLIER = re.compile(r"\b(?:previous|earlier|prior|preceding|former|last|before)\b")
_COMPARING = re.compile(r"\b(?:on|over|from|since)\b")


def wrong_figures(reading: Reading, cited: Sequence[Cell], table: Table) -> Iterator[Objection]:
    """The figures that are not what the cited cells say, where they say it."""
    figures, spans = figures_in(reading), places(reading)
    meant: dict[Figure, list[Cell]] = {}
    for at, figure in enumerate(figures):
        equal = [cell for cell in cited if is_equal(figure, cell)]
        if not equal:
            yield _unknown(figure, table)
            continue
        limit = spans[at + 1][0] if at + 1 < len(spans) else len(reading.veiled)
        reasons = {cell: _misplaced(figure, cell, reading, spans, limit) for cell in equal}
        meant[figure] = [cell for cell, reason in reasons.items() if reason is None]
        if not meant[figure]:
            yield Objection(figure.text, "attachment", next(filter(None, reasons.values())))
    yield from wrong_wholes(reading, meant)
    yield from wrong_periods(reading, meant)
    yield from wrong_bare_places(reading, meant)


def _unknown(figure: Figure, table: Table) -> Objection:
    elsewhere = [cell.id for cell in table.cells if is_equal(figure, cell)]
    hint = f"; cite {elsewhere[0]} if you mean that" if len(elsewhere) == 1 else ""
    why = f"The figure '{figure.text}' is not in a cell this sentence cites{hint}."
    return Objection(figure.text, "number", why)


def _misplaced(
    figure: Figure,
    cell: Cell,
    reading: Reading,
    spans: list[tuple[int, int]],
    next_figure: int,
) -> str | None:
    """Why the figure, although equal, is not said of what the cell is about; `None` if it is."""
    whose = owner(reading, figure.start, figure.end, spans)
    name = whose.name if whose else ""
    if name != cell.group.casefold():
        of = reading.text[whose.start : whose.end] if whose else "the whole cohort"
        return f"'{figure.text}' reads as a figure of {of}, and {cell.id} is: {label(cell)}."
    if not is_said(cell, reading, figure.start) or (
        cell.unit in COUNTED and not is_counted(cell, reading, figure.end, next_figure)
    ):
        return f"'{figure.text}' must be called what {cell.id} is: {label(cell)}."
    if reason := wrong_slot(figure, cell, reading):
        return reason
    if cell.is_change:
        return _wrong_change(figure, cell, reading)
    if not _is_in_its_period(figure, cell, reading):
        return f"'{figure.text}' must be said of its period: {cell.id} is of the {cell.tense} one."
    return None


def _wrong_change(figure: Figure, cell: Cell, reading: Reading) -> str | None:
    if direction_near(reading, figure.start, figure.end) != sign_of(cell):
        return f"'{figure.text}' must be said with its direction, {label(cell)}: {cell.value}."
    if _is_a_former_change(figure, reading):
        return f"'{figure.text}' is the change since the previous period, not in it."
    return None


def _is_a_former_change(figure: Figure, reading: Reading) -> bool:
    """`rose by 13 in the previous period`; on, over or than it would be right."""
    clause = reading.clause_at(figure.start)
    kinds = {one.kind for one in reading.mentions if clause.start <= one.start < clause.end}
    looks_back = bool(_EARLIER.search(reading.said(clause))) or "previous" in kinds
    return looks_back and _COMPARING.search(reading.said(clause)) is None


def _is_in_its_period(figure: Figure, cell: Cell, reading: Reading) -> bool:
    clause = reading.clause_at(figure.start)
    before = reading.veiled[clause.start : figure.start]
    # "compared to 68.8 percent" is no end of a change.
    is_end = clause.opening != "compared" and bool(TO.search(before))
    is_start = bool(FROM.search(before)) and cell.section != "months"
    kinds = {one.kind for one in reading.mentions if clause.start <= one.start < clause.end}
    looks_back = bool(_EARLIER.search(reading.said(clause))) or "previous" in kinds
    if cell.tense == "previous":
        is_told = looks_back or is_start or clause.opening in LOOKING_BACK
        return is_told and not is_end and not ("this" in kinds and "previous" not in kinds)
    return not is_start and (is_end or not looks_back)
