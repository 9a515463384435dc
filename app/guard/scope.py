"""The verb ladder: attended, helped, worked on, did, built, led. A rewording never climbs it."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from app.guard.carrying import allows
from app.guard.clause import (
    CAPPING_LEVEL,
    NO_CAP,
    Clause,
)
from app.guard.deeds import Climb, spoken, unsaid_verbs
from app.guard.evidence import Grounds
from app.guard.lexicon import stems_of, word
from app.guard.light_verbs import bare_level
from app.guard.no_deeds import claims_nothing
from app.guard.passages import Passage
from app.guard.positions import takes_of

# One `and` between.
_AND_APART = 2
_HELPING = stems_of("assist help support aid contribute")
_WATCHING = stems_of("attend observe watch shadow sit_in_on see visit witness")
_WISHING = stems_of("seek hope aim want wish intend")


def climbs(proposal: Passage, grounds: Grounds) -> Iterator[Climb]:
    """Every clause that claims more authorship than the text it rests on."""
    for clause in proposal.clauses:
        if clause.level is None:
            yield from _bare_climb(clause, proposal, grounds)
            continue
        if claims_nothing(clause, proposal, grounds.source):
            continue
        yield from unsaid_verbs(clause, proposal, grounds)
        is_duty = clause.stems == {"responsible_for"} and any(
            one.duties for one in grounds.source.clauses
        )
        is_with = is_duty or _says_together(clause, proposal, grounds.source)
        if clause.stems <= _HELPING and _only_watched(clause, grounds.source):
            yield _climb(clause, clause.words, proposal)
        if (
            clause.level > CAPPING_LEVEL
            and not is_with
            and not _is_purpose(clause, proposal, grounds)
        ):
            yield from _raised(clause, proposal, grounds)


def _says_together(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`worked with them`, `worked as one of 12`: still part of what others did, too."""
    is_team = clause.stems == {"work"} and not clause.chunks and proposal.is_shared
    return source.is_shared and (is_team or clause.stems == {"work_with"})


def _is_purpose(clause: Clause, proposal: Passage, grounds: Grounds) -> bool:
    """`the stall for making stress balls`, where the student named that making."""
    at = clause.positions[0]
    return (
        clause.verbs[0].form == "ing"
        and at > 0
        and proposal.tokens[at - 1].low == "for"
        and clause.stems <= grounds.source.names
    )


def _only_watched(clause: Clause, source: Passage) -> bool:
    """Whether the student looked on at what the proposal helped with."""
    about = [one for one in source.clauses if one.verbs and clause.takes & one.gives]
    return bool(about) and all(one.stems <= _WATCHING for one in about)


def _raised(clause: Clause, proposal: Passage, grounds: Grounds) -> Iterator[Climb]:
    """Objects of a clause that the student put under a lower verb."""
    level = clause.level or 0
    if not clause.chunks and _is_said_already(clause, level, grounds.source):
        return
    # Under whose guidance it was is judged elsewhere.
    chunks = clause.chunks or [
        side for side in clause.sides if "under" not in proposal.lows[max(0, side[0] - 2) : side[0]]
    ]
    is_supported = False
    for chunk in _without_modifiers(chunks):
        known = _said_of(chunk, proposal, grounds)
        if known and not (clause.chunks and any(_is_own(one) for one, _ in known)):
            known += _wordless(grounds.source)
        if not known:
            continue
        is_supported = True
        if _is_tools_only(chunk, proposal) and len(chunks) > 1:
            continue
        if not any(allows(one, source, clause, level, chunk, proposal) for one, source in known):
            yield _climb(clause, chunk, proposal)
            return
    if is_supported:
        return
    own = [
        (one, grounds.source)
        for one in grounds.source.clauses
        # A wish caps nothing that was done.
        if one.level is not None and not one.is_of_others and not one.stems <= _WISHING
    ]
    floor = bare_level(grounds)
    if (
        own and not any(allows(one, source, clause, level, [], proposal) for one, source in own)
    ) or (not own and level > floor and not _has_same_noun(clause, proposal, grounds)):
        yield _climb(clause, clause.words, proposal)


