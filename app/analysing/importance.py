"""How much a posting wants a skill: a number from how it is asked for, how often and how early.

Source: document 003, "Skill importance scoring based on job posting context", which tells no
formula; this one is ours.
"""

from collections.abc import Mapping

from app.analysing.analysis import Mark

# (least, most). What the posting says outright decides: no mark overtakes the one above it.
BY_MARK: Mapping[Mark, tuple[float, float]] = {
    "must": (0.6, 1.0),
    "preferred": (0.35, 0.59),
    "nice": (0.1, 0.34),
}

# A skill that is named three times more than once is what the work is about.
FULL_REPEATS = 3


def importance(mark: Mark, *, count: int, position: float) -> float:
    """From 0 to 1, larger is more important.

    `count` is how often the posting names the skill, `position` where it first does: 0 at the
    beginning, 1 at the end.
    """
    least, most = BY_MARK[mark]
    repeats = min(max(count - 1, 0), FULL_REPEATS) / FULL_REPEATS
    return round(least + (most - least) * (repeats + 1 - position) / 2, 3)
