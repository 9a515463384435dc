"""Whose deed a verb tells: the student's, or somebody else's who is named beside it."""

from collections.abc import Sequence

from app.guard.lexicon import sets_of
from app.guard.quantity_words import NUMBER_WORDS
from app.guard.tokens import Token

_GRAMMAR = sets_of("grammar.txt")
_JOINTS, _DETERMINERS = _GRAMMAR["joints"], _GRAMMAR["determiners"]
STOPS = frozenset(".!?;:•|")
PERSONAL = frozenset({"who", "whose", "whom"})
RELATIVES = PERSONAL | {"which", "that"}
_BECOMING = _GRAMMAR["becoming"]
_MODALS = frozenset({"could", "can", "would", "will", "might", "may", "should", "must"})
_OPENING_OTHERS = frozenset({"so_that", "so", "where", "which", "that", "who", "when"})
_BARE = frozenset({"let", "lets", "letting"})
SUBJECT_OPENERS = RELATIVES | {"where", "when"}
_OWN = frozenset({"my", "our"})
_SELF = _OWN | {"i", "we"}
_OTHERS_ARTICLES = frozenset({"the", "his", "her", "their"})
_TITLE_WORDS = 3
SUBJECT_REACH = 7
_LETTING = (
    _BARE
    | {
        verb + ending
        for verb in ("enabl", "allow", "permitt")
        for ending in ("e", "es", "ed", "ing", "", "s")
    }
    | {"permit", "permits", "for", "ask", "asked"}
)


class Doers:
    """`lows` are the spellings of the tokens, padded at the end."""

    def __init__(self, tokens: Sequence[Token], lows: Sequence[str]) -> None:
        self.tokens = tokens
        self.lows = lows

    def is_left_to_them(self, at: int) -> bool:
        """Whether a bare verb is what others were to do: `let the clerks find`."""
        before = self.lows[at - 1]
        near = self.lows[max(0, at - SUBJECT_REACH) : at]
        if before in _MODALS:
            return bool(_OPENING_OTHERS & {*near}) and not _SELF & {*near}
        openers = [place for place, low in enumerate(near) if low in _LETTING]
        if before == "to":
            return bool(openers) and openers[-1] < len(near) - len(("them", "to"))
        return bool(openers) and near[openers[-1]] in _BARE and openers[-1] < len(near) - 1

    def names_doer(self, at: int) -> bool:
        """Whether `by` is followed by somebody, not by an amount or a way: `by 40%`, `by hand`."""
        low = self.lows[at]
        return not (low.endswith("ing") or low[:1].isdigit() or low in NUMBER_WORDS)

    def opens_about_others(self, at: int) -> bool:
        """Whether a relative clause with its own subject starts here: `which the guide read`."""
        return (self.lows[at] == "where" and self.lows[at + 1] not in _SELF) or (
            self.lows[at] in SUBJECT_OPENERS
            and self.lows[at + 1] in _DETERMINERS
            and self.lows[at + 1] not in _OWN
        )

    def has_named_subject(self, at: int) -> bool:
        """Whether it tells what somebody else did: `…, and the engineer corrected them`."""
        place = at - 1
        while place > 0 and self.is_noun(place) and place >= at - _TITLE_WORDS:
            place -= 1
        is_subject = self.lows[place] in _OTHERS_ARTICLES and place < at - 1
        return (
            is_subject
            and place > 0
            and (self.lows[place - 1] in _JOINTS or self.lows[place - 1] in STOPS)
        )

    def has_own_subject(self, at: int) -> bool:
        """Whether others are the subject of a relative clause: `bugs the team had reported`."""
        start = max(0, at - SUBJECT_REACH)
        return any(self.opens_about_others(place) for place in range(at - 3, start - 1, -1))

    def is_about_somebody(self, at: int) -> bool:
        """Whether a noun names another doer: `under the supervision of`, `told the owner of`."""
        near = self.lows[max(0, at - 3) : at]
        if "under" in near:
            return True
        is_agent = self.lows[at].endswith(("er", "or")) or self.lows[at] in ("head", "captain")
        return is_agent and bool(near) and near[-1] in _DETERMINERS and not _BECOMING & {*near}

    def is_noun(self, at: int) -> bool:
        """Whether a content word stands here."""
        found = self.tokens[at].word if at < len(self.tokens) else None
        return found is not None and not found.is_glue
