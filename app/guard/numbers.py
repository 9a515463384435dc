"""Numbers: each one proposed must be one of the student's, about the same thing."""

from collections.abc import Iterator, Sequence

from app.guard.lexicon import stems_of
from app.guard.passages import Passage
from app.guard.quantities import Quantity

# A percentage may be rounded to the nearest whole one.
_ROUNDING_PERCENT = 0.5
_FEW = 5  # "several" of something vague stays small.
_HUNDRED = 100.0
_DOWN = stems_of(
    "reduce cut lower decrease shorten minimise drop fall less fewer down shrink save faster "
    "quicker speed trim slash lessen diminish bring_down"
)
_UP = stems_of("increase raise grow growth rise improve higher more up boost expand gain double")
# Who observed a change did not bring it about.
_OBSERVING = stems_of(
    "find observe note record see measure track monitor report show study attend watch"
)
_MOVED = stems_of("bring take move")
_SHARE = frozenset({"of", "out_of", "/"})


def unfounded_numbers(
    proposal: Passage, source: Passage, entry: Sequence[Passage]
) -> Iterator[Quantity]:
    """The quantities of a proposal that neither its own text nor the rest of its entry holds."""
    for quantity in proposal.quantities:
        if _is_pronoun(quantity, proposal) or _is_in(quantity, source):
            continue
        if _is_derived(quantity, proposal, source) or _is_vaguer(quantity, source):
            continue
        if any(_is_elsewhere(quantity, source, other) for other in entry):
            continue
        yield quantity
    yield from _turned_round(proposal, source)
    yield from _other_shares(proposal, source)


def _is_pronoun(quantity: Quantity, proposal: Passage) -> bool:
    """`one` as a word, where no rank is claimed with it."""
    words = proposal.tokens[quantity.first : quantity.last]
    before = proposal.tokens[quantity.first - 1].low if quantity.first else ""
    return len(words) == 1 and words[0].low == "one" and before not in ("number", "no", "rank", "#")


def _is_in(quantity: Quantity, source: Passage) -> bool:
    """Whether the own text says it, and not of something else."""
    equal = [known for known in source.quantities if _is_same(quantity, known)]
    if not equal:
        return False
    counted = quantity.after or quantity.before
    if any(counted & (known.after | known.before) for known in equal) or not counted:
        return True
    if not any(known.after | known.before for known in equal):
        return True
    kinds = {known.kind for known in equal}
    others = [one for one in source.quantities if one not in equal and one.kind in kinds]
    return not any(counted & (known.after or known.before) for known in others)


def _is_elsewhere(quantity: Quantity, source: Passage, other: Passage) -> bool:
    """Whether another text of the same entry says it of a thing the own text does not count."""
    counted = quantity.after or quantity.before
    if counted & source.names and quantity.kind != "year":
        return False
    return any(
        _is_same(quantity, known)
        and (quantity.kind == "year" or bool(counted & (known.after | known.before)))
        for known in other.quantities
    )


def _is_same(proposed: Quantity, known: Quantity) -> bool:
    if not _is_near(proposed.value, known.value, 0) or not _is_same_kind(proposed, known):
        return False
    if proposed.qualifier in {known.qualifier, "about"}:
        return True
    return proposed.qualifier == "" and known.qualifier in ("over", "about")


def _is_same_kind(proposed: Quantity, known: Quantity) -> bool:
    kinds = {proposed.kind, known.kind}
    if len(kinds) == 1 or kinds == {"plain", "year"}:
        return True
    # First place is rank 1, third-year is year 3; other counts are no ranks.
    return kinds == {"plain", "ordinal"} and bool(
        (proposed.after | proposed.before) & (known.after | known.before)
    )


def _is_near(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance + 1e-9 * max(abs(one), abs(other))


def directions(source: Passage) -> frozenset[str]:
    """Stems of the verbs that `from 40 to 6` or `from 45 to 72` vouches for."""
    if source.names & _OBSERVING:
        return frozenset()
    falls = any(end < start for start, end in source.changes)
    rises = any(end > start for start, end in source.changes)
    moved = _MOVED if falls or rises else frozenset[str]()
    return moved | (_DOWN if falls else frozenset()) | (_UP if rises else frozenset())


def _is_derived(quantity: Quantity, proposal: Passage, source: Passage) -> bool:
    """A percentage or a factor that follows from two numbers of the own text, the right way."""
    if quantity.qualifier not in ("", "about"):
        return False
    stems = {token.word.stem for token in proposal.tokens if token.word}
    has_down, has_up = bool(stems & _DOWN), bool(stems & _UP)
    for start, end in source.changes:
        change = _HUNDRED * (end - start) / start
        factor = end / start
        if quantity.kind == "percent" and _is_near(quantity.value, abs(change), _ROUNDING_PERCENT):
            return has_down if change < 0 else has_up and not has_down
        if quantity.kind == "times" and _is_near(quantity.value, factor, 0):
            return not has_down
    return quantity.kind == "percent" and any(
        _is_near(quantity.value, share, _ROUNDING_PERCENT) and not (has_down or has_up)
        for share in source.shares
    )


def _is_vaguer(quantity: Quantity, source: Passage) -> bool:
    """`several` for a number the student gave exactly, and not more than it."""
    return quantity.kind == "vague" and any(
        known.value >= quantity.value
        and known.kind in ("plain", "vague")
        and (known.kind == "plain" or known.value <= _FEW)
        for known in source.quantities
    )


def _turned_round(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`from 6 to 40` where the student said `from 40 to 6`."""
    known = set(source.changes)
    for (start, end), quantity in zip(proposal.changes, proposal.change_starts, strict=True):
        if (end, start) in known and (start, end) not in known:
            yield quantity


def _other_shares(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`20 of 20` where the student said `18 of 20`."""
    known = {(part.value, whole.value) for part, whole in source.parts}
    for part, whole in proposal.parts:
        if known and (part.value, whole.value) not in known:
            yield part
