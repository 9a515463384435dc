"""Acts: what a proposal says was done must be an act the student named, or say next to nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile

from app.guard.clause import CAPPING_LEVEL, DOING_LEVEL, MAKING_LEVEL, NO_CAP, Clause
from app.guard.derived import directions
from app.guard.evidence import Grounds
from app.guard.generic import EVERYDAY, GENERIC_DOING, GENERIC_HELPING, GENERIC_MAKING, LIGHT
from app.guard.lexicon import Word, stems_of
from app.guard.others_deeds import is_passive_by, why_it_is_not_theirs
from app.guard.passages import Passage
from app.guard.positions import takes_of
from app.guard.spellings import spelled_apart

# Those asked answered; one asks to learn.
_RESPONDING = stems_of("answer fill_in complete respond reply return take")
_ASKED = stems_of("questionnaire survey form question poll quiz interview feedback")
_WINNING = stems_of(
    "win secure earn take claim clinch bag achieve obtain get finish place come stand rank"
)
_CARRYING_OUT = stems_of("do conduct carry_out perform")
# `Helped make calls` may stand for `helped call`; `helped prepare` says more than it carries.
_CARRYING = LIGHT - (GENERIC_MAKING - stems_of("make"))
_LEARNING = stems_of("learn know understand see find hear")
_OBJECT_REACH = 4
_THINGS, _THING_REACH = frozenset({"which", "that"}), 2
_BY_WAY_OF = frozenset({"with", "by", "on"})
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
        if clause.level == 0 < said.verb_level and said.names & grounds.source.names:
            continue
        if reason := why_it_is_not_theirs(at, said, clause, proposal, grounds.source):
            yield Climb(at, at, reason)
        elif not (
            _is_said_here(at, said, clause, proposal, grounds)
            or _says_little(said, clause, proposal, grounds)
            or any(said.takes & other.deeds for other in grounds.around.facts)
            or any(_shares_object(clause, said, other) for other in grounds.neighbours)
            # "breastfeeding" for "breast feeding"
            or spelled_apart([at], proposal, grounds)
        ):
            yield Climb(at, at, f"'{spoken(proposal, at)}' is not what you said you did here.")


def _is_said_here(at: int, said: Word, clause: Clause, proposal: Passage, grounds: Grounds) -> bool:
    """Whether the own text says that this was done, in whatever form."""
    source = grounds.source
    if not said.names.isdisjoint(source.deeds):
        return True
    # Exercises that others chose "were adopted": by whom, it does not say.
    is_nobodys = clause.level and _is_passive(at, proposal)
    deeds = source.own_deeds if is_nobodys else source.deeds
    is_said = not (said.takes.isdisjoint(deeds) and said.acts.isdisjoint(deeds))
    if is_said and _is_of_same(clause, said, source) and not _is_added(at, said, proposal, source):
        return True
    if said.names & source.names and (
        not _is_finite(at, clause)
        or _is_of_thing(clause, proposal)
        or _has_thing_before(at, proposal)
    ):
        return True
    if _is_passive(at, proposal) and said.takes & source.gives:
        return True
    if is_passive_by(at, proposal) and (grounds.vouches_for(said) or said.stem in LIGHT):
        return True
    return (clause.level or 0) <= CAPPING_LEVEL and bool(said.acts & source.all_acts)


def _is_added(at: int, said: Word, proposal: Passage, source: Passage) -> bool:
    """`prepared charts and presented them`: the deed it would stand for is said already."""
    if at == 0 or proposal.lows[at - 1] != "and" or said.verb is None or said.verb.form != "past":
        return False
    vouching = [known for known in source.clauses if _means(said, known)]
    others = frozenset().union(
        *[one.stems for one in proposal.clauses if said.stem not in one.stems]
    )
    return bool(vouching) and all(known.stems and known.stems <= others for known in vouching)


def _is_of_same(clause: Clause, said: Word, source: Passage) -> bool:
    """Whether the verb stands for one the student said of these things, not of others."""
    vouching = [known for known in source.clauses if _means(said, known)]
    about = _about(clause, source) if vouching else []
    if not about:
        return True
    governed = [
        one
        for one, other in pairwise(source.clauses)
        if other in about and _is_below(other, source)
    ]
    is_carrier = said.stem in LIGHT and any(one.stems & LIGHT for one in about)
    return is_carrier or any(
        known in about or known in governed or (not known.words and known.verbs[0].form != "ing")
        for known in vouching
        if known.verbs
    )


def _means(said: Word, known: Clause) -> bool:
    """Whether the verbs of a clause of the student vouch for a proposed one."""
    return not (said.takes.isdisjoint(known.done) and said.acts.isdisjoint(known.done))


def _is_below(clause: Clause, source: Passage) -> bool:
    """Whether a clause completes the one before it: `how to treat`, `that did not match`."""
    first = clause.positions[0] if clause.positions else 0
    near = {token.low for token in source.tokens[max(0, first - 3) : first]}
    return bool(near & {"to", "how", "that", "which", "who", "what", "for"})


def _about(clause: Clause, source: Passage) -> list[Clause]:
    """The student's clauses about the objects of a proposed one."""
    objects = clause.words_at(clause.objects)
    return [known for known in source.clauses if known.speaks_of(objects)]


