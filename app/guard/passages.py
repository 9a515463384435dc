"""One text of a résumé or of a proposal, read once: tokens, quantities, clauses, meanings."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from app.guard.clause import Clause
from app.guard.clauses import clauses
from app.guard.lazy import lazy
from app.guard.lexicon import Word, sets_of
from app.guard.plain_text import plain
from app.guard.quantities import quantities
from app.guard.quantity import Quantity
from app.guard.tokens import Token, tokenise

_MATES = sets_of("grammar.txt")["mates"]
_COMPARING = sets_of("rewording.txt")["comparing"]
_TO = frozenset({"to", "-", "→"})
_NEAR = 4
_EARLIER = frozenset({"earlier", "previously", "before", "initially", "originally"})
_LATER = frozenset({"later", "now", "afterwards"})
_COUNTS = frozenset({"plain", "year", "ordinal"})
_OF_SEVERAL = frozenset({"team", "group", "crew", "part_of", "pair", "us", "ourselves"})
# About 10 kB each; a résumé has 60 to 150 texts.
PASSAGES_KEPT = 1024
# A heading in title case has capitals that mean nothing.
_TITLE_CASE_SHARE = 0.85
# Between a verb and what governs it they would hide the tie, and leaving them out is honest.
_FILLERS = frozenset({"actually", "basically", "just", "literally", "really", "simply"})


class Passage:
    """`raw` is as written; everything else is derived from it, once and only if asked for."""

    def __init__(self, raw: str) -> None:
        self.raw = raw

    @lazy
    def text(self) -> str:
        """In ordinary spelling."""
        return plain(self.raw)

    @lazy
    def tokens(self) -> list[Token]:
        """Words, numbers and signs, tool names folded, without words that say nothing."""
        return [token for token in tokenise(self.text) if token.low not in _FILLERS]

    @lazy
    def lows(self) -> list[str]:
        """The spellings of the tokens."""
        return [token.low for token in self.tokens]

    @lazy
    def spelled(self) -> frozenset[str]:
        """The spellings of the tokens in no order, to see at once whether one occurs."""
        return frozenset(self.lows)

    @lazy
    def words(self) -> list[Word]:
        """The words alone, in order."""
        return [token.word for token in self.tokens if token.word is not None]

    @lazy
    def is_titled(self) -> bool:
        """Whether it is in title case."""
        words = [token for token in self.tokens if token.word and not token.word.is_glue]
        if len(words) <= 1:
            return False
        capitals = sum([token.is_capital for token in words])
        return capitals > _TITLE_CASE_SHARE * len(words)

    @lazy
    def quantities(self) -> list[Quantity]:
        """Every number in whatever dress."""
        return quantities(self.tokens, self.lows)

    @lazy
    def clauses(self) -> list[Clause]:
        """Who claims what at which step of the ladder."""
        return clauses(self.tokens, self.lows)

    @lazy
    def gives(self) -> frozenset[str]:
        """The meanings its words vouch for."""
        return frozenset().union(*[word.gives for word in self.words])

    @lazy
    def all_acts(self) -> frozenset[str]:
        """The classes of its words as verbs, whether used as such or not."""
        return frozenset().union(*[word.acts for word in self.words])

    @lazy
    def names(self) -> frozenset[str]:
        """The stems and tool names themselves, without synonyms."""
        return frozenset().union(*[word.names for word in self.words])

    @lazy
    def stems(self) -> frozenset[str]:
        """The stems of its words."""
        return frozenset([word.stem for word in self.words])

    @lazy
    def deeds(self) -> frozenset[str]:
        """Meanings of what was done: the verbs, nouns by their own stem, objects of light verbs."""
        return frozenset().union(*[clause.deeds for clause in self.clauses])

    @lazy
    def own_deeds(self) -> frozenset[str]:
        """Those of `deeds` that are not told of somebody else."""
        return frozenset().union(*[one.deeds for one in self.clauses if not one.is_of_others])

    @lazy
    def tells_of_others(self) -> bool:
        """Whether a clause tells what the student only saw, or what somebody else did."""
        for one in self.clauses:  # noqa: SIM110  a generator takes twice as long
            if one.level == 0:
                return True
        return False

    @lazy
    def is_shared(self) -> bool:
        """Whether it says that others did this too: in a team of four, with two classmates."""
        if not self.spelled.isdisjoint(_OF_SEVERAL):
            return True
        return not self.spelled.isdisjoint(_MATES) and any(
            (low in ("with", "alongside") or (low == "and" and self.lows[at - 1] in ("me", "i")))
            and not _MATES.isdisjoint(self.lows[at : at + _NEAR])
            for at, low in enumerate(self.lows)
        )

    @lazy
    def _pairs(self) -> list[tuple[Quantity, Quantity, str]]:
        """Neighbouring quantities of one kind with the sign or word that joins them."""
        near = 2
        if len(self.quantities) <= 1:
            return []
        return [
            (one, other, joint)
            for one, other in zip(self.quantities, self.quantities[1:], strict=False)
            if one.kind == other.kind and 1 <= other.first - one.last <= near
            for joint in [self.tokens[one.last].low]
        ]

    @lazy
    def contrasts(self) -> list[tuple[float, float]]:
        """Both values of every comparison: 9 hours against 15, 18 kg with mulch and 15 without."""
        if len(self.quantities) <= 1:
            return []
        kinds = [one.kind for one in self.quantities]
        return [
            (one.value, other.value)
            for one, other in self._alike
            if min(one.value, other.value) > 0
            and (
                (one.kind not in _COUNTS and kinds.count(one.kind) == len("ab"))
                or _COMPARING & {token.low for token in self.tokens[one.last : other.last + 2]}
            )
        ]

    @lazy
    def _alike(self) -> list[tuple[Quantity, Quantity]]:
        """Neighbours of one kind, be there another kind between: 38 MPa at 28 days, 35 MPa."""
        listed = self.quantities
        apart = [
            (one, other) for one, _, other in zip(listed, listed[1:], listed[2:], strict=False)
        ]
        near = pairwise(listed)
        return [
            *[(one, other) for one, other in near if one.kind == other.kind],
            *[
                (one, other)
                for one, other in apart
                if one.kind == other.kind and one.kind not in _COUNTS
            ],
        ]

    def _is_from_to(self, one: Quantity, other: Quantity) -> bool:
        """`from 40 strips to 12 strips`: what is counted stands between."""
        start = self.tokens[one.first - 1].low if one.first else ""
        gap = [token.low for token in self.tokens[one.last : other.first]]
        return start == "from" and 1 < len(gap) <= _NEAR and gap[-1] == "to"

    @lazy
    def by_spans(self) -> list[tuple[Quantity, Quantity]]:
        """Both ends of every `by 10 to 15 %`: one change, given roughly."""
        return [
            (one, other)
            for one, other, joint in self._pairs
            if joint in _TO and one.first > 0 and self.lows[one.first - 1] == "by"
        ]

    @lazy
    def _moves(self) -> list[tuple[Quantity, Quantity]]:
        if len(self.quantities) <= 1:
            return []
        ordered = [
            (one, other)
            for one, other, joint in self._pairs
            if joint in _TO and (one, other) not in self.by_spans
        ]
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
            and "now" in self.spelled
            and {"not", "earlier", "before"} & {*self.lows[one.last : other.last + 2]}
        ]
        ordered += [
            (one, other)
            for one, other in pairwise(self.quantities)
            if one.kind == other.kind
            and not _EARLIER.isdisjoint(self.lows[max(0, one.first - _NEAR) : one.first])
            and not _LATER.isdisjoint(self.lows[one.last : other.first])
        ]
        # From one year to another nothing changes but the year.
        both = ordered + backward
        return [(one, other) for one, other in both if one.value > 0 and one.kind != "year"]

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


def read_ahead(pairs: Sequence[tuple[Passage, Passage]]) -> None:
    """Has texts read that will be judged: every proposal with the text it replaces.

    Why: what is read kind by kind finds code and word lists in the processor's cache; text by
    text, the first look at 30 bullets takes a sixth longer.
    """
    both = [passage for pair in pairs for passage in pair]
    for kind in ("text", "tokens", "spelled", "words"):
        for passage in both:
            getattr(passage, kind)
    # Figures of a text that gets none are hardly ever asked for.
    for proposal, source in pairs:
        if proposal.quantities:
            _ = source.quantities
    for passage in both:
        _ = passage.clauses
    for kind in ("names", "stems", "gives", "deeds"):
        for _, source in pairs:
            getattr(source, kind)


def all_names(passages: Iterable[Passage]) -> frozenset[str]:
    """The stems and tool names that occur in several texts."""
    return frozenset().union(*(passage.names for passage in passages))


def meanings(passages: Iterable[Passage]) -> frozenset[str]:
    """What several texts together vouch for."""
    return frozenset().union(*(passage.gives for passage in passages))
