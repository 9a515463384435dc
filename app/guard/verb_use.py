"""Whether a word is a verb where it stands, and on which step of the ladder."""

from collections.abc import Sequence

from app.guard.clause import CAPPING_LEVEL, DOING_LEVEL, NO_CAP, Clause
from app.guard.doers import PARTICLES, RELATIVES, STOPS, SUBJECT_REACH, Doers
from app.guard.lexicon import VERBS, Verb, Word, pairs_of, sets_of
from app.guard.quantity_words import NUMBER_WORDS
from app.guard.tokens import Token

NOMINALS = {noun: VERBS[verb] for noun, verb in pairs_of("nominals.txt", ":")}
# After these a bare verb may stand: `helped build`.
_HELP = frozenset({"help", "helped", "helping", "helps"})
_GRAMMAR = sets_of("grammar.txt")
_SETS = sets_of("rewording.txt")
_JOINTS, _AUXILIARIES = _GRAMMAR["joints"], _GRAMMAR["auxiliaries"]
_PREPOSITIONS, _DETERMINERS = _GRAMMAR["prepositions"], _GRAMMAR["determiners"]
_INFINITIVES, _BEFORE_THINGS = _GRAMMAR["infinitives"], _GRAMMAR["before_things"]
# Nouns first, whatever their ending; verbs only where their object follows.
_NOUNS_IN_ING = _GRAMMAR["nouns_in_ing"]
# With an object of its own a trial is a test; `that` opens what was found.
_INSTRUMENTS = _SETS["instruments"]
_READY, _PREFIXES = _SETS["ready"], _SETS["prefixes"]
_HOPING = frozenset({"hope", "seek", "aim", "intend"})
_TRYING = frozenset({"try", "attempt"})

_INVARIANT = frozenset({"put", "cut", "set", "read", "cast", "split", "spread", "hit", "let"})
_OBJECT_PRONOUNS = frozenset({"it", "them", "him", "her", "me", "us", "both"})
_BEFORE_ING = frozenset({"of", "when", "was", "were", "am", "is", "are", "been"})
TEAMS = frozenset({"part_of", "member_of"})
_TEAM_WORDS = (_SETS["team_words"] | sets_of("portions.txt")["people"]) - TEAMS
_NEAR = 6
_BEING = frozenset({"was", "were", "is", "are"})
_EVERY = frozenset({"each", "all", "both"})
_SOME = frozenset({"most", "some", "many", "several", "few", "half", "none"})
_OWN = frozenset({"my", "our"})


