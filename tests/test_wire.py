import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.wire import Identifier, WireModel


class Shape(WireModel):
    """A body of two words."""

    resume_id: str
    is_ai_variant: bool = False


@pytest.mark.parametrize(
    "body", [{"resume_id": "r", "is_ai_variant": True}, {"resumeId": "r", "isAiVariant": True}]
)
def test_both_cases_come_in(body: dict[str, object]) -> None:
    """A body may be written in snake_case or camelCase."""
    shape = Shape.model_validate(body)

    assert shape == Shape(resume_id="r", is_ai_variant=True)


def test_camel_case_goes_out() -> None:
    """An answer is written in camelCase, as JSON and as a dictionary."""
    shape = Shape(resume_id="r")

    assert shape.model_dump() == {"resumeId": "r", "isAiVariant": False}
    assert shape.model_dump_json() == '{"resumeId":"r","isAiVariant":false}'


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200))
def test_an_identifier_is_any_text(text: str) -> None:
    """Every text of 1 to 200 characters without controls is an id, unchanged."""
    assert TypeAdapter(Identifier).validate_python(text) == text


@pytest.mark.parametrize("value", ["", "x" * 201, "a\x00", "\n", "a\x1fb", "a\x7f", 7, None, b"b"])
def test_nothing_else_is_an_identifier(value: object) -> None:
    """Control characters, other types, nothing at all and too much are refused."""
    with pytest.raises(ValidationError):
        TypeAdapter(Identifier).validate_python(value, strict=True)
