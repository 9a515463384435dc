from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.resume.changes import changed_texts

# A busy machine makes single examples slow, which says nothing about the room.
unhurried = settings(deadline=None)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "verified", "a_b", "aB", "name"]), inner)
    ),
    max_leaves=12,
)


@unhurried
@given(json_values)
def test_a_document_has_no_changes_against_itself(value: Any) -> None:  # noqa: ANN401  any JSON
    """An answer that repeats what it was given proposes nothing."""
    assert list(changed_texts(value, value)) == []


@unhurried
@given(json_values, json_values)
def test_any_two_documents_can_be_compared(before: Any, after: Any) -> None:  # noqa: ANN401  any JSON
    """Whatever a model returns, each change is a place and a text that says something."""
    changes = list(changed_texts(before, after))

    assert all(isinstance(path, str) and text.strip() for path, text in changes)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": "x"}, {"a": "y"}, [("a", "y")]),
        ({"a": "x"}, {"a": " x  "}, []),
        ({"a": "x y"}, {"a": "x\ny"}, []),
        ({"a": "x"}, {"a": None}, []),
        ({"a": "x"}, {"a": ""}, []),
        ({"a": "x"}, {}, []),
        ({"grade": 7.8}, {"grade": 9.1}, [("grade", "9.1")]),
        ({"grade": "7.8"}, {"grade": 7.8}, []),
        ({"current": False}, {"current": True}, [("current", "true")]),
        ({"current": True}, {"current": False}, [("current", "false")]),
        ({}, {"current": False, "url": None, "list": [], "title": ""}, []),
        ({}, {"current": True}, [("current", "true")]),
        ({"start_date": "2024"}, {"startDate": "2023"}, [("start_date", "2023")]),
        ({"startDate": "2024"}, {"start_date": "2024"}, []),
        ({}, {"new": {"deep": ["x"]}}, [("new.deep.0", "x")]),
        ({"a": ["x"]}, {"a": ["x", "y", "z"]}, [("a.1", "y"), ("a.2", "z")]),
        ({"a": ["one", "two"]}, {"a": ["two", "one"]}, []),
        ({"a": ["x"]}, {"a": [{"text": "x", "verified": True}]}, []),
        ({"a": ["x"]}, {"a": [{"text": "y", "verified": True}]}, [("a.0", "y")]),
        ({"a": [{"text": "x"}]}, {"a": ["y"]}, [("a.0", "y")]),
        ({"a": [{"text": "x"}]}, {"a": [{"text": "x", "by": "me"}]}, [("a.0.by", "me")]),
        ({"s": ["SQL"]}, {"s": [{"name": "SQL", "level": "Expert"}]}, [("s.0.level", "Expert")]),
        ({"s": [{"name": "Web", "level": 3}]}, {"s": ["Web"]}, []),
        ({"s": [{"name": "Web"}]}, {"s": ["Docker"]}, [("s.0", "Docker")]),
        ({"a": "x, y"}, {"a": ["x"]}, [("a.0", "x")]),
        ({"a": ["x"]}, {"a": "x"}, [("a", "x")]),
    ],
)
def test_each_difference_is_a_text_at_its_place(
    before: dict[str, Any], after: dict[str, Any], changes: list[tuple[str, str]]
) -> None:
    """What a reader would call the same is no change; everything else is seen."""
    assert list(changed_texts(before, after)) == changes