def _without_modifiers(chunks: Sequence[list[int]]) -> list[list[int]]:
    """Chunks as whole objects: `ragi and jhangora dishes` are dishes, of two kinds."""
    whole: list[list[int]] = []
    for chunk in chunks:
        is_shared_head = (
            whole and len(whole[-1]) == 1 < len(chunk) and chunk[0] - whole[-1][0] == _AND_APART
        )
        if is_shared_head:
            whole[-1] = [*whole[-1], *chunk]
        else:
            whole.append(list(chunk))
    return whole


def _is_said_already(clause: Clause, level: int, source: Passage) -> bool:
    """Whether the own text has these very verbs on this step; only its objects say little."""
    return any(
        clause.stems <= known.stems and (known.level or 0) >= level for known in source.clauses
    )


def _said_of(
    chunk: Sequence[int], proposal: Passage, grounds: Grounds
) -> list[tuple[Clause, Passage]]:
    """The clauses that speak of a chunk: of the own text, else of the texts around it."""
    words = [found for at in chunk if (found := proposal.tokens[at].word)]
    for passages in ([grounds.source], grounds.neighbours):
        known = [
            (one, passage)
            for passage in passages
            for one in passage.clauses
            if one.level is not None
        ]
        for meant in (attrgetter("names"), attrgetter("takes")):
            shared = [
                sum([not meant(found).isdisjoint(_touched(one)) for found in words])
                for one, _ in known
            ]
            most = max(shared, default=0)
            if most:
                return [one for one, count in zip(known, shared, strict=True) if count == most]
    return []


def _wordless(source: Passage) -> list[tuple[Clause, Passage]]:
    """What the student did to things that say little: `filled forms for people who applied`."""
    return [(one, source) for one in source.clauses if one.level and not one.words and _is_own(one)]


def _has_same_noun(clause: Clause, proposal: Passage, grounds: Grounds) -> bool:
    """`Inventory management` in a text without verbs vouches for `managed the inventory`."""
    return all(
        word(verb.base).stem in grounds.source.names
        or bool((found := proposal.tokens[at].word) and found.takes & grounds.source.gives)
        for at, verb in zip(clause.positions, clause.verbs, strict=True)
    )


def _bare_climb(clause: Clause, proposal: Passage, grounds: Grounds) -> Iterator[Climb]:
    """A text without verbs that keeps the work and drops the `helped`."""
    is_all = all(one.level is None for one in proposal.clauses)
    if not is_all or not grounds.is_bullet or _still_helps(proposal, grounds.source):
        return
    for chunk in clause.chunks:
        wanted = takes_of(chunk, proposal)
        known = [
            one
            for one in grounds.source.clauses
            if one.level is not None and wanted & one.gives and _is_own(one)
        ]
        if known and all(one.level is not None and one.level <= CAPPING_LEVEL for one in known):
            yield Climb(
                chunk[0], chunk[-1], "You said that you helped with this, not that you did it."
            )
            return


def _touched(clause: Clause) -> frozenset[str]:
    """Meanings a clause speaks of; where others did it, only of what they did it to."""
    if _is_own(clause):
        return clause.gives
    return frozenset().union(*[word.gives for word in clause.words_at(clause.objects)])


def _is_own(clause: Clause) -> bool:
    """Whether the student is its doer, be it as a watcher: not `the waste fell`."""
    return clause.level != 0 or any(verb.level == 0 for verb in clause.verbs)


def _still_helps(proposal: Passage, source: Passage) -> bool:
    """`Of the forms I helped with, 12 …`: the low verb of the text is said further on."""
    low = frozenset().union(
        *[one.done for one in source.clauses if (one.level or NO_CAP) <= CAPPING_LEVEL]
    )
    said = (verb.takes for one in proposal.clauses for verb in one.words_at(one.positions))
    return any(not low.isdisjoint(takes) for takes in said)


def _climb(clause: Clause, chunk: Sequence[int], proposal: Passage) -> Climb:
    positions = [*clause.positions, *chunk]
    first = min(positions)
    verb = spoken(proposal, clause.positions[0])
    return Climb(first, clause.positions[0], f"'{verb}' claims more than you said you did here.")


def _is_tools_only(chunk: Sequence[int], proposal: Passage) -> bool:
    found = [proposal.tokens[at].word for at in chunk]
    return all(one is not None and one.is_skill for one in found)
