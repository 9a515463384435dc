"""Figures that moved: from where, to where and by how much they did is the student's."""

from collections.abc import Iterator

from app.guard.derived import DOWN, is_near
from app.guard.passages import Passage
from app.guard.quantity import Quantity

_DOWN_TO = (["down", "to"], ["down", "by"])


def moved_otherwise(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """Figures of a proposal that moved another way than the student wrote, or did not move."""
    yield from _moved_to(proposal, source)
    yield from _fell_by_its_end(proposal, source)
    if len(proposal.quantities) > 1:
        yield from _turned_round(proposal, source)


def _turned_round(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`from 6 to 40` where the student said `from 40 to 6`."""
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
