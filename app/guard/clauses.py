"""Who did what: a text as clauses, each with the step of the verb ladder it claims."""

from collections.abc import Sequence

from app.guard.clause import CAPPING_LEVEL, DOING_LEVEL, NO_CAP, Clause
from app.guard.doers import PERSONAL, RELATIVES, STOPS, SUBJECT_OPENERS, SUBJECT_REACH, Doers
from app.guard.lexicon import VERBS, Verb, Word, pairs_of, sets_of
from app.guard.quantity_words import NUMBER_WORDS
from app.guard.tokens import Token

_NOMINALS = {noun: VERBS[verb] for noun, verb in pairs_of("nominals.txt", ":")}
# After these a bare verb may stand: `helped build`.
_HELP = frozenset({"help", "helped", "helping", "helps"})
_GRAMMAR = sets_of("grammar.txt")
_SETS = sets_of("rewording.txt")
_JOINTS, _AUXILIARIES = _GRAMMAR["joints"], _GRAMMAR["auxiliaries"]
_PREPOSITIONS, _DETERMINERS = _GRAMMAR["prepositions"], _GRAMMAR["determiners"]
_INFINITIVES = _GRAMMAR["infinitives"]
# What may close a chunk.
_SEPARATING = _PREPOSITIONS | _JOINTS | SUBJECT_OPENERS
# Nouns first, whatever their ending; verbs only where their object follows.
_NOUNS_IN_ING = _GRAMMAR["nouns_in_ing"]
# Low on the ladder, yet what follows is the student's own: visited families to check cards.
_UNCAPPING = frozenset({"visit", "spend", "go", "read"})
# With an object of its own a trial is a test; `that` opens what was found.
_INSTRUMENTS = _SETS["instruments"]
_READY, _PREFIXES = _SETS["ready"], _SETS["prefixes"]
_TRYING = frozenset({"try", "attempt"})

_INVARIANT = frozenset({"put", "cut", "set", "read", "cast", "split", "spread", "hit", "let"})
_OBJECT_PRONOUNS = frozenset({"it", "them", "him", "her", "me", "us", "both"})
_BEFORE_ING = frozenset({"of", "when", "was", "were", "am", "is", "are", "been"})
_TEAMS = frozenset({"part_of", "member_of"})


