import json
import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analytics.figures import CohortFigures, Period
from app.analytics.prose import MAX_CITED, Sentence, refusals
from app.analytics.table import Cell, Table
from app.analytics.table import table as build_table
from tests.analytics.told import demo_table, judged
from tests.effort import LINEAR_IN_TEN, effort

TABLE = demo_table()

DATA = Path(__file__).with_name("data")


def _told(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / file).read_text("utf-8").splitlines()]


CODES = [
    ("179 students hold an offer.", "totals.offers", "number"),
    ("The offer rate is 87.5 percent.", "branches.0.offer_rate", "attachment"),
    ("The offer rate fell.", "totals.offer_rate.change", "direction"),
    ("The offer rate rose by 5.4 percentage points in Pune.", "totals.offer_rate.change", "name"),
    ("Palash Textiles made 38 offers.", "companies.0.offers", "concealed"),
    ("Offers rose by 13 because of the market.", "totals.offers.change", "cause"),
    ("Offers rose by 13 and should rise more.", "totals.offers.change", "advice"),
    ("A splendid 178 students hold an offer.", "totals.offers", "word"),
    ("178 students hold an offer.", "totals.bogus", "cell"),
    ("178 students hold an offer", "totals.offers", "form"),
    ("The cohort has students.", "totals.students", "form"),
]

FIGURE = re.compile(r"(?<![\d-])\d+(?:\.\d+)?(?![\d-])")
YEARS = re.compile(r"20\d\d")

# What sentences of the table are made of, to be shuffled.
WORDS = (
    *("178", "240", "74.2", "percent", "offers", "students", "of", "the", "and", "rose", "by"),
    *("Computer Science", "Northwind Systems", "median", "LPA", "from", "to", "(", ")", ",", "."),
    *("than", "in", "previous", "2025-26", "highest", "shown", "all"),
)

# One sentence for each kind of cell; `{}` is where its figure goes.
FORMS = {
    "totals.students": "The cohort has {} students.",
    "totals.offers": "{} students hold an offer.",
    "totals.without_offer": "{} students are without an offer.",
    "totals.offer_rate": "The offer rate is {} percent.",
    "totals.median_package": "The median package is {} LPA.",
    "totals.upper_quartile": "The upper quartile of packages is {} LPA.",
    "totals.offer_rate.change": "The offer rate rose by {} percentage points.",
    "totals.offers.previous": "In the previous period {} students held an offer.",
    "branches.0.offer_rate": "The offer rate of Computer Science is {} percent.",
    "branches.3.offer_rate": "The offer rate of Mechanical Engineering is {} percent.",
    "branches.0.offers": "{} students in Computer Science hold an offer.",
    "companies.0.offers": "Northwind Systems made {} offers.",
    "companies.0.share_of_offers": "Northwind Systems accounts for {} percent of all offers.",
    "months.2.offers": "In October 2025 students received {} offers.",
}


@pytest.mark.parametrize("told", _told("true.jsonl"), ids=lambda told: told["text"])
def test_what_the_table_says_may_be_told(told: dict[str, Any]) -> None:
    """A true sentence that cites its cells is let through."""
    assert judged(told["text"], *told["cells"], table=TABLE) == ()


@pytest.mark.parametrize("told", _told("false.jsonl"), ids=lambda told: told["text"])
def test_what_it_does_not_say_may_not(told: dict[str, Any]) -> None:
    """A false sentence, or a true figure in a wrong place, is refused with a reason."""
    found = judged(told["text"], *told["cells"], table=TABLE)

    assert found
    assert all(refusal.path == "sentences.0" and refusal.reason for refusal in found)


@pytest.mark.parametrize(("text", "cell", "code"), CODES)
def test_a_refusal_names_its_class(text: str, cell: str, code: str) -> None:
    """The code says what is wrong."""
    assert judged(text, cell, table=TABLE)[0].code == code


def _exchanges() -> Iterator[tuple[str, Cell, Cell]]:
    cells = {cell.id: cell for cell in TABLE.cells}
    for at, form in FORMS.items():
        for other in TABLE.cells:
            yield form, cells[at], other


def test_no_figure_can_take_another_ones_place() -> None:
    """Of every table figure in every kind of sentence only the true one is let through."""
    for form, cell, other in _exchanges():
        text = form.format(abs(other.value))
        is_true = abs(other.value) == abs(cell.value)

        found = judged(text, cell.id, other.id, table=TABLE)

        assert (not found) == is_true, (text, cell.id, other.id, found)


@pytest.mark.parametrize("told", _told("true.jsonl"), ids=lambda told: told["text"])
def test_no_two_figures_of_a_sentence_can_change_places(told: dict[str, Any]) -> None:
    """Rose by 0.50 to 8.25 is not rose by 8.25 to 0.50, although both figures are cited."""
    text = told["text"]
    figures = [one for one in FIGURE.finditer(text) if not YEARS.match(text, one.start())]
    for one, other in combinations(figures, 2):
        exchanged = text[: one.start()] + other[0] + text[one.end() : other.start()] + one[0]

        found = judged(exchanged + text[other.end() :], *told["cells"], table=TABLE)

        assert found or one[0] == other[0], exchanged


def test_no_group_can_take_another_ones_place() -> None:
    """A branch's figures are refused beside the name of another branch."""
    branches = [cell for cell in TABLE.cells if cell.id.endswith(".offer_rate")]
    named = [cell for cell in branches if cell.group and cell.tense == "this"]
    for cell in named:
        for other in named:
            text = f"The offer rate of {other.group} is {cell.value} percent."

            found = judged(text, cell.id, other.id, table=TABLE)

            assert (not found) == (cell.value == other.value), text


