import json
from pathlib import Path

import pytest

from app.llm.client import Block, Prompt
from app.llm.fence import render
from app.llm.offline import answer
from app.llm.offline_summary import summarised
from app.summarising.facts import Facts, facts_of
from app.summarising.judgement import judged
from app.summarising.sentence import read_summary

EXAMPLES = Path(__file__).parents[2] / "examples"
STUDENTS = sorted(file.stem for file in (EXAMPLES / "students").glob("*.json"))


def facts_about(student: str) -> Facts:
    """Everything the examples tell of a student."""
    known = json.loads((EXAMPLES / "students" / f"{student}.json").read_text("utf-8"))
    resume = json.loads((EXAMPLES / "resumes" / f"{student}-base.json").read_text("utf-8"))
    return facts_of(known["name"], known["profile"], resume["resume"])


def texts(answered: dict[str, object]) -> dict[str, str]:
    """The sentences by topic."""
    sentences = answered["sentences"]
    assert isinstance(sentences, list)
    return {sentence["topic"]: sentence["text"] for sentence in sentences}


@pytest.mark.parametrize("is_mending", [False, True])
@pytest.mark.parametrize("student", STUDENTS)
def test_what_it_writes_stands(student: str, *, is_mending: bool) -> None:
    """Of every example student it writes four sentences that the checks let through."""
    facts = facts_about(student)
    shown = {path: fact.value for path, fact in facts.by_path.items()}

    answered = summarised(facts.name, shown, {}, is_mending=is_mending)

    verdict = judged(facts, read_summary(answered))
    assert verdict.refusals == ()
    assert len(verdict.accepted) == 4


def test_it_answers_the_task_by_name() -> None:
    """It reads its blocks from the rendered prompt, and says less when it is asked to mend."""
    blocks = (
        Block("NAME", "Asha Verma"),
        Block("PROFILE", json.dumps({"profile.program": "B.Tech", "profile.cgpa": 8.1})),
        Block("RESUME", json.dumps({"resume.skills.0": "Python", "resume.languages.0": "Hindi"})),
    )
    prompt = Prompt("x", 1, "Task: generate-student-summary", blocks, {})

    first = json.loads(answer(render(prompt)))
    second = json.loads(answer(render(prompt.followed_by("{}", "Mend."))))

    assert texts(first) == {
        "academics": "Asha Verma's course of study is B.Tech with a CGPA of 8.1.",
        "skills": "Key skills are Python.",
        "distinctive": "Asha speaks Hindi.",
    }
    assert texts(second)["academics"] == "Asha Verma's course of study is B.Tech."


def test_it_says_nothing_of_what_it_does_not_know() -> None:
    """Without facts there is no sentence, and without blocks no crash."""
    assert summarised("", {}, {}, is_mending=False) == {"sentences": []}
    prompt = Prompt("x", 1, "Task: generate-student-summary", (Block("RESUME", "no JSON"),), {})
    assert json.loads(answer(render(prompt))) == {"sentences": []}


def test_it_takes_what_there_is() -> None:
    """A degree without a program, a project without a job, a bullet that tells no deed."""
    resume = {
        "resume.education.0.degree": "B.A.",
        "resume.education.0.field": "History",
        "resume.projects.0.name": "Archive",
        "resume.projects.0.bullets.0": "Archive of letters",
        "resume.certifications.0.name": "First Aid",
    }

    written = texts(summarised("A. Rao", {"profile.skills.0": "Latin"}, resume, is_mending=False))

    assert written == {
        "academics": "A. Rao's course of study is B.A. in History.",
        "experience": "A. Rao's most notable experience is in the project Archive.",
        "skills": "Key skills are Latin.",
        "distinctive": "A. Rao's certifications include: First Aid.",
    }
