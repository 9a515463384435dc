"""What is known of a student, each thing at its path: all that a summary may rest on."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from app.summarising.wording import WORDS, label_of, labelled, words_of_key

WITHHELD = frozenset(" ".join(WORDS["withheld"].values()).split())

# What a summary needs first; of what does not fit a model's window the end is left out.
SECTIONS = (
    *("education", "experience", "skills", "achievements", "certifications", "projects"),
    *("summary", "languages", "basics"),
)
LAST = len(SECTIONS)

# `Object-oriented programming in Java` is a skill; `Second place, department hackathon` is not.
LONGEST_NAME_WORDS = 4

_POSITION = re.compile(r"\[(\d+)\]", re.ASCII)


@dataclass(frozen=True)
class Fact:
    """One text or number. `key` is the name it stands under.

    `entry` is the place of the item of a list that it belongs to (`resume.experience.0`), `section`
    that list's name; both are empty for what stands alone. `is_item` says: it is one of a list of
    texts.
    """

    path: str
    key: str
    value: str | int | float
    entry: str = ""
    section: str = ""
    is_item: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it says nothing without its key."""
        return not isinstance(self.value, str)

    @property
    def label(self) -> str:
        """The key in words: `graduation year`, `tenth`."""
        return label_of(self.key)

    @cached_property
    def text(self) -> str:
        """Key and value as a sentence may quote them: `cgpa: 8.1`."""
        section = " ".join(words_of_key(self.section))
        return f"{section} {labelled(self.key, self.value)}".strip()


@dataclass(frozen=True)
class Facts:
    """A student's name and everything citable, by path, what matters most first."""

    name: str
    by_path: Mapping[str, Fact]

    def at(self, path: str) -> list[Fact]:
        """The fact at a path, or all those below it; `skills[0]` and `….text` are read as meant."""
        dotted = _POSITION.sub(r".\1", path.strip()).removesuffix(".text")
        if dotted in self.by_path:
            return [self.by_path[dotted]]
        # All of a profile or of a résumé is no place in it.
        below = f"{dotted}." if "." in dotted else ""
        return [fact for at, fact in self.by_path.items() if below and at.startswith(below)]

    def of(self, entry: str) -> list[Fact]:
        """Every fact of one entry."""
        return [fact for fact in self.by_path.values() if fact.entry == entry]

    def has(self, source: str) -> bool:
        """Whether the `profile` or the `resume` says anything."""
        return any(path.startswith(f"{source}.") for path in self.by_path)

    def fingerprint(self, prompt_version: int) -> str:
        """SHA-256 over what decides a summary: name, facts, and how they are asked about."""
        shown = [[fact.path, fact.value] for fact in self.by_path.values()]
        canonical = json.dumps([self.name, sorted(shown), prompt_version], ensure_ascii=False)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def facts_of(name: str, profile: Mapping[str, Any], resume: Mapping[str, Any]) -> Facts:
    """Every text and number of both documents that is not withheld; yes and no are left out."""
    # PostgreSQL keeps the keys of a document in an order of its own.
    weighed = sorted(
        resume.items(), key=lambda each: SECTIONS.index(each[0]) if each[0] in SECTIONS else LAST
    )
    found = [*_facts("profile", profile), *_facts("resume", dict(weighed))]
    return Facts(name, {fact.path: fact for fact in found})


def _facts(path: str, value: object, at: Fact | None = None) -> Iterator[Fact]:
    """Every fact at or below a place; `at` is what is known of it from above."""
    at = at or Fact(path, "", "")
    if isinstance(value, Mapping) and isinstance(value.get("text"), str):
        value = value["text"]  # a bullet with what is known about it
    if isinstance(value, str):
        if value.strip():
            yield replace(at, path=path, value=value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield replace(at, path=path, value=value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if "".join(words_of_key(key)) not in WITHHELD:
                yield from _facts(f"{path}.{key}", inner, replace(at, key=key, is_item=False))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            place = f"{path}.{number}"
            is_entry = not at.entry and (isinstance(inner, Mapping) or _is_statement(inner))
            own = replace(at, entry=place, section=at.key) if is_entry else at
            yield from _facts(place, inner, replace(own, is_item=True))


def _is_statement(item: object) -> bool:
    """Whether an item of a list stands for itself, as an achievement does and a skill does not."""
    return isinstance(item, str) and len(item.split()) > LONGEST_NAME_WORDS
