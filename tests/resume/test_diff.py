from hypothesis import given
from hypothesis import strategies as st

from app.resume.diff import MAX_COMPARED_WORDS, Change, words_changed

texts = st.text(max_size=60) | st.lists(
    st.sampled_from(["led", "a", "team", "of", "12", " ", "\n", "é"]), max_size=30
).map(" ".join)


def joined(changes: list[Change], *kinds: str) -> str:
    return "".join(change.text for change in changes if change.kind in kinds)


@given(texts, texts)
def test_the_stretches_rebuild_both_texts(before: str, after: str) -> None:
    """No character is lost, doubled or moved on either side."""
    changes = words_changed(before, after)

    assert joined(changes, "same", "removed") == before
    assert joined(changes, "same", "added") == after
    assert all(change.text for change in changes)


@given(texts)
def test_equal_texts_have_no_changes(text: str) -> None:
    """A text against itself is one stretch, or none if it is empty."""
    assert words_changed(text, text) == ([Change("same", text)] if text else [])


def test_a_rewritten_phrase_stays_in_one_piece() -> None:
    """Two changed words in a row are one change with the space between them."""
    changes = words_changed("Responsible for the portal.", "Built the portal.")

    assert changes == [
        Change("removed", "Responsible for"),
        Change("added", "Built"),
        Change("same", " the portal."),
    ]


def test_two_rewritten_words_take_the_space_between_them_along() -> None:
    """The reader sees one phrase replaced, not two words with a gap."""
    changes = words_changed("quick fix", "slow cure")

    assert changes == [Change("removed", "quick fix"), Change("added", "slow cure")]


def test_a_very_long_text_is_replaced_as_a_whole() -> None:
    """A hostile text costs no quadratic time."""
    words = " ".join(f"w{number}" for number in range(MAX_COMPARED_WORDS + 1))

    assert words_changed(words, words + " x") == [
        Change("removed", words),
        Change("added", words + " x"),
    ]
    assert words_changed(words, words) == [Change("same", words)]
