"""What the student saw or somebody else did, and a rewording may not tell as the student's deed."""

from collections.abc import Sequence
from itertools import pairwise

from app.guard.clause import CAPPING_LEVEL, MAKING_LEVEL, Clause
from app.guard.derived import MOVING, directions
from app.guard.doers import STOPS, SUBJECT_REACH, is_somebody
from app.guard.generic import CARRYING_OUT, GENERIC_DOING, GENERIC_MAKING, LIGHT
from app.guard.lexicon import Word, sets_of, stems_of
from app.guard.passages import Passage
from app.guard.tokens import Token

# "planned and cooked by our batch"
_BY_REACH, _DOER_REACH = 3, 2
_JOINTS = sets_of("grammar.txt")["joints"]
_TEAMS = frozenset({"team", "group", "pair", "us", "crew"})
_REST, _REST_REACH = frozenset({"other", "others", "rest", "remaining"}), 5
_LEARNING = stems_of("learn learnt")


def why_it_is_not_theirs(
    at: int, said: Word, clause: Clause, proposal: Passage, source: Passage
) -> str:
    """Why a verb tells no deed of the student; nothing where it may."""
    if _only_seen_to_move(said, source):
        return "You wrote that a figure moved, not that you moved it."
    is_others = bool(clause.level) and (
        _was_done_by_others(said, clause, source)
        or _takes_the_rest(said, clause, source)
        or (
            source.tells_of_others
            and (
                _was_made_by_others(said, clause, source)
                or _is_what_they_made(said, source)
                or (_is_told(at, proposal) and _is_other_word_for_theirs(said, source))
                or _takes_in_theirs(said, clause, source)
            )
        )
    )
    is_team = is_others and proposal.is_shared and _is_by_own_team(source)
    if is_others and not is_team and not names_their_doer(at, proposal, source):
        return "You said that somebody else did this."
    if said.names.isdisjoint(source.names) and _turns_on_their_doer(clause, proposal, source):
        return "You wrote what they did, not what you did with them."
    return ""


def _is_by_own_team(source: Passage) -> bool:
    """`prepared by a team of three`, of which the student was one; not `by the design team`."""
    return any(
        low == "by"
        and source.lows[at + 1 : at + 2] != ["the"]
        and not _TEAMS.isdisjoint(source.lows[at + 1 : at + 1 + _BY_REACH])
        for at, low in enumerate(source.lows)
    )


def _only_seen_to_move(said: Word, source: Passage) -> bool:
    """`brought it down from 11% to 8%` of one who found that it fell."""
    is_moving = said.stem in MOVING and said.stem not in source.stems
    return is_moving and bool(source.changes) and said.stem not in directions(source)


def _was_done_by_others(said: Word, clause: Clause, source: Passage) -> bool:
    """Whether the text knows this verb only as what others did: `as prescribed by the doctor`."""
    if said.stem not in source.stems:
        return False
    theirs = [
        known
        for known in source.clauses
        # "Learnt to make mocktails" is the student's own.
        if said.stem in known.stems and known.stems.isdisjoint(_LEARNING)
    ]
    objects = clause.words_at(clause.words)
    own = [known for known in source.clauses if known.level and known not in theirs]
    if (
        said.stem in GENERIC_DOING | CARRYING_OUT
        and not any(known.speaks_of(objects) for known in theirs)
        and (not objects or any(known.speaks_of(objects) for known in own))
    ):
        return False
    levels = [known.level or 0 for known in theirs]
    if "by" in source.spelled:
        levels += [0 for at in range(len(source.tokens)) if _is_passive_of(said, at, source)]
    return bool(levels) and max(levels) == 0 < (clause.level or 0) and said.verb_level > 0


def _takes_the_rest(said: Word, clause: Clause, source: Passage) -> bool:
    """`wrote the other chapters` of one who wrote one, while classmates wrote the others."""
    mine = _near(clause) & _REST
    if not mine:
        return False
    known = [one for one in source.clauses if said.stem in one.stems]
    theirs = [_near(one) for one in known if one.is_of_others]
    own = [_near(one) for one in known if not one.is_of_others]
    return any(mine & near for near in theirs) and not any(mine & near for near in own)


def _near(clause: Clause) -> frozenset[str]:
    """What stands beside the verbs of a clause."""
    first, last = clause.positions[0], clause.positions[-1]
    return frozenset(
        [token.low for token in clause.tokens[max(0, first - _REST_REACH) : last + _REST_REACH]]
    )


def _was_made_by_others(said: Word, clause: Clause, source: Passage) -> bool:
    """`designed the template` of one who used a template that a senior had made."""
    if not _is_making(said.stem, said.verb_level):
        return False
    objects = clause.words_at(clause.objects)
    made = [known for known in source.clauses if _are_done(objects, known)]
    makers = [
        known.level
        for known in made
        if any(_is_making(word.stem, word.verb_level) for word in known.words_at(known.positions))
    ]
    return bool(makers) and all(level == 0 for level in makers)


