from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.analytics.figures import CohortFigures, Period
from app.analytics.table import Audience, Cell, Table, label, table
from tests.analytics.told import demo_table

THIS = Period(label="2025-26", start=date(2025, 8, 1), end=date(2026, 3, 31))
LAST = Period(label="2024-25", start=date(2024, 8, 1), end=date(2025, 3, 31))


def cells(built: Table) -> dict[str, Cell]:
    """The cells by id."""
    return {cell.id: cell for cell in built.cells}


def cohort(**figures: Any) -> CohortFigures:  # noqa: ANN401  a cohort's fields
    """A cohort of a hundred, sixty of whom hold an offer."""
    return CohortFigures.model_validate({"students": 100, "offers": 60, **figures})


def built(audience: Audience = "placement_officer", **figures: Any) -> dict[str, Cell]:  # noqa: ANN401
    """The cells of such a cohort's table."""
    return cells(table(THIS, cohort(**figures), audience))


def test_rates_medians_and_changes_are_computed() -> None:
    """Each follows from the figures, this period's and the previous one's."""
    packages = [3, 4, 5, 6, 10]
    before = cohort(offers=55, packages=[4, 4, 4, 4, 4])

    found = cells(table(THIS, cohort(packages=packages), "management", (LAST, before)))

    assert {at: str(cell.value) for at, cell in found.items()} == {
        "totals.students": "100",
        "totals.students.previous": "100",
        "totals.students.change": "0",
        "totals.students.change_percent": "0.0",
        "totals.offers": "60",
        "totals.offers.previous": "55",
        "totals.offers.change": "5",
        "totals.offers.change_percent": "9.1",
        "totals.without_offer": "40",
        "totals.without_offer.previous": "45",
        "totals.without_offer.change": "-5",
        "totals.offer_rate": "60.0",
        "totals.offer_rate.previous": "55.0",
        "totals.offer_rate.change": "5.0",
        "totals.median_package": "5.00",
        "totals.median_package.previous": "4.00",
        "totals.median_package.change": "1.00",
        "totals.median_package.change_percent": "25.0",
    }
    assert found["totals.offer_rate.change"].unit == "points"
    assert found["totals.median_package"].unit == "LPA"


def test_four_packages_have_no_median() -> None:
    """The middle of so few is nearly somebody's salary; quartiles need twenty."""
    few, some, many = built(packages=[5] * 4), built(packages=[5] * 5), built(packages=[5] * 20)

    assert "totals.median_package" not in few
    assert "totals.median_package" in some
    assert "totals.upper_quartile" not in some
    assert "totals.upper_quartile" in many


def test_nothing_tells_the_highest_package() -> None:
    """A value that one student alone was offered is in no cell."""
    found = built(packages=[5] * 30 + [99])

    assert Decimal(99) not in {cell.value for cell in found.values()}


def test_packages_of_branches_stand_for_the_whole() -> None:
    """Without packages of the whole, the branches' are taken, else the companies'."""
    branch = {"name": "Law", "students": 50, "offers": 30, "packages": [4] * 9}
    company = {"name": "Northwind", "offers": 30, "packages": [6] * 9}

    both = built(branches=[branch], companies=[company])
    only = built(companies=[company])

    assert both["totals.median_package"].value == Decimal(4)
    assert only["totals.median_package"].value == Decimal(6)


@pytest.mark.parametrize("offers", [1, 4, 96, 99])
def test_a_small_whole_hides_its_parts(offers: int) -> None:
    """Where few hold an offer in all, or few do not, nothing is said of offers at all."""
    companies = [{"name": "Northwind", "offers": offers}]
    branches = [{"name": "Law", "students": 60, "offers": max(offers - 40, 0)}]

    found = built(offers=offers, companies=companies, branches=branches)

    assert set(found) == {"totals.students", "branches.0.students"}


def test_small_companies_are_pooled() -> None:
    """Companies that may not be named are counted together, their offers too."""
    companies = [
        {"name": f"Company {at}", "offers": offers} for at, offers in enumerate((40, 3, 2))
    ]

    found = built(companies=companies)

    assert found["companies.others.offers"].value == Decimal(5) + Decimal(0)
    assert found["companies.others.companies"].value == 2
    assert not {"companies.1.offers", "companies.2.offers"} & set(found)


def test_a_small_company_alone_takes_another_with_it() -> None:
    """One that is hidden alone could be computed from the pool."""
    companies = [
        {"name": f"Company {at}", "offers": offers} for at, offers in enumerate((40, 17, 3))
    ]

    found = built(companies=companies)

    assert "companies.0.offers" in found
    assert found["companies.others.offers"].value == 20


