"""Figures that follow from others of the same text: differences, shares, factors, head counts."""

from itertools import combinations

from app.guard.clause import MAKING_LEVEL, Clause
from app.guard.frequencies import RATES
from app.guard.lexicon import sets_of, stems_of
from app.guard.passages import Passage
from app.guard.positions import stems_at
from app.guard.quantity import Quantity
from app.guard.quantity_words import ONE_OF, UNITS

# A percentage may be rounded to the nearest whole one.
ROUNDING_PERCENT = 0.5
_HUNDRED = 100.0
_MOST_COUNTS = 20
DOWN = stems_of(
    "reduce cut lower decrease shorten minimise drop fall less fewer down shrink save faster "
    "speed_up quicker speed trim slash lessen diminish bring_down decline dip reduction saving"
)
_UP = stems_of(
    "increase raise grow growth rise improve higher more up boost expand gain double climb"
)
# Who observed a change did not bring it about.
_OBSERVING = stems_of(
    "find observe note record see measure track monitor report show study attend watch"
)
_BELOW, _ABOVE = (
    frozenset({"below", "under", "less_than"}),
    frozenset({"above", "over", "more_than"}),
)
_LOWERED = _BELOW | {"halve", "halved", "halving"}
# Where the word stands that makes a percentage a change: `rose by about 12%`, `12% fewer`.
_BEFORE_SHARE, _AFTER_SHARE = 4, 2
_MOVED = stems_of("bring take move")
# Verbs by which a figure is changed by somebody.
MOVING = stems_of(
    "bring bring_down bring_up reduce cut lower decrease increase raise improve boost"
)
_SO = frozenset({"so", "so_that", "thereby", "because_of", "resulting_in"})
_MATES = sets_of("grammar.txt")["mates"]
_AGES = frozenset({"age", "ages", "aged", "old"})
_PREPOSITIONS = frozenset({"at", "in", "with", "for"})
_ENDS = frozenset({"to", "from", "at", "until", "till", "-"})
_TEAMS = stems_of("part_of team group pair")


def directions(source: Passage) -> frozenset[str]:
    """Stems of the verbs that `from 40 to 6` or `from 45 to 72` vouches for."""
    made = any((clause.level or 0) >= MAKING_LEVEL for clause in source.clauses) or (
        # "Found a slow query and added an index, so the time came down"
        not _SO.isdisjoint(source.spelled)
        and any(clause.level and not _observes(clause, source) for clause in source.clauses)
    )
    if not made and any(_observes(clause, source) for clause in source.clauses):
        return frozenset()
    falls = any(end < start for start, end in source.changes)
    rises = any(end > start for start, end in source.changes)
    moved = _MOVED if falls or rises else frozenset[str]()
    return moved | (DOWN if falls else frozenset()) | (_UP if rises else frozenset())


def _observes(clause: Clause, source: Passage) -> bool:
    """Whether it tells that something was seen, not for what: found, not `to find`."""
    told = [
        at
        for at, verb in zip(clause.positions, clause.verbs, strict=True)
        if verb.form != "base" and (at == 0 or source.lows[at - 1] != "for")
    ]
    return bool(stems_at(told, source) & _OBSERVING)


def is_derived(quantity: Quantity, proposal: Passage, source: Passage) -> bool:
    """A percentage or a factor that follows from two numbers of the own text, the right way."""
    if _is_same_spell(quantity, proposal, source) or _is_as_often(quantity, proposal, source):
        return True
    return quantity.qualifier in ("", "about") and (
        _is_without_oneself(quantity, proposal, source) or _follows(quantity, proposal, source)
    )


def _follows(quantity: Quantity, proposal: Passage, source: Passage) -> bool:
    stems = {token.word.stem for token in proposal.tokens if token.word}
    lows = {token.low for token in proposal.tokens}
    has_down, has_up = bool(stems & DOWN or lows & _LOWERED), bool(stems & _UP or lows & _ABOVE)
    if quantity.kind == "points":
        pairs = [*source.changes, *source.contrasts]
        return any(is_near(quantity.value, abs(end - start), 0) for start, end in pairs)
    for start, end in source.changes:
        change = _HUNDRED * (end - start) / start
        factor = end / start
        if _is_difference(quantity, end - start, proposal, source):
            return has_down if change < 0 else has_up and not has_down
        if quantity.kind == "percent" and is_near(quantity.value, abs(change), ROUNDING_PERCENT):
            return has_down if change < 0 else has_up and not has_down
        if quantity.kind == "times" and is_near(quantity.value, factor, 0):
            return not has_down
    if quantity.kind == "percent" and any(
        is_near(quantity.value, _HUNDRED * abs(one - other) / base, ROUNDING_PERCENT)
        for one, other in source.contrasts
        for base in _bases(one, other, has_down=has_down, has_up=has_up)
    ):
        return True
    return (
        quantity.kind == "percent"
        and not _is_of_change(quantity, proposal)
        and any(
            is_near(quantity.value, share, ROUNDING_PERCENT)
            for share in (*source.shares, *_shares_of_counts(source))
        )
    )


