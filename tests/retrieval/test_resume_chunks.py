from typing import Any

import pytest

from app.retrieval.resume_chunks import resume_chunks


def texts(resume: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """`{path: (heading, text)}` of every chunk."""
    return {chunk.path: (chunk.heading, chunk.text) for chunk in resume_chunks(resume)}


def test_every_entry_is_found_at_its_path() -> None:
    """Bullets, descriptions, technologies, skills and items each stand at their own path."""
    resume = {
        "basics": {"name": "Asha", "email": "asha@example.com"},
        "summary": "Student of civil engineering.",
        "education": [
            {"institution": "Demo College", "degree": "B.E.", "url": "https://x.example"}
        ],
        "experience": [
            {
                "title": "Intern",
                "company": "Builders",
                "description": "Site work.",
                "technologies": ["AutoCAD", "Excel"],
                "bullets": ["Checked steel", {"text": "Kept the log", "verified": True}, " "],
            }
        ],
        "skills": ["Python", {"name": "Tools", "keywords": ["Git", "Tally"]}, "SQL"],
        "achievements": ["Won a debate", {"title": "Runner-up", "date": "2025"}],
        "volunteer": [{"organization": "NSS", "highlights": ["Ran a blood camp"]}],
    }

    found = texts(resume)

    assert found == {
        "summary": ("", "Student of civil engineering."),
        "education.0": ("education", "Demo College, B.E."),
        "experience.0.description": ("Intern, Builders", "Site work."),
        "experience.0.technologies": ("Intern, Builders", "AutoCAD, Excel"),
        "experience.0.bullets.0": ("Intern, Builders", "Checked steel"),
        "experience.0.bullets.1": ("Intern, Builders", "Kept the log"),
        "skills": ("skills", "Python, SQL"),
        "skills.1": ("skills", "Tools, Git, Tally"),
        "achievements.0": ("achievements", "Won a debate"),
        "achievements.1": ("achievements", "Runner-up, 2025"),
        "volunteer.0": ("volunteer", "NSS, Ran a blood camp"),
    }


@pytest.mark.parametrize(
    "resume",
    [
        {},
        {"experience": "none", "skills": "Python", "projects": {"name": "x"}},
        {"experience": [None, 3, "", {"bullets": None}, {"bullets": [None, 3, {}, {"text": 3}]}]},
        {"achievements": [[], {}, None, {"a": {"b": None}}]},
        {"summary": None, "education": [{"url": "https://x.example"}]},
    ],
)
def test_rows_that_went_through_no_schema_break_nothing(resume: dict[str, Any]) -> None:
    """What core-api wrote into the table may have any shape and is read as far as it goes."""
    found = texts(resume)

    assert set(found) <= {"experience"}


def test_a_deep_row_ends_somewhere() -> None:
    """Nesting beyond any résumé's is not followed."""
    deep: Any = "bottom"
    for _ in range(200):
        deep = [deep]

    found = texts({"achievements": [deep, {"title": "Top"}]})

    assert found == {"achievements.1": ("achievements", "Top")}
