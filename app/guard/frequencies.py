"""How often: a rate may be said in other words, never for another span of time."""

from collections.abc import Iterator

from app.guard.lexicon import sets_of
from app.guard.passages import Passage
from app.guard.quantity_words import HALVES, ONE_OF
from app.guard.tokens import Token

_GRAMMAR = sets_of("grammar.txt")
RATES = _GRAMMAR["rates"]
_SAID_BY = {rate: {rate} for rate in RATES}
_SAID_BY["weekly"] |= _GRAMMAR["weekdays"]
_SAID_BY["daily"] |= {"everyday", "morning", "evening", "night", "mornings", "evenings", "nights"}
_SAID_BY["yearly"] |= {"annual", "annually"}


def changed_rates(proposal: Passage, source: Passage) -> Iterator[Token]:
    """Words such as `hourly` for what the student did at another rate, or named no rate for."""
    if RATES.isdisjoint(proposal.spelled):
        return
    known = _rates(source)
    for at, token in enumerate(proposal.tokens):
        # "half-hourly" is a quantity.
        is_part = at > 0 and proposal.tokens[at - 1].low in HALVES
        if token.low in RATES and token.low not in known and not is_part:
            yield token


def _rates(source: Passage) -> set[str]:
    known = {rate for rate, words in _SAID_BY.items() if source.spelled & words}
    # "A year of records" is read as yearly; it is one year.
    return known | {
        ONE_OF.get((one.kind, one.value), "") for one in source.quantities if not one.qualifier
    }
