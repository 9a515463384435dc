"""A vector without a model: a text's words, what they mean and how they are spelled.

For development, tests and whoever has no key. It knows word forms, other spellings of tools, the
synonyms that the guard knows (app/guard/data) and which words stand in like company; it does not
understand a sentence. The first numbers are hashed words, the last the company of them all.
"""

import asyncio
import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib import resources

from app.guard.lexicon import WORD_CACHE_SIZE, Word, word
from app.guard.lists import lines
from app.guard.plain_text import plain
from app.guard.tokens import tokenise
from app.llm import word_vectors
from app.llm.client import Usage
from app.llm.embedding import Embedded, Vector, unit

# 1 kB a vector in half precision: seven rows fit on a page of PostgreSQL.
DIMENSIONS = 512
HASHED = DIMENSIONS - word_vectors.DIMENSIONS

# Counts the ways a vector is made; the word lists are in the name by their hash.
VERSION = 2

# What of a likeness is that of the company: found with `--set reworded` of the same bench.
COMPANY = 0.7

# How much of a word each kind of feature is worth: a first guess that `python bench/retrieval.py
# --set tuning` bore out (293 of 300), so that nothing was fitted.
STEM = 1.0
SKILL = 1.5
KIN = 0.5
GROUP = 0.6
SENSE = 0.5
SPELLING = 0.5
NUMBER = 0.3

NGRAM_CHARS = (3, 4)

FREE = Usage(0, 0, 0)


class LexicalEmbedder:
    """The built-in embedder: the same vector for the same text and word lists, everywhere."""

    quota = None
    dimensions = DIMENSIONS

    @property
    def model(self) -> str:
        """`lexical/…`, with the version and a hash of the word lists it goes by."""
        return f"lexical/words-{VERSION}-{_lists_hash()}"

    def most_usage(self, texts: Sequence[str]) -> Usage:
        """Nobody pays for it."""
        del texts
        return FREE

    async def embedded(self, texts: Sequence[str]) -> Embedded:
        """The vectors, with the event loop free between two texts."""
        vectors = []
        for text in texts:
            vectors.append(lexical_vector(text))
            await asyncio.sleep(0)
        return Embedded(vectors, FREE)

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors."""
        return (await self.embedded(texts)).vectors

    async def warm_up(self) -> None:
        """Nothing to get ready."""

    async def close(self) -> None:
        """Nothing to close."""


def lexical_vector(text: str) -> Vector:
    """A vector of `DIMENSIONS` numbers and length 1."""
    tokens = list(tokenise(plain(text)))
    words = [token.low for token in tokens if token.word is not None and not token.word.is_glue]
    numbers = [token.low for token in tokens if token.word is None and token.low[0].isdigit()]
    company, known = word_vectors.company(text)
    share = COMPANY * known
    hashed = (math.sqrt(1 - share) * number for number in _hashed(text, words, numbers))
    return unit([*hashed, *(math.sqrt(share) * number for number in company)])


def _hashed(text: str, words: Sequence[str], numbers: Sequence[str]) -> Vector:
    weights: dict[str, float] = defaultdict(float)
    for number in numbers:
        weights[number] += NUMBER
    for said in words:
        for feature, weight in _features(said).items():
            weights[feature] += weight
    weights = weights or dict.fromkeys(_ngrams(text.casefold()), 1.0)
    vector = [0.0] * HASHED
    for feature, weight in weights.items():
        place, sign = _place(feature)
        # The second time a word is said it adds less.
        vector[place] += sign * math.sqrt(weight)
    return unit(vector) if any(vector) else unit([1.0, *vector[1:]])


@lru_cache(maxsize=WORD_CACHE_SIZE)
def _features(low: str) -> dict[str, float]:
    meaning = word(low)
    features = {meaning.stem: SKILL if meaning.is_skill else STEM}
    for kind, weight in (
        (_kin(meaning), KIN),
        (_groups(meaning), GROUP),
        (_senses(meaning), SENSE),
    ):
        features |= dict.fromkeys(kind, weight / math.sqrt(len(kind) or 1))
    ngrams = set(_ngrams(meaning.stem))
    return features | dict.fromkeys(ngrams, SPELLING / math.sqrt(len(ngrams) or 1))


def _kin(meaning: Word) -> list[str]:
    return [given for given in meaning.takes if given[0] == "<"]


def _groups(meaning: Word) -> list[str]:
    return [given for given in meaning.takes if given[0] == "#"]


def _senses(meaning: Word) -> list[str]:
    return [given for given in meaning.takes if given[0] == "w" and given[1:].isdigit()]


def _ngrams(text: str) -> Iterator[str]:
    framed = f"^{text}$"
    for size in NGRAM_CHARS:
        for start in range(len(framed) - size + 1):
            yield "~" + framed[start : start + size]


@lru_cache(maxsize=WORD_CACHE_SIZE)
def _place(feature: str) -> tuple[int, float]:
    digest = hashlib.blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    number = int.from_bytes(digest, "big")
    return number % HASHED, 1.0 if number >> 63 else -1.0


@cache
def _lists_hash() -> str:
    """Other lists make other vectors, which must not be compared with these."""
    digest = hashlib.sha256(word_vectors.words_hash().encode("ascii"))
    folder = resources.files("app.guard").joinpath("data")
    for name in sorted(file.name for file in folder.iterdir() if file.name.endswith(".txt")):
        for line in (name, *lines(name)):
            digest.update(line.encode("utf-8") + b"\n")
    return digest.hexdigest()[:8]
