"""Verbs that add nothing where they stand: generic, or another word for a figure or a noun."""

from itertools import takewhile

from app.guard.clause import CAPPING_LEVEL, DOING_LEVEL, MAKING_LEVEL, NO_CAP, Clause
from app.guard.derived import directions
from app.guard.evidence import Grounds
from app.guard.generic import (
    CARRYING_OUT,
    EVERYDAY,
    GENERIC_DOING,
    GENERIC_HELPING,
    GENERIC_MAKING,
    LIGHT,
    LOOKING,
)
from app.guard.lexicon import Word, stems_of
from app.guard.passages import Passage
from app.guard.positions import takes_of

# Those asked answered; one asks to learn.
_RESPONDING = stems_of("answer fill_in complete respond reply return take")
_ASKED = stems_of("questionnaire survey form question poll quiz interview feedback")
_WINNING = stems_of(
    "win secure earn take claim clinch bag achieve obtain get finish place come stand rank"
)
# `Helped make calls` may stand for `helped call`; `helped prepare` says more than it carries.
_CARRYING = LIGHT - (GENERIC_MAKING - stems_of("make"))
_WRITING = stems_of("prepare draft write compile type draw")
_LEARNING = stems_of("learn know understand see find hear")
_OBJECT_REACH = 4
_THINGS, _THING_REACH = frozenset({"which", "that"}), 2
_BY_WAY_OF = frozenset({"with", "by", "on"})


def says_little(said: Word, clause: Clause, proposal: Passage, grounds: Grounds) -> bool:
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
            and not _is_told_of_thing(said, source)
            and not is_of_thing(clause, proposal)
            and _is_replaced(clause, proposal, source)
            and _replaces(proposal, source)
            and not (root in _WRITING and _is_read_only(clause, source))
        )
        or (root in _CARRYING and (clause.level or 0) <= CAPPING_LEVEL)
        or (root in LIGHT and _names_the_deed(clause, proposal, source))
        or (clause.stems <= CARRYING_OUT and _is_carried_anyway(clause, source))
    )


def _is_read_only(clause: Clause, source: Passage) -> bool:
    """`prepare drawings` of one who reads drawings."""
    about = [known for known in clauses_about(clause, source) if known.verbs]
    return bool(about) and all(known.stems <= LOOKING for known in about)


def is_of_thing(clause: Clause, proposal: Passage) -> bool:
    """`which brought 130 donors`: what came of a deed is no other word for it."""
    before = proposal.lows[max(0, clause.positions[0] - 2) : clause.positions[0]]
    # "templates that I set up"
    is_mine = before[-1:] in (["i"], ["we"])
    return not {"which", "that"}.isdisjoint(before if is_mine else before[-1:])


def _is_told_of_thing(said: Word, source: Passage) -> bool:
    """`collected` of one who entered forms collected from villages: by whom, it does not say."""
    return not said.names.isdisjoint(source.names) and any(
        word.verb is not None and word.verb.form == "past" and not word.names.isdisjoint(said.names)
        for word in source.words
    )


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


def _replaces(proposal: Passage, source: Passage) -> bool:
    """Whether every act the student did not name takes the place of one that is gone."""
    before, after = _acted(source), _acted(proposal)
    vouched = source.names | GENERIC_DOING | directions(source)
    new = [stem for stem in after if stem not in vouched]
    gone = [stem for stem in _own_acts(source) if stem not in proposal.names]
    return len(new) <= max(len(gone), not before)


def _is_replaced(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """Whether what the student did to these objects is no longer said of them."""
    about = [known for known in clauses_about(clause, source) if known.verbs]
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


def clauses_about(clause: Clause, source: Passage) -> list[Clause]:
    """The student's clauses about the objects of a proposed one."""
    objects = clause.words_at(clause.objects)
    return [known for known in source.clauses if known.speaks_of(objects)]


def bare_level(grounds: Grounds) -> int:
    """The step of a text without verbs: a project described is made, a duty named is done."""
    return MAKING_LEVEL if grounds.is_project else DOING_LEVEL
