"""Who did what: a summary tells the student's own deeds, in the student's own words."""

from collections.abc import Iterator, Sequence

from app.guard.lexicon import words_of
from app.guard.passages import Passage, read
from app.guard.quantity_words import NUMBER_WORDS
from app.guard.tokens import Token
from app.summarising.facts import Fact
from app.summarising.wording import WORDS

_DEEDS = WORDS["deeds"]
# Verbs that name a prize, a course or a list and add nothing to it.
_PLAIN = read(_DEEDS["plain"]).stems | {"part_of"}
_PEOPLE = frozenset(_DEEDS["people"].split())
_ROLES = words_of("roles.txt")
_PEOPLES = tuple(_DEEDS["peoples"].split())
_RELATIVES = frozenset({"that", "which", "where", "whom", "whose"})
_STOPS = frozenset(";:.,(!?&") | {"and", "while", "but"}
_COLLECTIVE = frozenset({"people", "staff", "faculty"})
_BREAKS = _STOPS | _RELATIVES
_DETERMINERS = frozenset(_DEEDS["determiners"].split())
_SELF = frozenset({"they", "i", "we", "who"})
# `sorted by hand`, `risen by then`: nobody is named.
_NOBODY = frozenset(_DEEDS["nobody"].split())
# What is further from its verb has other verbs between; and a text may have no stop at all.
_SUBJECT_REACH = 12
# How far a subject's noun may be from its start: the two final-year classmates.
_SUBJECT_WORDS = 4


def borrowed_deeds(
    name: str, proposal: Passage, rests_on: Sequence[Fact], frame: str
) -> Iterator[tuple[str, str, str]]:
    """`(span, code, reason)` of verbs that no cited text has, or only has of somebody else.

    And of what only somebody else did something to, in a sentence that names nobody else.
    """
    own = frozenset(name.lower().replace("-", " ").split())
    said = frozenset().union(*[read(fact.text).names for fact in rests_on], read(frame).names)
    texts = [read(str(fact.value)) for fact in rests_on]
    theirs, others = _stems_by_doer(texts)
    told_of_others = {at for at in range(len(proposal.tokens)) if _is_of_others(proposal, at, own)}
    things = frozenset[str]() if told_of_others else _things_of_others(texts)
    for at, token in enumerate(proposal.tokens):
        word = token.word
        if word and not word.is_glue and word.stem in things:
            yield token.text, "scope", f"'{token.text}' is told of somebody else there."
        if word is None or word.verb is None or token.low in own:
            continue
        is_of_others = at in told_of_others
        is_of_thing = proposal.lows[at - 1] in _RELATIVES if at else False
        if word.stem in theirs - others and not (is_of_others or is_of_thing):
            reason = f"'{token.text}' is told of somebody else there."
            yield token.text, "scope", reason
        elif word.names.isdisjoint(said) and (
            is_of_others or not (word.is_glue or word.stem in _PLAIN)
        ):
            yield token.text, "scope", f"Nothing that it cites says '{token.text}'."


def _stems_by_doer(texts: Sequence[Passage]) -> tuple[set[str], set[str]]:
    """The stems of verbs that somebody else did, and of every other word."""
    theirs: set[str] = set()
    others: set[str] = set()
    for text in texts:
        for at, token in enumerate(text.tokens):
            if token.word:
                (theirs if _is_of_others(text, at, frozenset()) else others).add(token.word.stem)
    return theirs, others


def _things_of_others(texts: Sequence[Passage]) -> frozenset[str]:
    """Stems of what only somebody else did something to: `two classmates built the frame`."""
    theirs: set[str] = set()
    others: set[str] = set()
    for text in texts:
        is_theirs = False
        for at, token in enumerate(text.tokens):
            # "Used by the staff" names them, and nothing that they did something to.
            is_verb = token.word is not None and token.word.verb is not None
            is_begun = is_theirs or (is_verb and _has_subject(text, at, frozenset()))
            is_theirs = is_begun and token.low not in _BREAKS
            if token.word:
                (theirs if is_theirs else others).add(token.word.stem)
    return frozenset(theirs - others)


def _is_of_others(passage: Passage, at: int, own: frozenset[str]) -> bool:
    """Whether a verb has somebody else for its doer: `run by an aunt`, `two friends tested it`.

    `own` are the words of the student's name.
    """
    word = passage.tokens[at].word
    if word is None or word.verb is None:
        return False
    return _has_agent(passage, at) or _has_subject(passage, at, own)


def _has_agent(passage: Passage, at: int) -> bool:
    if passage.lows[at + 1 : at + 2] != ["by"] or at + 2 >= len(passage.lows):
        return False
    doer = passage.lows[at + 2]
    amounts = (one for one in passage.quantities if one.first == at + 2)
    is_amount = any(one.kind not in ("plain", "year") for one in amounts)
    return not (is_amount or doer.endswith("ing") or doer in _NOBODY)


def _has_subject(passage: Passage, at: int, own: frozenset[str]) -> bool:
    start = at
    nearest = max(0, at - _SUBJECT_REACH)
    while start > nearest and passage.lows[start - 1] not in _BREAKS:
        start -= 1
    if start == nearest > 0:
        return False
    subject = passage.tokens[start:at]
    # "Asha and two friends": the student is one of them.
    is_joined = start > 1 and passage.lows[start - 1] == "and" and passage.lows[start - 2] in own
    if not subject or is_joined or any(token.low in own | _SELF for token in subject):
        return False
    if subject[-1].low in _DETERMINERS or subject[-1].low == "to" or any(map(_is_deed, subject)):
        return False
    verb = passage.tokens[at].word
    if verb and verb.verb and verb.verb.form == "base" and not _is_many(subject[-1]):
        return False  # `the daily report`
    if start and passage.lows[start - 1] in _RELATIVES:
        return any(_is_named(token) for token in subject)
    opening = subject[:_SUBJECT_WORDS]
    is_opened = _is_person(opening[0].low) or _is_opening(opening[0])
    return is_opened and any(_is_person(token.low) for token in opening)


def _is_many(token: Token) -> bool:
    return token.low.endswith("s") or token.low in _COLLECTIVE


def _is_deed(token: Token) -> bool:
    return token.word is not None and token.word.verb is not None and not token.word.is_glue


def _is_named(token: Token) -> bool:
    return token.kind == "number" or (token.word is not None and not token.word.is_glue)


def _is_opening(token: Token) -> bool:
    return token.kind == "number" or token.low in _DETERMINERS or token.low in NUMBER_WORDS


def _is_person(low: str) -> bool:
    return low in _PEOPLE or low in _ROLES or low.endswith(_PEOPLES)
