"""A résumé cut into its entries, whatever shape core-api wrote it in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.retrieval.chunk import Chunk

# Who the student is and where; copied by code, never searched for.
_NOT_SEARCHED = frozenset({"basics", "meta", "$schema"})
_WITH_BULLETS = frozenset({"experience", "projects"})

# An entry is headed by the first of these that it has, in this order, two at most.
_HEADING_KEYS = ("title", "position", "name", "company", "organization", "issuer")
_MAX_HEADING_PARTS = 2

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+", re.IGNORECASE)
_SAYS_SOMETHING = re.compile(r"\w")

# Deeper than any résumé; core-api's rows went through no schema.
_MAX_DEPTH = 6


def resume_chunks(resume: Mapping[str, Any]) -> Iterator[Chunk]:
    """Every text that says what the student can or did, at its path, in the résumé's order."""
    for section, content in resume.items():
        if section in _NOT_SEARCHED:
            continue
        if section == "skills":
            yield from _skills(content)
        elif section in _WITH_BULLETS and isinstance(content, list):
            for position, entry in enumerate(content):
                yield from _entry(f"{section}.{position}", entry)
        elif isinstance(content, list):
            for position, item in enumerate(content):
                yield from _item(f"{section}.{position}", item)
        else:
            yield from _chunk(section, "", _text_of(content))


def _entry(path: str, entry: object) -> Iterator[Chunk]:
    """A position or project: its description, its technologies and each bullet on its own."""
    if not isinstance(entry, dict):
        yield from _item(path, entry)
        return
    heading = _heading(entry)
    yield from _chunk(f"{path}.description", heading, _text_of(entry.get("description")))
    technologies = ", ".join(_leaves(entry.get("technologies")))
    yield from _chunk(f"{path}.technologies", heading, technologies)
    listed = entry.get("bullets")
    for position, bullet in enumerate(listed if isinstance(listed, list) else []):
        is_marked = isinstance(bullet, dict) and bullet.get("verified") is True
        for chunk in _chunk(f"{path}.bullets.{position}", heading, _text_of(bullet)):
            yield replace(chunk, is_marked_verified=is_marked)


def _item(path: str, item: object) -> Iterator[Chunk]:
    """An item of any other list, with all that is said of it in one text."""
    text = _text_of(item) if isinstance(item, str) else ", ".join(_leaves(item))
    yield from _chunk(path, path.partition(".")[0], text)


def _skills(content: object) -> Iterator[Chunk]:
    """Each group on its own; skills without one together, for one word alone is found too often."""
    listed = content if isinstance(content, list) else []
    single = [item for item in listed if isinstance(item, str)]
    yield from _chunk("skills", "skills", ", ".join(_leaves(single)))
    for position, group in enumerate(listed):
        if not isinstance(group, str):
            yield from _item(f"skills.{position}", group)


def _chunk(path: str, heading: str, text: str) -> Iterator[Chunk]:
    if _SAYS_SOMETHING.search(text):
        yield Chunk(path, heading, text.strip())


def _heading(entry: Mapping[str, object]) -> str:
    parts = [_text_of(entry.get(key)).strip() for key in _HEADING_KEYS]
    return ", ".join([part for part in parts if part][:_MAX_HEADING_PARTS])


def _text_of(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("text")
    return value if isinstance(value, str) else ""


def _leaves(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        if value.strip() and not _ADDRESS.fullmatch(value.strip()):
            yield value.strip()
    elif depth < _MAX_DEPTH and isinstance(value, list | dict):
        below = value if isinstance(value, list) else value.values()
        for item in below:
            yield from _leaves(item, depth + 1)
