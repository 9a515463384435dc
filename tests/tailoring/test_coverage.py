from typing import Any

import pytest

from app.analysing.analysis import Mark, PostingAnalysis, Skill
from app.retrieval.passages import Passage
from app.tailoring.coverage import coverage, texts_of
from app.tailoring.gaps import gap_report

RESUME: dict[str, Any] = {
    "basics": {"name": "Mira Python", "label": "Cloud student", "email": "kafka@example.com"},
    "summary": " ",
    "experience": [
        {
            "technologies": ["Postgres"],
            "url": "https://terraform.example.com",
            "bullets": [{"text": "Tested in pytest", "verified": True}, ""],
        }
    ],
    "skills": ["Git", {"name": "Data", "keywords": ["SQL"]}],
    "grade": 8,
}


def analysis(**marks: Mark) -> PostingAnalysis:
    """An analysis that asks for these skills."""
    skills = (
        Skill(name=name, kind="hard", mark=mark, importance=0.5, quote=name)
        for name, mark in marks.items()
    )
    return PostingAnalysis(
        title="",
        seniority=None,
        domain=None,
        tone=None,
        culture_signals=(),
        skills=tuple(skills),
        key_requirements=(),
        experience=None,
        unfounded=(),
        is_cut=False,
    )


def test_names_and_addresses_are_no_skills() -> None:
    """Of the basics only the label is read, and addresses nowhere."""
    texts = {text.path: text.text for text in texts_of(RESUME)}

    assert texts == {
        "experience.0.technologies.0": "Postgres",
        "experience.0.bullets.0": "Tested in pytest",
        "skills.0": "Git",
        "skills.1.name": "Data",
        "skills.1.keywords.0": "SQL",
        "basics.label": "Cloud student",
    }


@pytest.mark.parametrize(
    ("marks", "score"),
    [
        ({}, 1.0),
        ({"Git": "must", "PostgreSQL": "must"}, 1.0),
        ({"Git": "must", "Kafka": "must"}, 0.5),
        ({"Git": "must", "Kafka": "nice", "Rust": "preferred"}, 1.0),
        ({"Git": "preferred", "Kafka": "nice"}, 0.5),
        ({"Kafka": "must"}, 0.0),
    ],
)
def test_the_share_of_what_is_required(marks: dict[str, Mark], score: float) -> None:
    """Aliases count, wishes count only where nothing is required."""
    found = coverage(analysis(**marks), texts_of(RESUME))

    assert found.score == score


def test_two_missing_requirements_are_never_good_enough() -> None:
    """Document 002: below 0.80 with two or more missing, however many there are."""
    many: dict[str, Mark] = dict.fromkeys(
        ("Git", "SQL", "pytest", "PostgreSQL", "Data", "cloud", "student", "tested"), "must"
    )
    extra: dict[str, Mark] = dict.fromkeys(("Testing", "Clouds", "Kafka", "Rust"), "must")

    found = coverage(analysis(**many, **extra), texts_of(RESUME))

    assert [skill.name for skill in found.missing] == ["Kafka", "Rust"]
    assert found.score == 0.79


def test_gaps_point_at_what_the_student_says_elsewhere() -> None:
    """Matched in the variant, elsewhere in other material, or missing; soft skills are none."""
    passages = [Passage("Streamed events through Kafka", "note", "n-1", "chunks.0", 1.0)]

    gaps = gap_report(analysis(Git="must", Kafka="must", Rust="nice"), texts_of(RESUME), passages)

    assert [(gap.skill, gap.status) for gap in gaps] == [
        ("Git", "matched"),
        ("Kafka", "elsewhere"),
        ("Rust", "missing"),
    ]
    assert (gaps[1].places[0].source, gaps[1].places[0].record_id) == ("note", "n-1")
