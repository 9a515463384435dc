import json
from pathlib import Path
from typing import Any

import pytest

from app.analysing.analysis import PostingAnalysis
from app.analysing.answer import analysis_from_answer
from app.llm.offline_posting import analysed
from tests.effort import LINEAR_IN_TEN, effort

POSTINGS = sorted((Path(__file__).parents[2] / "examples" / "postings").glob("*.json"))


def analysis_of(title: str, posting: str) -> PostingAnalysis:
    """What is kept of the editor's answer."""
    return analysis_from_answer(title, f"{title}\n{posting}", analysed(title, posting))


@pytest.mark.parametrize("file", POSTINGS, ids=lambda file: file.stem)
def test_every_quote_of_the_editor_stands_in_the_posting(file: Path) -> None:
    """For each example nothing is dropped, and a skill and a requirement is found."""
    posting: dict[str, Any] = json.loads(file.read_text("utf-8"))

    analysis = analysis_of(posting["title"], posting["description"])

    assert analysis.unfounded == ()
    assert analysis.skills
    assert analysis.key_requirements


def test_headings_and_sentences_say_how_a_skill_is_asked_for() -> None:
    """A heading speaks for its list, a sentence for itself."""
    posting = """\
You bring:
- Python
- Docker is a plus

Preferred:
- Kafka

We need someone with sound SQL. Familiarity with Terraform helps.
"""

    marks = {skill.name: skill.mark for skill in analysis_of("Engineer", posting).skills}

    assert marks["Python"] == "must"
    assert marks["Docker"] == "nice"
    assert marks["Kafka"] == "preferred"
    assert marks["Terraform"] == "nice"


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("Senior Backend Engineer", "senior"),
        ("Staff Engineer", "staff"),
        ("Principal Scientist", "principal"),
        ("Director of Nursing", "director"),
        ("Audit Trainee", "junior"),
        ("Accountant", None),
        ("Staff nurse", None),
    ],
)
def test_the_level_is_the_titles(title: str, level: str | None) -> None:
    """A level that the title does not name is left open."""
    seniority = analysis_of(title, "We need you.").seniority

    assert (seniority and seniority.level) == level


def test_what_the_employer_offers_is_no_requirement() -> None:
    """Tools under a heading about the employer are not asked for."""
    analysis = analysis_of("Cook", "You have:\n- Excel\n\nWhat we offer:\n- Slack and Jira")

    assert [skill.name for skill in analysis.skills] == ["Excel"]


@pytest.mark.parametrize("piece", ["x", "1 ", "a-", "1", " ", "you ", "1 year ", "- x\n"])
def test_a_hostile_posting_takes_no_time(piece: str) -> None:
    """Ten times the text is about ten times the work, not a hundred."""
    few, many = (effort(lambda: analysed("", piece * n)) for n in (500, 5_000))  # noqa: B023  asked for at once

    assert many < LINEAR_IN_TEN * few


@pytest.mark.parametrize("posting", ["", "\n\n", "x" * 50_000, "कृपया आवेदन करें", "\x00"])
def test_a_posting_without_anything_known_has_nothing(posting: str) -> None:
    """The editor answers whatever it is given, and makes nothing up."""
    assert analysed("", posting)["skills"] == []