class VerbReader:
    """Reads one text up to `current`, the clause that is open, below `cap`."""

    def __init__(self, tokens: Sequence[Token], lows: Sequence[str]) -> None:
        self.tokens = tokens
        # Padded at the end, where index -1 also finds it, so that a neighbour always exists.
        self.lows = [*lows, ".", ".", ".", "."]
        self.doers = Doers(tokens, self.lows)
        self.current: Clause | None = None
        self.cap = NO_CAP
        self.left_to: Clause | None = None

    def is_left_to_others(self, at: int) -> bool:
        """Whether somebody named before does it: `for the associate to send`."""
        before = self.lows[at - 1]
        if before in ("and", "or"):
            return self.left_to is not None and self.current is self.left_to
        return self.doers.is_left_to_them(at)

    def verb(self, at: int, word: Word) -> Verb | None:  # noqa: PLR0911  a return for each use of a word
        """The verb at this position, where it is used as one."""
        low = self.lows[at]
        if low == "having" and self.tokens[at + 1 : at + 2]:
            # "having assisted"
            following = self.tokens[at + 1].word
            if following and following.verb and following.verb.form == "past":
                return None
        starts = at == 0 or self.lows[at - 1] in _JOINTS or self.lows[at - 1] in STOPS
        after = self.lows[at + 1]
        if low in NOMINALS and self.doers.is_about_somebody(at):
            return None
        if low in NOMINALS and (after == "of" or (starts and after == "for")):
            return NOMINALS[low]._replace(form="noun")
        known = self.raised(at, word.verb)
        if known is None:
            return self.unlisted(at, starts=starts)
        is_doing = known.form == "ing" and after == "of"
        if is_doing and self.lows[at - 1] in ("the", "in", "on", "some"):
            return known._replace(form="noun")
        if known.base in _INVARIANT and self.cap == NO_CAP and not self.joins_base():
            known = known._replace(form="past") if starts and at > 0 else known
        if (
            known.base == "part_of"
            and (
                self.lows[at - 1] in _OWN
                or self.is_share_of_thing(at)
                # "as part of the statistics paper"
                or (
                    self.lows[at - 1] == "as" and _TEAM_WORDS.isdisjoint(self.lows[at : at + _NEAR])
                )
            )
        ):
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
                before == "did"
                or self.is_infinitive(at)
                or (before == "can" and (at == 1 or self.lows[at - 2] in STOPS))
                or is_theirs
                or (before in _INFINITIVES and self.joins_base())
            )
            # "Total expenditure was": a noun
            is_noun = at == 0 and not _BEING.isdisjoint(self.lows[1:3])
            return joins or (at == 0 and not is_noun) or before in _HELP
        # "She hopes to restore": what follows is a wish.
        return starts or (after == "to" and verb.base in _HOPING)

    def is_infinitive(self, at: int) -> bool:
        """Whether a `to` before it leads to a deed: not `contributed to design reviews`."""
        return self.lows[at - 1] == "to" and self.lows[at - 2] not in _BEFORE_THINGS

    def unlisted(self, at: int, *, starts: bool) -> Verb | None:
        """A word no ladder lists that stands where a verb stands and ends like one."""
        low, word = self.lows[at], self.tokens[at].word
        if word is None or word.is_skill or word.is_glue or low in NUMBER_WORDS or low in _PREFIXES:
            return None
        is_told = starts or self.lows[at - 1] in _AUXILIARIES | RELATIVES
        is_told = is_told or (low.endswith("ed") and self.doers.has_named_subject(at))
        if low.endswith("ed") and is_told and len(low) > len("need"):
            return Verb(word.stem, DOING_LEVEL, "past")
        follows_to = self.is_infinitive(at) and low == self.tokens[at].text
        if follows_to and (self.lows[at + 1] in _DETERMINERS or self.doers.is_noun(at + 1)):
            return Verb(word.stem, DOING_LEVEL, "base")
        # "Kept the cost low by reusing old benches": with an object it is a deed.
        is_means = self.lows[at - 1] == "by" and not self.doers.is_person(at + 1)
        leads = (
            starts
            or (is_means and self.doers.is_noun(at + 1))
            or (self.lows[at - 1] in ("in", "by", "with", "of", "for") and self.follows_any(at))
        )
        if low.endswith("ing") and leads and len(low) > len("being"):
            return Verb(word.stem, DOING_LEVEL, "ing")
        return None

    def is_predicate(self, at: int, before: str, after: str) -> bool:
        """Whether a form in -ed is what was done, not what kind of thing it was done to."""
        if at == 0 or before in _JOINTS or before in STOPS or before in _AUXILIARIES:
            return True
        if self.has_subject(at, before, after):
            return True
        if before in _DETERMINERS or before in _PREPOSITIONS or before == "of":
            return False
        if after in _BEING and self.doers.is_noun(at - 1):
            # "the best energy obtained was"
            return False
        if self.follows_verb(at) or self.tokens[at - 1].word is None:
            return False
        is_first = self.current is None or self.current.level is None
        # "the defects passed on by the tester"
        is_theirs = after == "by" or (after in PARTICLES and self.lows[at + 2] == "by")
        return is_first or is_theirs or before.endswith("ly")

    def has_subject(self, at: int, before: str, after: str) -> bool:
        """Whether who or what did it stands before a form in -ed."""
        return (
            (
                (
                    after in _OBJECT_PRONOUNS
                    or after in _DETERMINERS
                    or after in _SOME
                    # "The manager costed and finalised them"
                    or (after in ("and", "or") and self.doers.is_past(at + 2))
                    or self.doers.is_number(at + 1)
                    or self.doers.is_noun(at + 1)
                )
                and self.doers.has_named_subject(at)
            )
            # "the report that my mentor presented"
            or (self.doers.is_person(at - 1) and self.doers.has_own_subject(at))
            # "the best one reduced the waste"
            or (before == "one" and self.doers.is_noun(at - 2))
            # "…, each checked by the guide"
            or (before in _EVERY and self.lows[at - 2] == ",")
        )

    def follows_verb(self, at: int) -> bool:
        """Whether a verb stands right before."""
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
