"""How a fact reads when a sentence quotes it: with its key, its unit and its month in full."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
# Longer ones first, so that Sept is not Sep and a t.
_SHORT_MONTH = re.compile(
    r"\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?(?= ?'?\d)", re.IGNORECASE
)
_ISO_MONTH = re.compile(r"\b((?:19|20)\d\d)-(0[1-9]|1[0-2])(?:-\d\d)?\b")

ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth"),
)
_INTERN = re.compile(r"\bintern\b", re.IGNORECASE)
_COUNTED = frozenset({"days", "weeks", "months", "years", "hours"})
_RANKED = frozenset({"semester", "year"})
_SHARES = frozenset({"percent", "percentage"})

# Before these nothing is wished for; after them it is not so yet.
WISHING = re.compile(rf"\b(?:{WORDS['limits']['wishing'].strip()})\b", re.IGNORECASE)
WISHES = frozenset(WORDS["sentence"]["wishes"].split())


def words_of_key(key: str) -> list[str]:
    """`graduationYear` and `graduation_year` as `graduation`, `year`."""
    return [word.lower() for word in _WORD.findall(key)]


def label_of(key: str) -> str:
    """What a number is called by its key: `tenth` of `tenthPercent`."""
    words = words_of_key(key)
    return " ".join(words[:-1] if words and words[-1] in _SHARES else words)


def is_wish(key: str) -> bool:
    """Whether the key says that its value is wished for."""
    return not WISHES.isdisjoint(words_of_key(key))


def labelled(key: str, value: str | float) -> str:
    """`semester: 7, seventh semester`, `2 months`, `tenth: 92.4%`, `end date: Jul 2026, July 2026`.

    Each form says the same, so that an honest sentence may use any of them.
    """
    words = words_of_key(key)
    label = " ".join(words)
    if isinstance(value, str):
        is_internship = "title" in words and _INTERN.search(value)
        return f"{label}: {_with_months(value)}{', internship' if is_internship else ''}"
    if words and words[-1] in _COUNTED:
        return f"{label}: {value} {words[-1]}"
    if words and words[-1] in _SHARES:
        of_what = " ".join(words[:-1])
        return f"{of_what}: {value}%, {value}% in {of_what}, {value}% in {_in_digits(of_what)}"
    if words and words[-1] in _RANKED and value in range(1, len(ORDINALS) + 1):
        return f"{label}: {value}, {ORDINALS[int(value) - 1]} {words[-1]}"
    return f"{label}: {value}"


def _in_digits(label: str) -> str:
    return " ".join(
        f"{ORDINALS.index(word) + 1}th" if word in ORDINALS[3:] else word for word in label.split()
    )


def _with_months(text: str) -> str:
    in_full = _ISO_MONTH.sub(lambda found: f"{MONTHS[int(found[2]) - 1]} {found[1]}", text)
    in_full = _SHORT_MONTH.sub(_in_full, in_full)
    return text if in_full == text else f"{text}, {in_full}"


def _in_full(short: re.Match[str]) -> str:
    return next(month for month in MONTHS if month.lower().startswith(short[1][:3].lower()))
