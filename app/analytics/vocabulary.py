"""The closed vocabulary of a summary: what is not in it cannot be said, cause and advice least."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

import snowballstemmer

_stem = snowballstemmer.stemmer("english").stemWord

WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")

CAUSES = re.compile(
    r"\b(?:because|due to|owing|thanks to|result(?:s|ed|ing)?|driven|drove|led to|lead(?:s|ing)? to"
    r"|caus\w+|attribut\w+|reflect\w*|therefore|hence|consequently|explain\w*|despite|reason\w*"
    r"|contribut\w+|so that|on account of)\b",
    re.IGNORECASE,
)
ADVICE = re.compile(
    r"\b(?:should|must|need\w*|recommend\w*|consider\w*|focus\w*|ought|could|would|advis\w+"
    r"|suggest\w*|plan\w*|aim\w*|encourag\w+|prioriti[sz]\w+|let us|will)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _root(word: str) -> str:
    root: str = _stem(word.lower().replace("\u2019", "'").removesuffix("'s"))
    return root


def _known() -> frozenset[str]:
    text = resources.files("app.analytics").joinpath("data/vocabulary.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(_root(word) for line in lines for word in line.split())


_KNOWN = _known()


def roots(text: str) -> frozenset[str]:
    """The words of a text without their endings."""
    return frozenset(_root(found[0]) for found in WORD.finditer(text))


def unknown_words(text: str, known_here: frozenset[str]) -> Iterator[re.Match[str]]:
    """Words that are neither of the vocabulary nor known here."""
    for found in WORD.finditer(text):
        root = _root(found[0])
        if root not in _KNOWN and root not in known_here:
            yield found