def test_small_statuses_and_months_are_hidden() -> None:
    """With what would give them away."""
    statuses = [{"name": name, "students": n} for name, n in (("a", 70), ("b", 27), ("c", 3))]
    months = [{"month": f"2025-{at}", "offers": n} for at, n in (("09", 50), ("10", 8), ("11", 2))]

    found = built(statuses=statuses, months=months)

    assert {at for at in found if at.startswith(("statuses", "months"))} == {
        "statuses.0.students",
        "months.0.offers",
    }


@pytest.mark.parametrize(
    ("counts", "points", "shown"),
    [
        ("things", [(1, None), (2, None)], {0, 1}),
        ("students", [(40, None), (30, None), (30, None)], {0, 1, 2}),
        ("students", [(40, None), (37, None), (20, None)], {0}),
        ("students", [(40, None), (20, None), (3, None)], {0}),
        ("students", [(40, None), (17, None)], set()),
        ("students", [(90, None), (90, None)], {0, 1}),
        ("percent", [(50, 80), (50, 20)], {0, 1}),
        ("percent", [(50, 60), (75, 36), (50, 4)], {0}),
        ("percent", [(50, 60), (98, 100), (50, 40)], {0}),
        ("amount", [(5, 60), (9, 3), (7, 37)], {0}),
    ],
)
def test_series_hide_few_students_too(
    counts: str, points: list[tuple[int, int | None]], shown: set[int]
) -> None:
    """Whatever a series counts, a point about few students is hidden, or about all but a few."""
    listed = [
        {"name": f"point {at}", "value": value, "students": students}
        for at, (value, students) in enumerate(points)
    ]

    found = built(series=[{"name": "Some series", "counts": counts, "points": listed}])

    assert {int(at.split(".")[2]) for at in found if at.startswith("series.")} == shown


def test_places_need_three_and_no_tie() -> None:
    """The highest of two is no place, and neither are two equal ones."""

    def ranks(*offers: int) -> list[str | None]:
        companies = [{"name": f"Company {n}", "offers": o} for n, o in enumerate(offers)]
        return [
            cell.rank
            for at, cell in built(companies=companies).items()
            if at.endswith(".offers") and cell.group.startswith("Company")
        ]

    assert ranks(20, 10) == [None, None]
    assert ranks(20, 10, 5) == ["highest", None, "lowest"]
    assert ranks(20, 20, 5) == [None, None, "lowest"]


def test_a_group_without_a_past_has_no_change() -> None:
    """A company that was not there before, or was hidden, is compared with nothing."""
    now = cohort(companies=[{"name": "New", "offers": 10}, {"name": "Old", "offers": 10}])
    before = cohort(
        companies=[
            {"name": "OLD", "offers": 20},
            {"name": "New", "offers": 3},
            {"name": "X", "offers": 9},
        ]
    )

    found = cells(table(THIS, now, "management", (LAST, before)))

    assert found["companies.1.offers.change"].value == -10
    assert "companies.0.offers.change" not in found


def test_a_change_from_nothing_has_no_percentage() -> None:
    """Nothing can be a percentage of none."""
    found = cells(table(THIS, cohort(), "management", (LAST, cohort(offers=0))))

    assert found["totals.offers.change"].value == 60
    assert "totals.offers.change_percent" not in found


def test_larger_groups_come_first() -> None:
    """Branches and companies are listed by size, each under its place in the payload."""
    branches = [
        {"name": "Law", "students": 30, "offers": 15},
        {"name": "Arts", "students": 60, "offers": 40},
    ]

    found = [cell.group for cell in built(branches=branches).values() if cell.metric == "students"]

    assert found == ["", "Arts", "Law"]


def test_a_label_says_it_all() -> None:
    """Group, measure and period are in it, in words."""
    found = {cell.id: label(cell) for cell in demo_table().cells}

    assert found["totals.offer_rate"] == "offer rate"
    assert found["branches.0.offers"] == "Computer Science: students with an offer"
    assert found["series.0.0.value.previous"] == (
        "Campus drives, on campus: in the previous period"
    )


def test_stored_values_keep_their_places() -> None:
    """A stored decimal is a string: 10.50 stays 10.50."""
    stored = demo_table().as_json()["cells"]

    assert {cell["value"] for cell in stored if cell["id"] == "totals.upper_quartile"} == {"10.50"}


def test_equal_figures_are_the_same_payload() -> None:
    """A package of 12.0, which JavaScript writes as 12, is the same figure to the letter."""
    cohorts = [
        CohortFigures.model_validate(
            {"students": 60, "offers": 5, "packages": [package, "7.50", 8, 9, 10]}
        )
        for package in ("12.0", 12, 1.2e1)
    ]

    dumped = {cohort.model_dump_json() for cohort in cohorts}

    assert len(dumped) == 1