def test_a_name_inside_a_longer_one_is_not_it() -> None:
    """Northwind is not Northwind Systems, and its figure is not told of it."""
    found = judged("Northwind made 38 offers.", "companies.0.offers", table=TABLE)

    assert {refusal.code for refusal in found} <= {"name", "word", "attachment"}


def test_the_audiences_own_names_are_all_there_are() -> None:
    """A branch that students are not shown is no name for them, whatever is cited."""
    text = "Computer Science has 80 students."

    found = judged(text, "totals.students", table=demo_table("students"))

    assert [refusal.code for refusal in found] == ["concealed"]


def test_too_many_cells_are_no_reference() -> None:
    """A sentence that cites half the table rests on nothing."""
    cells = [cell.id for cell in TABLE.cells[: MAX_CITED + 1]]

    found = judged("178 students hold an offer.", *cells, table=TABLE)

    assert [refusal.code for refusal in found] == ["cell"]


def test_a_sentence_is_told_once() -> None:
    """The second of two equal sentences is refused, whatever its case and spaces."""
    first = Sentence("sentences.0", "178 students hold an offer.", ("totals.offers",))
    second = Sentence("sentences.1", "178  STUDENTS hold an offer.", ("totals.offers",))

    found = refusals([first, second], TABLE)

    assert [(refusal.path, refusal.code) for refusal in found] == [("sentences.1", "repeat")]


@pytest.mark.parametrize("letter", ["\u0430", "\u200b", "\x00", "\n", "<", "\U0001f600", "\ufffd"])
def test_no_strange_sign_gets_through(letter: str) -> None:
    """Look-alike letters, hidden and control characters, markup and pictures are refused."""
    assert judged(f"178 students hold an{letter} offer.", "totals.offers", table=TABLE)


def test_every_word_of_the_vocabulary_is_plain() -> None:
    """No word of causes, advice or judgement is in the list, in any inflection."""
    for word in (
        *("because", "due", "caused", "driven", "thanks", "should", "must", "recommend", "focus"),
        *("excellent", "poor", "weak", "strong", "best", "worst", "women", "men", "caste"),
        *("every", "each", "none", "only", "always", "never", "not", "likely", "expected"),
    ):
        text = f"178 students {word} hold an offer."

        assert judged(text, "totals.offers", table=TABLE), word


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(WORDS),
        max_size=20,
    ).map(" ".join)
)
def test_any_sentence_gets_a_verdict(text: str) -> None:
    """Whatever a model writes is judged and crashes nothing; what is no sentence is refused."""
    cells = [cell.id for cell in TABLE.cells[:8]]

    found = judged(f"{text}.", *cells, table=TABLE)

    assert found or text.strip()


@pytest.mark.parametrize(
    "name",
    [
        "Caf\u00e9 Ren\u00e9e",
        "Smith\u2013Jones",
        "O\u2019Neill & Sons (India)",
        "3M",
        "A.B. Co.",
        "+1 (x*",
    ],
)
def test_odd_names_are_found(name: str) -> None:
    """A company is recognised by its name, whatever signs and digits that has."""
    figures = {"students": 100, "offers": 60, "companies": [{"name": name, "offers": 40}]}
    cohort = CohortFigures.model_validate(figures)
    table = build_table(TABLE.period, cohort, "management")

    right = judged(f"{name} made 40 offers.", "companies.0.offers", table=table)
    wrong = judged(f"{name} made 60 offers.", "companies.0.offers", "totals.offers", table=table)

    assert right == ()
    assert wrong


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("INR", "The median package is \u20b9650,000."),
        ("INR", "The median package is Rs 6.5 lakh."),
        ("INR", "The median package is 650,000.00 INR."),
        ("USD", "The median package is $650,000."),
        ("EUR", "The median package is 650,000 EUR."),
        ("GBP", "The median package is \u00a3650,000."),
    ],
)
def test_money_is_told_in_its_unit(unit: str, text: str) -> None:
    """An amount passes in the ways its currency is written, and in no other currency."""
    packages = [650_000] * 9
    figures = {"students": 100, "offers": 60, "packages": packages, "packageUnit": unit}
    table = build_table(TABLE.period, CohortFigures.model_validate(figures), "management")

    right = judged(text, "totals.median_package", table=table)
    wrong = judged("The median package is \u00a5650,000.", "totals.median_package", table=table)

    assert right == ()
    assert wrong


def test_judging_takes_no_time() -> None:
    """Ten times the companies and branches are about ten times the work of the longest sentence."""
    text = ("9 offers of Company number 7, " * 10)[:290] + " 9 offers."

    def table(size: int) -> Table:
        companies = [{"name": f"Company number {at}", "offers": 9} for at in range(size)]
        branches = [
            {"name": f"Branch number {at}", "students": 90, "offers": 45} for at in range(size // 5)
        ]
        figures = {"students": 9000, "offers": 4500, "companies": companies, "branches": branches}
        return build_table(TABLE.period, CohortFigures.model_validate(figures), "management")

    small, large = table(50), table(500)
    few = effort(lambda: judged(text, "companies.7.offers", table=small))
    many = effort(lambda: judged(text, "companies.7.offers", table=large))

    assert many < LINEAR_IN_TEN * few


def test_a_calendar_year_may_be_named() -> None:
    """Where a period is a year, the year is its name; a figure that looks like one is not."""
    year = Period(label="2025", start=date(2025, 1, 1), end=date(2025, 12, 31))
    cohort = CohortFigures.model_validate({"students": 100, "offers": 60})
    table = build_table(year, cohort, "management")

    verdicts = {
        text: judged(text, "totals.offers", table=table)
        for text in (
            "In 2025, 60 students held an offer.",
            "In 2024, 60 students held an offer.",
            "2025 students held an offer.",
        )
    }

    assert [not found for found in verdicts.values()] == [True, False, False]
