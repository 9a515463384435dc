"""Two figures of one text that change places: each is the student's, of the other thing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from app.guard.passages import Passage
from app.guard.quantity import Quantity, is_equal

_NEAR = 6


def exchanged(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`29% after 1 minute and 14% after 3` where it was the other way round."""
    if min(len(source.quantities), len(proposal.quantities)) <= 1:
        return
    known = {(one.kind, one.value): one for one in _named_once(source)}
    said = [one for one in _named_once(proposal) if (one.kind, one.value) in known]
    if len(said) <= 1:
        return
    ties, known_ties = _ties(proposal), _ties(source)
    names = source.names & proposal.names
    labelled, known_labelled = _labelled(proposal, names), _labelled(source, names)
    labels = {one: _labels(one, labelled) for one in said}
    known_labels = {one: _labels(one, known_labelled) for one in known.values()}
    for pair in combinations(said, 2):
        if pair[0].kind != pair[1].kind:
            continue
        same = [known[one.kind, one.value] for one in pair]
        if (
            _stand_for_each_other(pair, same)
            or _are_relabelled([labels[one] for one in pair], [known_labels[one] for one in same])
            or _are_named_as_each_other(pair, same, names)
            or _are_tied_otherwise(pair, same, ties, known_ties)
        ):
            yield pair[0]


def _named_once(passage: Passage) -> list[Quantity]:
    """Figures that occur once, without `one`."""
    counts = Counter((one.kind, one.value) for one in passage.quantities)
    return [one for one in passage.quantities if counts[one.kind, one.value] == 1 != one.value]


def _stand_for_each_other(said: Sequence[Quantity], known: Sequence[Quantity]) -> bool:
    """Whether each stands where the other one stood, beside nothing that stood by itself."""
    found = [
        (_is_of(one, other, own), _are_bare(one, other))
        for one, other, own in zip(said, reversed(known), known, strict=True)
    ]
    return any(is_of for is_of, _ in found) and all(map(any, found))


def _is_of(said: Quantity, other: Quantity, own: Quantity) -> bool:
    views = ((said.before, other.before, own.before), (said.after, other.after, own.after))
    # "A got 96% accuracy and B 94%": what only the first of them has behind it says nothing.
    return any(not beside.isdisjoint(theirs - its) for beside, theirs, its in views) and all(
        beside.isdisjoint(its) or (beside <= its and not theirs) for beside, theirs, its in views
    )


def _are_bare(said: Quantity, other: Quantity) -> bool:
    """`… and the other for 52 days`: nothing says which one, here as there."""
    is_said = said.before or said.after or other.before or other.after
    return not is_said and said.factor == other.factor


def _are_named_as_each_other(
    said: Sequence[Quantity], known: Sequence[Quantity], names: frozenset[str]
) -> bool:
    """`the November plot yielded 14.2`: what tells two figures apart, in the student's words."""
    for one, other, own in zip(said, reversed(known), known, strict=True):
        beside = (one.before | one.after) & names
        theirs, its = other.before | other.after, own.before | own.after
        if beside.isdisjoint(theirs - its) or not beside.isdisjoint(its - theirs):
            return False
    return True


def _labelled(passage: Passage, names: frozenset[str]) -> list[tuple[int, str, str]]:
    """`(position, thing, label)` of all that has a word before it to say which one: pin fins."""
    return [
        (at, thing.word.stem, before.word.stem)
        for at, (before, thing) in enumerate(pairwise(passage.tokens), 1)
        if thing.word and before.word and not before.word.is_glue and before.word.stem in names
    ]


def _labels(quantity: Quantity, labelled: Sequence[tuple[int, str, str]]) -> dict[str, str]:
    """For each thing named near a figure the word that says which one: the `pin` of pin fins."""
    labels: dict[str, tuple[int, str]] = {}
    for at, thing, label in labelled:
        distance = min(abs(at - quantity.first), abs(at - quantity.last))
        is_near = quantity.first - _NEAR <= at < quantity.last + _NEAR
        if is_near and (thing not in labels or distance < labels[thing][0]):
            labels[thing] = distance, label
    return {thing: label for thing, (_, label) in labels.items()}


def _are_relabelled(said: Sequence[dict[str, str]], known: Sequence[dict[str, str]]) -> bool:
    """`straight fins 71, pin fins 78` where it was the other way round."""
    (one, other), (first, second) = said, known
    return any(
        (one[thing], other[thing]) == (second[thing], first[thing])
        for thing in one.keys() & other.keys() & first.keys() & second.keys()
        if first[thing] != second[thing]
    )


def _are_tied_otherwise(
    said: Sequence[Quantity],
    known: Sequence[Quantity],
    ties: Sequence[tuple[Quantity, Quantity]],
    known_ties: Sequence[tuple[Quantity, Quantity]],
) -> bool:
    """`29% for 1 minute` where the 29% were for 3."""
    now = [_tie(one, ties) for one in said]
    before = [_tie(one, known_ties) for one in known]
    return None not in now and now == before[::-1] != before


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


def _tie(quantity: Quantity, ties: Sequence[tuple[Quantity, Quantity]]) -> tuple[str, float] | None:
    """Kind and value of the figure that one is paired with."""
    for one, other in ties:
        if is_equal(quantity, one):
            return other.kind, other.value
        if is_equal(quantity, other):
            return one.kind, one.value
    return None
