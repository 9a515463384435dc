"""Text that PostgreSQL can store."""

from typing import TypeVar

T = TypeVar("T")


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