class _Parser:
    def __init__(self, tokens: Sequence[Token], lows: Sequence[str]) -> None:
        self.tokens = tokens
        # Padded at the end, where index -1 also finds it, so that a neighbour always exists.
        self.lows = [*lows, ".", ".", "."]
        self.doers = Doers(tokens, self.lows)
        self.found: list[Clause] = []
        self.current: Clause | None = None
        self.cap = NO_CAP
        self.is_side = False
        self.is_fresh_chunk = True
        self.is_team = False
        self.left_to: Clause | None = None

    def parse(self) -> list[Clause]:
        low = "."
        for at, token in enumerate(self.tokens):
            before, low, word = low, token.low, token.word
            if low == ":":
                # What a colon opens explains what stands before it.
                self.current, self.is_side = None, False
            elif low in STOPS:
                self.cap, self.current, self.is_team, self.is_side = NO_CAP, None, False, False
            elif (
                word is not None
                and token.kind != "mixed"
                # Most words are not listed as verbs and do not look like one either.
                and (
                    word.verb is not None
                    or low[-2:] == "ed"
                    or low[-3:] == "ing"
                    or before == "to"
                    or low in _NOMINALS
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
        if low in _PREPOSITIONS or self.doers.opens_about_others(at):
            self.is_side, self.is_fresh_chunk = True, True
        elif low in _JOINTS:
            self.is_fresh_chunk = True
            # "the lexer in C++ and the parser": the second object.
            self.is_side = self.is_side and self.lows[at + 1] != "the"

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
        if self.is_finite(at, verb):
            self.cap = NO_CAP
        level = min(verb.level, self.cap, self.agent_level(at, verb))
        current = self.current
        if current and current.level is not None and not current.chunks and not current.sides:
            is_duty = current.verbs[-1].base == "responsible_for"
            if is_duty and verb.form == "ing":
                current.verbs.pop()
                current.duties.append(current.positions.pop())
            current.level = level if is_duty else max(current.level, level)
        else:
            current = Clause(self.tokens, level)
            self.found.append(current)
            self.current = current
        if verb.form == "base" and "_" not in verb.base and self.is_left_to_others(at):
            self.left_to = current
        current.cap = min(current.cap, self.cap)
        if self.is_team:
            current.team_level = max(current.team_level, verb.level)
        self.is_team = self.is_team or verb.base in _TEAMS
        current.verbs.append(verb)
        current.positions.append(at)
        current.is_nominal = verb.form == "noun"
        self.is_side, self.is_fresh_chunk = False, True
        if verb.level <= CAPPING_LEVEL and verb.base not in _UNCAPPING:
            self.cap = min(self.cap, verb.level)
            current.cap = min(current.cap, self.cap)

    def is_finite(self, at: int, verb: Verb) -> bool:
        """Whether a new statement starts here, out of the reach of `helped`."""
        before = self.lows[at - 1]
        # A phrase folded into one word has lost its tense.
        if verb.form == "past" or "_" in verb.base:
            return at == 0 or before in _JOINTS or before in STOPS
        return at == 0

    def agent_level(self, at: int, verb: Verb) -> int:
        """The step left to the student where the text says that others did it."""
        before = self.lows[at - 1]
        if self.is_team and before in RELATIVES:
            return CAPPING_LEVEL
        if before in PERSONAL or (verb.form == "past" and self.doers.has_own_subject(at)):
            return 0
        if verb.form == "base" and "_" not in verb.base and self.is_left_to_others(at):
            return 0
        if verb.form == "past" and self.doers.has_named_subject(at):
            return 0
        is_passive = (
            verb.form == "past" and self.lows[at + 1] == "by" and self.doers.names_doer(at + 2)
        )
        return 0 if is_passive and before not in ("and", "or", "&") else NO_CAP

    def is_left_to_others(self, at: int) -> bool:
        """Whether somebody named before does it: `for the associate to send`."""
        before = self.lows[at - 1]
        if before in ("and", "or"):
            return self.left_to is not None and self.current is self.left_to
        return self.doers.is_left_to_them(at)

    def verb(self, at: int, word: Word) -> Verb | None:  # noqa: PLR0911  a return for each use of a word
        """The verb at this position, where it is used as one."""
        low = self.lows[at]
        starts = at == 0 or self.lows[at - 1] in _JOINTS or self.lows[at - 1] in STOPS
        after = self.lows[at + 1]
        if low in _NOMINALS and self.doers.is_about_somebody(at):
            return None
        if low in _NOMINALS and (after == "of" or (starts and after == "for")):
            return _NOMINALS[low]._replace(form="noun")
        known = self.raised(at, word.verb)
        if known is None:
            return self.unlisted(at, starts=starts)
        is_doing = known.form == "ing" and after == "of"
        if is_doing and self.lows[at - 1] in ("the", "in", "on", "some"):
            return known._replace(form="noun")
        if known.base in _INVARIANT and self.cap == NO_CAP and not self.joins_base():
            known = known._replace(form="past") if starts and at > 0 else known
        if known.base == "part_of" and self.is_share_of_thing(at):
            return None
        is_hedge = known.level <= CAPPING_LEVEL and known.form in ("past", "ing")
        if (is_hedge and self.lows[at - 1] not in _DETERMINERS) or "_" in known.base:
            return known
        return known if self.is_used(at, known, starts=starts) else None

    def raised(self, at: int, verb: Verb | None) -> Verb | None:
        """The verb on the step it has here: tried nine shades, saw that it had moved."""
        if verb is None or (verb.level > CAPPING_LEVEL and verb.base != "make"):
            return verb
        changing = {"make": _READY, "read": _INSTRUMENTS}.get(verb.base)
        if changing and changing & {*self.lows[at : at + SUBJECT_REACH]}:
            return verb._replace(level=DOING_LEVEL)
        after = self.lows[at + 2] if self.lows[at + 1] == "out" else self.lows[at + 1]
        is_trial = verb.base in _TRYING and after != "to" and not after.endswith("ing")
        is_finding = verb.level == 0 and after == "that" and verb.form == "past"
        return verb._replace(level=DOING_LEVEL) if is_trial or is_finding else verb

    def is_share_of_thing(self, at: int) -> bool:
        """`Part of the survey was done`: not of a group of people."""
        return at == 0 and bool({"was", "were"} & {*self.lows[at + 1 : at + 1 + SUBJECT_REACH]})

    def is_used(self, at: int, verb: Verb, *, starts: bool) -> bool:
        """Whether a form of a listed verb is a verb here, not a noun or an adjective."""
        before, after = self.lows[at - 1], self.lows[at + 1]
        if verb.form == "past":
            return before in RELATIVES or self.is_predicate(at, before, after)
        if verb.form == "ing":
            is_led = starts or before in _PREPOSITIONS or before in _BEFORE_ING
            is_noun = self.lows[at] in _NOUNS_IN_ING and after not in _DETERMINERS
            # "feedback in writing" ends in a noun, "assisted in cooking" in a verb.
            is_noun = is_noun or (before == "in" and after in STOPS and self.cap == NO_CAP)
            is_second = self.follows_verb(at) and not self.lows[at - 1].endswith("ing")
            return (is_led or is_second) and not (is_noun and (after in STOPS or after in _JOINTS))
        if verb.form == "base":
            is_theirs = before not in ("to", "and", "or") and self.is_left_to_others(at)
            joins = (
                before in ("to", "did")
                or is_theirs
                or (before in _INFINITIVES and self.joins_base())
            )
            return joins or at == 0 or before in _HELP
        return at == 0

    def unlisted(self, at: int, *, starts: bool) -> Verb | None:
        """A word no ladder lists that stands where a verb stands and ends like one."""
        low, word = self.lows[at], self.tokens[at].word
        if word is None or word.is_skill or word.is_glue or low in NUMBER_WORDS or low in _PREFIXES:
            return None
        is_told = starts or self.lows[at - 1] in _AUXILIARIES
        if low.endswith("ed") and is_told and len(low) > len("need"):
            return Verb(word.stem, DOING_LEVEL, "past")
        follows_to = self.lows[at - 1] == "to" and low == self.tokens[at].text
        if follows_to and (self.lows[at + 1] in _DETERMINERS or self.doers.is_noun(at + 1)):
            return Verb(word.stem, DOING_LEVEL, "base")
        leads = starts or (
            self.lows[at - 1] in ("in", "by", "with", "of", "for") and self.follows_any(at)
        )
        if low.endswith("ing") and leads and len(low) > len("being"):
            return Verb(word.stem, DOING_LEVEL, "ing")
        return None

    def is_predicate(self, at: int, before: str, after: str) -> bool:
        """Whether a form in -ed is what was done, not what kind of thing it was done to."""
        if at == 0 or before in _JOINTS or before in STOPS or before in _AUXILIARIES:
            return True
        if after in _OBJECT_PRONOUNS | _DETERMINERS and self.doers.has_named_subject(at):
            return True
        if before in _DETERMINERS or before in _PREPOSITIONS or before == "of":
            return False
        if self.follows_verb(at) or self.tokens[at - 1].word is None:
            return False
        is_first = self.current is None or self.current.level is None
        return is_first or after == "by" or before.endswith("ly")

    def follows_verb(self, at: int) -> bool:
        return (
            self.current is not None
            and bool(self.current.positions)
            and self.current.positions[-1] == at - 1
        )

    def follows_any(self, at: int) -> bool:
        """Whether a verb stands right before the preposition: `assisted in milking`."""
        return (
            self.current is not None
            and bool(self.current.positions)
            and self.current.positions[-1] >= at - 2
        )

    def joins_base(self) -> bool:
        """Whether `and test` continues `to build` or `helped build`."""
        current = self.current
        last = current.verbs[-1] if current and current.verbs else None
        return last is not None and last.form == "base" and "_" not in last.base


def clauses(tokens: Sequence[Token], lows: Sequence[str]) -> list[Clause]:
    """The clauses of a text in order; `lows` are the spellings of its tokens."""
    return _Parser(tokens, lows).parse()
