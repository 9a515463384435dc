"""The student's own bullets and skills in another order; nothing is added, nothing is lost."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_BULLET = re.compile(
    r"(experience|projects)\.(0|[1-9]\d{0,3})\.bullets\.(0|[1-9]\d{0,3})", re.ASCII
)


def known_bullets(resume: Mapping[str, Any], paths: Sequence[str]) -> tuple[str, ...]:
    """Those of the paths at which the résumé has a bullet."""
    return tuple(path for path in paths if _place(resume, path))


def known_skills(resume: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    """Those of the names that are skills of the résumé, be it in a group."""
    own = {_folded(name) for name in _skill_names(resume)}
    return tuple(name for name in names if _folded(name) in own)


def in_order(
    resume: Mapping[str, Any], bullets_first: Sequence[str], skills_first: Sequence[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The résumé with these first, and for each bullet that moved its old path by the new one.

    A bullet moves within its own entry only, a skill within its own group.
    """
    ordered = dict(resume)
    moved: dict[str, str] = {}
    wanted: dict[tuple[str, int], list[int]] = {}
    for path in bullets_first:
        if place := _place(resume, path):
            section, entry, position = place
            wanted.setdefault((section, entry), []).append(position)
    for (section, entry), first in wanted.items():
        entries = list(ordered[section])
        listed = entries[entry]["bullets"]
        # A place that is named twice is one place.
        order = list(dict.fromkeys([*first, *range(len(listed))]))
        entries[entry] = {**entries[entry], "bullets": [listed[at] for at in order]}
        ordered[section] = entries
        prefix = f"{section}.{entry}.bullets."
        moved |= {f"{prefix}{new}": f"{prefix}{old}" for new, old in enumerate(order) if new != old}
    if isinstance(resume.get("skills"), list):
        ordered["skills"] = _sorted_skills(resume["skills"], skills_first)
    return ordered, moved


def _place(resume: Mapping[str, Any], path: str) -> tuple[str, int, int] | None:
    match = _BULLET.fullmatch(path)
    if match is None:
        return None
    section, entry, position = match[1], int(match[2]), int(match[3])
    entries = resume.get(section)
    if not isinstance(entries, list) or entry >= len(entries):
        return None
    listed = entries[entry].get("bullets") if isinstance(entries[entry], dict) else None
    is_there = isinstance(listed, list) and position < len(listed)
    return (section, entry, position) if is_there else None


def _sorted_skills(items: Sequence[Any], first: Sequence[str]) -> list[Any]:
    ranks = {_folded(name): at for at, name in reversed(list(enumerate(first)))}

    def rank(item: object) -> int:
        named = (ranks.get(_folded(name), len(first)) for name in _names(item))
        return min(named, default=len(first))

    # Sorting is stable: what is not named stays in its order, behind what is.
    return sorted((_group_sorted(item, rank) for item in items), key=rank)


def _group_sorted(item: Any, rank: Any) -> Any:  # noqa: ANN401  a skill of any layout
    if isinstance(item, dict) and isinstance(item.get("keywords"), list):
        return {**item, "keywords": sorted(item["keywords"], key=rank)}
    return item


def _skill_names(resume: Mapping[str, Any]) -> list[str]:
    items = resume.get("skills")
    return [name for item in items for name in _names(item)] if isinstance(items, list) else []


def _names(item: object) -> list[str]:
    if isinstance(item, str):
        return [item]
    if not isinstance(item, dict):
        return []
    keywords = item.get("keywords")
    if isinstance(keywords, list) and keywords:
        return [keyword for keyword in keywords if isinstance(keyword, str)]
    return [item["name"]] if isinstance(item.get("name"), str) else []


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
