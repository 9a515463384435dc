"""Clauses that claim no deed of their own: a figure moved, a sum came to, a plan is planned."""

from itertools import pairwise

from app.guard.clause import CAPPING_LEVEL, NO_CAP, Clause
from app.guard.doers import PASSIVE
from app.guard.generic import COURSES
from app.guard.lexicon import sets_of, stems_of
from app.guard.others_deeds import names_their_doer
from app.guard.passages import Passage
from app.guard.roles import HOPING

_USING = stems_of("use")
_TAKING = stems_of("do complete undergo take have")
_WORKING_WITH = stems_of("work_with")
_SKILLED = frozenset(
    ["comfortable", "good", "skilled", "confident", "familiar", "interested", "proficient"]
)
_HOPE_REACH = 12
_DENIAL_REACH = 3
_WITH, _WITH_REACH = frozenset({"with", "using"}), 5
_JOINTS = sets_of("grammar.txt")["joints"]
_PAST = ("ed", "en", "ade", "one", "ung", "ept", "old", "ought", "aught")
_LEARNING_THERE = stems_of("train intern")
_FIGURE_REACH = 5
_COUNTS = frozenset({"plain", "year", "ordinal", "vague"})
_RESULTING = stems_of(
    "achieve reach attain obtain get give yield record register score hit come have average amount "
    "make_up account_for constitute represent total"
)
_FALLING = stems_of("fall drop decline decrease dip shrink go come")
_RISING = stems_of("rise grow increase climb go come")


def claims_nothing(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """Whether a clause tells no deed at all, or one of which the student told as much."""
    return (
        _happened(clause, source)
        or _was_taught(clause, proposal, source)
        or all(names_their_doer(at, proposal, source) for at in clause.positions)
        or _came_to(clause, proposal, source)
        or _had_with(clause, source)
        or _did_course(clause, source)
        or _is_denied_too(clause, proposal, source)
        or _is_skill(clause, proposal, source)
        or _is_still_planned(clause, proposal, source)
        or _is_attribute(clause, proposal, source)
        or _is_nobodys(clause, proposal, source)
    )


def _happened(clause: Clause, source: Passage) -> bool:
    """Whether it only tells, without a doer, that a figure moved as the student said: it fell."""
    if clause.chunks or not source.changes:
        return False
    falls = any(end < start for start, end in source.changes)
    rises = any(end > start for start, end in source.changes)
    return clause.stems <= _FALLING if falls and not rises else rises and clause.stems <= _RISING


def _was_taught(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`trained in dairy plants`, `interned at two`, of one who wrote of training there."""
    after = proposal.lows[clause.positions[-1] + 1 : clause.positions[-1] + 2]
    return clause.stems <= _LEARNING_THERE & source.stems and after in (["in"], ["at"])


def _came_to(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`reaching 84% accuracy`: another way to say what a figure of the student was."""
    if not clause.stems <= _RESULTING:
        return False
    last = clause.positions[-1]
    figures = {one.kind for one in proposal.quantities if last < one.first <= last + _FIGURE_REACH}
    is_figure = bool(figures & {one.kind for one in source.quantities} - _COUNTS)
    did = max((known.level or 0 for known in source.clauses), default=0) > CAPPING_LEVEL
    at = clause.positions[0]
    # "the total cost came to Rs 1.85 lakh" is nobody's deed.
    has_subject = (
        at > 0 and proposal.tokens[at - 1].word is not None and proposal.lows[at - 1] not in _JOINTS
    )
    return is_figure and (did or has_subject)


def _had_with(clause: Clause, source: Passage) -> bool:
    """`used a checklist` for visits `with a checklist`; who helped with one worked with it."""
    if clause.stems not in (_USING, _WORKING_WITH):
        return False
    objects = clause.words_at(clause.objects)
    is_below = any(known.cap < NO_CAP for known in source.clauses)
    # "Using a checklist, helped …": how, not what was done.
    is_how = clause.stems == _USING and clause.verbs[0].form == "ing"
    if not objects or clause.stems != (_WORKING_WITH if is_below and not is_how else _USING):
        return False
    had = frozenset().union(
        *[
            token.word.names
            for at, token in enumerate(source.tokens)
            if token.word and not _WITH.isdisjoint(source.lows[max(0, at - _WITH_REACH) : at])
        ]
    )
    return all(word.is_glue or not word.names.isdisjoint(had) for word in objects)


def _is_skill(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`comfortable with monitoring vital signs` for `with vital signs monitoring`."""
    at = clause.positions[0]
    return clause.stems <= source.stems and at > 1 and proposal.lows[at - 2] in _SKILLED


def _is_denied_too(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`has not been built yet` of what `is not yet built`."""
    if "not" not in source.spelled or not _is_denied(clause.positions[0], proposal):
        return False
    said = clause.words_at(clause.positions[:1])
    return any(
        token.word is not None
        and any(token.word.stem == word.stem for word in said)
        and _is_denied(at, source)
        for at, token in enumerate(source.tokens)
    )


def _is_denied(at: int, passage: Passage) -> bool:
    return "not" in passage.lows[max(0, at - _DENIAL_REACH) : at]


def _did_course(clause: Clause, source: Passage) -> bool:
    """`who has done industrial training` of a student `with industrial training`."""
    objects = clause.words_at(clause.objects)
    if not clause.stems <= _TAKING or not objects or objects[-1].stem not in COURSES:
        return False
    # Who helped with a workshop took none.
    had = {at for one in source.clauses if not one.positions for at in one.words}
    return any(
        word.stem == objects[-1].stem
        and at in had
        and "with" in source.lows[max(0, at - _WITH_REACH) : at]
        and HOPING.isdisjoint(source.lows[max(0, at - _HOPE_REACH) : at])
        for at, token in enumerate(source.tokens)
        if (word := token.word)
    )


def _is_still_planned(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`a study is planned` of one who plans it."""
    before = proposal.lows[max(0, clause.positions[0] - 1) : clause.positions[0]]
    return clause.stems == {"plan"} <= source.stems and before in (["is"], ["are"])


def _is_attribute(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`missed items` at the start of a statement, of which the student wrote in another place."""
    at = clause.positions[0]
    pair = proposal.lows[at : at + 2]
    if len(clause.positions) > 1 or not pair[0].endswith("ed") or pair[0] not in source.spelled:
        return False
    places = (place for place, low in enumerate(source.lows) if low == pair[0])
    told = {place for known in source.clauses for place in known.positions}
    return any(source.lows[place : place + 2] == pair and place not in told for place in places)


def _is_nobodys(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`before plates were made` of one who wrote that they were: whose deed, neither says."""
    if any(at == 0 or proposal.lows[at - 1] not in PASSIVE for at in clause.positions):
        return False
    told = {
        low for before, low in pairwise(source.lows) if before in PASSIVE and low.endswith(_PAST)
    }
    return all(proposal.lows[at] in told for at in clause.positions)
