import json
import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.resume.plain_json import (
    MAX_DEPTH,
    MAX_KEY_CHARS,
    MAX_TEXT_CHARS,
    MAX_TOTAL_CHARS,
    MAX_VALUES,
    NotPlainJson,
    plain_json,
)

ordinary = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.sampled_from("abcé_1"), max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(ordinary)
def test_ordinary_json_comes_back_equal(value: object) -> None:
    """A document that PostgreSQL can store is not changed."""
    assert plain_json(value) == value


def test_nothing_is_shared_with_the_original() -> None:
    """Changing the original later does not change the copy."""
    original = {"a": [{"b": "c"}]}
    copy = plain_json(original)

    original["a"][0]["b"] = "changed"

    assert copy == {"a": [{"b": "c"}]}


@given(st.text(st.characters(), max_size=50))
def test_every_text_can_be_stored(text: str) -> None:
    """Whatever the characters, the copy has no NUL and encodes as UTF-8."""
    copy = plain_json(text)

    assert isinstance(copy, str)
    assert "\0" not in copy
    assert copy.encode("utf-8").decode("utf-8") == copy


def test_nul_goes_and_a_lone_surrogate_is_replaced() -> None:
    """What json.loads lets through and jsonb refuses is taken out of the text around it."""
    hostile = json.loads('"a\\u0000b\\ud800c\\ud83d\\ude00"')

    assert plain_json(hostile) == "ab�c😀"


@pytest.mark.parametrize(
    ("value", "at", "message"),
    [
        ({"a": [math.nan]}, "a.0", "finite"),
        ({"a": {"b": -math.inf}}, "a.b", "finite"),
        ([10**30], "0", "too large"),
        ({"a": "x" * (MAX_TEXT_CHARS + 1)}, "a", "longer than 10,000 characters"),
        ({"a": {"k" * (MAX_KEY_CHARS + 1): 1}}, "a", "a key must be text"),
        ({"a": {"b\0": 1}}, "a", "a key must be text"),
        ({"a": {"\ud800": 1}}, "a", "a key must be text"),
        ({"a": {5: 1}}, "a", "a key must be text"),
        ({"a": {1, 2}}, "a", "must be a string"),
        (b"bytes", "", "must be a string"),
    ],
)
def test_what_is_not_json_is_refused_by_its_place(value: object, at: str, message: str) -> None:
    """The error names where the value stands and what is wrong with it."""
    with pytest.raises(NotPlainJson) as refused:
        plain_json(value)

    assert refused.value.at == at
    assert message in refused.value.message


def nested(levels: int) -> Mapping[str, object]:
    value: dict[str, object] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


def test_nesting_stops_at_the_limit() -> None:
    """The deepest document allowed passes, the next level does not."""
    assert plain_json(nested(MAX_DEPTH)) == nested(MAX_DEPTH)

    with pytest.raises(NotPlainJson, match="levels deep"):
        plain_json(nested(MAX_DEPTH + 1))


def test_a_bottomless_document_is_refused_without_a_crash() -> None:
    """Ten thousand levels end in the same sentence as one too many."""
    with pytest.raises(NotPlainJson, match="levels deep"):
        plain_json(nested(10_000))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([0] * MAX_VALUES, "values"),
        ({str(key): 0 for key in range(MAX_VALUES)}, "values"),
        (["x" * MAX_TEXT_CHARS] * (MAX_TOTAL_CHARS // MAX_TEXT_CHARS + 1), "characters"),
    ],
)
def test_a_document_over_a_total_is_refused(value: object, message: str) -> None:
    """Many small values and few large texts are both bounded."""
    with pytest.raises(NotPlainJson, match=f"the document .* {message}"):
        plain_json(value)
