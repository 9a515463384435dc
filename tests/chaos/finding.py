"""What a sentence of the verdict comes to."""

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """A sentence, whether it is true of the run, and the figures behind it."""

    sentence: str
    is_true: bool
    figures: str


def named(what: Iterable[object]) -> str:
    """The first few of what is wrong, in brackets; nothing when nothing is."""
    names = [str(one) for one in what]
    more = ", …" if len(names) > SHOWN else ""
    return f" ({', '.join(names[:SHOWN])}{more})" if names else ""
