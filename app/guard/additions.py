"""Words a rewording may add, because they say nothing new beside what the student said."""

import re

from app.guard.derived import directions
from app.guard.evidence import Grounds
from app.guard.frequencies import RATES
from app.guard.generic import CARRIERS, GENERIC_DOING, GENERIC_MAKING, LIGHT
from app.guard.hedges import PRIZES, negates
from app.guard.lexicon import Word, sets_of, stem, stems_of, words_of
from app.guard.passages import Passage

_SETS = sets_of("rewording.txt")
_KIND_SETS = sets_of("kinds.txt")
_TOGETHER = _SETS["together"]
_WINNING = frozenset({"won", "received", "secured", "earned", "awarded", "placed", "obtained"})
_TOP = stems_of("top")
_DIRECTIONS = stems_of("higher lower less more fewer below above under against longer shorter")
_NEGATIONS = _SETS["negations"]
# What a paper or a page does with its content.
_CONTENT = _SETS["content"]
# What a paper handed over is for.
_REVIEWED_FOR = _SETS["handed_over_for"]
# What a figure in a unit measures.
_MEASURES = sets_of("measures.txt")
# Who worked under an operator did so under the operator's guidance.
_SUPERVISION = _SETS["supervision"]
_SUPERVISED = _SUPERVISION | _SETS["supervised"]
_TONGUES = _KIND_SETS["tongues"]
_DAYTIMES = _SETS["daytimes"]
_SAYING_NOTHING = words_of("neutral.txt").union(RATES)
_GRADED = _SETS["graded"]
_BEFORE_AND_AFTER = _SETS["before_and_after"]
# These widen a claim from what is said elsewhere in the entry to what is said here.
_UNIVERSAL = frozenset({"every", "all", "always", "everyone", "whole", "entire", "full"})
_NEGATIVE_PREFIX = re.compile(r"(?:un|non|in|im|ir|il|dis|mis)(\w{4,})")
# What the items of a section are anyway.
_SECTION_WORDS = {
    kind: words
    for kind, words in _KIND_SETS.items()
    if kind not in ("tools", "tongues", "units", "departments")
}


def adds_nothing(word: Word, grounds: Grounds) -> bool:
    """Whether a word is glue, the student's in other words, or carried by his figures."""
    return (
        word.is_glue
        or word.text in _SAYING_NOTHING
        or (word.text not in _UNIVERSAL and grounds.vouches_for(word))
        or not word.takes.isdisjoint(grounds.source.gives)
        or (bool(grounds.source.changes) and word.stem in directions(grounds.source))
        or not word.names.isdisjoint(grounds.names)
        or (bool(word.acts) and not word.acts.isdisjoint(grounds.source.deeds))
        or (word.text in _WINNING and _tells_of_prize(word, grounds))
        or (word.text in _TOGETHER and grounds.source.is_shared)
        or (word.stem in _DIRECTIONS and bool(grounds.source.contrasts or grounds.source.changes))
        or word.text in _SECTION_WORDS.get(grounds.path.partition(".")[0], ())
        or _is_light_participle(word)
        or (word.text in _NEGATIONS and negates(grounds.source))
        or (word.text in _BEFORE_AND_AFTER and bool(_BEFORE_AND_AFTER & grounds.source.spelled))
        or _is_negative_of(word, grounds.source)
        or (word.text in _CONTENT and grounds.is_bullet)
        or (word.text in ("every", "each") and bool(_DAYTIMES & grounds.source.spelled))
        or (
            word.text in ("bilingual", "multilingual")
            and len(_TONGUES & grounds.source.spelled) > 1
        )
        or (word.text in _SUPERVISION and bool(_SUPERVISED & grounds.source.spelled))
        or (word.text in _REVIEWED_FOR and "for" in grounds.source.spelled)
        or any(word.text in _MEASURES.get(one.kind, ()) for one in grounds.source.quantities)
        or (
            word.text[-2:] == "er"
            and word.text[:-2] in grounds.source.spelled
            and word.text in _GRADED
        )
    )


def _tells_of_prize(word: Word, grounds: Grounds) -> bool:
    """`won` of a prize listed; who was among the top twelve did not win."""
    prizes = PRIZES - _TOP if word.text == "won" else PRIZES
    return bool(grounds.source.names & prizes) and not grounds.is_bullet


def _is_negative_of(word: Word, source: Passage) -> bool:
    """`untested` for what nobody had tested."""
    found = _NEGATIVE_PREFIX.fullmatch(word.text)
    return found is not None and stem(found[1]) in source.names and negates(source)


def _is_light_participle(word: Word) -> bool:
    """`made` or `used` behind a noun."""
    if word.verb is None:
        return False
    if word.verb.form not in ("past", "ing"):
        return word.stem in CARRIERS
    return word.stem in GENERIC_DOING | GENERIC_MAKING | LIGHT
