"""Two figures of one text that change places: each is the student's, of the other thing."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from app.guard.passages import Passage
from app.guard.quantity import Quantity

_NEAR = 6


def exchanged(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`29% after 1 minute and 14% after 3` where it was the other way round."""
    known = [one for one in source.quantities if _count_of(one, source) == 1 != one.value]
    said = [one for one in proposal.quantities if _count_of(one, proposal) == 1 != one.value]
    if len(known) <= 1 or len(said) <= 1:
        return
    tied, now_tied = _ties(source), _ties(proposal)
    for one, other in combinations(said, 2):
        if one.kind != other.kind:
            continue
        first = next((same for same in known if _is_equal(one, same)), None)
        second = next((same for same in known if _is_equal(other, same)), None)
        if first is None or second is None:
            continue
        if _is_of(one, second, first) and _is_of(other, first, second):
            yield one
            continue
        both = source.names & proposal.names
        if _are_relabelled((one, other), (first, second), proposal, source):
            yield one
            continue
        if _is_named_as(one, second, first, both) and _is_named_as(other, first, second, both):
            yield one
            continue
        now = _tie(one, now_tied), _tie(other, now_tied)
        if None not in now and now == (_tie(second, tied), _tie(first, tied)) != now[::-1]:
            yield one


def _is_equal(one: Quantity, other: Quantity) -> bool:
    return (one.kind, one.value) == (other.kind, other.value)


def _count_of(quantity: Quantity, passage: Passage) -> int:
    return sum([_is_equal(quantity, one) for one in passage.quantities])


def _is_of(said: Quantity, other: Quantity, own: Quantity) -> bool:
    """Whether a figure stands where the other one stood, beside nothing that stood by its own."""
    views = ((said.before, other.before, own.before), (said.after, other.after, own.after))
    return any(not beside.isdisjoint(theirs - its) for beside, theirs, its in views) and all(
        beside.isdisjoint(its) for beside, _, its in views
    )


def _is_named_as(said: Quantity, other: Quantity, own: Quantity, names: frozenset[str]) -> bool:
    """`the November plot yielded 14.2`: what tells two figures apart, in the student's words."""
    beside = (said.before | said.after) & names
    theirs, its = other.before | other.after, own.before | own.after
    return not beside.isdisjoint(theirs - its) and beside.isdisjoint(its - theirs)


def _labels(quantity: Quantity, passage: Passage, names: frozenset[str]) -> dict[str, str]:
    """For each thing named near a figure the word that says which one: the `pin` of pin fins."""
    near = range(max(0, quantity.first - _NEAR), min(quantity.last + _NEAR, len(passage.tokens)))
    labels: dict[str, tuple[int, str]] = {}
    for at in near:
        word = passage.tokens[at].word
        before = passage.tokens[at - 1].word if at else None
        if word is None or before is None or before.is_glue or before.stem not in names:
            continue
        distance = min(abs(at - quantity.first), abs(at - quantity.last))
        if word.stem not in labels or distance < labels[word.stem][0]:
            labels[word.stem] = distance, before.stem
    return {thing: label for thing, (_, label) in labels.items()}


def _are_relabelled(
    said: tuple[Quantity, Quantity],
    known: tuple[Quantity, Quantity],
    proposal: Passage,
    source: Passage,
) -> bool:
    """`straight fins 71, pin fins 78` where it was the other way round."""
    names = source.names & proposal.names
    one, other = (_labels(quantity, proposal, names) for quantity in said)
    first, second = (_labels(quantity, source, names) for quantity in known)
    return any(
        (one[thing], other[thing]) == (second[thing], first[thing])
        for thing in one.keys() & other.keys() & first.keys() & second.keys()
        if first[thing] != second[thing]
    )


def _ties(passage: Passage) -> list[tuple[Quantity, Quantity]]:
    """Figures of two kinds that take turns, in pairs: 14% after 1 minute, 29% after 3 minutes."""
    ties: list[tuple[Quantity, Quantity]] = []
    turn: list[Quantity] = []
    for one in passage.quantities:
        takes_turns = not turn or one.kind != turn[-1].kind
        is_third = len(turn) > 1 and one.kind != turn[-2].kind
        if not takes_turns or is_third:
            ties += _paired(turn)
            turn = []
        turn.append(one)
    return ties + _paired(turn)


def _paired(turn: list[Quantity]) -> list[tuple[Quantity, Quantity]]:
    is_even = len(turn) % 2 == 0
    return [pair for at, pair in enumerate(pairwise(turn)) if is_even and at % 2 == 0]


def _tie(quantity: Quantity, ties: list[tuple[Quantity, Quantity]]) -> tuple[str, float] | None:
    """Kind and value of the figure that one is paired with."""
    for one, other in ties:
        if _is_equal(quantity, one):
            return other.kind, other.value
        if _is_equal(quantity, other):
            return one.kind, one.value
    return None
