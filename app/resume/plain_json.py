"""The edge of the room: any value in, JSON that PostgreSQL can store out, or one clear sentence."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from app.db.text import storable_text

MAX_TEXT_CHARS = 10_000  # A page of prose is about 3,000.
MAX_KEY_CHARS = 200  # The longest key of JSON Resume 1.3.1 has 12.
MAX_DEPTH = 20  # JSON Resume needs 4; Python gives up at about 1,000.
MAX_VALUES = 10_000  # A two-page résumé with 30 bullets holds about 200.
MAX_TOTAL_CHARS = 400_000  # The 500 bullets we allow, at 800 characters each.
MAX_NUMBER = 2**63  # Larger ones are no phone, year or id, and few readers of JSON keep them exact.


class NotPlainJson(ValueError):  # noqa: N818  named for what happened
    """A value that cannot be kept as JSON; `at` is the dotted path to it, empty for the whole."""

    def __init__(self, at: str, message: str) -> None:
        self.at = at
        self.message = message
        super().__init__(f"{at}: {message}" if at else message)


@dataclass
class _Room:
    """What is left of the two totals."""

    values: int = MAX_VALUES
    chars: int = MAX_TOTAL_CHARS

    def take(self, at: str, chars: int) -> None:
        self.values -= 1
        self.chars -= chars
        if self.values < 0:
            raise NotPlainJson(at, f"the document holds more than {MAX_VALUES:,} values")
        if self.chars < 0:
            raise NotPlainJson(at, f"the document is longer than {MAX_TOTAL_CHARS:,} characters")


def plain_json(value: object) -> JsonValue:
    """A copy that shares nothing with `value`, without NUL and with U+FFFD for lone surrogates.

    Raises:
        NotPlainJson: NaN, infinity, an object that is not JSON, or a document over the limits.

    Source: PostgreSQL's jsonb refuses NUL, lone surrogates and NaN.
    """
    return _copied(value, "", 0, _Room())


def _copied(value: object, at: str, depth: int, room: _Room) -> JsonValue:
    if depth > MAX_DEPTH:
        raise NotPlainJson(at, f"nested more than {MAX_DEPTH} levels deep")
    room.take(at, len(value) if isinstance(value, str) else 0)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, at)
    if isinstance(value, int | float):
        return _number(value, at)
    if isinstance(value, list | tuple):
        return [
            _copied(item, _below(at, str(position)), depth + 1, room)
            for position, item in enumerate(value)
        ]
    if isinstance(value, Mapping):
        return _object(value, at, depth, room)
    raise NotPlainJson(at, "must be a string, a number, true, false, null, a list or an object")


def _object(
    value: Mapping[object, object], at: str, depth: int, room: _Room
) -> dict[str, JsonValue]:
    copy: dict[str, JsonValue] = {}
    for key, item in value.items():
        if not isinstance(key, str) or len(key) > MAX_KEY_CHARS or key != storable_text(key):
            raise NotPlainJson(
                at, f"a key must be text of at most {MAX_KEY_CHARS} characters, without NUL"
            )
        room.take(at, len(key))
        copy[key] = _copied(item, _below(at, key), depth + 1, room)
    return copy


def _text(value: str, at: str) -> str:
    if len(value) > MAX_TEXT_CHARS:
        raise NotPlainJson(at, f"longer than {MAX_TEXT_CHARS:,} characters")
    return storable_text(value)


def _number(value: float, at: str) -> int | float:
    # An integer is finite, and one of 309 digits does not fit the float that isfinite takes.
    if isinstance(value, float) and not math.isfinite(value):
        raise NotPlainJson(at, "must be a finite number")
    if abs(value) > MAX_NUMBER:
        raise NotPlainJson(at, "the number is too large")
    return value


def _below(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key
