"""The figures of a cohort as core-api has them: their shape, and that they do not contradict."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Protocol, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.guard.plain_text import plain
from app.wire import WireModel

# A group of fewer is not singled out, and a cohort of fewer is not summed up. Five is the usual
# threshold of published education statistics.
MIN_GROUP = 5

HUNDRED = 100

MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")

Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f<>{}\[\]]+$"
    ),
    # Sentences are read without typographic dashes and quotes, and must find the name.
    AfterValidator(plain),
]
Count = Annotated[int, Field(strict=True, ge=0, le=10_000_000)]


# Ten rupees of a lakh; nobody is paid by finer ones.
MAX_PLACES = 4


def _few_digits(amount: Decimal) -> Decimal:
    if amount != round(amount, MAX_PLACES):
        raise ValueError(f"at most {MAX_PLACES} decimal places")
    # JavaScript writes 12 for 12.0, and the key of a job goes with equal figures.
    return (
        amount.to_integral_value() if amount == amount.to_integral_value() else amount.normalize()
    )


Amount = Annotated[
    Decimal, Field(gt=0, le=10**12, allow_inf_nan=False), AfterValidator(_few_digits)
]
Value = Annotated[Decimal, Field(ge=0, le=10**12, allow_inf_nan=False), AfterValidator(_few_digits)]

Place = tuple[str | int, ...]


class Period(WireModel):
    """A span of days, both ends in it, and what people call it."""

    label: Name
    start: date
    end: date

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.end < self.start:
            raise contradiction([(("end",), "is before the start")])
        return self


class Branch(WireModel):
    """A branch of study. `offers` are students with an offer; `packages` what they were offered."""

    name: Name
    students: Count
    offers: Count
    packages: Annotated[list[Amount], Field(default_factory=list, max_length=20_000)]


class Company(WireModel):
    """A company. `offers` are students whose offer is from it; `packages` what it offers them."""

    name: Name
    offers: Count
    packages: Annotated[list[Amount], Field(default_factory=list, max_length=20_000)]


class Status(WireModel):
    """How many students are in a state, as core-api names it; a student is in one at most."""

    name: Name
    students: Count


class Month(WireModel):
    """How many of the offers came in a calendar month, `2026-01`."""

    month: Annotated[str, StringConstraints(pattern=f"^{MONTH.pattern}$")]
    offers: Count


class Point(WireModel):
    """One value of a series. `students` is how many a percentage or an amount is about."""

    name: Name
    value: Value
    students: Count | None = None


class Series(WireModel):
    """Any other figures by name.

    `counts` says of what: `students`; `things` that are not people (drives, interviews); `percent`
    of the point's students; or an `amount` per student in the package's unit, such as a mean.
    """

    name: Name
    counts: Literal["students", "things", "percent", "amount"]
    points: Annotated[list[Point], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        found = list(_repeated(self.points, "points"))
        for index, point in enumerate(self.points):
            at = ("points", index, "value")
            if self.counts in ("students", "things") and point.value % 1:
                found.append((at, "a count is a whole number"))
            if self.counts == "percent" and point.value > HUNDRED:
                found.append((at, "a percentage is at most 100"))
            if self.counts in ("percent", "amount") and point.students is None:
                found.append((("points", index, "students"), f"a {self.counts} needs its students"))
        if found:
            raise contradiction(found)
        return self


class CohortFigures(WireModel):
    """A cohort in one period.

    `offers` are the students who hold an offer: one with several counts once, with the offer that
    counts. Branches, companies, statuses and months may leave students out, and never count one
    twice. `packages` are the yearly amounts in `packageUnit` (LPA: lakhs of rupees); without them
    those of the branches, else those of the companies, stand for the whole.
    """

    students: Annotated[Count, Field(ge=MIN_GROUP)]
    offers: Count
    package_unit: Literal["LPA", "INR", "USD", "EUR", "GBP"] = "LPA"
    packages: Annotated[list[Amount], Field(default_factory=list, max_length=20_000)]
    branches: Annotated[list[Branch], Field(default_factory=list, max_length=100)]
    companies: Annotated[list[Company], Field(default_factory=list, max_length=500)]
    statuses: Annotated[list[Status], Field(default_factory=list, max_length=30)]
    months: Annotated[list[Month], Field(default_factory=list, max_length=60)]
    series: Annotated[list[Series], Field(default_factory=list, max_length=20)]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if found := list(_contradictions(self)):
            raise contradiction(found)
        return self

    @property
    def all_packages(self) -> list[Decimal]:
        """The packages that stand for the whole."""
        if self.packages:
            return self.packages
        of_branches = [package for branch in self.branches for package in branch.packages]
        return of_branches or [p for company in self.companies for p in company.packages]


class PreviousPeriod(WireModel):
    """An earlier period to compare with."""

    period: Period
    figures: CohortFigures


def outside(months: Iterable[Month], period: Period) -> Iterator[tuple[Place, str]]:
    """Months that the period does not touch."""
    first, last = f"{period.start:%Y-%m}", f"{period.end:%Y-%m}"
    for index, one in enumerate(months):
        if not first <= one.month <= last:
            yield ("months", index, "month"), "is outside the period"


def contradiction(found: Iterable[tuple[Place, str]]) -> ValidationError:
    """What a validator raises to name several places at once; outer places go before them."""
    return ValidationError.from_exception_data(
        "figures",
        [
            InitErrorDetails(
                type=PydanticCustomError("contradiction", "{why}", {"why": why}), loc=at, input=None
            )
            for at, why in found
        ],
    )


def _contradictions(cohort: CohortFigures) -> Iterator[tuple[Place, str]]:
    if cohort.offers > cohort.students:
        yield ("offers",), "more offers than students"
    yield from _too_many_packages(cohort, ())
    for index, branch in enumerate(cohort.branches):
        if branch.offers > branch.students:
            yield ("branches", index, "offers"), "more offers than students"
        yield from _too_many_packages(branch, ("branches", index))
    for index, company in enumerate(cohort.companies):
        yield from _too_many_packages(company, ("companies", index))
    yield from _repeated(cohort.branches, "branches")
    yield from _repeated(cohort.companies, "companies")
    yield from _repeated(cohort.statuses, "statuses")
    yield from _repeated(cohort.series, "series")
    months = [one.month for one in cohort.months]
    for index, month in enumerate(months):
        if month in months[:index]:
            yield ("months", index, "month"), "is there twice"
    yield from _excesses(cohort)


def _excesses(cohort: CohortFigures) -> Iterator[tuple[Place, str]]:
    """Parts that are more than their whole, which nobody is in twice."""
    in_branches = sum(branch.students for branch in cohort.branches)
    with_offer = sum(branch.offers for branch in cohort.branches)
    sums = (
        ("branches", in_branches, cohort.students, "students"),
        ("branches", with_offer, cohort.offers, "offers"),
        ("companies", sum(one.offers for one in cohort.companies), cohort.offers, "offers"),
        ("statuses", sum(one.students for one in cohort.statuses), cohort.students, "students"),
        ("months", sum(one.offers for one in cohort.months), cohort.offers, "offers"),
    )
    for section, together, whole, what in sums:
        if together > whole:
            yield (section,), f"together {together - whole} more {what} than the cohort has"
    if cohort.offers - with_offer > cohort.students - in_branches >= 0:
        yield ("branches",), "the students of no branch hold more offers than they are"


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _Offered(Protocol):
    @property
    def offers(self) -> int: ...
    @property
    def packages(self) -> list[Decimal]: ...


def _repeated(listed: Sequence[_Named], section: str) -> Iterator[tuple[Place, str]]:
    seen: set[str] = set()
    for index, one in enumerate(listed):
        folded = " ".join(one.name.casefold().split())
        if folded in seen:
            yield (section, index, "name"), "is there twice"
        seen.add(folded)


def _too_many_packages(group: _Offered, at: Place) -> Iterator[tuple[Place, str]]:
    if len(group.packages) > group.offers:
        yield (*at, "packages"), "more packages than offers"
