import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.resume.edits import AnswerUnreadable
from app.suggesting.suggestion import (
    ANSWER_SCHEMA,
    Suggestion,
    as_answer,
    suggestions_from_answer,
    with_different_texts,
)

PLAIN: dict[str, Any] = {
    "section": "experience[0].bullets[2].text",
    "original": "Responsible for maps",
    "suggested": " Drew maps ",
    "reason": "It\u200b begins\nwith the deed.",
}
READ = Suggestion(
    "rewording",
    "experience.0.bullets.2",
    "Responsible for maps",
    "Drew maps",
    "It begins with the deed.",
)
ASKED = Suggestion("question", "summary", "A student.", "Of what?", "It says more.")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*PLAIN, "kind", "question", "suggestions"]), inner)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "changed", [{}, {"kind": None}, {"kind": "rewording", "question": "Unused?"}, {"extra": 1}]
)
def test_a_suggestion_is_read(changed: dict[str, Any]) -> None:
    """Paths have one spelling, texts no edge, reasons one line without hidden characters."""
    assert suggestions_from_answer([PLAIN | changed]) == [READ]


def test_a_question_is_known_by_what_it_has() -> None:
    """Without a kind, what has a question is one."""
    given = {**PLAIN, "suggested": None, "question": "How many?"}

    [read] = suggestions_from_answer({"suggestions": [given]})

    assert (read.kind, read.question, read.suggested) == ("question", "How many?", None)


def test_the_first_of_a_place_counts() -> None:
    """Later suggestions for a place are afterthoughts, and no change is none."""
    later = PLAIN | {"section": "experience.0.bullets.2", "suggested": "Drew 7 maps"}
    unchanged = PLAIN | {"section": "summary", "suggested": "Responsible  for maps"}

    assert suggestions_from_answer([PLAIN, later, unchanged]) == [READ]


def test_what_is_written_is_read_again() -> None:
    """The form in which a model is shown its suggestions is the one the schema wants."""
    answer = as_answer([READ, ASKED])

    Draft202012Validator(ANSWER_SCHEMA).validate(answer)
    assert suggestions_from_answer(json.loads(json.dumps(answer))) == [READ, ASKED]


def test_one_text_is_kept_once() -> None:
    """Case and spaces do not make two texts different."""
    again = Suggestion("question", "projects.0.bullets.0", "Maps", " of  WHAT?", "More.")

    assert with_different_texts([ASKED, READ, again]) == [ASKED, READ]


@given(VALUES)
def test_any_answer_is_read_or_explained(answer: object) -> None:
    """Whatever a model answers, it is suggestions or one sentence on what is wrong."""
    explained = ""
    read = []
    try:
        read = suggestions_from_answer(answer)
    except AnswerUnreadable as error:
        explained = str(error)

    is_list = isinstance(answer, list) or (isinstance(answer, dict) and "suggestions" in answer)
    assert explained or is_list
    assert all(each.text and each.reason and each.path for each in read)
