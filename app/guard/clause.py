"""One clause of a text: the step of the verb ladder it claims, and what its words mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.guard.generic import LIGHT
from app.guard.lazy import lazy
from app.guard.lexicon import Verb, Word
from app.guard.tokens import Token

NO_CAP = 9
# Up to this step a verb says that somebody else did the work; it caps the verbs that follow it.
CAPPING_LEVEL = 2
DOING_LEVEL = 3
MAKING_LEVEL = 4
LEADING_LEVEL = 5


@dataclass(eq=False)
class Clause:
    """`level` is None where no verb was found; `chunks` are the token positions of its objects.

    A chunk is what stands between commas, conjunctions and prepositions. `sides` are chunks after
    a preposition: where, for whom, with what. `cap` is the lowest step a hedge before it leaves.
    What is derived is only asked for when the whole text was read.
    """

    tokens: Sequence[Token]
    level: int | None = None
    cap: int = NO_CAP
    verbs: list[Verb] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    chunks: list[list[int]] = field(default_factory=list)
    sides: list[list[int]] = field(default_factory=list)
    is_nominal: bool = False
    # The step of what a team did of which the student was part.
    team_level: int = 0
    # Positions of `responsible for` before a verb, which then says it all.
    duties: list[int] = field(default_factory=list)

    @property
    def is_of_others(self) -> bool:
        """Whether somebody else did what a verb of some step tells."""
        return self.level == 0 and any(verb.level > 0 for verb in self.verbs)

    @lazy
    def objects(self) -> list[int]:
        """Positions of what it was done to."""
        return [at for chunk in self.chunks for at in chunk]

    @lazy
    def words(self) -> list[int]:
        """Positions of every content word of the clause."""
        return [at for chunk in (*self.chunks, *self.sides) for at in chunk]

    @lazy
    def stems(self) -> frozenset[str]:
        """The stems of its verbs."""
        return frozenset([word.stem for word in self.words_at(self.positions)])

    @lazy
    def done(self) -> frozenset[str]:
        """Meanings its verbs vouch for, as words and as acts."""
        verbs = self.words_at(self.positions)
        return frozenset().union(*[word.gives for word in verbs], *[word.acts for word in verbs])

    @lazy
    def gives(self) -> frozenset[str]:
        """Meanings its content words vouch for."""
        return frozenset().union(*[word.gives for word in self.words_at(self.words)])

    @lazy
    def named(self) -> frozenset[str]:
        """Its content words themselves, without synonyms."""
        return frozenset().union(*[word.names for word in self.words_at(self.words)])

    @lazy
    def takes(self) -> frozenset[str]:
        """Meanings of which one is needed to explain any of its content words."""
        return frozenset().union(*[word.takes for word in self.words_at(self.words)])

    @lazy
    def deeds(self) -> frozenset[str]:
        """Meanings of what was done; where, when and for whom names no deed."""
        named = self.words if self.level is None else self.objects
        # "Entered forms collected from villages" does not say by whom they were collected.
        meant = [
            self.done,
            *[
                word.names
                for word in self.words_at(named)
                if word.verb is None or word.verb.form != "past"
            ],
        ]
        if self.level is None or not LIGHT.isdisjoint(self.stems):
            for word in self.words_at(self.objects):
                meant += (word.gives, word.acts)
        return frozenset().union(*meant)

    def speaks_of(self, words: Iterable[Word]) -> bool:
        """Whether its content words vouch for one of these."""
        for word in words:  # noqa: SIM110  a generator takes twice as long
            if not word.takes.isdisjoint(self.gives):
                return True
        return False

    def means(self, said: Word) -> bool:
        """Whether its verbs vouch for another one."""
        return not (said.takes.isdisjoint(self.done) and said.acts.isdisjoint(self.done))

    def words_at(self, positions: Iterable[int]) -> list[Word]:
        """The words at some positions of its text."""
        return [word for at in positions if (word := self.tokens[at].word) is not None]
