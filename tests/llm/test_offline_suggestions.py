import json
from pathlib import Path
from typing import Any

import pytest

from app.llm import offline
from app.llm.client import Prompt
from app.llm.fence import render
from app.llm.offline_suggestions import MAX_QUESTIONS, Text, suggested
from app.resume.schema import parse_resume
from app.rewriting.excerpt import excerpt
from app.suggesting.judgement import judged
from app.suggesting.suggestion import ANSWER_SCHEMA, suggestions_from_answer

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "resumes").glob("*.json"))


def answered(*texts: Text) -> list[dict[str, Any]]:
    """What the editor suggests for these texts."""
    listed = suggested(texts)["suggestions"]
    assert isinstance(listed, list)
    return listed


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("Responsible for testing SAP modules", "Tested SAP modules", "what you did"),
        ("The ledger was checked by me daily", "Checked the ledger daily", "who did it"),
        ("I tested SAP modules", "Tested SAP modules", "'I'"),
        ("Tested basically every module", "Tested every module", "add nothing"),
        ("Maintain the stock ledger", "Maintained the stock ledger", "past tense"),
    ],
)
def test_a_rewording_says_what_gets_better(before: str, after: str, reason: str) -> None:
    """The reason names the weakness that is gone."""
    [found] = answered(Text("p", before, "past"))

    assert (found["kind"], found["suggested"], found["question"]) == ("rewording", after, None)
    assert (found["section"], found["original"]) == ("p", before)
    assert reason in found["reason"]


def test_a_summary_keeps_its_person() -> None:
    """Of a summary only roundabout phrases are changed."""
    [found] = answered(Text("summary", "A very keen analyst. I read in order to learn.", None))

    assert found["suggested"] == "A keen analyst. I read to learn."


def test_a_question_is_asked_where_a_figure_is_missing() -> None:
    """A text that reads well but does not say how much gets a question, one with figures none."""
    found = answered(
        Text("p", "Developed a tool for the library", "past"),
        Text("q", "Developed a tool for 40 readers", "past"),
        Text("r", "Taught art every week", "past"),
    )

    assert [(each["section"], each["question"]) for each in found] == [
        ("p", "How many people use it, or how often?")
    ]
    assert (found[0]["kind"], found[0]["suggested"]) == ("question", None)


def test_a_reworded_text_is_not_asked_about() -> None:
    """One suggestion for a text is enough."""
    found = answered(Text("p", "Responsible for making a tool", "past"))

    assert [each["kind"] for each in found] == ["rewording"]


def test_no_question_is_asked_twice() -> None:
    """Several texts that lack the same are asked about once."""
    found = answered(
        *(Text(f"p.{number}", f"Built a tool {'x' * number}", "past") for number in range(9))
    )

    assert len(found) == 1 <= MAX_QUESTIONS


def test_the_task_reaches_the_editor() -> None:
    """The editor behind the provider answers this task; without texts it suggests nothing."""
    instructions = "Task: suggest-improvements"
    blank = excerpt({"summary": " ", "experience": []}, "", window_tokens=None).blocks

    answers = [
        json.loads(offline.answer(render(Prompt("x", 1, instructions, blocks, ANSWER_SCHEMA))))
        for blocks in ((), blank)
    ]

    assert answers == [{"suggestions": []}] * 2


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_suggestion_for_the_examples_holds(file: Path) -> None:
    """Of every example the editor suggests something, and the guard lets all of it through."""
    resume = parse_resume(json.loads(file.read_text("utf-8"))["resume"])
    shown = excerpt(resume, "", window_tokens=None).blocks
    prompt = Prompt("x", 1, "Task: suggest-improvements", shown, ANSWER_SCHEMA)

    found = suggestions_from_answer(json.loads(offline.answer(render(prompt))))

    assert found
    assert judged(resume, found, "").refusals == ()
