"""Parts and wholes: two of three years are not the three years, 171 of 186 not the 186."""

from collections.abc import Iterator

from app.guard.derived import ROUNDING_PERCENT, is_near
from app.guard.passages import Passage
from app.guard.quantity import Quantity


def other_shares(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """Shares of a proposal that are not the student's."""
    if len(source.quantities) > 1:
        yield from _of_the_whole(proposal, source)
        yield from _without_its_part(proposal, source)
    if len(proposal.quantities) > 1:
        yield from _other_shares(proposal, source)


def _of_the_whole(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`186 complete responses` where the student said that 171 of the 186 were complete."""
    counts = [one for one in source.quantities if one.kind == "plain"]
    for part in counts:
        wholes = [one for one in counts if one.value > part.value and one.last <= part.first]
        if not wholes or "which" not in source.lows[wholes[-1].last : part.last]:
            continue
        whole = wholes[-1]
        only_part = part.after - whole.after - whole.before
        said = {one.value for one in proposal.quantities}
        for one in proposal.quantities:
            if one.value == whole.value and part.value not in said and one.after & only_part:
                yield one


def _without_its_part(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`wrote the 12 sheets` of one who wrote 4 of the 12."""
    said = {one.value for one in proposal.quantities}
    for part, whole in source.parts:
        share = 100 * part.value / whole.value
        is_said = any(
            one.kind == "percent" and is_near(one.value, share, ROUNDING_PERCENT)
            for one in proposal.quantities
        )
        if part.value < whole.value and part.value not in said and not is_said:
            yield from (one for one in proposal.quantities if one.value == whole.value)


def _other_shares(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`20 of 20` where the student said `18 of 20`."""
    known = {(part.value, whole.value) for part, whole in source.parts}
    ends = {end: start for start, end in source.changes}
    known |= {(ends[part], whole) for part, whole in [*known] if part in ends}
    for part, whole in proposal.parts:
        if known and (part.value, whole.value) not in known:
            yield part
