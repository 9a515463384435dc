"""What was only planned or proposed, or did not happen, is not told as done."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from app.guard.clause import Clause
from app.guard.doers import PASSIVE
from app.guard.hedges import DroppedLimit, negates
from app.guard.lexicon import Word, sets_of, stems_of
from app.guard.passages import Passage
from app.guard.tokens import Token

_SETS = sets_of("unrealised.txt")
_PLANNING, _WISHING, _PROPOSING = _SETS["planning"], _SETS["wishing"], _SETS["proposing"]
_POSSIBLY = frozenset({"could", "may", "might"})
_REPORTING = _SETS["reporting"]
_AGREEING, _TO_COME = _SETS["agreeing"], _SETS["to_come"]
_AWAITING = frozenset({"awaiting", "pending", "waiting"})
_STILL_OPEN = _SETS["still_open"].union(_PLANNING, _WISHING, _PROPOSING)
_WHICH = frozenset({"which", "who"})
_IS = frozenset({"is", "are"})
_LEFT_OPEN = (
    _AWAITING | _PLANNING | _AGREEING | _WISHING | _PROPOSING | _TO_COME | _POSSIBLY | {"yet"}
)
_NOT, _SEGMENT_ENDS = _SETS["not"], _SETS["segment_ends"]
_FIRST_PERSON = frozenset({"i", "we"})
_SENTENCE_ENDS = frozenset(".!?;:")
# "Hoping to", "I want to": the wish of somebody else further on is no plan of the student.
_WISH_REACH = 2
_NOW_REACH = 5
_NOW = frozenset({"present", "am", "currently", "now", "still", "started", "began", "also"})
_LEARNING_REACH = 2
_DENIED_REACH = 3
_STILL_LEARNING = _SETS["still_learning"]
_UNDER_WAY = _SETS["under_way"]
_FINISHING = stems_of("complete finish conclude submit defend publish final close")


def unrealised(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """Deeds of the proposal that the student had planned, proposed, or said did not happen."""
    yield from _done_at_last(proposal, source)
    yield from _said_not_to_be(proposal, source)
    yield from _learnt_by_now(proposal, source)
    yield from _finished_by_now(proposal, source)
    yield from _proposed_then_done(proposal, source)


def _done_at_last(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    planned = _planned(source)
    if not planned:
        return
    meant = frozenset().union(*[token.gives for token in _words(source, planned)])
    apart = [at for at in range(len(source.tokens)) if at not in planned]
    # Verbs that say little are deeds, too: `will make a model`.
    deeds = _stems(source, planned) - _stems(source, apart)
    # "The librarian has the proposal": that word leaves nothing open.
    done = Counter([source.lows[at] for at in apart if at not in planned.values()])
    said = Counter([token.low for token in proposal.tokens if token.text != "May"])
    openers = {source.lows[at] for at in planned.values()}
    # "May" and "waiting" leave open what they left open before, not just anything.
    still_open = [low for low in _STILL_OPEN | openers if said[low] > done[low]]
    # "Suggested it, which they plan to try": each of the two keeps its own open.
    if len(still_open) >= len(openers) or (still_open and openers.isdisjoint(still_open)):
        return
    if _is_agreed(proposal):
        return
    planned = {at: by for at, by in planned.items() if source.lows[by] not in still_open}
    elsewhere = frozenset().union(*[token.gives for token in _words(source, apart)])
    for clause in proposal.clauses:
        if not clause.verbs or _is_infinitive(clause, proposal):
            continue
        for at in (*clause.positions, *clause.words):
            word = proposal.tokens[at].word
            if word and (
                (at in clause.positions and word.stem in deeds)
                or (word.takes & meant and not word.takes & elsewhere)
            ):
                deed = proposal.tokens[clause.positions[0]].text.lower()
                reason = f"You wrote that this was planned or proposed; '{deed}' says it was done."
                yield DroppedLimit("plan", deed, reason)
                return


def _is_agreed(proposal: Passage) -> bool:
    """Whether it still says that something was agreed to, not `agreed to and tried`."""
    lows = proposal.lows
    return any(low in _AGREEING and _is_before_deed(at, lows) for at, low in enumerate(lows))


def _is_before_deed(at: int, lows: Sequence[str]) -> bool:
    """Whether a `to` follows, and a verb: not as in `agreed to and printed`."""
    return lows[at + 1 : at + 2] == ["to"] and lows[at + 2 : at + 3] != ["and"]


def _is_infinitive(clause: Clause, proposal: Passage) -> bool:
    """Whether it names a deed without saying that it was done: `to put up the signs`."""
    first, at = clause.verbs[0], clause.positions[0]
    # A phrase folded into one word has lost its tense.
    is_told = "_" in first.base and at > 0 and proposal.lows[at - 1] != "to"
    return first.form == "base" and at > 0 and not is_told


def _planned(source: Passage) -> dict[int, int]:
    """Positions of what stands behind `plan to`, `suggested …ing`, `will` in its sentence.

    Each with the position of the word that leaves it open.
    """
    planned: dict[int, int] = {}
    if _LEFT_OPEN.isdisjoint(source.spelled):
        return planned
    lows, tokens = source.lows, source.tokens
    for at in range(len(lows) - 1):
        # "Will" says nothing new of what is planned, and a text may be full of it.
        if _leaves_open(at, lows) and not (at in planned and lows[at] in _TO_COME):
            for place in range(at + 1, len(tokens)):
                # "1:50" ends nothing.
                if lows[place] in _SENTENCE_ENDS and tokens[place - 1].kind != "number":
                    break
                # "Notes that may be used, and taught five boys"
                if lows[at] in _POSSIBLY and lows[place - 1] == "and" and _is_past(tokens[place]):
                    break
                planned[place] = at
    return planned


def _is_past(token: Token) -> bool:
    verb = token.word.verb if token.word else None
    return verb is not None and verb.form == "past"


def _leaves_open(at: int, lows: Sequence[str]) -> bool:
    """Whether what follows a word has not been done yet."""
    low, following = lows[at], lows[at + 1]
    if low in _TO_COME:
        return True
    if low in _AWAITING:
        return at > 0 and lows[at - 1] in _IS
    if low in _POSSIBLY:
        # "which may be tried next year", "estimated that waste could come down"
        return (low != "could" and following == "be") or any(
            one == "that" and lows[place - 1] in _REPORTING for place, one in enumerate(lows[:at])
        )
    if low in _PROPOSING:
        return following.endswith("ing") or following == "to"
    is_mine = at < _WISH_REACH or not _FIRST_PERSON.isdisjoint(lows[at - _WISH_REACH : at])
    is_plan = low in _PLANNING or low in _AGREEING or (low in _WISHING and is_mine)
    return (is_plan and _is_before_deed(at, lows)) or (low == "yet" and following == "be")


def _said_not_to_be(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`the municipality has not been approached`: it was not, whatever is said of it instead."""
    if _NOT.isdisjoint(source.spelled) or negates(proposal):
        return
    for at, low in enumerate(source.lows):
        if low not in _NOT:
            continue
        start = at
        while start and source.lows[start - 1] not in _SEGMENT_ENDS:
            start -= 1
        if not start:
            continue
        before = frozenset().union(*[word.gives for word in _words(source, list(range(start)))])
        for word in (*_words(source, list(range(start, at))), *_verbs_after(at, source)):
            for token in proposal.tokens:
                said = token.word
                if said and said.names & word.names and not said.takes & before:
                    reason = f"You wrote what did not happen with '{token.text}'."
                    yield DroppedLimit(low, token.text, reason)
                    return


