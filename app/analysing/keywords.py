"""Whether a text names a skill: in another form of its words, or by another name of a tool."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from app.guard.passages import Passage, read
from app.guard.tokens import Token

# Between the words of a skill; they tell nothing.
_JOINTS = frozenset(
    (
        *("a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to"),
        *("using", "via", "with", "your"),
    )
)
# What a skill is, said beside its name: `communication skills`, `Python experience`.
_KINDS = frozenset(
    (
        *("ability", "abilities", "experience", "familiarity", "framework", "frameworks"),
        *("knowledge", "language", "languages", "library", "platform", "proficiency", "skill"),
        *("skills", "software", "tool", "tools", "understanding"),
    )
)
# `systems that are distributed`: as many other words may stand between those of a skill.
SLACK_WORDS = 2

# A posting names a few dozen skills, and each is looked for in every text of a résumé.
KEYWORDS_KEPT = 4_096


@dataclass(frozen=True)
class Keyword:
    """A skill by its words, each the set of names it goes by; `§postgresql` is a folded tool."""

    words: tuple[frozenset[str], ...]

    @cached_property
    def identity(self) -> frozenset[frozenset[str]]:
        """Equal for two spellings of one skill."""
        return frozenset(self.words)

    def count_in(self, text: Passage) -> int:
        """How often the text names it; two namings share no word."""
        spoken = _spoken(text)
        if not self.words or not self._is_within(spoken):
            return 0
        span = len(self.words) + (SLACK_WORDS if len(self.words) > 1 else 0)
        found, at = 0, 0
        while at < len(spoken):
            is_here = self._begins(spoken[at]) and self._is_within(spoken[at : at + span])
            found += is_here
            at += span if is_here else 1
        return found

    def is_in(self, text: Passage) -> bool:
        """Whether the text names it."""
        return self.count_in(text) > 0

    def _begins(self, names: frozenset[str]) -> bool:
        return any(word & names for word in self.words)

    def _is_within(self, window: Sequence[frozenset[str]]) -> bool:
        said = frozenset().union(*window)
        return all(word & said for word in self.words)


@lru_cache(maxsize=KEYWORDS_KEPT)
def _spoken(text: Passage) -> tuple[frozenset[str], ...]:
    """What each word of a text names, in order."""
    return tuple(_names(token) for token in text.tokens if token.word is not None)


def _names(token: Token) -> frozenset[str]:
    own = token.word.names if token.word else frozenset[str]()
    if token.kind != "mixed":
        return own
    # The guard takes the s of `K8s` for a plural.
    tools = {name for name in read(token.text.lower()).names if name.startswith("§")}
    return frozenset(tools) or own


@lru_cache(maxsize=KEYWORDS_KEPT)
def keyword(name: str) -> Keyword:
    """The keyword of a skill's name; one without a word is in no text."""
    tokens = [token for token in read(name).tokens if token.word is not None]
    content = [token for token in tokens if token.low not in _JOINTS]
    named = [token for token in content if token.low not in _KINDS]
    return Keyword(tuple(_names(token) for token in named or content))
