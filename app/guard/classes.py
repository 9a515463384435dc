"""Which class an unexplained word falls into, and the sentence that says so."""

from collections.abc import Sequence

from app.guard.evidence import Grounds
from app.guard.lexicon import stem, words_of
from app.guard.passages import Passage
from app.guard.tokens import Token
from app.guard.words import is_proper

_PLACES = words_of("places.txt")
_OUTCOMES = frozenset(stem(word) for word in words_of("outcomes.txt"))
_SCOPE = frozenset(stem(word) for word in words_of("scope.txt"))


def classify(run: Sequence[Token], grounds: Grounds, posting: Passage) -> tuple[str, str]:
    """`(code, reason)` for words that nothing in the grounds explains."""
    span = " ".join(token.text for token in run)
    words = [token.word for token in run if token.word]
    stems = {word.stem for word in words}
    if any(word.names & grounds.around.elsewhere for word in words):
        return "commingled", f"'{span}' belongs to another entry of your résumé."
    code = _code(run, stems)
    if code == "scope":
        code = _OF_LISTS.get(grounds.path.partition(".")[0], code)
    if any(word.names & posting.names for word in words):
        return code, f"'{span}' stands in the posting but not in what you wrote here."
    return code, _REASONS[code].format(span=span)


# What a list grows by where a word is neither a name nor a tool.
_OF_LISTS = {
    "skills": "skill",
    "certifications": "skill",
    "languages": "skill",
    "achievements": "outcome",
}
_REASONS = {
    "skill": "You did not name '{span}' here.",
    "name": "You did not mention '{span}' here.",
    "outcome": "'{span}' claims a result you did not mention here.",
    "scope": "'{span}' says more than you said here.",
}


def _code(run: Sequence[Token], stems: set[str]) -> str:
    if any(token.low in _PLACES for token in run):
        return "name"
    if any(
        token.kind in ("mixed", "special", "dotted")
        or token.is_shouted
        or (token.word and token.word.is_skill)
        for token in run
    ):
        return "skill"
    if stems & _OUTCOMES:
        return "outcome"
    if stems & _SCOPE:
        return "scope"
    return "name" if any(is_proper(token) for token in run) else "scope"


def is_outcome(token: Token) -> bool:
    """Whether a word claims a result or a prize."""
    return token.word is not None and token.word.stem in _OUTCOMES
