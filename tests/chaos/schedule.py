"""A trial and who is killed when in it: a schedule that follows from the seed.

A kill is due when a share of the jobs has ended, so that kills hit a working system on a fast
machine and on a slow one. The first half hits only what stands around the service.
"""

from dataclasses import dataclass
from pathlib import Path
from random import Random

# Dealt like cards, so that a short run meets each of them as well.
AROUND = ("shim-a", "shim-b", "redis", "core-api")
EVERYTHING = (
    *("service-a", "service-b", "postgres", "model", "shim-a"),
    *("service-a", "service-b", "postgres", "redis", "core-api"),
)

# When the last kill is due: enough is left to do after it.
LAST_AT = 0.95
FIRST_AT = 0.02

SHORTEST_DOWN_SECONDS, LONGEST_DOWN_SECONDS = 0.1, 3.0
# A producer's second attempt comes after two seconds and must find the model back.
LONGEST_MODEL_DOWN_SECONDS = 1.0


@dataclass(frozen=True)
class Kill:
    """`part` is killed when `at_share` of the jobs (0 to 1) have ended, for `down_seconds`."""

    at_share: float
    part: str
    down_seconds: float
    is_around_only: bool


@dataclass(frozen=True)
class Trial:
    """One run of the chaos test: how much of it, what decides it, and the folder it works in."""

    folder: Path
    jobs: int
    kills: int
    seed: int

    @property
    def history(self) -> Path:
        """The folder of what happened."""
        return self.folder / "history"

    @property
    def logs(self) -> Path:
        """The folder of what the parts said, and of Redis' file."""
        return self.folder / "logs"

    def schedule(self) -> list[Kill]:
        """The kills in their order: first the ones around the service, then of everything."""
        random = Random(f"{self.seed}-kills")  # noqa: S311  repeatable on purpose
        around = self.kills // 2
        return [
            *_dealt(random, AROUND, around, (FIRST_AT, 0.5), is_around_only=True),
            *_dealt(random, EVERYTHING, self.kills - around, (0.5, LAST_AT), is_around_only=False),
        ]


def _dealt(
    random: Random,
    parts: tuple[str, ...],
    kills: int,
    span: tuple[float, float],
    *,
    is_around_only: bool,
) -> list[Kill]:
    dealt: list[str] = []
    while len(dealt) < kills:
        dealt += random.sample(parts, len(parts))
    moments = sorted(random.uniform(*span) for _ in range(kills))
    return [
        Kill(round(moment, 4), part, _down_seconds(random, part), is_around_only)
        for moment, part in zip(moments, dealt, strict=False)
    ]


def _down_seconds(random: Random, part: str) -> float:
    longest = LONGEST_MODEL_DOWN_SECONDS if part == "model" else LONGEST_DOWN_SECONDS
    return round(random.uniform(SHORTEST_DOWN_SECONDS, longest), 2)
