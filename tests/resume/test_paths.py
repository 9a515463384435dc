import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.resume.paths import (
    Bullet,
    PathInvalid,
    bullets,
    editable_paths,
    text_at,
    with_text,
)

RESUME = {
    "basics": {"name": "Nila", "a.b": "dotted"},
    "summary": "Student.",
    "education": [{"grade": 7.8}],
    "experience": [
        {"company": "A", "bullets": ["one", {"text": "two", "verified": False, "source": "x"}, ""]},
        {"company": "B"},
        {"company": "C", "bullets": ["three", 5, {"note": "no text"}]},
    ],
    "projects": [{"name": "D", "bullets": [{"text": "four"}]}, "not an entry"],
    "skills": ["SQL", {"name": "Web"}],
    "achievements": ["Won", {"title": "T"}],
    "languages": [],
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("summary", "Student."),
        ("basics.name", "Nila"),
        ("experience.0.bullets.0", "one"),
        ("experience.0.bullets.1", "two"),
        ("experience.0.bullets.1.text", "two"),
        ("experience.0.bullets.2", ""),
        ("experience.0.bullets.1.verified", None),
        ("experience.0.bullets", None),
        ("experience.2.bullets.2", None),
        ("education.0.grade", None),
        ("skills.0", "SQL"),
        ("skills.1", None),
        ("skills.1.name", "Web"),
        ("achievements.0", "Won"),
    ],
)
def test_a_path_gives_the_text_that_stands_there(path: str, text: str | None) -> None:
    """Strings and objects with a text speak; lists, numbers and other objects do not."""
    assert text_at(RESUME, path) == text


def test_the_summary_is_a_place_even_in_an_empty_resume() -> None:
    """Asking for a summary nobody wrote is not an error."""
    assert text_at({}, "summary") is None


HOSTILE = [
    "",
    ".",
    "experience..bullets",
    "experience.-1.bullets.0",
    "experience.9.bullets.0",
    "experience.0.bullets.3",
    "experience.00.bullets.0",
    "experience.0x0.bullets.0",
    "experience.1_0.bullets.0",
    "experience. 0.bullets.0",
    "experience.0.bullets.0\n",
    "experience.\u0660.bullets.0",
    "experience.²",
    "experience.99999999999999999999999999.bullets.0",
    "experience.0.bullets.0.text",
    "experience.1.bullets.0",
    "summary.0",
    "summary.upper",
    "basics.a.b",
    "__class__",
    "experience.__class__",
    "experience.0.__init__.__globals__",
    "nothing",
    "a." * 10_000,
    "\0",
    "\ud800",
]


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_path_is_one_clear_error(path: str) -> None:
    """Reading and writing answer the same way, and never with anything but PathInvalid."""
    with pytest.raises(PathInvalid):
        text_at(RESUME, path)
    with pytest.raises(PathInvalid):
        with_text(RESUME, path, "text", verified=True)


@given(
    st.text(max_size=30)
    | st.lists(
        st.sampled_from([*RESUME, "bullets", "text", "0", "1", "2", "-1", "", "__len__"])
    ).map(".".join)
)
def test_no_path_breaks_reading_or_writing(path: str) -> None:
    """Every text is a place or an invalid path; a written place reads back what was written."""
    try:
        written = with_text(RESUME, path, "new", verified=True)
    except PathInvalid:
        return

    assert text_at(written, path) == "new"


def test_bullets_come_in_reading_order_without_empty_ones() -> None:
    """Positions are those of the document even where something in between says nothing."""
    assert bullets(RESUME) == [
        Bullet("experience.0.bullets.0", "one"),
        Bullet("experience.0.bullets.1", "two"),
        Bullet("experience.2.bullets.0", "three"),
        Bullet("projects.0.bullets.0", "four"),
    ]


def test_a_rewrite_may_change_bullets_and_a_summary_that_exists() -> None:
    """A summary is reworded, never invented."""
    assert editable_paths(RESUME) == ["summary", *[bullet.path for bullet in bullets(RESUME)]]
    assert editable_paths({**RESUME, "summary": "  "}) == editable_paths(
        {**RESUME, "summary": None}
    )
    assert editable_paths({"experience": None, "projects": {"0": {}}}) == []


def test_a_string_bullet_becomes_an_object_that_says_it_was_checked() -> None:
    """The text and its verdict stand together."""
    written = with_text(RESUME, "experience.0.bullets.0", "new", verified=True)

    assert written["experience"][0]["bullets"][0] == {"text": "new", "verified": True}


def test_a_string_bullet_without_a_verdict_stays_a_string() -> None:
    """No verdict is invented."""
    written = with_text(RESUME, "experience.0.bullets.0", "new", verified=None)

    assert written["experience"][0]["bullets"][0] == "new"


@pytest.mark.parametrize(("verdict", "kept"), [(True, True), (False, False), (None, False)])
def test_an_object_bullet_keeps_its_other_keys(verdict: bool | None, kept: bool) -> None:  # noqa: FBT001  a parametrized test
    """Only the text and, if there is one, the verdict change."""
    written = with_text(RESUME, "experience.0.bullets.1", "new", verified=verdict)

    assert written["experience"][0]["bullets"][1] == {
        "text": "new",
        "verified": kept,
        "source": "x",
    }


@pytest.mark.parametrize("path", ["summary", "skills.0", "achievements.0"])
def test_summary_and_listed_items_stay_strings(path: str) -> None:
    """Only a bullet has a place for a verdict."""
    written = with_text(RESUME, path, "new", verified=True)

    assert text_at(written, path) == "new"
    assert text_at(RESUME, path) != "new"


@pytest.mark.parametrize(
    "path",
    [
        "basics.name",
        "experience.0.company",
        "experience.0",
        "experience.0.bullets",
        "experience.2.bullets.1",
        "education.0.grade",
        "skills.1",
        "skills.1.name",
        "achievements.1.title",
        "languages.0",
    ],
)
def test_identity_and_textless_places_cannot_be_written(path: str) -> None:
    """Names, employers and grades are out of reach of every caller."""
    with pytest.raises(PathInvalid):
        with_text(RESUME, path, "new", verified=True)


def test_writing_leaves_the_original_alone() -> None:
    """The old résumé is the same as before, and a second write builds on the first."""
    before = copy.deepcopy(RESUME)

    first = with_text(RESUME, "projects.0.bullets.0", "new", verified=True)
    second = with_text(first, "experience.2.bullets.0", "newer", verified=False)

    assert before == RESUME
    assert text_at(second, "projects.0.bullets.0") == "new"
    assert text_at(first, "experience.2.bullets.0") == "three"
