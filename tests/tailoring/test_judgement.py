from typing import Any

import pytest

from app.resume.edits import Edit
from app.tailoring.inflated import inflated
from app.tailoring.judgement import judged, sentence_count
from app.tailoring.proposal import Proposal, proposal_from_answer

RESUME: dict[str, Any] = {
    "summary": "Student who leveraged Python. Likes databases.",
    "experience": [{"company": "Lab", "bullets": ["Used Python for 3 reports", "Wrote SQL"]}],
    "skills": ["Python", {"name": "Data", "keywords": ["SQL", "Excel"]}],
}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two.", 2),
        ("One. Two", 2),
        ("One! Two? Three.", 3),
        ("B.Tech. student in Pune", 1),
        ("Student with a CGPA of 8.4 at St. Xavier's. Likes Python.", 2),
        ("Used tools, e.g. Python. Likes SQL.", 2),
        ("A student of 3.5 years.", 1),
        ("", 0),
        ("x" * 4_000, 1),
        ("मैं लिखती हूँ. मैं पढ़ती हूँ.", 2),
    ],
)
def test_sentences_are_counted(text: str, count: int) -> None:
    """Initials, degrees, abbreviations and decimal points end no sentence."""
    assert sentence_count(text) == count


@pytest.mark.parametrize(
    "text",
    [
        "Spearheaded the reports",
        "Synergised with the team",
        "Leverages Python",
        "A results-driven student",
        "Has a proven track record",
        "Utilized Python",
        "CUTTING EDGE work",
    ],
)
def test_inflated_words_are_found_in_every_form(text: str) -> None:
    """Verb forms, British spelling, hyphens and capitals are the same word."""
    assert inflated(text, "Used Python")


def test_the_students_own_word_stays() -> None:
    """A word that the text had before was not brought in."""
    assert inflated("Leveraged Python and SQL", "I leverage Python") is None
    assert inflated("Used Python at the cutting edge", "cutting edge Python") is None


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (Edit("skills.0", "SQL"), "skill"),
        (Edit("skills.5", "Kafka"), "skill"),
        (Edit("experience.0.company", "Google"), "identity"),
        (Edit("experience.0.bullets.0", "Leveraged Python for 3 reports"), "inflated"),
        (Edit("experience.0.bullets.0", "Used Python for 30 reports"), "number"),
        (Edit("summary", "Student who likes databases."), "summary"),
    ],
)
def test_what_may_not_stand_is_refused(edit: Edit, code: str) -> None:
    """Lists are not reworded, identity is copied, and the form is the one asked for."""
    found = judged(RESUME, Proposal((edit,)), "")

    assert [refusal.code for refusal in found.refusals] == [code]
    assert found.accepted.is_empty


def test_a_list_of_skills_never_grows() -> None:
    """Of the skills to be put first those of the student remain, in groups too."""
    found = judged(RESUME, Proposal((), skills_first=("excel", "Kafka", "PYTHON")), "Kafka")

    assert found.accepted.skills_first == ("excel", "PYTHON")
    assert [(each.path, each.text, each.code) for each in found.refusals] == [
        ("skills", "Kafka", "skill")
    ]


def test_bullets_that_are_not_there_are_passed_over() -> None:
    """A path that leads nowhere moves nothing."""
    paths = ("experience.0.bullets.1", "experience.9.bullets.0", "skills.0", "nonsense")

    found = judged(RESUME, Proposal((), bullets_first=paths), "")

    assert found.accepted.bullets_first == ("experience.0.bullets.1",)
    assert found.refusals == ()


def test_an_answer_is_read_leniently() -> None:
    """Brackets in paths, repetitions and other types in the lists are read as meant."""
    answer = {
        "edits": [],
        "bullets_first": ["experience[0].bullets[1]", "experience.0.bullets.1", 3, None, " "],
        "skills_first": "Python",
    }

    read = proposal_from_answer(RESUME, answer)

    assert read == Proposal((), ("experience.0.bullets.1",), ())
    assert proposal_from_answer(RESUME, []) == Proposal(())
