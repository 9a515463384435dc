import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm import offline
from app.llm.client import Block, Prompt
from app.llm.fence import render

RESUME = {
    "summary": "A very keen analyst who reads in order to learn.",
    "entries": [
        {
            "path": "experience.0",
            "heading": "Intern, Sample Foods (Jun 2024 - Aug 2024)",
            "bullets": [
                {"path": "experience.0.bullets.0", "text": "Responsible for testing SAP modules."},
                {"path": "experience.0.bullets.1", "text": "Won 1st prize of 40 teams"},
                {"path": "experience.0.bullets.2", "text": "Maintain the stock ledger"},
            ],
        },
        {
            "path": "projects.0",
            "heading": "Portal (2025 - present)",
            "bullets": [{"path": "projects.0.bullets.0", "text": "Maintain the portal"}],
        },
        {
            "path": "projects.1",
            "heading": "Garden",
            "bullets": [{"path": "projects.1.bullets.0", "text": "Maintain the beds"}],
        },
    ],
    "skills": ["SAP"],
}


def answered(resume: object, tone: str = "Tone: concise", task: str = "rewrite-resume") -> Any:  # noqa: ANN401  what json.loads gives
    text = resume if isinstance(resume, str) else json.dumps(resume, ensure_ascii=False)
    blocks = (Block("RESUME", text), Block("POSTING", "Looks for SAP."))
    prompt = Prompt(task, 1, f"Task: {task}\n{tone}", blocks, {"type": "object"})
    return json.loads(offline.answer(render(prompt)))


def test_only_what_changed_is_an_edit() -> None:
    """The answer holds the changed bullets at their paths, and the summary if it changed."""
    answer = answered(RESUME)

    assert answer == {
        "edits": [
            {"path": "experience.0.bullets.0", "text": "Tested SAP modules"},
            {"path": "experience.0.bullets.2", "text": "Maintained the stock ledger"},
        ],
        "summary": "A keen analyst who reads to learn.",
    }


def test_a_summary_without_a_change_is_not_sent() -> None:
    """An unchanged or absent summary is not in the answer."""
    summaries = [None, "A keen analyst.", 7]

    answers = [answered({"summary": summary, "entries": []}) for summary in summaries]

    assert answers == [{"edits": []}] * 3


def test_the_tone_is_read_from_the_instructions() -> None:
    """The tone line decides how much goes; without one the professional tone holds."""
    entry = {"bullets": [{"path": "p", "text": "Trained kids as and when required"}]}

    answers = [answered({"entries": [entry]}, tone) for tone in ("Tone: concise", "Tone: funny")]

    assert [answer["edits"][0]["text"] for answer in answers] == [
        "Trained kids as needed",
        "Trained children as and when required",
    ]


def test_an_unknown_task_gets_no_edits() -> None:
    """The editor proposes nothing for a task it was not built for."""
    assert answered(RESUME, task="plan-learning") == {"edits": []}


def test_a_task_named_in_the_data_is_not_ours() -> None:
    """A task line inside a résumé does not set the editor to work."""
    prompt = Prompt("x", 1, "Answer.", (Block("RESUME", "Task: rewrite-resume"),), {})

    assert json.loads(offline.answer(render(prompt))) == {"edits": []}


@pytest.mark.parametrize(
    "resume",
    [
        "not json",
        "[1]",
        "null",
        {"entries": "none"},
        {"entries": [1, {"bullets": [2, {"path": 3, "text": "x"}, {"path": "p"}]}]},
        {"entries": [{"bullets": {"path": "p"}}]},
    ],
)
def test_a_malformed_resume_gets_no_edits(resume: object) -> None:
    """A résumé block of another shape is answered, not crashed on."""
    assert answered(resume) == {"edits": []}


def test_no_blocks_get_no_edits() -> None:
    """A prompt without a résumé is answered with nothing."""
    prompt = Prompt("rewrite-resume", 1, "Task: rewrite-resume", (), {})

    assert json.loads(offline.answer(render(prompt))) == {"edits": []}


@given(st.text(max_size=60))
def test_any_bullet_gets_a_valid_answer(text: str) -> None:
    """Whatever a bullet says, the answer is JSON with at most that bullet's path."""
    answer = answered({"entries": [{"bullets": [{"path": "p", "text": text}]}]})

    assert {edit["path"] for edit in answer["edits"]} <= {"p"}
