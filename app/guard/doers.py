"""Whose deed a verb tells: the student's, or somebody else's who is named beside it."""

from collections.abc import Sequence

from app.guard.lexicon import sets_of, words_of
from app.guard.quantity_words import CARDINALS, NUMBER_WORDS
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
_ONESELF = frozenset({"me", "us", "myself", "ourselves", "hand"})
_OWN = frozenset({"my", "our"})
_SELF = _OWN | {"i", "we"}
_OTHERS_ARTICLES = frozenset({"the", "his", "her", "their"})
_PERFECT = frozenset(
    {"had", "has", "have", "then", "later", "also", "subsequently", "finally", "afterwards"}
)
_WHENS = frozenset({"once", "after", "when", "because", "until", "before", "as", "since"})
_SOMEBODY = _OTHERS_ARTICLES | {"a", "an", "another", "one", "my", "our"}
GROUPS = frozenset({"staff", "team", "department", "office", "desk", "committee", "crew"})
_PERSONS = frozenset(words_of("roles.txt")) | frozenset(words_of("persons.txt"))
# Each with its plural, and those who are several.
SOMEBODY = GROUPS.union(_PERSONS, (person + "s" for person in _PERSONS))
_OTHERS = frozenset({"others", "they", "he", "she", "somebody", "someone"})
_OF_THEM = frozenset({"them", "whom"})
_WITHIN = frozenset(
    ["in", "on", "with", "at", "using", "to", "later", "afterwards", "subsequently"]
)
PARTICLES = frozenset({"on", "in", "over", "out", "up", "down", "back", "off"})
PASSIVE = frozenset({"was", "were", "been", "being"})
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


def is_somebody(lows: Sequence[str]) -> bool:
    """Whether one of these words names one who does things."""
    return any(low in _PERSONS or low.rstrip("s") in _PERSONS for low in lows)


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

    def doer_after(self, at: int) -> int:
        """Where the doer of a passive stands: `checked by`, `checked and corrected by`; else 0."""
        if self.lows[at + 1] == "by":
            return at + 2
        if self.lows[at + 1] in PARTICLES and self.lows[at + 2] == "by":
            # "called out by the staff"
            return at + 3
        is_pair = self.lows[at + 1] in ("and", "or") and self.is_past(at + 2)
        if is_pair and self.lows[at + 3] == "by":
            return at + 4
        return self.far_doer_after(at) if self.lows[at - 1] in PASSIVE else 0

    def is_number(self, at: int) -> bool:
        """Whether a cardinal stands here, in digits or as a word."""
        return self.lows[at][:1].isdigit() or self.lows[at] in CARDINALS

    def is_past(self, at: int) -> bool:
        """Whether a form like checked or sent stands here."""
        found = self.tokens[at].word if at < len(self.tokens) else None
        is_listed = found is not None and found.verb is not None and found.verb.form == "past"
        return is_listed or self.lows[at].endswith("ed")

    def far_doer_after(self, at: int) -> int:
        """`was done in Canva by my teammate`: behind the place or the tool."""
        reach = self.lows[at + 1 : min(at + 1 + SUBJECT_REACH, len(self.tokens))]
        if not reach or reach[0] not in _WITHIN or "by" not in reach:
            return 0
        by = at + 1 + reach.index("by")
        is_same_clause = STOPS.isdisjoint(reach[: reach.index("by")])
        is_person = any(map(self.is_person, (by + 1, by + 2, by + 3)))
        # "by the testing team", "by the JPHN"
        is_person = is_person or not GROUPS.isdisjoint(self.lows[by + 1 : by + 4])
        is_person = is_person or any(token.is_shouted for token in self.tokens[by + 1 : by + 3])
        return by + 1 if is_same_clause and is_person else 0

    def names_doer(self, at: int) -> bool:
        """Whether `by` is followed by somebody else, not an amount, a way or the student."""
        low = self.lows[at]
        is_other = not (low.endswith("ing") or low[:1].isdigit() or low in NUMBER_WORDS)
        return is_other and low not in _ONESELF

    def opens_about_others(self, at: int) -> bool:
        """Whether a relative clause with its own subject starts here: `which the guide read`."""
        return (
            (self.lows[at] == "where" and self.lows[at + 1] not in _SELF)
            or (
                self.lows[at] in SUBJECT_OPENERS
                and self.lows[at + 1] in _DETERMINERS
                # "that my mentor presented", but "that our team presented"
                and (self.lows[at + 1] not in _OWN or self.is_person(at + 2))
                # "the points that parents raised"
            )
            or (self.lows[at] in RELATIVES and self.is_person(at + 1))
        )

    def has_named_subject(self, at: int) -> bool:
        """Whether it tells what somebody else did: `…, and the engineer corrected them`."""
        last = at - 1
        # "Once the manager had approved it"
        while last > 0 and self.lows[last] in _PERFECT:
            last -= 1
        if self.lows[last] in _OF_THEM and self.lows[last - 1] == "of":
            # "58 of them said"
            return self.is_number(last - 2)
        if last > 1 and self.lows[last - 1] in _OTHERS_ARTICLES and self.lows[last - 2] == "of":
            # "a statistician of the college ran"
            last -= len(("of", "the", "college"))
        place = last
        while place > last - _TITLE_WORDS and self._is_in_title(place):
            place -= 1
        if place >= last:
            is_other = self.lows[last] in _OTHERS or (
                self.lows[last].endswith("s") and self.is_person(last)
            )
            return is_other and (last == 0 or self.opens_statement(last - 1))
        # "Other members did the survey", "the other members", "two classmates"
        if self.is_person(last) and (self.lows[place] == "other" or self.is_number(place)):
            # "The other two members"
            place -= place > 0 and self.lows[place - 1] == "other"
            place -= place > 0 and self.lows[place - 1] in _SOMEBODY
            return place == 0 or self.opens_statement(place - 1)
        if self.lows[place] in _SOMEBODY and self.is_person(last):
            return place == 0 or self.opens_statement(place - 1)
        if place == last - 1 and self.lows[last].endswith("s") and self.is_person(last):
            return self.opens_statement(place)
        is_subject = self.lows[place] in _OTHERS_ARTICLES and place > 0
        return is_subject and self.opens_statement(place - 1)

    def opens_statement(self, at: int) -> bool:
        """Whether a subject may follow this word."""
        low = self.lows[at]
        return low in _JOINTS or low in STOPS or low in _WHENS or low in RELATIVES

    def is_person(self, at: int) -> bool:
        """Whether a noun names one who does things: the sister, a classmate, the art director."""
        found = self.tokens[at].word if at < len(self.tokens) else None
        return found is not None and is_somebody([found.text])

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

    def _is_in_title(self, at: int) -> bool:
        """Whether a word goes on with what somebody is called: `two | senior classmates`."""
        # "Course" says nothing of itself, yet "the course teacher" is somebody.
        is_noun = self.is_noun(at) or self.lows[at] == "course"
        return at > 0 and is_noun and not self.is_number(at)

    def is_noun(self, at: int) -> bool:
        """Whether a content word stands here."""
        found = self.tokens[at].word if at < len(self.tokens) else None
        return found is not None and not found.is_glue
