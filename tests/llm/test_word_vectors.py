import math
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.word_vectors import DIMENSIONS, company, words_hash


def likeness(one: str, other: str) -> float:
    """The inner product of two texts' directions, -1 to 1."""
    return math.fsum(
        left * right for left, right in zip(company(one)[0], company(other)[0], strict=True)
    )


@pytest.mark.parametrize(
    ("text", "like", "unlike"),
    [
        ("weighed laboratory mice", "rodents", "invoices"),
        ("taught children to swim", "gave lessons to kids", "repaired a diesel engine"),
        ("called customers about unpaid invoices", "outstanding bills", "volleyball games"),
        ("Bookkeeping", "book-keeping", "beekeeping"),
    ],
)
def test_words_of_like_company_are_near(text: str, like: str, unlike: str) -> None:
    """Another word for the same is nearer than one for something else."""
    assert likeness(text, like) > likeness(text, unlike) + 0.2


@given(st.text(max_size=300))
def test_any_text_has_a_company(text: str) -> None:
    """Whatever the text, its direction has length 1 or, where nothing is known, 0."""
    direction, known = company(text)

    assert len(direction) == DIMENSIONS
    assert 0 <= known <= 1
    assert math.isclose(math.hypot(*direction), 1 if known else 0, abs_tol=1e-9)


@pytest.mark.parametrize("text", ["", "the of and", "2024", "zzxqj", "चाय बेचना", "\ud800", "-"])
def test_what_nobody_knows_has_no_direction(text: str) -> None:
    """Glue, figures, other scripts and words out of the list say nothing."""
    assert company(text) == ([0.0] * DIMENSIONS, 0.0)


def test_what_is_unknown_takes_its_share() -> None:
    """A text of which half is known is not judged by that half alone."""
    assert company("tea")[1] == 1
    assert 0.3 < company("tea zzxqj")[1] < 0.7


def test_each_word_has_its_numbers() -> None:
    """Both files were made together: as many vectors as words, none of them zero, no word twice."""
    data = resources.files("app.llm").joinpath("data")
    words = data.joinpath("glove.txt").read_text("ascii").split()
    numbers = data.joinpath("glove.bin").read_bytes()

    assert len(words) == len(set(words)) == len(numbers) // DIMENSIONS
    assert len(numbers) % DIMENSIONS == 0
    assert all(any(numbers[at : at + DIMENSIONS]) for at in range(0, len(numbers), DIMENSIONS))
    assert len(words_hash()) == 64