def _is_finite(at: int, clause: Clause) -> bool:
    """Whether a verb states a deed of its own: `audited`, not `while auditing` or `to audit`."""
    return any(
        place == at and verb.form == "past"
        for place, verb in zip(clause.positions, clause.verbs, strict=True)
    )


def _says_little(said: Word, clause: Clause, proposal: Passage, grounds: Grounds) -> bool:
    """Whether a verb adds nothing here: generic, or another word for a figure, an act, a noun."""
    root, source = said.stem, grounds.source
    if root in _WINNING and _is_rank(clause.positions[-1], proposal):
        return True
    if said.verb_level <= DOING_LEVEL and _came_with(said, source):
        return True
    if clause.level == 0 and root in _RESPONDING and source.names & _ASKED:
        return True
    is_purpose = clause.verbs[0].form == "base" and clause.positions[0] > 0
    if is_purpose and root in _LEARNING and proposal.tokens[clause.positions[0] - 1].low == "to":
        return True
    return (
        root in GENERIC_DOING
        or root in GENERIC_HELPING
        or (root in GENERIC_MAKING and _has_made(grounds) and _replaces(proposal, source))
        or root in directions(source)
        or (
            (root in EVERYDAY or said.verb_level <= CAPPING_LEVEL)
            and not _is_of_thing(clause, proposal)
            and _is_replaced(clause, proposal, source)
            and _replaces(proposal, source)
        )
        or (root in _CARRYING and (clause.level or 0) <= CAPPING_LEVEL)
        or (root in LIGHT and _names_the_deed(clause, proposal, source))
        or (clause.stems <= _CARRYING_OUT and _is_carried_anyway(clause, source))
    )


def _is_of_thing(clause: Clause, proposal: Passage) -> bool:
    """`which brought 130 donors`: what came of a deed is no other word for it."""
    at = clause.positions[0]
    return at > 0 and proposal.tokens[at - 1].low in ("which", "that")


def _has_thing_before(at: int, proposal: Passage) -> bool:
    """`four of the pairs gave bands`: a noun before the verb is its subject."""
    before = proposal.tokens[at - 1].word if at else None
    return before is not None and not before.is_glue


def _came_with(said: Word, source: Passage) -> bool:
    """`suggested` for `with a suggestion`, `photographed` for `with photographs`."""
    tokens = source.tokens
    for at, token in enumerate(tokens):
        is_noun = token.word is not None and bool(
            token.word.gives & said.names | said.takes & token.word.names
        )
        if is_noun and not _BY_WAY_OF.isdisjoint(source.lows[max(0, at - 2) : at]):
            following = tokens[at + 1].word if at + 1 < len(tokens) else None
            if following is None or following.is_glue:
                return True
    return False


