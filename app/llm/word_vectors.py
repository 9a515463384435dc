"""Words as vectors: near each other where they stand in like company, learned by counting.

Source: GloVe (Pennington, Socher, Manning, EMNLP 2014), condensed by data/condense_glove.py.
"""

import hashlib
import math
import re
from collections.abc import Collection, Iterator
from functools import cache
from importlib import resources

from app.guard.lexicon import word
from app.llm.embedding import Vector

DIMENSIONS = 100

# The word said most of all is the first; it would weigh nothing, and the tenth little more.
_FIRST_RANK = 10

_COMPOUND = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def company(text: str) -> tuple[Vector, float]:
    """The direction of a text's words together, rare ones weighing more, and how much is known.

    The direction has length 1, or 0 if no word is known; of the words' weight the second is the
    part of those that are, 0 to 1.
    """
    ranks, numbers = _known()
    words = set(_words(text.casefold(), ranks.keys()))
    total = [0.0] * DIMENSIONS
    known = 0.0
    for said in sorted(words & ranks.keys()):
        rank = ranks[said]
        weight = _weight(rank)
        known += weight
        vector = numbers[rank * DIMENSIONS : (rank + 1) * DIMENSIONS]
        scale = weight / math.hypot(*vector)
        total = [before + scale * number for before, number in zip(total, vector, strict=True)]
    length = math.hypot(*total)
    if not length:
        return total, 0.0
    unknown = len(words - ranks.keys()) * _weight(len(ranks))
    return [number / length for number in total], known / (known + unknown)


def _weight(rank: int) -> float:
    return math.log(rank + _FIRST_RANK)


def _words(text: str, known: Collection[str]) -> Iterator[str]:
    """Words that say something; book-keeping is one, as the word without its hyphen is known."""
    for compound in _COMPOUND.findall(text):
        joined = compound.replace("-", "")
        parts = [joined] if joined in known else compound.split("-")
        yield from (part for part in parts if not (part.isdigit() or word(part).is_glue))


@cache
def words_hash() -> str:
    """Which words and vectors these are: SHA-256, in hexadecimal."""
    digest = hashlib.sha256()
    for name in ("glove.txt", "glove.bin"):
        digest.update(_data(name))
    return digest.hexdigest()


@cache
def _known() -> tuple[dict[str, int], memoryview]:
    words = _data("glove.txt").decode("ascii").split()
    return {said: rank for rank, said in enumerate(words)}, memoryview(_data("glove.bin")).cast("b")


def _data(name: str) -> bytes:
    return resources.files("app.llm").joinpath("data", name).read_bytes()
