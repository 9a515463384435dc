import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysing.quotes import Quotable

POSTING = (
    "Backend team\n\nYou bring:\n- good  Python and SQL \u2013 “tests” you are proud of\n- R, C++\n"
)


@pytest.mark.parametrize(
    ("quote", "said"),
    [
        ("good Python and SQL", "good  Python and SQL"),
        ("GOOD PYTHON", "good  Python"),
        ('- good Python and SQL - "tests" you are proud of', None),
        ("“good Python”…", "good  Python"),
        ("team You bring", "team\n\nYou bring"),
        ("R", "R"),
        ("\u200bgood\u200b Python", "good  Python"),
    ],
)
def test_a_quote_is_found_in_any_dress(quote: str, said: str | None) -> None:
    """Case, spacing, dashes, quotation marks and hidden characters make no other quote."""
    place = Quotable(POSTING).find(quote)

    assert place is not None
    assert place.text == (said or "good  Python and SQL \u2013 “tests” you are proud of")


@pytest.mark.parametrize("quote", ["", " … ", "- -", "good Java", "thon", "proud", "Pytho", "ood"])
def test_what_was_made_up_is_not_found(quote: str) -> None:
    """Other words, parts of words and bare signs are no quotes."""
    place = Quotable("good Python, proudly").find(quote)

    assert place is None


@given(text=st.text(max_size=200), start=st.integers(0, 200), size=st.integers(1, 50))
def test_whole_words_of_a_text_are_found_in_it(text: str, start: int, size: int) -> None:
    """Whatever is copied from the text as it is shown, from gap to gap, is found."""
    shown = Quotable(text).text
    words = shown.split()
    copied = " ".join(words[start % (len(words) or 1) :][:size])

    place = Quotable(text).find(copied)

    assert place is None or place.text in shown
    assert place is not None or not copied.isascii() or not any(map(str.isalnum, copied))