def _verbs_after(at: int, source: Passage) -> list[Word]:
    """The deeds that a `not` denies: `the event was not held`."""
    near = [token.word for token in source.tokens[at + 1 : at + 1 + _DENIED_REACH]]
    return [word for word in near if word and word.verb and word.verb.form == "past"]


def _learnt_by_now(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`I work in InDesign and motion design` of one who wrote `I am learning motion design`."""
    if "learning" not in source.spelled or not _STILL_LEARNING.isdisjoint(proposal.spelled):
        return
    at = source.lows.index("learning")
    near = {*source.lows[max(0, at - _WISH_REACH) : at], *source.lows[at + 1 : at + _NOW_REACH]}
    # "Good with Illustrator, and learning Figma"
    is_now = not _NOW.isdisjoint(near) or source.lows[max(0, at - 1) : at] in (["and"], [","])
    if not is_now:
        return
    learning = _words(source, range(at + 1, min(at + 1 + _LEARNING_REACH, len(source.tokens))))
    before = frozenset().union(*[word.names for word in _words(source, range(at))])
    for word in learning:
        for token in proposal.tokens:
            if token.word and token.word.names & word.names and not word.names & before:
                reason = f"You wrote that you are learning '{token.text}'."
                yield DroppedLimit("learning", token.text, reason)
                return


def _finished_by_now(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`Completed` of what was in progress."""
    if _UNDER_WAY.isdisjoint(source.spelled) or not _UNDER_WAY.isdisjoint(proposal.spelled):
        return
    for token in proposal.tokens:
        if token.word and token.word.stem in _FINISHING and token.word.stem not in source.stems:
            yield DroppedLimit("progress", token.text, "You wrote that this is in progress.")
            return


def _proposed_then_done(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`was laid` of what was suggested; `suggested a logo, which was adopted`."""
    if _PROPOSING.isdisjoint(source.spelled):
        return
    pairs = zip(source.lows, source.lows[1:], strict=False)
    is_passive = any(one in PASSIVE and other in _PROPOSING for one, other in pairs)
    links = PASSIVE if is_passive else _WHICH - source.spelled
    for before, token in zip(proposal.lows, proposal.tokens[1:], strict=False):
        word = token.word
        is_deed = before in links and word and word.verb and word.verb.form == "past"
        if is_deed and word and word.stem not in source.stems:
            yield DroppedLimit("plan", token.text, "You wrote that this was proposed.")
            return


def _words(passage: Passage, positions: Iterable[int]) -> list[Word]:
    found = (passage.tokens[at].word for at in positions)
    return [word for word in found if word is not None and not word.is_glue]


def _stems(passage: Passage, positions: Iterable[int]) -> frozenset[str]:
    return frozenset([word.stem for at in positions if (word := passage.tokens[at].word)])