def _is_what_they_made(said: Word, source: Passage) -> bool:
    """`designed the screens` of one who built them to designs that a team had made."""
    if said.stem in GENERIC_MAKING or any(said.stem in known.stems for known in source.clauses):
        return False
    is_making = _is_making(said.stem, said.verb_level)
    theirs = [
        known
        for known in source.clauses
        # "My teammates did the testing"
        if known.is_of_others and (is_making or not known.stems.isdisjoint(CARRYING_OUT))
    ]
    return any(not said.names.isdisjoint(known.named) for known in theirs) and not any(
        word.names & said.names
        for known in source.clauses
        if not known.is_of_others
        for word in known.words_at(known.objects)
    )


def _is_told(at: int, proposal: Passage) -> bool:
    """Whether a verb opens a statement of its own: `…, and corrected it`."""
    return at == 0 or proposal.lows[at - 1] in _JOINTS or proposal.lows[at - 1] in STOPS


def _is_other_word_for_theirs(said: Word, source: Passage) -> bool:
    """`corrected it` of what the team changed."""
    if not said.names.isdisjoint(source.names) or said.stem in GENERIC_DOING | LIGHT:
        return False
    if said.verb_level <= CAPPING_LEVEL:
        return False
    meant = [known for known in source.clauses if known.verbs and known.means(said)]
    return bool(meant) and all(known.is_of_others for known in meant)


def _takes_in_theirs(said: Word, clause: Clause, source: Passage) -> bool:
    """`made the form and the admin pages` where the admin pages were the teammates' work."""
    if said.verb_level <= CAPPING_LEVEL:
        return False
    for chunk in clause.chunks:
        heads = clause.words_at(_before_of(chunk, clause.tokens))
        named = [
            known
            for known in source.clauses
            if any(not word.names.isdisjoint(known.named) for word in heads)
        ]
        meant = [known for known in source.clauses if _are_done(clause.words_at(chunk), known)]
        about = next((found for found in (named, meant) if _are_of_others(found)), None)
        if about:
            is_making = _is_making(said.stem, said.verb_level)
            done = frozenset().union(*[known.done for known in about])
            if is_making or said.stem in CARRYING_OUT or not said.takes.isdisjoint(done):
                return True
    return False


def _are_of_others(clauses: Sequence[Clause]) -> bool:
    return bool(clauses) and all(clause.is_of_others for clause in clauses)


def _before_of(chunk: Sequence[int], tokens: Sequence[Token]) -> list[int]:
    """The thing itself, not whose it is: the renders of `the renders of the reception`."""
    apart = (
        at for at, after in pairwise(chunk) if any(one.low == "of" for one in tokens[at:after])
    )
    last = next(apart, chunk[-1])
    return [at for at in chunk if at <= last]


def _turns_on_their_doer(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`informing the director` for `checked by the director`: what the director did is gone."""
    if "by" not in source.spelled:
        return False
    whom = frozenset().union(*[word.names for word in clause.words_at(clause.objects)])
    for known in source.clauses:
        last = max(known.positions, default=0)
        if not known.is_of_others or "by" not in source.lows[last : last + _BY_REACH]:
            continue
        by = last + source.lows[last : last + _BY_REACH].index("by")
        doers = [token.word for token in source.tokens[by + 1 : by + 1 + _BY_REACH] if token.word]
        is_turned = any(is_somebody([one.text]) and not one.names.isdisjoint(whom) for one in doers)
        if is_turned and all(word.takes.isdisjoint(known.done) for word in proposal.words):
            return True
    return False


def _is_making(stem: str, level: int) -> bool:
    return stem in GENERIC_MAKING or level >= MAKING_LEVEL


def _are_done(objects: Sequence[Word], known: Clause) -> bool:
    """Whether one of these is what a clause of the student tells a deed of."""
    meant = frozenset().union(*[word.gives for word in known.words_at(known.objects)])
    return any(not word.takes.isdisjoint(meant) for word in objects)


def _is_passive_of(said: Word, at: int, source: Passage) -> bool:
    token = source.tokens[at]
    is_same = token.word is not None and token.word.stem == said.stem
    if not is_same or not is_passive_by(at, source):
        return False
    # "after follow-up by the owner"
    return token.low.endswith("ed") or is_somebody(source.lows[at + 2 : at + 2 + _BY_REACH])


def is_passive_by(at: int, proposal: Passage) -> bool:
    """Whether somebody else is named as the doer: `reported by the support desk`."""
    following = proposal.tokens[at + 1 : at + 2]
    return bool(following) and following[0].low == "by"


def names_their_doer(at: int, proposal: Passage, source: Passage) -> bool:
    """`that our batch planned` for `planned and cooked by our batch`: told of the same doer."""
    if "by" not in source.spelled:
        return False
    said = proposal.tokens[at].word
    start = max(0, at - SUBJECT_REACH)
    before = [
        near.word
        for place, near in enumerate(proposal.tokens[start:at], start)
        # "with the nurse, referred them" tells of both.
        if near.word and "with" not in proposal.lows[max(0, place - 2) : place]
    ]
    for place, token in enumerate(source.tokens):
        if said is None or token.word is None or token.word.stem != said.stem:
            continue
        following = source.lows[place + 1 : place + 1 + SUBJECT_REACH]
        if "by" not in following:
            continue
        by = place + 1 + following.index("by")
        doers = [near.word for near in source.tokens[by + 1 : by + 1 + _DOER_REACH] if near.word]
        names = frozenset().union(*[doer.names for doer in doers if not doer.is_glue])
        if any(not word.names.isdisjoint(names) for word in before):
            return True
    return False
