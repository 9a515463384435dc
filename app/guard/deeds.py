"""Acts: what a proposal says was done must be an act the student named, or say next to nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.guard.clauses import CAPPING_LEVEL, DOING_LEVEL, MAKING_LEVEL, NO_CAP, Clause
from app.guard.derived import directions
from app.guard.evidence import Grounds
from app.guard.generic import EVERYDAY, GENERIC_DOING, GENERIC_HELPING, GENERIC_MAKING, LIGHT
from app.guard.lexicon import Word
from app.guard.passages import Passage
from app.guard.positions import acts_of, gives_of, stems_at, takes_of
from app.guard.tokens import Token


_WAS = frozenset({"was", "were", "is", "are", "been", "being"})


@dataclass(frozen=True)
class Climb:
    """A claim above what the student said; `first` and `last` are token positions, inclusive."""

    first: int
    last: int
    reason: str


def unsaid_verbs(clause: Clause, proposal: Passage, grounds: Grounds) -> Iterator[Climb]:
    """Verbs for something the student did not say was done."""
    acts = [(at, said) for at in clause.positions if (said := proposal.tokens[at].word)]
    for at, said in acts:
        if _was_done_by_others(said, clause, grounds.source):
            yield Climb(at, at, "You said that somebody else did this.")
            continue
        if (said.takes | said.acts) & grounds.source.deeds:
            continue
        if said.names & grounds.source.names and not _is_finite(at, clause):
            continue
        if _is_passive(at, proposal) and said.takes & grounds.source.gives:
            continue
        if _is_passive_by(at, proposal) and (said.takes & grounds.gives or said.stem in LIGHT):
            continue
        if (clause.level or 0) <= CAPPING_LEVEL and said.acts & grounds.source.all_acts:
            continue
        if _says_little(said, clause, proposal, grounds):
            continue
        if any(said.takes & other.deeds for other in grounds.around.facts):
            continue
        if any(_shares_object(clause, said, proposal, other) for other in grounds.neighbours):
            continue
        yield Climb(at, at, f"'{spoken(proposal, at)}' is not what you said you did here.")


def _is_finite(at: int, clause: Clause) -> bool:
    """Whether a verb states a deed of its own: `audited`, not `while auditing` or `to audit`."""
    return any(
        place == at and verb.form == "past"
        for place, verb in zip(clause.positions, clause.verbs, strict=True)
    )


def _was_done_by_others(said: Word, clause: Clause, source: Passage) -> bool:
    """Whether the text knows this verb only as what others did: `as prescribed by the doctor`."""
    levels = [
        known.level or 0
        for known in source.clauses
        if said.stem in stems_at(known.positions, source)
    ]
    levels += [0 for at, one in enumerate(source.tokens) if _is_passive_of(said, one, at, source)]
    return bool(levels) and max(levels) == 0 < (clause.level or 0) and said.verb_level > 0


def _is_passive_of(said: Word, token: Token, at: int, source: Passage) -> bool:
    is_same = token.word is not None and token.word.stem == said.stem
    return is_same and token.low.endswith("ed") and _is_passive_by(at, source)


def _says_little(said: Word, clause: Clause, proposal: Passage, grounds: Grounds) -> bool:
    """Whether a verb adds nothing here: generic, or another word for a figure, an act, a noun."""
    root, source = said.stem, grounds.source
    return (
        root in GENERIC_DOING
        or root in GENERIC_HELPING
        or (root in GENERIC_MAKING and _has_made(grounds) and _replaces(proposal, source))
        or root in directions(source)
        or ((root in EVERYDAY or said.verb_level <= CAPPING_LEVEL) and _replaces(proposal, source))
        or (root in LIGHT and (clause.level or 0) <= CAPPING_LEVEL)
        or (root in LIGHT and _names_the_deed(clause, proposal, source))
    )


def _is_passive(at: int, proposal: Passage) -> bool:
    """Whether it tells what was done to something: `before they were discharged`."""
    return at > 0 and proposal.tokens[at - 1].low in _WAS


def _is_passive_by(at: int, proposal: Passage) -> bool:
    """Whether somebody else is named as the doer: `reported by the support desk`."""
    following = proposal.tokens[at + 1 : at + 2]
    return bool(following) and following[0].low == "by"


def _replaces(proposal: Passage, source: Passage) -> bool:
    """Whether every act the student did not name takes the place of one that is gone."""
    before, after = _acted(source), _acted(proposal)
    new = [stem for stem in after if stem not in source.names]
    gone = [stem for stem in before if stem not in proposal.names]
    return len(new) <= max(len(gone), not before)


def _acted(passage: Passage) -> set[str]:
    positions = [at for clause in passage.clauses for at in clause.positions]
    return stems_at(positions, passage)


def _names_the_deed(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`Ran a simulation` where the student wrote `simulated`."""
    wanted = takes_of([*clause.words, *clause.positions[1:]], proposal)
    return any(
        wanted & gives_of(known.positions, source)
        for known in source.clauses
        if known.cap == NO_CAP
    )


def _has_made(grounds: Grounds) -> bool:
    levels = [clause.level for clause in grounds.source.clauses if clause.level is not None]
    return max(levels, default=bare_level(grounds)) >= MAKING_LEVEL


def _shares_object(clause: Clause, said: Word, proposal: Passage, other: Passage) -> bool:
    """Whether another bullet says this verb of one of these objects."""
    objects = [at for chunk in clause.chunks for at in chunk] or clause.words
    wanted = takes_of(objects, proposal)
    return any(
        (
            said.takes & gives_of(known.positions, other)
            or said.acts & acts_of(known.positions, other)
        )
        and wanted & gives_of(known.words, other)
        for known in other.clauses
        if known.level is not None
    )


def bare_level(grounds: Grounds) -> int:
    """The step of a text without verbs: a project described is made, a duty named is done."""
    return MAKING_LEVEL if grounds.is_project else DOING_LEVEL


def spoken(proposal: Passage, at: int) -> str:
    """The word at a position as the reason quotes it."""
    return proposal.tokens[at].text.lower()
