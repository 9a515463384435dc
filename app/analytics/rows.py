"""What of a cohort may be shown: its groups with their counts, rates and medians."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from app.analytics.exact import percentage, quantile
from app.analytics.figures import MIN_GROUP, CohortFigures, Series
from app.analytics.suppression import Counts, hidden_parts, is_small, telling_sums

G = TypeVar("G")

# So that each of the four parts that quartiles make holds a group.
MIN_FOR_QUARTILES = 4 * MIN_GROUP

MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)


@dataclass(frozen=True)
class Measure:
    """An exact value; `unit` is students, companies, things, percent or the package's unit."""

    value: Fraction
    unit: str


@dataclass(frozen=True)
class Row:
    """A group's measures by metric. `at` is its place in the payload, `totals` for the whole.

    `subject` is the name of the series that the group is a point of.
    """

    at: str
    name: str = ""
    subject: str = ""
    measures: Mapping[str, Measure] | None = None

    @property
    def section(self) -> str:
        """`totals`, `branches`, `companies`, `statuses`, `months` or `series`."""
        return self.at.partition(".")[0]

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is called in any period, whatever its place."""
        return self.section, self.subject.casefold(), self.name.casefold()


@dataclass(frozen=True)
class _Offers:
    """The students with an offer and without one, where both may be told."""

    counts: Counts
    is_shown: bool


def rows(cohort: CohortFigures) -> Iterator[Row]:
    """Every group that is large enough, the whole first; larger groups before smaller ones."""
    offers = _Offers(
        (cohort.offers, cohort.students - cohort.offers),
        is_shown=not (is_small(cohort.offers) or is_small(cohort.students - cohort.offers)),
    )
    yield _totals(cohort, offers)
    yield from _branches(cohort, offers)
    yield from _companies(cohort, offers)
    parts = [(status.students,) for status in cohort.statuses]
    sizes = [status.students for status in cohort.statuses]
    telling = telling_sums(sizes, offers.counts if offers.is_shown else ())
    hidden = hidden_parts(parts, (cohort.students,), also=telling)
    for at, status in enumerate(cohort.statuses):
        if at not in hidden:
            yield Row(f"statuses.{at}", status.name, "", _counted(students=status.students))
    yield from _months(cohort, offers)
    for at, series in enumerate(cohort.series):
        yield from _points(series, f"series.{at}", cohort, offers)


def _totals(cohort: CohortFigures, offers: _Offers) -> Row:
    measures = _counted(students=cohort.students)
    if offers.is_shown:
        measures |= _placements(cohort.offers, cohort.students)
        if cohort.companies:
            measures["companies"] = Measure(Fraction(len(cohort.companies)), "companies")
    return Row("totals", measures=measures | _packages(cohort.all_packages, cohort.package_unit))


def _branches(cohort: CohortFigures, offers: _Offers) -> Iterator[Row]:
    sizes = [(branch.students,) for branch in cohort.branches]
    unseen = hidden_parts(sizes, (cohort.students,))
    placed = [(branch.offers, branch.students - branch.offers) for branch in cohort.branches]
    closed = hidden_parts(placed, offers.counts, also=unseen)
    for at, branch in _by_size(cohort.branches, sizes):
        if at in unseen:
            continue
        measures = _counted(students=branch.students)
        if offers.is_shown and at not in closed:
            measures |= _placements(branch.offers, branch.students)
            measures |= _packages(branch.packages, cohort.package_unit)
        yield Row(f"branches.{at}", branch.name, "", measures)


def _companies(cohort: CohortFigures, offers: _Offers) -> Iterator[Row]:
    if not offers.is_shown:
        return
    parts = [(company.offers,) for company in cohort.companies]
    hidden = hidden_parts(parts, (cohort.offers,))
    for at, company in _by_size(cohort.companies, parts):
        if at not in hidden:
            measures = _counted(offers=company.offers)
            if cohort.offers:
                share = percentage(Fraction(company.offers), Fraction(cohort.offers))
                measures["share_of_offers"] = Measure(share, "percent")
            measures |= _packages(company.packages, cohort.package_unit)
            yield Row(f"companies.{at}", company.name, "", measures)
    pooled = sum(cohort.companies[at].offers for at in hidden)
    if pooled >= MIN_GROUP:
        measures = _counted(offers=pooled)
        measures["companies"] = Measure(Fraction(len(hidden)), "companies")
        yield Row("companies.others", OTHERS, "", measures)


# What the companies are called that are too small to be named.
OTHERS = "other companies"


def _months(cohort: CohortFigures, offers: _Offers) -> Iterator[Row]:
    if not offers.is_shown:
        return
    hidden = hidden_parts([(one.offers,) for one in cohort.months], (cohort.offers,))
    for at, one in enumerate(cohort.months):
        if at not in hidden:
            yield Row(f"months.{at}", month_name(one.month), "", _counted(offers=one.offers))


def _points(series: Series, at: str, cohort: CohortFigures, offers: _Offers) -> Iterator[Row]:
    hidden = _hidden_points(series, cohort, offers)
    unit = {"amount": cohort.package_unit}.get(series.counts, series.counts)
    for index, point in enumerate(series.points):
        if index not in hidden:
            measures = {"value": Measure(Fraction(point.value), unit)}
            yield Row(f"{at}.{index}", point.name, series.name, measures)


def _hidden_points(series: Series, cohort: CohortFigures, offers: _Offers) -> frozenset[int]:
    """Nobody knows what a series is a part of, so it must not be a remainder of any total."""
    if series.counts == "things":
        return frozenset()
    parts = [_behind(series, at) for at in range(len(series.points))]
    sums = tuple(map(sum, zip(*parts, strict=True)))
    telling = _beside_namesakes(series, cohort) if series.counts == "students" else frozenset()
    hidden = hidden_parts(parts, sums, also=telling)
    if series.counts == "students":
        for whole in (cohort.students, *offers.counts):
            if sums[0] <= whole:
                rest = (whole - sums[0],) if is_small(whole - sums[0]) else (0,)
                hidden = hidden_parts(parts, (sums[0] + rest[0],), also=hidden)
    return hidden


def _beside_namesakes(series: Series, cohort: CohortFigures) -> frozenset[int]:
    """Points that another group of their name gives away: 57 women of a branch of 60 students."""
    known: dict[str, set[int]] = defaultdict(set)
    for branch in cohort.branches:
        known[branch.name.casefold()] |= {
            *(branch.students, branch.offers, branch.students - branch.offers),
        }
    for name, count in (
        *((one.name, one.offers) for one in cohort.companies),
        *((one.name, one.students) for one in cohort.statuses),
        *(
            (point.name, int(point.value))
            for other in cohort.series
            if other.counts == "students" and other is not series
            for point in other.points
        ),
    ):
        known[name.casefold()].add(count)
    return frozenset(
        at
        for at, point in enumerate(series.points)
        if any(is_small(abs(int(point.value) - one)) for one in known[point.name.casefold()])
    )


def _behind(series: Series, at: int) -> Counts:
    """The students behind a point; behind a percentage, those in it and those not."""
    point = series.points[at]
    if series.counts == "students":
        return (int(point.value),)
    students = point.students or 0
    if series.counts == "amount":
        return (students,)
    # Half a student comes of a rounded percentage.
    part = round(Fraction(point.value) * students / 100)
    return (part, students - part)


def _placements(offers: int, students: int) -> dict[str, Measure]:
    measures = _counted(offers=offers, without_offer=students - offers)
    if students:
        rate = percentage(Fraction(offers), Fraction(students))
        measures["offer_rate"] = Measure(rate, "percent")
    return measures


def _packages(packages: Sequence[Decimal], unit: str) -> dict[str, Measure]:
    """The median; the quartiles of many. The highest and the lowest are one student's."""
    if len(packages) < MIN_GROUP:
        return {}
    values = [Fraction(package) for package in packages]
    shares = {"median_package": Fraction(1, 2)}
    if len(packages) >= MIN_FOR_QUARTILES:
        shares |= {"lower_quartile": Fraction(1, 4), "upper_quartile": Fraction(3, 4)}
    return {name: Measure(quantile(values, share), unit) for name, share in shares.items()}


def _counted(**counts: int) -> dict[str, Measure]:
    return {name: Measure(Fraction(count), "students") for name, count in counts.items()}


def _by_size(groups: Sequence[G], sizes: Sequence[Counts]) -> list[tuple[int, G]]:
    return sorted(enumerate(groups), key=lambda one: (-sum(sizes[one[0]]), one[0]))


def month_name(month: str) -> str:
    """`January 2026` of `2026-01`."""
    year, _, number = month.partition("-")
    return f"{MONTH_NAMES[int(number) - 1]} {year}"


def month_at(name: str) -> tuple[int, int]:
    """Where `January 2026`, in whatever case, stands among months."""
    month, _, year = name.title().partition(" ")
    return int(year), MONTH_NAMES.index(month)
