"""Texts as vectors: what the house asks of whoever makes them, be it a provider or plain code."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from app.errors import ProviderError
from app.llm.client import Usage

Vector: TypeAlias = list[float]

# Every provider takes this many in one request (Voyage 128, OpenAI 2,048), and what one answer
# holds is lost at most when a process dies.
MAX_TEXTS = 64


@dataclass(frozen=True)
class Embedded:
    """One vector of unit length for each text, in their order, and what they took."""

    vectors: list[Vector]
    usage: Usage


class Embedder(Protocol):
    """Makes vectors whose inner product is near 1 for texts about the same thing."""

    @property
    def model(self) -> str:
        """`provider/model`; vectors of two models are never compared."""
        ...

    @property
    def dimensions(self) -> int | None:
        """How many numbers a vector has; `None` until a model nobody lists has answered once."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """A vector of unit length for each of 1 to `MAX_TEXTS` texts, none of them blank.

        Raises:
            RunInterrupted: the provider could not answer now, or not with vectors.
            ContextTooLong: the provider says that a text does not fit.
        """
        ...


class MeteredEmbedder(Protocol):
    """An embedder whose calls somebody limits and somebody pays."""

    @property
    def model(self) -> str:
        """As in `Embedder`."""
        ...

    @property
    def dimensions(self) -> int | None:
        """As in `Embedder`."""
        ...

    @property
    def quota(self) -> str | None:
        """What the provider's limits count calls against; `None` if nobody limits or charges."""
        ...

    def most_usage(self, texts: Sequence[str]) -> Usage:
        """What the call could consume at most; the cost is `None` when nobody knows the price."""
        ...

    async def embedded(self, texts: Sequence[str]) -> Embedded:
        """The vectors and what they took; one upstream request at most, errors as in `Embedder`."""
        ...


class ConnectedEmbedder(MeteredEmbedder, Protocol):
    """An embedder with a beginning and an end, which a process has one of."""

    async def warm_up(self) -> None:
        """Get ready to answer; may take seconds, and holds nobody up meanwhile."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


def unit(vector: Sequence[float]) -> Vector:
    """The vector at length 1.

    Raises:
        ProviderError: it has no direction: all zeros, or a number that is none.
    """
    length = math.sqrt(math.fsum(number * number for number in vector))
    if not math.isfinite(length) or length == 0:
        raise ProviderError("The embedding model answered with a vector that has no direction.")
    return [number / length for number in vector]