def _is_of_change(quantity: Quantity, proposal: Passage) -> bool:
    """`75% faster`, `fell by 75%`; not `9 of 12 (75%) found it faster`."""
    before = proposal.lows[quantity.first - 1] if quantity.first else ""
    if before in ("by", "("):
        # "21 of them (7%) fell outside" is a share.
        return before == "by" and proposal.lows[quantity.last : quantity.last + 1] != ["of"]
    near = proposal.tokens[max(0, quantity.first - _BEFORE_SHARE) : quantity.last + _AFTER_SHARE]
    stems = {token.word.stem for token in near if token.word}
    return bool(stems & (DOWN | _UP))


def _bases(one: float, other: float, *, has_down: object, has_up: object) -> list[float]:
    """Less is measured by the larger of two values, more by the smaller."""
    if has_down:
        return [max(one, other)]
    return [min(one, other)] if has_up else []


def _is_difference(
    quantity: Quantity, difference: float, proposal: Passage, source: Passage
) -> bool:
    """`by 175`, and not one end of a change."""
    before = proposal.tokens[quantity.first - 1].low if quantity.first else ""
    if before in _ENDS:
        return False
    kinds = {one.kind for one in source.change_starts}
    return quantity.kind in kinds and is_near(quantity.value, abs(difference), 0)


def _shares_of_counts(source: Passage) -> list[float]:
    """What the smaller of two counts is of the larger: 75 contracts, of which 52."""
    counts = [one.value for one in source.quantities if one.kind == "plain" and one.value > 1]
    if len(counts) > _MOST_COUNTS:
        # Of so many any percentage is the share of some two.
        return []
    return [_HUNDRED * min(pair) / max(pair) for pair in combinations(counts, 2)]


def _is_same_spell(quantity: Quantity, proposal: Passage, source: Passage) -> bool:
    """`one week` for `a week`, `under 5` for `under five years`."""
    following = {token.low for token in proposal.tokens[quantity.last : quantity.last + 1]}
    if quantity.kind == "plain" and not quantity.after and not following & UNITS.keys():
        measured = {(one.kind, one.value) for one in proposal.quantities}
        return any(
            is_near(quantity.value, known.value / known.factor, 0)
            and (known.kind, known.value) not in measured
            and known.qualifier == quantity.qualifier
            for known in source.quantities
            if known.kind not in ("plain", "times", "ordinal", "vague")
        )
    if quantity.kind == "months" and not _AGES.isdisjoint(source.spelled):
        # "of age 6 to 9": years go without saying
        years = quantity.value / quantity.factor
        return any(
            one.kind == "plain" and is_near(one.value, years, 0) for one in source.quantities
        )
    folded = ONE_OF.get((quantity.kind, quantity.value))
    return folded is not None and any(token.low == folded for token in source.tokens)


def _is_as_often(quantity: Quantity, proposal: Passage, source: Passage) -> bool:
    """`interned twice` for two internships; `twice the output` is something else."""
    following = proposal.tokens[quantity.last : quantity.last + 1]
    is_alone = not following or following[0].low in _PREPOSITIONS or following[0].kind == "sign"
    if proposal.lows[quantity.first : quantity.last] not in (["twice"], ["thrice"]):
        return False
    # "Two readings a day" were taken twice a day.
    rates = RATES.intersection([token.low for token in following])
    return any(
        known.kind == "plain"
        and is_near(quantity.value, known.value, 0)
        and (is_alone or not rates.isdisjoint(source.lows[known.last : known.last + 2]))
        for known in source.quantities
    )


def _is_without_oneself(quantity: Quantity, proposal: Passage, source: Passage) -> bool:
    """`with two other students` for `one of three students`; a pair is two of them."""
    following = {token.low for token in proposal.tokens[quantity.last : quantity.last + 2]}
    return (
        (
            quantity.kind == "plain"
            and bool(following & _MATES)
            and bool(source.names & _TEAMS)
            and any(is_near(known.value, quantity.value + 1, 0) for known in source.quantities)
        )
        or _is_with_oneself(quantity, proposal, source)
        or (quantity.value == len("ab") and bool(following & _MATES) and "pair" in source.spelled)
    )


def _is_with_oneself(quantity: Quantity, proposal: Passage, source: Passage) -> bool:
    """`one of five interns` for `with four other interns`."""
    if quantity.kind != "plain" or "other" not in source.spelled:
        return False
    is_one_of = "part_of" in proposal.lows[max(0, quantity.first - 2) : quantity.first]
    return is_one_of and any(
        is_near(known.value + 1, quantity.value, 0)
        and "other" in source.lows[known.last : known.last + 2]
        for known in source.quantities
    )


def is_near(one: float, other: float, tolerance: float) -> bool:
    """Whether two values are equal but for a tolerance and rounding."""
    return abs(one - other) <= tolerance + 1e-9 * max(abs(one), abs(other))
