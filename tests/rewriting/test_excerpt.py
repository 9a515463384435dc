import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.llm.budget import estimated_tokens
from app.resume.paths import bullets, text_at
from app.rewriting.excerpt import FRAME_TOKENS, UNKNOWN_WINDOW_TOKENS, Excerpt, excerpt

LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200)
ENTRY = st.fixed_dictionaries(
    {"title": LINE, "bullets": st.lists(LINE | st.builds(lambda text: {"text": text}, LINE))},
    optional={"company": LINE, "start_date": st.just("2024")},
)
RESUME = st.fixed_dictionaries(
    {"experience": st.lists(ENTRY, max_size=4), "projects": st.lists(ENTRY, max_size=4)},
    optional={"summary": LINE, "skills": st.lists(LINE, max_size=8)},
)


def shown(cut: Excerpt) -> dict[str, Any]:
    """The résumé as the model sees it."""
    document: dict[str, Any] = json.loads(cut.blocks[1].text)
    return document


def shown_bullets(cut: Excerpt) -> dict[str, str]:
    """The text of every bullet the model sees, by its path."""
    return {
        bullet["path"]: bullet["text"]
        for entry in shown(cut)["entries"]
        for bullet in entry["bullets"]
    }


def needed_tokens(cut: Excerpt) -> int:
    """What the blocks and the answer take, as estimated, with the frame around them."""
    read = sum(estimated_tokens(block.text) for block in cut.blocks)
    return FRAME_TOKENS + read + cut.answer_tokens


@given(RESUME, st.text(max_size=500), st.integers(4_000, 40_000), st.sampled_from([1, 2, 4, 8]))
@settings(max_examples=200)
def test_a_window_is_never_overfilled(
    resume: Mapping[str, Any], posting: str, window: int, shrink: int
) -> None:
    """What is shown, its frame and the answer to it fit the window; one bullet always stays."""
    cut = excerpt(resume, posting, window_tokens=window, shrink=shrink)

    assert needed_tokens(cut) <= window // shrink or len(shown_bullets(cut)) <= 1


def test_many_short_bullets_do_not_overfill_the_window() -> None:
    """The path of a bullet takes room as well, and weighs more than the text of a short one."""
    resume = {"experience": [{"title": "Intern", "bullets": ["Wrote tests"] * 400}]}

    cut = excerpt(resume, "tests", window_tokens=16_000)

    assert needed_tokens(cut) <= 16_000
    assert len(shown_bullets(cut)) > 50


@given(RESUME, st.text(max_size=500), st.integers(2_100, 40_000))
def test_no_bullet_is_altered(resume: Mapping[str, Any], posting: str, window: int) -> None:
    """A bullet is shown whole, under its own path, or not at all, and then it is named."""
    cut = excerpt(resume, posting, window_tokens=window)

    visible = shown_bullets(cut)
    assert all(text_at(resume, path) == text for path, text in visible.items())
    everything = [bullet.path for bullet in bullets(resume)]
    assert sorted([*visible, *cut.left_out]) == sorted(everything)
    assert list(visible) == [path for path in everything if path in visible]


def test_the_least_relevant_is_left_out_first() -> None:
    """A narrow window keeps what the posting asks for, wherever it stands."""
    resume = {
        "experience": [
            {"title": "Waiter", "bullets": ["Served guests in the evening shift " * 3] * 6},
            {"title": "Intern", "bullets": ["Tuned PostgreSQL queries of the tracking service"]},
        ]
    }

    cut = excerpt(resume, "We tune PostgreSQL queries", window_tokens=FRAME_TOKENS + 300)

    assert list(shown_bullets(cut)) == ["experience.1.bullets.0"]
    assert [entry["heading"] for entry in shown(cut)["entries"]] == ["Intern"]


def test_a_long_posting_leaves_room_for_the_resume() -> None:
    """A posting takes a quarter of the window at most, and is cut from its end."""
    posting = "Backend work. " * 5_000

    cut = excerpt({}, posting, window_tokens=8_000)

    assert posting.startswith(cut.blocks[0].text)
    assert estimated_tokens(cut.blocks[0].text) <= 2_000 + 1


@pytest.mark.parametrize("window", [None, UNKNOWN_WINDOW_TOKENS])
def test_an_unknown_window_is_taken_for_a_common_one(window: int | None) -> None:
    """A model nobody knows is asked as if it read 64,000 tokens."""
    resume = {"experience": [{"bullets": ["Wrote tests " * 60] * 300}]}

    cut = excerpt(resume, "tests", window_tokens=window)

    assert cut == excerpt(resume, "tests", window_tokens=UNKNOWN_WINDOW_TOKENS)
    assert cut.left_out


def test_what_identifies_a_student_is_not_shown() -> None:
    """Name, address and the keys nobody knows stay out of a model's sight; headings are shown."""
    resume = {
        "basics": {"name": "Mira Test", "email": "mira@example.com"},
        "placementCell": {"rollNumber": "SIT23CS041"},
        "summary": "Likes tests.",
        "skills": ["Python"],
        "projects": [
            {"name": "Portal", "startDate": "2024", "end_date": "2025", "bullets": ["Wrote it"]}
        ],
    }

    cut = excerpt(resume, "tests", window_tokens=None)

    assert shown(cut) == {
        "summary": "Likes tests.",
        "entries": [
            {
                "path": "projects.0",
                "heading": "Portal, 2024 - 2025",
                "bullets": [{"path": "projects.0.bullets.0", "text": "Wrote it"}],
            }
        ],
        "skills": ["Python"],
    }
