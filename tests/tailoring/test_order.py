import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.tailoring.order import in_order

RESUME: dict[str, Any] = {
    "experience": [
        {"bullets": ["a", {"text": "b", "verified": True}, "c"]},
        {"bullets": ["d", "e"]},
        "odd",
        {"bullets": "none"},
    ],
    "projects": [{"name": "p", "bullets": ["f"]}],
    "skills": ["Python", {"name": "Data", "keywords": ["SQL", "Excel"]}, {"name": "Git"}, 7],
}
PATHS = [
    *(f"experience.0.bullets.{at}" for at in range(4)),
    *("experience.1.bullets.1", "experience.2.bullets.0", "experience.3.bullets.0"),
    *("projects.0.bullets.0", "summary", "experience.00.bullets.1"),
]


def leaves(value: object) -> list[str]:
    """Every leaf of a value, sorted."""
    if isinstance(value, dict):
        return sorted(leaf for inner in value.values() for leaf in leaves(inner))
    if isinstance(value, list):
        return sorted(leaf for inner in value for leaf in leaves(inner))
    return [json.dumps(value)]


def test_what_is_named_comes_first_and_the_rest_follows() -> None:
    """Bullets within their entry, skills within their group, groups by their best skill."""
    ordered, moved = in_order(RESUME, ["experience.0.bullets.2"], ["git", "EXCEL"])

    assert ordered["experience"][0]["bullets"] == ["c", "a", {"text": "b", "verified": True}]
    assert ordered["experience"][1:] == RESUME["experience"][1:]
    assert ordered["skills"] == [
        {"name": "Git"},
        {"name": "Data", "keywords": ["Excel", "SQL"]},
        "Python",
        7,
    ]
    assert moved == {
        "experience.0.bullets.0": "experience.0.bullets.2",
        "experience.0.bullets.1": "experience.0.bullets.0",
        "experience.0.bullets.2": "experience.0.bullets.1",
    }


@given(
    bullets=st.lists(st.sampled_from(PATHS), unique=True),
    skills=st.lists(st.sampled_from(["sql", "Git", "Excel", "Rust", ""]), unique=True),
)
def test_nothing_is_added_and_nothing_is_lost(bullets: list[str], skills: list[str]) -> None:
    """Whatever is put first, the same things are in the same entries, and the old one is whole."""
    before = json.dumps(RESUME)

    ordered, moved = in_order(RESUME, bullets, skills)

    for old, new in zip(RESUME["experience"], ordered["experience"], strict=True):
        assert leaves(old) == leaves(new)
    assert leaves(RESUME["skills"]) == leaves(ordered["skills"])
    assert sorted(moved) == sorted(moved.values())
    assert json.dumps(RESUME) == before
