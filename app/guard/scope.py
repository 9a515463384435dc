"""The verb ladder: attended, helped, worked on, did, built, led. A rewording never climbs it."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from app.guard.clauses import (
    CAPPING_LEVEL,
    LEADING_LEVEL,
    MAKING_LEVEL,
    NO_CAP,
    Clause,
)
from app.guard.deeds import Climb, bare_level, spoken, unsaid_verbs
from app.guard.evidence import Grounds
from app.guard.generic import (
    ATTENDING,
    COMPLETING,
    CONDUCTING,
    COURSES,
    EXAMINING,
    HANDLING,
    LIGHT,
    LOOKING,
    MANAGING,
    RUNNING,
)
from app.guard.lexicon import stems_of, word
from app.guard.passages import Passage
from app.guard.positions import acts_of, gives_of, stems_at, takes_of

_PEOPLE = frozenset(
    [
        "team",
        "staff",
        "people",
        "crew",
        "group",
        "department",
        "project",
        "employee",
        "volunteer",
        "member",
        "student",
        "junior",
    ]
)


# One `and` between.
_AND_APART = 2
_FALLING = stems_of("fall drop decline decrease dip shrink go come")
_RISING = stems_of("rise grow increase climb go come")


def climbs(proposal: Passage, grounds: Grounds) -> Iterator[Climb]:
    """Every clause that claims more authorship than the text it rests on."""
    for clause in proposal.clauses:
        if clause.level is None:
            yield from _bare_climb(clause, proposal, grounds)
            continue
        if _happened(clause, proposal, grounds.source):
            continue
        yield from unsaid_verbs(clause, proposal, grounds)
        is_with = stems_at(clause.positions, proposal) == {"work_with"} and grounds.source.is_shared
        if clause.level > CAPPING_LEVEL and not is_with and not _is_purpose(clause, proposal, grounds):
            yield from _raised(clause, proposal, grounds)


def _is_purpose(clause: Clause, proposal: Passage, grounds: Grounds) -> bool:
    """`the stall for making stress balls`, where the student named that making."""
    at = clause.positions[0]
    return (
        clause.verbs[0].form == "ing"
        and at > 0
        and proposal.tokens[at - 1].low == "for"
        and stems_at(clause.positions, proposal) <= grounds.source.names
    )


def _happened(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """Whether it only tells, without a doer, that a figure moved as the student said: it fell."""
    verbs = stems_at(clause.positions, proposal)
    falls = any(end < start for start, end in source.changes)
    rises = any(end > start for start, end in source.changes)
    if clause.chunks:
        return False
    return verbs <= _FALLING if falls and not rises else rises and verbs <= _RISING


def _raised(clause: Clause, proposal: Passage, grounds: Grounds) -> Iterator[Climb]:
    """Objects of a clause that the student put under a lower verb."""
    level = clause.level or 0
    if not clause.chunks and _is_said_already(clause, level, proposal, grounds):
        return
    chunks = clause.chunks or clause.sides
    is_supported = False
    for chunk in _without_modifiers(chunks):
        known = _said_of(chunk, proposal, grounds)
        if not known:
            continue
        is_supported = True
        if _is_tools_only(chunk, proposal) and len(chunks) > 1:
            continue
        if not any(_allows(one, source, clause, level, chunk, proposal) for one, source in known):
            yield _climb(clause, chunk, proposal)
            return
    if is_supported:
        return
    own = [(one, grounds.source) for one in grounds.source.clauses if one.level is not None]
    floor = bare_level(grounds)
    if (
        own and not any(_allows(one, source, clause, level, [], proposal) for one, source in own)
    ) or (not own and level > floor and not _has_same_noun(clause, proposal, grounds)):
        yield _climb(clause, clause.words, proposal)


def _without_modifiers(chunks: Sequence[list[int]]) -> list[list[int]]:
    """Chunks as whole objects: `ragi and jhangora dishes` are dishes, of two kinds."""
    whole: list[list[int]] = []
    for chunk in chunks:
        is_shared_head = whole and len(whole[-1]) == 1 < len(chunk) and chunk[0] - whole[-1][0] == _AND_APART
        if is_shared_head:
            whole[-1] = [*whole[-1], *chunk]
        else:
            whole.append(list(chunk))
    return whole


def _is_said_already(clause: Clause, level: int, proposal: Passage, grounds: Grounds) -> bool:
    """Whether the own text has these very verbs on this step; only its objects say little."""
    claimed = stems_at(clause.positions, proposal)
    return any(
        claimed <= stems_at(known.positions, grounds.source) and (known.level or 0) >= level
        for known in grounds.source.clauses
    )


def _said_of(
    chunk: Sequence[int], proposal: Passage, grounds: Grounds
) -> list[tuple[Clause, Passage]]:
    """The clauses that speak of a chunk: of the own text, else of the texts around it."""
    words = [found for at in chunk if (found := proposal.tokens[at].word)]
    for passages in ([grounds.source], grounds.neighbours):
        known = [
            (one, passage, gives_of(one.words, passage))
            for passage in passages
            for one in passage.clauses
            if one.level is not None
        ]
        for meant in (attrgetter("names"), attrgetter("takes")):
            shared = [sum(bool(meant(found) & gives) for found in words) for *_, gives in known]
            most = max(shared, default=0)
            if most:
                return [
                    (one, passage)
                    for (one, passage, _), count in zip(known, shared, strict=True)
                    if count == most
                ]
    return []


def _allows(  # noqa: PLR0911, PLR0913, PLR0917  the six parts of one comparison, a return for each law
    known: Clause,
    source: Passage,
    clause: Clause,
    level: int,
    chunk: Sequence[int],
    proposal: Passage,
) -> bool:
    """Whether a source clause carries a proposed one: as high a step, or another word for it."""
    if max(known.level or 0, _shared_level(known, proposal)) >= level:
        return level < MAKING_LEVEL or _is_object_of(known, source, chunk, proposal)
    if level < MAKING_LEVEL and _is_other_look(known, source, clause, chunk, proposal):
        return True
    is_capped = known.cap < NO_CAP and not _shared_level(known, proposal)
    if is_capped or level < MAKING_LEVEL:
        return False
    said, done = gives_of(known.positions, source), acts_of(known.positions, source)
    if level >= LEADING_LEVEL:
        if any(_is_people(at, proposal) for at in chunk):
            return False
        claimed, granted = stems_at(clause.positions, proposal), stems_at(known.positions, source)
        is_same_hand = claimed <= MANAGING | HANDLING and bool(granted & HANDLING)
        is_run = claimed <= RUNNING and bool(granted & CONDUCTING)
        is_deed = _is_light(clause, proposal) and bool(takes_of(clause.words, proposal) & said)
        return is_same_hand or is_run or is_deed
    if takes_of(clause.words, proposal) & said and _is_light(clause, proposal):
        return True
    top = [
        at for at, verb in zip(clause.positions, clause.verbs, strict=True) if verb.level >= level
    ]
    return (
        bool(top)
        and _is_object_of(known, source, chunk, proposal)
        and all(
            (found := proposal.tokens[at].word) is not None
            and bool((found.takes | found.acts) & (said | done))
            for at in top
        )
    )


def _shared_level(known: Clause, proposal: Passage) -> int:
    """The step of what a team did, where the proposal still says that it was a team."""
    return known.team_level if proposal.is_shared else 0


def _is_other_look(
    known: Clause, source: Passage, clause: Clause, chunk: Sequence[int], proposal: Passage
) -> bool:
    """Whether `examined` stands for `studied`, or `completed` for `attended` of a course."""
    granted, claimed = stems_at(known.positions, source), stems_at(clause.positions, proposal)
    if granted <= LOOKING and claimed <= EXAMINING | LOOKING:
        return True
    is_course = bool(COURSES & stems_at([*chunk, *clause.words], proposal))
    return is_course and granted <= ATTENDING and claimed <= COMPLETING


def _is_light(clause: Clause, proposal: Passage) -> bool:
    found = (proposal.tokens[at].word for at in clause.positions)
    return all(one is not None and one.stem in LIGHT for one in found)


def _is_people(at: int, proposal: Passage) -> bool:
    found = proposal.tokens[at].word
    return found is not None and (found.text in _PEOPLE or found.text.rstrip("s") in _PEOPLE)


def _has_same_noun(clause: Clause, proposal: Passage, grounds: Grounds) -> bool:
    """`Inventory management` in a text without verbs vouches for `managed the inventory`."""
    return all(
        word(verb.base).stem in grounds.source.names
        or bool((found := proposal.tokens[at].word) and found.takes & grounds.source.gives)
        for at, verb in zip(clause.positions, clause.verbs, strict=True)
    )


def _bare_climb(clause: Clause, proposal: Passage, grounds: Grounds) -> Iterator[Climb]:
    """A text without verbs that keeps the work and drops the `helped`."""
    if not grounds.is_bullet or clause.cap < NO_CAP or _still_helps(proposal, grounds.source):
        return
    for chunk in clause.chunks:
        wanted = takes_of(chunk, proposal)
        known = [
            one
            for one in grounds.source.clauses
            if one.level is not None and wanted & gives_of(one.words, grounds.source)
        ]
        if known and all(one.level is not None and one.level <= CAPPING_LEVEL for one in known):
            yield Climb(
                chunk[0], chunk[-1], "You said that you helped with this, not that you did it."
            )
            return


def _still_helps(proposal: Passage, source: Passage) -> bool:
    """`Of the forms I helped with, 12 …`: the low verb of the text is said further on."""
    low = {
        stem
        for clause in source.clauses
        if (clause.level or NO_CAP) <= CAPPING_LEVEL
        for stem in stems_at(clause.positions, source)
    }
    return any(low & stems_at(clause.positions, proposal) for clause in proposal.clauses)


def _climb(clause: Clause, chunk: Sequence[int], proposal: Passage) -> Climb:
    positions = [*clause.positions, *chunk]
    first = min(positions)
    verb = spoken(proposal, clause.positions[0])
    return Climb(first, clause.positions[0], f"'{verb}' claims more than you said you did here.")


def _is_object_of(known: Clause, source: Passage, chunk: Sequence[int], proposal: Passage) -> bool:
    """Whether what is said to be made was the object there, not its place or purpose."""
    objects = [at for own in known.chunks for at in own]
    meant = gives_of([*objects, *known.positions], source)
    return not chunk or not objects or bool(takes_of(chunk, proposal) & meant)


def _is_tools_only(chunk: Sequence[int], proposal: Passage) -> bool:
    found = [proposal.tokens[at].word for at in chunk]
    return all(one is not None and one.is_skill for one in found)
