"""Text that PostgreSQL can store."""

from typing import TypeVar

T = TypeVar("T")


def storable_text(text: str) -> str:
    """The text without NUL, and with U+FFFD for a lone surrogate; jsonb takes neither."""
    text = text.replace("\x00", "")
    # Pairs of surrogates become the character they stand for.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def storable(value: T) -> T:
    """The same JSON value without NUL characters, which neither text nor jsonb can hold."""
    return _without_nul(value)  # type: ignore[return-value]  # each branch keeps the value's type


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value
