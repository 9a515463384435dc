"""Figures that moved: from where, to where and by how much they did is the student's."""

from collections.abc import Iterator

from app.guard.clause import Clause
from app.guard.derived import DOWN, is_near
from app.guard.generic import GENERIC_DOING
from app.guard.lexicon import Word
from app.guard.passages import Passage
from app.guard.quantity import Quantity, is_equal

_DOWN_TO = (["down", "to"], ["down", "by"])


def moved_otherwise(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """Figures of a proposal that moved another way than the student wrote, or did not move."""
    yield from _moved_to(proposal, source)
    yield from _fell_by_its_end(proposal, source)
    yield from _to_another_deed(proposal, source)
    if len(proposal.quantities) > 1:
        yield from _turned_round(proposal, source)


def _turned_round(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`from 6 to 40` where the student said `from 40 to 6`."""
    # "Reduced by 10 to 15 %" is not from 15 to 10.
    spans = {(one.value, other.value) for one, other in source.by_spans}
    for change, quantity in zip(proposal.changes, proposal.change_starts, strict=True):
        if change in spans or change[::-1] in spans:
            yield quantity
    if not proposal.changes:
        return
    known = set(source.changes)
    starts, ends = {start for start, _ in known}, {end for _, end in known}
    for (start, end), quantity in zip(proposal.changes, proposal.change_starts, strict=True):
        is_turned = (end, start) in known and (start, end) not in known
        # "from 5.8 to 4.2" out of "5.8 to 3.1" and "5.6 to 4.2"
        is_crossed = start in starts and end in ends and (start, end) not in known
        if is_turned or is_crossed or (known and is_near(start, end, 0)):
            yield quantity


def _to_another_deed(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`reported 18 motors` of one who read 18 motors and reported some of them."""
    if len(source.clauses) <= 1:
        return
    for quantity in proposal.quantities:
        same = [one for one in source.quantities if is_equal(one, quantity)]
        if quantity.kind != "plain" or len(same) != 1 or _is_apart(same[0], source):
            continue
        here, there = _clause_of(quantity, proposal), _clause_of(same[0], source)
        # "Handling 35 guests" says no more of them than another verb does.
        if here is None or there is None or there.stems <= GENERIC_DOING:
            continue
        verbs, things = here.words_at(here.positions), here.words_at([quantity.last])
        if any(there.means(verb) or not verb.names.isdisjoint(there.stems) for verb in verbs):
            continue
        if any(
            known is not there
            and any(not verb.names.isdisjoint(known.stems) for verb in verbs)
            and any(_is_named_anew(thing, known, source) for thing in things)
            for known in source.clauses
        ):
            yield quantity


def _is_named_anew(thing: Word, clause: Clause, source: Passage) -> bool:
    """Whether a clause names a thing as some, not as those told of before: `the pumps`."""
    return any(
        (word := source.tokens[at].word) is not None
        and not word.names.isdisjoint(thing.names)
        and source.lows[max(0, at - 1) : at] != ["the"]
        for at in clause.words
    )


def _is_apart(quantity: Quantity, passage: Passage) -> bool:
    """`…, around 25 customers a day`: added at the end, of whatever stands before."""
    return "," in passage.lows[max(0, quantity.first - 2) : quantity.first]


def _clause_of(quantity: Quantity, passage: Passage) -> Clause | None:
    """The clause that tells what was done to what a figure counts."""
    told = (one for one in passage.clauses if one.positions and quantity.last in one.words)
    return next(told, None)


def _fell_by_its_end(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`fell by 17%` where the student said `from 23% to 17%`."""
    if "by" not in proposal.spelled:
        return
    ends = {
        (one.kind, value)
        for one in source.change_starts
        for pair in source.changes
        for value in pair
    }
    for quantity in proposal.quantities:
        is_by = quantity.first and proposal.lows[quantity.first - 1] == "by"
        if is_by and (quantity.kind, quantity.value) in ends:
            moved = [abs(end - start) for start, end in source.changes]
            if not any(is_near(quantity.value, by, 0) for by in moved):
                yield quantity


def _moved_to(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`bringing the cost down to 34%` where the student only said that it was 34%."""
    if "down" not in proposal.spelled or source.changes:
        return
    if not (source.stems | source.spelled).isdisjoint(DOWN):
        return
    for quantity in proposal.quantities:
        if proposal.lows[max(0, quantity.first - 2) : quantity.first] in _DOWN_TO:
            yield quantity
