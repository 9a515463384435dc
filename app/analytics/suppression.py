"""Which groups are too small to be shown, and which others must go with them.

The rule: a count of one to four students is not shown, nor is one whose complement (the students
without an offer) is that small. So that it cannot be computed from a total either, of what a total
leaves open at least two groups are hidden and they hold at least five together; the smallest
groups that are still shown go first.
"""

from collections.abc import Sequence
from itertools import combinations

from app.analytics.figures import MIN_GROUP

# A pair of groups that are hidden together protect each other; one alone is a subtraction.
MIN_HIDDEN = 2

# Statuses that make up the students with an offer: accepted, open, joined.
MAX_ADDED = 3

Counts = tuple[int, ...]


def is_small(count: int) -> bool:
    """Whether a count would single somebody out; nobody at all is no group."""
    return 0 < count < MIN_GROUP


def hidden_parts(
    parts: Sequence[Counts], whole: Counts, *, also: frozenset[int] = frozenset()
) -> frozenset[int]:
    """Positions of the parts that must not be shown beside the whole.

    Each part is a tuple of counts (with an offer, without one) that add up over the parts, and the
    rest nobody lists, to the whole's. `also` are hidden for another reason.
    """
    small = {at for at, counts in enumerate(parts) if any(map(is_small, counts))}
    hidden = small | also
    columns = range(len(whole))
    rest: Counts = tuple(whole[at] - sum(part[at] for part in parts) for at in columns)
    while _is_exposed(parts, hidden, rest):
        shown = [at for at in range(len(parts)) if at not in hidden and any(parts[at])]
        if not shown:
            break
        hidden.add(min(shown, key=lambda at: (sum(parts[at]), at)))
    return frozenset(hidden)


def telling_sums(sizes: Sequence[int], wholes: Counts) -> frozenset[int]:
    """Positions of groups that leave one to four of a whole: of 100 offers 96 are accepted.

    Up to three together do so if what they leave is a listed group; else it is chance. Of several
    the smallest is hidden.
    """
    shown = [at for at, size in enumerate(sizes) if size >= MIN_GROUP]
    few = {size for size in sizes if is_small(size)}
    groups = [chosen for count in range(1, MAX_ADDED + 1) for chosen in combinations(shown, count)]
    sums = {chosen: sum(sizes[at] for at in chosen) for chosen in groups}
    # Accepted and open offers are all offers: what one of them leaves is no secret.
    explained = {at for chosen in groups if sums[chosen] in wholes for at in chosen}
    return frozenset(
        min(chosen, key=lambda at: sizes[at])
        for chosen in groups
        for left in [whole - sums[chosen] for whole in wholes]
        if left in few or (is_small(left) and len(chosen) == 1 and chosen[0] not in explained)
    )


def _is_exposed(parts: Sequence[Counts], hidden: set[int], rest: Counts) -> bool:
    """Whether the totals give away a hidden part, the rest, or that few are in all of them."""
    holding = [at for at in hidden if any(parts[at])]
    if not holding and not any(map(is_small, rest)):
        return False
    # What is left over protects like a group if it is as large as one.
    groups = len(holding) + (sum(rest) >= MIN_GROUP)
    pooled = (left + sum(parts[at][column] for at in holding) for column, left in enumerate(rest))
    return groups < MIN_HIDDEN or any(map(is_small, pooled))
