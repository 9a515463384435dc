"""Who did what: a text as clauses, each with the step of the verb ladder it claims."""

from collections.abc import Sequence

from app.guard.clause import CAPPING_LEVEL, NO_CAP, Clause
from app.guard.doers import (
    PASSIVE,
    PERSONAL,
    RELATIVES,
    STOPS,
    SUBJECT_OPENERS,
    SUBJECT_REACH,
    is_somebody,
)
from app.guard.lexicon import Verb, sets_of
from app.guard.quantity_words import NUMBER_WORDS, QUALIFIERS
from app.guard.tokens import Token
from app.guard.verb_use import NOMINALS, TEAMS, VerbReader

_GRAMMAR = sets_of("grammar.txt")
_JOINTS, _PREPOSITIONS = _GRAMMAR["joints"], _GRAMMAR["prepositions"]
# What may close a chunk.
_SEPARATING = _PREPOSITIONS | _JOINTS | SUBJECT_OPENERS
# Low on the ladder, yet what follows is the student's own: visited families to check cards.
_UNCAPPING = frozenset({"visit", "spend", "go", "read"})
_AFTER_NAMED_DEED = frozenset({"of", "them", "it"})
_DOER_REACH = 4
# One `and` between.
_AND_APART = 2
_GOING_ON = frozenset({"and", "or", ",", "then", "also", "later"})
_ARE = frozenset({"is", "are"})
_HANDING = frozenset({"send", "give", "submit", "hand", "hand_over", "forward", "pass"})
_SELF_NAMED = frozenset(["student", "graduate", "undergraduate", "postgraduate", "fresher"])


