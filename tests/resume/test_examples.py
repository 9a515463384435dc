import json
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from app.resume.json_resume import is_json_resume, to_json_resume
from app.resume.matching import SIMILAR
from app.resume.paths import bullets
from app.resume.schema import parse_resume

EXAMPLES = Path(__file__).parents[2] / "examples"


def loaded(folder: str) -> list[Any]:
    files = sorted((EXAMPLES / folder).glob("*.json"))
    documents = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    assert [document["id"] for document in documents] == [file.stem for file in files]
    return documents


RESUMES = loaded("resumes")


@pytest.mark.parametrize("record", RESUMES, ids=lambda record: record["id"])
def test_an_example_resume_is_one_a_student_would_send(record: dict[str, Any]) -> None:
    """It parses, has 8 to 12 bullets, and each could be found again after a rewording."""
    resume = parse_resume(record["resume"])
    words = [bullet.text.casefold().split() for bullet in bullets(resume)]

    assert 8 <= len(words) <= 12
    assert all(
        SequenceMatcher(None, one, other).ratio() < SIMILAR
        for position, one in enumerate(words)
        for other in words[:position]
    )


def test_every_example_belongs_to_a_student_of_the_demo_college() -> None:
    """Ids point at each other, so the demo can run any of them."""
    students = loaded("students")
    records = [*students, *RESUMES, *loaded("postings")]

    assert {record["tenantId"] for record in records} == {"demo-college"}
    assert {record["studentId"] for record in RESUMES} == {student["id"] for student in students}
    assert {parse_resume(record["resume"])["basics"]["name"] for record in RESUMES} == {
        student["name"] for student in students
    }


def test_one_example_is_a_json_resume_and_comes_back_equal() -> None:
    """The other layout is shown by a student too."""
    (record,) = [record for record in RESUMES if is_json_resume(record["resume"])]

    assert to_json_resume(parse_resume(record["resume"])) == record["resume"]


def test_the_main_posting_asks_for_what_the_student_does_not_have() -> None:
    """A lying model has something to steal."""
    (posting,) = [p for p in loaded("postings") if p["id"] == "backend-intern-northwind"]
    (record,) = [r for r in RESUMES if r["id"] == "asha-verma-base"]

    assert "Kubernetes" in posting["description"]
    assert "Kubernetes" not in json.dumps(record)
