import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.client import Usage
from app.llm.lexical_embedding import DIMENSIONS, LexicalEmbedder, lexical_vector


def likeness(one: str, other: str) -> float:
    """The inner product of two texts' vectors, -1 to 1."""
    pairs = zip(lexical_vector(one), lexical_vector(other), strict=True)
    return math.fsum(left * right for left, right in pairs)


@pytest.mark.parametrize(
    ("text", "like", "unlike"),
    [
        ("Testing concrete cubes", "tested a concrete cube", "tested a water pump"),
        ("Deployed on k8s", "Kubernetes deployment", "deployed on AWS"),
        ("Postgres tuning", "PostgreSQL was tuned", "MySQL was installed"),
        ("organised a fest", "organization of festivals", "painted a fence"),
        ("Developed APIs in Flask", "built an API with Flask", "built a boat with wood"),
        ("bookkeeping", "book-keeping", "beekeeping"),
    ],
)
def test_forms_spellings_and_synonyms_meet(text: str, like: str, unlike: str) -> None:
    """The same in another form, spelling or word is nearer than something else."""
    assert likeness(text, like) > 0.2
    assert likeness(text, like) > likeness(text, unlike)


@given(st.text(max_size=300))
def test_any_text_has_a_vector(text: str) -> None:
    """Whatever the text, its vector has length 1 and the known size, the same each time."""
    vector = lexical_vector(text)

    assert len(vector) == DIMENSIONS
    assert math.isclose(math.hypot(*vector), 1)
    assert vector == lexical_vector(text)


@pytest.mark.parametrize("text", ["", " ", "the of and", "?!", "🙂🙂", "\ud800", "\x00"])
def test_a_text_without_a_word_has_a_vector_too(text: str) -> None:
    """Glue, signs and nothing at all are no reason for a division by zero."""
    assert math.isclose(math.hypot(*lexical_vector(text)), 1)


def test_other_scripts_are_told_apart() -> None:
    """A script the word lists do not know is compared by its letters."""
    assert likeness("चाय बेचना", "चाय बेचना") > likeness("चाय बेचना", "पानी लाना")


async def test_it_is_labelled_and_free() -> None:
    """The model's name says that it is lexical; it takes nothing and asks nobody."""
    embedder = LexicalEmbedder()

    embedded = await embedder.embedded(["Sold tea", "Kept books"])

    assert embedder.model.startswith("lexical/")
    assert (embedder.quota, embedder.dimensions) == (None, DIMENSIONS)
    assert embedded.vectors == [lexical_vector("Sold tea"), lexical_vector("Kept books")]
    assert embedded.vectors == await embedder.embed(["Sold tea", "Kept books"])
    assert embedded.usage == embedder.most_usage(["Sold tea"]) == Usage(0, 0, 0)