class _Parser(VerbReader):
    def __init__(self, tokens: Sequence[Token], lows: Sequence[str]) -> None:
        super().__init__(tokens, lows)
        self.found: list[Clause] = []
        self.is_side = False
        self.is_fresh_chunk = True
        self.is_team = False
        # Whether somebody else is the subject of what is told.
        self.is_about_them = False

    def parse(self) -> list[Clause]:
        low = "."
        for at, token in enumerate(self.tokens):
            before, low, word = low, token.low, token.word
            if low == ":":
                # What a colon opens explains what stands before it.
                self.current, self.is_side = None, False
            elif low in STOPS:
                self.cap, self.current, self.is_team, self.is_side = NO_CAP, None, False, False
                self.is_about_them = False
            elif (
                word is not None
                and token.kind != "mixed"
                # Most words are not listed as verbs and do not look like one either.
                and (
                    word.verb is not None
                    or low[-2:] == "ed"
                    or low[-3:] == "ing"
                    or before == "to"
                    or low in NOMINALS
                )
                and (verb := self.verb(at, word))
            ):
                self.open(at, verb)
            elif word is None or word.is_glue or low in NUMBER_WORDS:
                if low in _SEPARATING:
                    self.separate(at, low)
            else:
                self.add(at)
        return self.found

    def separate(self, at: int, low: str) -> None:
        if low in QUALIFIERS and self.counts(at + 1):
            return
        if low == "for" and self.lows[at - 1] == "and" and self.is_duty():
            # "responsible for the survey and for the charts"
            self.is_fresh_chunk = True
        elif low in _PREPOSITIONS or self.doers.opens_about_others(at):
            self.is_side, self.is_fresh_chunk = True, True
        elif low in _JOINTS:
            self.is_fresh_chunk = True
            # "the lexer in C++ and the parser": the second object.
            self.is_side = self.is_side and self.lows[at + 1] != "the"

    def is_duty(self) -> bool:
        """Whether the open clause names what the student answered for, and nothing beside it."""
        current = self.current
        if current is None or not current.verbs or current.sides:
            return False
        return current.verbs[-1].base == "responsible_for"

    def counts(self, at: int) -> bool:
        """Whether a number stands here: `around ten posts` are posts, not a place."""
        return self.lows[at] in NUMBER_WORDS or self.lows[at][:1].isdigit()

    def add(self, at: int) -> None:
        if self.current is None:
            self.current = Clause(self.tokens, cap=self.cap)
            self.found.append(self.current)
            self.is_fresh_chunk = True
        chunks = self.current.sides if self.is_side else self.current.chunks
        if self.is_fresh_chunk or not chunks:
            chunks.append([])
        chunks[-1].append(at)
        self.is_fresh_chunk = False

    def open(self, at: int, verb: Verb) -> None:
        # "Supported her by preparing 7 tables": the preparing is the student's.
        if self.is_finite(at, verb) or (verb.form == "ing" and self.lows[at - 1] == "by"):
            self.cap = NO_CAP
        level = min(verb.level, self.cap, self.agent_level(at, verb))
        if self.goes_on_about_them(at, verb):
            level = 0
        is_active = self.lows[at - 1] not in PASSIVE and self.doers.has_named_subject(at)
        self.is_about_them = level == 0 < verb.level and (is_active or self.is_about_them)
        current = self.current
        if level == 0 and current and self.is_told_of_by(current, at):
            # "Checking and filing were done by the senior"
            current.level = 0
        # "Dropped from 20 kg in the week they were tried" tells two things.
        is_next = verb.form == "past" and self.is_side and "_" not in verb.base
        if (
            current
            and current.level is not None
            and not (current.chunks or current.sides or is_next)
            # "noted the counts called out by the staff": one is theirs
            and not (level == 0 < min(verb.level, current.level))
        ):
            is_duty = current.verbs[-1].base == "responsible_for"
            # "who finalised and signed them": both are theirs.
            # "Observed boiling and frying, and wrote": the writing is the student's again.
            is_own = current.cap == 0 and verb.form == "past" and "_" not in verb.base
            # "How tablets are pressed and coated, and kept a diary": only the last is their own.
            is_passive = self.lows[current.positions[0] - 1] in PASSIVE | _ARE
            is_own = is_own and (not is_passive or self.lows[at - 2 : at] == [",", "and"])
            is_theirs = current.is_of_others and not is_own
            # "The team used it to find the faults": the finding is theirs, too.
            if is_theirs and self.lows[at - 1] in ("and", "or", ",", "to"):
                level = 0
            if is_duty and verb.form == "ing":
                current.verbs.pop()
                current.duties.append(current.positions.pop())
            current.level = level if is_duty else max(current.level, level)
        else:
            subject = self.subject(current, at) if current and level == 0 < verb.level else []
            current = Clause(self.tokens, level, chunks=subject)
            self.found.append(current)
            self.current = current
        if verb.form == "base" and "_" not in verb.base and self.is_left_to_others(at):
            self.left_to = current
        current.cap = min(current.cap, self.cap)
        if self.is_team:
            current.team_level = max(current.team_level, verb.level)
        self.is_team = self.is_team or verb.base in TEAMS
        current.verbs.append(verb)
        current.positions.append(at)
        current.is_nominal = verb.form == "noun"
        self.is_side, self.is_fresh_chunk = False, True
        if verb.level <= CAPPING_LEVEL and verb.base not in _UNCAPPING:
            self.cap = min(self.cap, verb.level)
            current.cap = min(current.cap, self.cap)

    def goes_on_about_them(self, at: int, verb: Verb) -> bool:
        """`Two classmates took the photographs and wrote the captions`: they did both."""
        is_told = verb.form == "past" or "_" in verb.base
        return self.is_about_them and is_told and self.lows[at - 1] in _GOING_ON

    def subject(self, before: Clause, at: int) -> list[list[int]]:
        """What others did it to, which a passive has in front; taken out of the clause before."""
        if self.lows[at - 1] not in PASSIVE:
            if self.lows[at + 1] != "by":
                # "while two classmates did the photographs": who they are is no object.
                self.drop_doer(before, at)
                return []
            # "Measurements taken by the designer" stay where they are, too.
            chunks = [chunk for chunk in (*before.chunks, *before.sides) if chunk[-1] == at - 1]
            return [list(chunk) for chunk in chunks]
        if self.lows[at - 2] in RELATIVES:
            # "Gave out sheets, which were prepared by the clinic": they are of both.
            return [list(chunk) for chunk in before.chunks]
        if before.level is None:
            # "The simulation in Fluent was done by my teammate": all of it.
            self.found.remove(before)
            return [*before.chunks, *before.sides]
        # "And the final cut was done by the editor": the cut is theirs.
        chunks = before.sides if before.sides and before.sides[-1][-1] == at - 2 else before.chunks
        is_near = bool(chunks) and chunks[-1][-1] == at - 2
        taken = [chunks.pop()] if is_near else []
        # ", while the timeline and budget were handled by": both
        while taken and chunks and self.is_joined_to(chunks[-1], taken[-1]):
            taken.append(chunks.pop())
        return taken

    def drop_doer(self, before: Clause, at: int) -> None:
        """Takes the person right before an active verb out of the clause before."""
        if self.doers.is_person(at - 1):
            for chunks in (before.chunks, before.sides):
                if chunks and chunks[-1] == [at - 1]:
                    chunks.pop()

    def is_joined_to(self, one: list[int], other: list[int]) -> bool:
        """Whether two chunks are one subject: `while the timeline and budget were`."""
        opening = self.lows[max(0, one[0] - 2) : one[0]]
        between = self.lows[one[-1] + 1 : other[0]]
        return "while" in opening and between in (["and"], ["and", "the"])

    def is_told_of_by(self, before: Clause, at: int) -> bool:
        """Whether the passive at this position has the deed before it for its subject."""
        if not before.positions or self.lows[at - 1] not in PASSIVE:
            return False
        last = before.positions[-1]
        # "welding of the chassis was done by", "issuing them was done by"
        is_subject = last == at - 2 or self.lows[last + 1] in _AFTER_NAMED_DEED
        is_apart = STOPS.isdisjoint(self.lows[last:at]) and "," not in self.lows[last:at]
        return is_subject and is_apart and before.verbs[-1].form in ("ing", "noun")

    def is_finite(self, at: int, verb: Verb) -> bool:
        """Whether a new statement starts here, out of the reach of `helped`."""
        before = self.lows[at - 1]
        # A phrase folded into one word has lost its tense.
        if verb.form == "past" or "_" in verb.base:
            is_first = at == 0 or before in _JOINTS or before in STOPS or before in ("i", "we")
            return is_first and not self.goes_on(at, verb)
        # "Attended stand-ups and was writing tests"
        return at == 0 or (before in PASSIVE and verb.form == "ing")

    def goes_on(self, at: int, verb: Verb) -> bool:
        """`Assisted with check-in and check-out`: the second is of the first one's kind."""
        current = self.current
        if verb.form != "base" or current is None or not current.positions:
            return False
        return current.positions[-1] == at - _AND_APART and current.verbs[-1].form == "base"

    def agent_level(self, at: int, verb: Verb) -> int:
        """The step left to the student where the text says that others did it."""
        before = self.lows[at - 1]
        if self.is_team and before in RELATIVES:
            return CAPPING_LEVEL
        # A phrase folded into one word has lost its tense.
        is_past = verb.form == "past" or "_" in verb.base
        is_theirs = (
            (before in PERSONAL and not self.is_student(at))
            or (verb.form == "base" and "_" not in verb.base and self.is_left_to_others(at))
            or (verb.form == "ing" and self.is_done_by_somebody(at))
            or (before in ("for", "be") and self.is_handed_over(at) and verb.form != "base")
            # "When the dose was doubled" leaves open by whom.
            or (is_past and before not in PASSIVE and self.doers.has_own_subject(at))
            or (is_past and self.is_passive_of_others(at))
            or (is_past and self.doers.has_named_subject(at))
        )
        return 0 if is_theirs else NO_CAP

    def is_done_by_somebody(self, at: int) -> bool:
        """`after training by the section head`."""
        is_by = self.lows[at + 1] == "by"
        return is_by and is_somebody(self.lows[at + 2 : at + 2 + _DOER_REACH])

    def is_handed_over(self, at: int) -> bool:
        """Whether it is what others were given it for: `sent them to the lab for testing`."""
        # Not its stems, which are read once and for all: the clause is still open.
        verbs = self.current.verbs if self.current else []
        is_handing = any(verb.base in _HANDING for verb in verbs)
        return is_handing and "to" in self.lows[max(0, at - SUBJECT_REACH) : at]

    def is_passive_of_others(self, at: int) -> bool:
        """`Run by students and made by a team`; `cleaned and washed by hand` is the student's."""
        by = self.doers.doer_after(at)
        is_second = self.lows[at - 1] in ("and", "or", "&") and not self.follows_theirs()
        return by > 0 and not is_second and self.doers.names_doer(by)

    def is_student(self, at: int) -> bool:
        """Whether `who` goes back to the student: `Law student who interned in a chamber`."""
        is_first = not any(clause.positions for clause in self.found)
        return is_first and not _SELF_NAMED.isdisjoint(self.lows[:at])

    def follows_theirs(self) -> bool:
        return bool(self.current and self.current.verbs and self.current.is_of_others)


def clauses(tokens: Sequence[Token], lows: Sequence[str]) -> list[Clause]:
    """The clauses of a text in order; `lows` are the spellings of its tokens."""
    return _Parser(tokens, lows).parse()
