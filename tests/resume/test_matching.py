from hypothesis import given
from hypothesis import strategies as st

from app.resume.matching import MAX_COMPARISONS, matched
from tests.effort import effort

BULLETS = [
    "Responsible for making REST APIs in Flask for the tracking page",
    "Fixed slow SQL queries so that the daily report takes 6 minutes",
    "Wrote unit tests in pytest for the billing module",
]

items = st.lists(
    st.sampled_from(BULLETS) | st.text(max_size=10) | st.integers() | st.none(), max_size=6
)


def test_equal_lists_match_in_place() -> None:
    """Nothing moved."""
    assert matched(BULLETS, BULLETS) == [0, 1, 2]


def test_reordered_items_are_found_where_they_were() -> None:
    """The origin of each item is its old position."""
    assert matched(BULLETS, [BULLETS[2], BULLETS[0], BULLETS[1]]) == [2, 0, 1]


def test_a_dropped_item_leaves_the_others_in_place() -> None:
    """A shorter list does not shift what follows the gap."""
    reworded = "Built REST APIs in Flask for the tracking page"

    assert matched(BULLETS, [BULLETS[2], reworded]) == [2, 0]


def test_the_most_similar_pair_comes_first() -> None:
    """Of two candidates for one origin the closer one gets it."""
    after = ["Wrote tests for the billing page", "Wrote unit tests in pytest for billing"]

    assert matched([BULLETS[2]], after) == [None, 0]


def test_a_full_rewording_is_matched_by_position_in_a_list_of_equal_length() -> None:
    """Nobody added or dropped anything, so the one left over is the one that was there."""
    after = [BULLETS[0], "Cut reporting time considerably", BULLETS[2]]

    assert matched(BULLETS, after) == [0, 1, 2]


def test_an_unlike_item_in_a_list_of_other_length_is_new() -> None:
    """A position says nothing once something was dropped."""
    assert matched(BULLETS, [BULLETS[1], "Led a team of 12 engineers"]) == [1, None]


def test_repeating_an_item_does_not_use_its_origin_twice() -> None:
    """The second copy is something new."""
    assert matched(BULLETS[:1], [BULLETS[0], BULLETS[0]]) == [0, None]


def test_duplicates_match_in_order() -> None:
    """Two equal items keep their order."""
    assert matched(["a", "b", "a"], ["a", "a", "b"]) == [0, 2, 1]


def test_entries_are_known_by_what_they_say_beside_prose() -> None:
    """Employer and title find an entry again, whatever happened to its bullets and description."""
    before = [
        {"company": "A Ltd", "title": "Intern", "description": "x", "bullets": ["one"]},
        {"company": "B Ltd", "title": "Trainee", "bullets": ["two"]},
    ]
    after = [
        {"title": "Trainee", "company": "B Ltd", "bullets": ["other"]},
        {"company": "A Ltd", "title": "Intern", "description": "y", "bullets": []},
    ]

    assert matched(before, after) == [1, 0]


def test_a_bullet_is_the_same_as_string_and_as_object() -> None:
    """The form does not matter, only the text."""
    assert matched(["one two", "three"], [{"text": "three", "verified": True}]) == [1]


@given(items, items)
def test_no_origin_is_used_twice_and_every_origin_exists(
    before: list[object], after: list[object]
) -> None:
    """Whatever the lists, each answer is a place of the old one, once, or nothing."""
    origins = matched(before, after)

    used = [origin for origin in origins if origin is not None]
    assert len(origins) == len(after)
    assert len(set(used)) == len(used)
    assert all(0 <= origin < len(before) for origin in used)


def test_a_hostile_list_is_not_compared_pair_by_pair() -> None:
    """Five hundred unlike texts against five hundred cost less than twenty-five against as many."""

    def unlike(number: int) -> list[int | None]:
        before = [f"old {at} " + "word " * 50 for at in range(number)]
        after = [f"new {at} " + "word " * 50 for at in range(number - 1)]
        return matched(before, after)

    assert 25 * 24 <= MAX_COMPARISONS < 500 * 499
    assert unlike(500) == [None] * 499
    assert effort(lambda: unlike(500)) < effort(lambda: unlike(25))
