"""What the student saw or somebody else did, and a rewording may not tell as the student's deed."""

from app.guard.clause import Clause
from app.guard.derived import MOVING, directions
from app.guard.generic import GENERIC_DOING, LIGHT
from app.guard.lexicon import Word
from app.guard.passages import Passage


def only_seen_to_move(said: Word, source: Passage) -> bool:
    """`brought it down from 11% to 8%` of one who found that it fell."""
    is_moving = said.stem in MOVING and said.stem not in source.stems
    return is_moving and bool(source.changes) and said.stem not in directions(source)


def was_done_by_others(said: Word, clause: Clause, source: Passage) -> bool:
    """Whether the text knows this verb only as what others did: `as prescribed by the doctor`."""
    if said.stem not in source.stems:
        return False
    theirs = [known for known in source.clauses if said.stem in known.stems]
    objects = clause.words_at(clause.words)
    if said.stem in GENERIC_DOING | LIGHT and not any(known.speaks_of(objects) for known in theirs):
        return False
    levels = [known.level or 0 for known in theirs]
    if "by" in source.spelled:
        levels += [0 for at in range(len(source.tokens)) if _is_passive_of(said, at, source)]
    return bool(levels) and max(levels) == 0 < (clause.level or 0) and said.verb_level > 0


def _is_passive_of(said: Word, at: int, source: Passage) -> bool:
    token = source.tokens[at]
    is_same = token.word is not None and token.word.stem == said.stem
    return is_same and token.low.endswith("ed") and is_passive_by(at, source)


def is_passive_by(at: int, proposal: Passage) -> bool:
    """Whether somebody else is named as the doer: `reported by the support desk`."""
    following = proposal.tokens[at + 1 : at + 2]
    return bool(following) and following[0].low == "by"
