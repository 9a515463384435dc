"""The table that a summary narrates and a page shows: every figure a cell with an id of its own."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from app.analytics.exact import MIN_FENCED, outliers, percentage, rounded
from app.analytics.figures import MIN_GROUP, CohortFigures, Period
from app.analytics.rows import MIN_FOR_QUARTILES, OTHERS, Measure, Row, rows
from app.wire import JsonObject

Audience = Literal["placement_officer", "management", "students"]

# Who works with single groups sees all; students see what a college publishes.
SECTIONS: dict[Audience, tuple[str, ...]] = {
    "placement_officer": ("totals", "branches", "companies", "statuses", "months", "series"),
    "management": ("totals", "branches", "companies", "series"),
    "students": ("totals", "companies", "months"),
}
JUDGED: frozenset[Audience] = frozenset({"placement_officer", "management"})

# A place among three is the least that is one.
MIN_RANKED = 3

COUNTED = frozenset({"students", "companies", "things"})
PLACES = dict.fromkeys(COUNTED, 0) | {"percent": 1, "points": 1}
MONEY_PLACES = 2

METRICS = {
    "students": "students",
    "offers": "students with an offer",
    "without_offer": "students without an offer",
    "offer_rate": "offer rate",
    "companies": "companies",
    "share_of_offers": "share of all offers",
    "median_package": "median package",
    "lower_quartile": "lower quartile of the packages",
    "upper_quartile": "upper quartile of the packages",
    "value": "value",
}

METHODS = f"""\
Groups, and remainders of groups, of one to four students are not shown; where one could be \
computed from a total, or from another group of the same name, at least one more is left out.
A student with several offers counts once. The offer rate is the students with an offer divided by \
all students of the group, in percent.
Rates, shares and changes are computed exactly and rounded once, half away from zero: percent and \
percentage points to one decimal place, amounts to two.
A median needs {MIN_GROUP} packages, quartiles {MIN_FOR_QUARTILES}; values between neighbours are \
interpolated. The highest and the lowest package are one student's and are not shown.
A change is this period's value less the previous one's, from unrounded values.
Highest and lowest are among the groups shown, at least {MIN_RANKED}, with no tie. An outlier lies \
more than one and a half interquartile ranges outside the quartiles of its groups, of which at \
least {MIN_FENCED} are shown (Tukey).""".splitlines()

# Changes in percent of these are worth a sentence.
RELATIVE = frozenset({"students", "offers", "companies", "median_package", "value"})

Tense = Literal["this", "previous", "change", "change_percent"]


@dataclass(frozen=True)
class Cell:
    """One figure. `group` and `subject` are empty for the whole; `value` is as it is to be told."""

    id: str
    section: str
    group: str
    subject: str
    metric: str
    tense: Tense
    value: Decimal
    unit: str
    rank: Literal["highest", "lowest"] | None = None
    outlier: str | None = None

    @property
    def is_change(self) -> bool:
        """Whether it compares two periods."""
        return self.tense in ("change", "change_percent")


@dataclass(frozen=True)
class Table:
    """What the audience may see. `names` are its groups', `concealed` those it must not hear of."""

    period: Period
    previous: Period | None
    unit: str
    cells: tuple[Cell, ...]
    names: frozenset[str]
    concealed: frozenset[str]

    def as_json(self) -> JsonObject:
        """As it is stored: decimals are strings, so that 82.50 stays what it is."""
        return {
            "packageUnit": self.unit,
            "cells": [
                {**asdict(cell), "value": str(cell.value), "label": label(cell)}
                for cell in self.cells
            ],
            "methods": METHODS,
        }


@dataclass(frozen=True)
class _Exact:
    """A cell before rounding."""

    cell: Cell
    value: Fraction