def _is_rank(at: int, proposal: Passage) -> bool:
    """`won third place`: the figure, which is checked, says what was won."""
    return any(
        one.kind == "ordinal"
        and one.value > 1
        and 0 < one.first - at <= 1 + (proposal.tokens[at + 1].low in ("the", "a"))
        for one in proposal.quantities
    )


def _is_passive(at: int, proposal: Passage) -> bool:
    """Whether it tells what was done to something: `before they were discharged`."""
    return at > 0 and proposal.tokens[at - 1].low in _WAS


def _replaces(proposal: Passage, source: Passage) -> bool:
    """Whether every act the student did not name takes the place of one that is gone."""
    before, after = _acted(source), _acted(proposal)
    vouched = source.names | GENERIC_DOING | directions(source)
    new = [stem for stem in after if stem not in vouched]
    gone = [stem for stem in _own_acts(source) if stem not in proposal.names]
    return len(new) <= max(len(gone), not before)


def _is_replaced(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """Whether what the student did to these objects is no longer said of them."""
    about = [known for known in _about(clause, source) if known.verbs]
    said = proposal.names
    return not about or any(not known.stems <= said for known in about)


def _own_acts(source: Passage) -> frozenset[str]:
    """What the student did, without what a thing did: `charts, which took 5 hours`."""
    own = [
        clause
        for clause in source.clauses
        if clause.verbs
        and _THINGS.isdisjoint(
            source.lows[max(0, clause.positions[0] - _THING_REACH) : clause.positions[0]]
        )
    ]
    return frozenset().union(*[clause.stems for clause in own])


def _acted(passage: Passage) -> frozenset[str]:
    return frozenset().union(*[clause.stems for clause in passage.clauses])


def _names_the_deed(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`Ran a simulation` where the student wrote `simulated`."""
    # Its object may be a word that is no content elsewhere: took counts, made a list.
    last = clause.positions[-1] + 1
    others = {at for one in proposal.clauses for at in one.positions if not one.is_nominal}
    near = list(
        takewhile(
            lambda at: at not in others,
            range(last, min(last + _OBJECT_REACH, len(proposal.tokens))),
        )
    )
    wanted = takes_of([*clause.words, *clause.positions[1:], *near], proposal)
    return any(wanted & known.done for known in source.clauses if known.cap == NO_CAP)


def _is_carried_anyway(clause: Clause, source: Passage) -> bool:
    """`carried out the research` for `prepared the research`, or for a project that is named."""
    told = [one for one in source.clauses if one.verbs]
    objects = clause.words_at(clause.objects)
    return not told or any(
        one.stems & LIGHT and _is_done_to(word, one) for one in told for word in objects
    )


def _is_done_to(word: Word, clause: Clause) -> bool:
    meant = frozenset().union(*[known.gives for known in clause.words_at(clause.objects)])
    return not word.takes.isdisjoint(meant)


def _has_made(grounds: Grounds) -> bool:
    levels = [clause.level for clause in grounds.source.clauses if clause.level is not None]
    return max(levels, default=bare_level(grounds)) >= MAKING_LEVEL


def _shares_object(clause: Clause, said: Word, other: Passage) -> bool:
    """Whether another bullet says this verb of one of these objects."""
    objects = clause.words_at(clause.objects or clause.words)
    return any(
        _means(said, known) and known.speaks_of(objects)
        for known in other.clauses
        if known.level is not None
    )


def bare_level(grounds: Grounds) -> int:
    """The step of a text without verbs: a project described is made, a duty named is done."""
    return MAKING_LEVEL if grounds.is_project else DOING_LEVEL


def spoken(proposal: Passage, at: int) -> str:
    """The word at a position as the reason quotes it."""
    return proposal.tokens[at].text.lower()
