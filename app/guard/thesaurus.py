"""What ordinary words mean, from WordNet: the same, and what a narrower word vouches for."""

from functools import cache
from importlib import resources


@cache
def _senses() -> dict[str, str]:
    """For each stem its line of the data file, read only when the word turns up."""
    text = resources.files("app.guard").joinpath("data", "wordnet.txt").read_text("utf-8")
    lines = (line.partition(":") for line in text.splitlines() if line[0] != "#")
    return {root: senses for root, _, senses in lines}


def senses(root: str) -> tuple[frozenset[str], frozenset[str]]:
    """`(takes, gives)` of a stem: its own meanings, and those that follow from them.

    A tomato gives vegetable, which a vegetable takes; a vegetable does not give tomato.
    Source: WordNet 3.1, Princeton University, condensed by data/condense_wordnet.py.
    """
    own, _, wider = _senses().get(root, "").partition("|")
    takes = frozenset(f"w{sense}" for sense in own.split())
    return takes, takes.union(f"w{sense}" for sense in wider.split())
