"""Places in a résumé: `experience.0.bullets.2`, `summary`, `projects.1.bullets.0`, `skills.3`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_PATH_CHARS = 500  # `experience.10.bullets.12` has 24; the rest is room for unknown keys.

_POSITION = re.compile(r"0|[1-9]\d{0,3}", re.ASCII)
_BULLET = re.compile(r"(?:experience|projects)\.\d+\.bullets\.\d+", re.ASCII)
_DESCRIPTION = re.compile(r"(?:experience|projects)\.\d+\.description", re.ASCII)
_LIST_ITEM = re.compile(r"(?:skills|achievements|certifications|languages)\.\d+", re.ASCII)


class PathInvalid(ValueError):  # noqa: N818  named for what happened
    """The path leads to no place in this résumé, or to one that is never written."""


@dataclass(frozen=True)
class Bullet:
    """One bullet as it stands."""

    path: str
    text: str


def text_at(resume: Mapping[str, Any], path: str) -> str | None:
    """The text of a string, or of an object with a `text`; None where a place holds no text.

    Raises:
        PathInvalid: the résumé has no such place. `summary` is a place in every résumé.
    """
    if path == "summary":
        return _text_of(resume.get("summary"))
    return _text_of(_value_at(resume, _steps(path)))


def bullets(resume: Mapping[str, Any]) -> list[Bullet]:
    """Every bullet of experience and projects that says something, in order."""
    return [
        Bullet(f"{section}.{entry}.bullets.{position}", text)
        for section in ("experience", "projects")
        for entry, listed in _bullet_lists(resume.get(section))
        for position, bullet in enumerate(listed)
        if (text := _text_of(bullet)) and text.strip()
    ]


def editable_paths(resume: Mapping[str, Any]) -> list[str]:
    """What a rewrite may change: the summary and descriptions where there are any, the bullets."""
    described = [
        f"{section}.{position}.description"
        for section in ("experience", "projects")
        for position in range(len(resume.get(section) or []))
    ]
    paths = [path for path in ("summary", *described) if _has_text(resume, path)]
    return [*paths, *(bullet.path for bullet in bullets(resume))]


def with_text(
    resume: Mapping[str, Any], path: str, text: str, *, verified: bool | None
) -> dict[str, Any]:
    """A new résumé with `text` at `path`; what did not change is shared with the old one.

    A string bullet becomes `{text, verified}` unless `verified` is None; an object keeps its other
    keys. The summary, descriptions and items of skills, achievements, certifications and languages
    stay strings.

    Raises:
        PathInvalid: no such place, or one that code copies: names, employers, dates, grades.
    """
    if path == "summary":
        return {**resume, "summary": text}
    is_bullet = bool(_BULLET.fullmatch(path))
    if not (is_bullet or _LIST_ITEM.fullmatch(path) or _DESCRIPTION.fullmatch(path)):
        raise PathInvalid("only bullets, descriptions, the summary and listed items can be written")
    steps = _steps(path)
    old = _value_at(resume, steps)
    if _text_of(old) is None:
        raise PathInvalid("there is no text at this path")
    return dict(_with_value(resume, steps, _reworded(old, text, verified, is_bullet=is_bullet)))


def _reworded(old: object, text: str, verified: bool | None, *, is_bullet: bool) -> object:  # noqa: FBT001  with_text's own third state
    mark = {} if verified is None else {"verified": verified}
    if isinstance(old, dict):
        return {**old, "text": text, **mark}
    return {"text": text, **mark} if mark and is_bullet else text


def _steps(path: str) -> list[str]:
    if not path or len(path) > MAX_PATH_CHARS:
        raise PathInvalid(f"a path has 1 to {MAX_PATH_CHARS} characters")
    return path.split(".")


def _value_at(resume: Mapping[str, Any], steps: Sequence[str]) -> object:
    node: object = resume
    for step in steps:
        if isinstance(node, Mapping) and step in node:
            node = node[step]
        elif isinstance(node, list) and _POSITION.fullmatch(step) and int(step) < len(node):
            node = node[int(step)]
        else:
            raise PathInvalid("the path leads to no place in this résumé")
    return node


def _with_value(node: Any, steps: Sequence[str], value: object) -> Any:  # noqa: ANN401  a list or an object, checked by _value_at
    if not steps:
        return value
    step, *below = steps
    if isinstance(node, list):
        position = int(step)
        return [*node[:position], _with_value(node[position], below, value), *node[position + 1 :]]
    return {**node, step: _with_value(node[step], below, value)}


def _has_text(resume: Mapping[str, Any], path: str) -> bool:
    try:
        text = text_at(resume, path)
    except PathInvalid:
        return False
    return bool(text and text.strip())


def _text_of(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("text")
    return value if isinstance(value, str) else None


def _bullet_lists(entries: object) -> Iterator[tuple[int, list[Any]]]:
    for position, entry in enumerate(entries if isinstance(entries, list) else []):
        listed = entry.get("bullets") if isinstance(entry, dict) else None
        if isinstance(listed, list):
            yield position, listed