def table(
    period: Period,
    cohort: CohortFigures,
    audience: Audience,
    previous: tuple[Period, CohortFigures] | None = None,
) -> Table:
    """Everything that may be said of the cohort to this audience."""
    sections = SECTIONS[audience]
    shown = [row for row in rows(cohort) if row.section in sections]
    before = {row.key: row for row in rows(previous[1])} if previous else {}
    exact = [cell for row in shown for cell in _cells(row, before.get(row.key))]
    cells = tuple(_ranked(exact)) if audience in JUDGED else tuple(one.cell for one in exact)
    names = {row.name for row in shown if row.section in ("branches", "companies")} - {OTHERS}
    cohorts = [cohort, *((previous[1],) if previous else ())]
    return Table(
        period,
        previous[0] if previous else None,
        cohort.package_unit,
        cells,
        frozenset(names),
        frozenset(_all_names(cohorts) - {row.name for row in shown}),
    )


def label(cell: Cell) -> str:
    """`Computer Science: offer rate, change on the previous period`."""
    of = ", ".join(filter(None, (cell.subject, cell.group)))
    metric = "" if cell.metric == "value" else METRICS[cell.metric]
    tense = {
        "this": "",
        "previous": "in the previous period",
        "change": "change on the previous period",
        "change_percent": "change on the previous period, in percent",
    }[cell.tense]
    return ": ".join(filter(None, (of, ", ".join(filter(None, (metric, tense))))))


def _cells(row: Row, before: Row | None) -> Iterator[_Exact]:
    earlier = before.measures if before and before.measures else {}
    for metric, measure in (row.measures or {}).items():
        yield _exact(row, metric, "this", measure)
        past = earlier.get(metric)
        if past is None or past.unit != measure.unit:
            continue
        yield _exact(row, metric, "previous", past)
        unit = "points" if measure.unit == "percent" else measure.unit
        difference = measure.value - past.value
        yield _exact(row, metric, "change", Measure(difference, unit))
        if metric in RELATIVE and measure.unit != "percent" and past.value:
            relative = percentage(difference, past.value)
            yield _exact(row, metric, "change_percent", Measure(relative, "percent"))


def _exact(row: Row, metric: str, tense: Tense, measure: Measure) -> _Exact:
    cell = Cell(
        id=".".join((row.at, metric, *(() if tense == "this" else (tense,)))),
        section=row.section,
        group=row.name,
        subject=row.subject,
        metric=metric,
        tense=tense,
        value=rounded(measure.value, PLACES.get(measure.unit, MONEY_PLACES)),
        unit=measure.unit,
    )
    return _Exact(cell, measure.value)


def _ranked(cells: Sequence[_Exact]) -> Iterator[Cell]:
    """The cells, with highest, lowest and outliers marked among groups of one kind."""
    kinds: dict[tuple[str, str, str], dict[str, Fraction]] = defaultdict(dict)
    for one in cells:
        cell = one.cell
        if cell.tense == "this" and cell.section != "totals" and cell.group != OTHERS:
            kinds[cell.section, cell.subject, cell.metric][cell.id] = one.value
    ranks: dict[str, Literal["highest", "lowest"]] = {}
    far: dict[str, str] = {}
    for values in kinds.values():
        ranks |= _ends(values)
        far |= outliers(values)
    for one in cells:
        yield replace(one.cell, rank=ranks.get(one.cell.id), outlier=far.get(one.cell.id))


def _ends(values: dict[str, Fraction]) -> dict[str, Literal["highest", "lowest"]]:
    if len(values) < MIN_RANKED:
        return {}
    found: dict[str, Literal["highest", "lowest"]] = {}
    ordered = sorted(values, key=lambda key: values[key])
    if values[ordered[0]] < values[ordered[1]]:
        found[ordered[0]] = "lowest"
    if values[ordered[-1]] > values[ordered[-2]]:
        found[ordered[-1]] = "highest"
    return found


def _all_names(cohorts: Iterable[CohortFigures]) -> set[str]:
    """Names of branches and companies; other groups are called by ordinary words."""
    return {
        name
        for cohort in cohorts
        for name in (
            *(branch.name for branch in cohort.branches),
            *(company.name for company in cohort.companies),
        )
    }
