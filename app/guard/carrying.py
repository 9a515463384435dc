"""Whether one clause of the student carries a proposed one: as high a step, or another word."""

from collections.abc import Sequence

from app.guard.clause import LEADING_LEVEL, MAKING_LEVEL, NO_CAP, Clause
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
from app.guard.passages import Passage
from app.guard.positions import gives_of, stems_at, takes_of

_DEED_REACH = 3
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


def allows(  # noqa: PLR0911, PLR0913, PLR0917  the six parts of one comparison, a return for each law
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
    if level < MAKING_LEVEL and _is_other_look(known, clause, chunk, proposal):
        return True
    is_capped = known.cap < NO_CAP and not _shared_level(known, proposal)
    if is_capped or level < MAKING_LEVEL:
        return False
    if level >= LEADING_LEVEL:
        if any(_is_people(at, proposal) for at in chunk):
            return False
        is_same_hand = (
            clause.stems <= MANAGING | HANDLING
            and bool(known.stems & HANDLING)
            and _is_head_of(known, source, chunk, proposal)
        )
        is_run = clause.stems <= RUNNING and bool(known.stems & CONDUCTING)
        is_deed = _is_light(clause, proposal) and bool(clause.takes & known.done)
        return is_same_hand or is_run or is_deed
    if _is_light(clause, proposal) and _names_deed(clause, known, proposal):
        return True
    top = [
        at for at, verb in zip(clause.positions, clause.verbs, strict=True) if verb.level >= level
    ]
    return (
        bool(top)
        and _is_object_of(known, source, chunk, proposal)
        and all(
            (found := proposal.tokens[at].word) is not None
            and bool((found.takes | found.acts) & known.done)
            for at in top
        )
    )


def _shared_level(known: Clause, proposal: Passage) -> int:
    """The step of what a team did, where the proposal still says that it was a team."""
    return known.team_level if proposal.is_shared else 0


def _is_other_look(known: Clause, clause: Clause, chunk: Sequence[int], proposal: Passage) -> bool:
    """Whether `examined` stands for `studied`, or `completed` for `attended` of a course."""
    granted, claimed = known.stems, clause.stems
    if granted <= LOOKING and claimed <= EXAMINING | LOOKING:
        return True
    is_course = bool(COURSES & stems_at([*chunk, *clause.words], proposal))
    return is_course and granted <= ATTENDING and claimed <= COMPLETING


def _names_deed(clause: Clause, known: Clause, proposal: Passage) -> bool:
    """`made entries` for `entered`, though entries are no content elsewhere."""
    last = clause.positions[-1] + 1
    near = range(last, min(last + _DEED_REACH, len(proposal.tokens)))
    return bool((clause.takes | takes_of(near, proposal)) & known.done)


def _is_light(clause: Clause, proposal: Passage) -> bool:
    found = (proposal.tokens[at].word for at in clause.positions)
    return all(one is not None and one.stem in LIGHT for one in found)


def _is_people(at: int, proposal: Passage) -> bool:
    found = proposal.tokens[at].word
    return found is not None and (found.text in _PEOPLE or found.text.rstrip("s") in _PEOPLE)


def _is_object_of(known: Clause, source: Passage, chunk: Sequence[int], proposal: Passage) -> bool:
    """Whether what is said to be made was the object there, not its place or purpose."""
    if not chunk or not known.objects:
        return True
    meant = gives_of([*known.objects, *known.positions], source)
    return not meant.isdisjoint(takes_of(chunk, proposal))


def _is_head_of(known: Clause, source: Passage, chunk: Sequence[int], proposal: Passage) -> bool:
    """Whether a chunk names the object itself: who kept the files of a section did not keep it."""
    heads = [
        at
        for own in known.chunks
        for at in own
        if "of" not in {source.tokens[place].low for place in range(own[0], at)}
    ]
    return not heads or bool(takes_of(chunk, proposal) & gives_of(heads, source))
