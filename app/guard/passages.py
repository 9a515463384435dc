"""One text of a résumé or of a proposal, read once: tokens, quantities, clauses, meanings."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from app.guard.clauses import Clause, clauses
from app.guard.generic import LIGHT
from app.guard.lazy import lazy
from app.guard.lexicon import Word, sets_of
from app.guard.quantities import quantities
from app.guard.quantity import Quantity
from app.guard.tokens import Token, plain, tokenise

_MATES = sets_of("grammar.txt")["mates"]
_COMPARING = sets_of("rewording.txt")["comparing"]
_NEAR = 4
_COUNTS = frozenset({"plain", "year", "ordinal"})
_TEAM_WORDS = frozenset({"team", "group", "part_of", "pair"})
# About 10 kB each; a résumé has 60 to 150 texts.
PASSAGES_KEPT = 1024


# Between a verb and what governs it they would hide the tie, and leaving them out is honest.
_FILLERS = frozenset({"actually", "basically", "just", "literally", "really", "simply"})


class Passage:
    """`raw` is as written; everything else is derived from what of it is `said`, each once."""

    def __init__(self, raw: str, said: str | None = None) -> None:
        self.raw = raw
        self.text = plain(raw if said is None else said)

    @lazy
    def tokens(self) -> list[Token]:
        """Words, numbers and signs, tool names folded, without words that say nothing."""
        return [token for token in tokenise(self.text) if token.low not in _FILLERS]

    @lazy
    def words(self) -> list[Word]:
        """The words alone, in order."""
        return [token.word for token in self.tokens if token.word]

    @lazy
    def quantities(self) -> list[Quantity]:
        """Every number in whatever dress."""
        return quantities(self.tokens)

    @lazy
    def clauses(self) -> list[Clause]:
        """Who claims what at which step of the ladder."""
        return clauses(self.tokens)

    @lazy
    def gives(self) -> frozenset[str]:
        """The meanings its words vouch for."""
        return frozenset().union(*(token.word.gives for token in self.tokens if token.word))

    @lazy
    def all_acts(self) -> frozenset[str]:
        """The classes of its words as verbs, whether used as such or not."""
        return frozenset().union(*(token.word.acts for token in self.tokens if token.word))

    @lazy
    def names(self) -> frozenset[str]:
        """The stems and tool names themselves, without synonyms."""
        return frozenset().union(*(token.word.names for token in self.tokens if token.word))

    @lazy
    def deeds(self) -> frozenset[str]:
        """Meanings of what was done: the verbs, nouns by their own stem, objects of light verbs."""
        acted = (self.tokens[at].word for one in self.clauses for at in self._named_in(one))
        return frozenset().union(
            *(word.names for word in acted if word),
            *(word.gives | word.acts for clause in self.clauses for word in self._deeds_of(clause)),
        )

    @staticmethod
    def _named_in(clause: Clause) -> list[int]:
        """Positions of verbs and objects; where, when and for whom names no deed."""
        objects = [at for chunk in clause.chunks for at in chunk]
        return [*clause.positions, *(objects if clause.level is not None else clause.words)]

    def _deeds_of(self, clause: Clause) -> Iterator[Word]:
        done = [self.tokens[at].word for at in clause.positions]
        is_light = any(word and word.stem in LIGHT for word in done)
        if is_light or clause.level is None:
            done += [self.tokens[at].word for chunk in clause.chunks for at in chunk]
        return (word for word in done if word)

    @lazy
    def is_shared(self) -> bool:
        """Whether it says that others did this too: in a team of four, with two classmates."""
        lows = [token.low for token in self.tokens]
        return bool({"us", "ourselves"} & {*lows}) or any(
            low in _TEAM_WORDS or (low in ("with", "alongside") and _MATES & {*lows[at : at + 4]})
            for at, low in enumerate(lows)
        )

    @lazy
    def _pairs(self) -> list[tuple[Quantity, Quantity, str]]:
        """Neighbouring quantities of one kind with the sign or word that joins them."""
        near = 2
        return [
            (one, other, joint)
            for one, other in zip(self.quantities, self.quantities[1:], strict=False)
            if one.kind == other.kind and 1 <= other.first - one.last <= near
            for joint in [self.tokens[one.last].low]
        ]

    @lazy
    def contrasts(self) -> list[tuple[float, float]]:
        """Both values of every comparison: 9 hours against 15, 18 kg with mulch and 15 without."""
        kinds = [one.kind for one in self.quantities]
        return [
            (one.value, other.value)
            for one, other in pairwise(self.quantities)
            if one.kind == other.kind
            and min(one.value, other.value) > 0
            and (
                (one.kind not in _COUNTS and kinds.count(one.kind) == len("ab"))
                or _COMPARING & {token.low for token in self.tokens[one.last : other.last + 2]}
            )
        ]

    def _is_from_to(self, one: Quantity, other: Quantity) -> bool:
        """`from 40 strips to 12 strips`: what is counted stands between."""
        start = self.tokens[one.first - 1].low if one.first else ""
        gap = [token.low for token in self.tokens[one.last : other.first]]
        return start == "from" and 1 < len(gap) <= _NEAR and gap[-1] == "to"

    @property
    def _moves(self) -> list[tuple[Quantity, Quantity]]:
        ordered = [(one, other) for one, other, joint in self._pairs if joint in ("to", "-", "→")]
        ordered += [
            (one, other)
            for one, other in pairwise(self.quantities)
            if one.kind == other.kind and self._is_from_to(one, other)
        ]
        backward = [
            (other, one)
            for one, other, joint in self._pairs
            if joint in ("from", "instead_of", "against")
        ]
        backward += [
            (other, one)
            for one, other in pairwise(self.quantities)
            if one.kind == other.kind
            and "now" in (lows := [token.low for token in self.tokens])
            and {"not", "earlier", "before"} & {*lows[one.last : other.last + 2]}
        ]
        return [(one, other) for one, other in ordered + backward if one.value > 0]

    @lazy
    def changes(self) -> list[tuple[float, float]]:
        """`(before, after)` of every `from 40 to 6`, in whichever order it is said."""
        return [(one.value, other.value) for one, other in self._moves]

    @lazy
    def change_starts(self) -> list[Quantity]:
        """The first quantity of each of `changes`."""
        return [one for one, _ in self._moves]

    @lazy
    def parts(self) -> list[tuple[Quantity, Quantity]]:
        """The two numbers of every `18 of 20`."""
        return [
            (one, other)
            for one, other, joint in self._pairs
            if joint in ("of", "out_of", "/") and 0 < one.value <= other.value
        ]

    @property
    def shares(self) -> list[float]:
        """Percentages that `18 of 20` amounts to."""
        return [100 * part.value / whole.value for part, whole in self.parts]


@lru_cache(maxsize=PASSAGES_KEPT)
def read(raw: str) -> Passage:
    """The passage of a text. A run reviews the same résumé twice: the answer and its repair."""
    return Passage(raw)


def all_names(passages: Iterable[Passage]) -> frozenset[str]:
    """The stems and tool names that occur in several texts."""
    return frozenset().union(*(passage.names for passage in passages))


def meanings(passages: Iterable[Passage]) -> frozenset[str]:
    """What several texts together vouch for."""
    return frozenset().union(*(passage.gives for passage in passages))
