"""Every quantity of a text, in whatever dress, as a value with a kind."""

import re
from collections.abc import Sequence

from app.guard.lexicon import sets_of
from app.guard.quantity import Quantity, as_range
from app.guard.quantity_words import (
    AFTER_NUMBER,
    ARTICLES,
    CARDINALS,
    CURRENCIES,
    FRACTIONS,
    HALVES,
    NOT_LIMITED,
    NUMERALS,
    ORDINAL_ENDINGS,
    ORDINALS,
    PERCENT,
    QUALIFIERS,
    ROMAN,
    SCALES,
    SPREAD,
    STARTERS,
    TIMES,
    UNITS,
    VAGUE,
    WHICH_YEARS,
    adds_up,
)
from app.guard.tokens import Token

_FIRST_YEAR, _LAST_YEAR = 1950, 2100
_GRAMMAR = sets_of("grammar.txt")
_BOUNDARIES = _GRAMMAR["boundaries"]
_BEFORE_LONGER = _GRAMMAR["before_longer"]
_SPELLS = _GRAMMAR["spells"]
_RATES = _GRAMMAR["rates"]
# "an hour" reads as hourly; after a half it is the unit.
_FOLDED_UNITS = {"hourly": "hour", "daily": "day", "yearly": "year"}
_FOLD = re.compile(r"(\d+|[a-z]+?)fold$")
# How many words beside a number say what was counted.
_NEIGHBOURS = 3
_TENS, _HUNDRED = 10, 100


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, tokens: Sequence[Token], lows: Sequence[str]) -> None:
        # Padded at the end, where a negative index also finds it, so that neighbours always exist.
        self.lows = [*lows, "", "", "", ""]
        self.tokens = tokens

    def literal(self, at: int) -> float | None:
        """The value of the single token at this position, as a cardinal."""
        if not 0 <= at < len(self.tokens):
            return None
        token = self.tokens[at]
        if token.kind == "number":
            bare = token.low.replace(",", "")
            return float(bare) if bare.count(".") <= 1 else None
        if token.text in ROMAN:
            return float(ROMAN[token.text])
        return CARDINALS.get(token.low)

    def cardinal(self, at: int, value: float | None) -> tuple[float, float, int] | None:
        """`(value, scale, next position)` of the number that starts here: two lakh, twenty-five."""
        if value is None:
            is_one = self.lows[at] in ("a", "an") and self.lows[at + 1] in SCALES
            if not is_one and not (
                self.lows[at] in SCALES and self.lows[at] not in ("k", "cr", "mn")
            ):
                return None
            value, at = 1.0, at if is_one else at - 1
        at += 1
        total, scale = 0.0, 1.0
        while at < len(self.tokens):
            low = self.lows[at]
            if low in SCALES or (low == "m" and self.is_money(at)):
                scale = SCALES.get(low, 1e6)
                value *= scale
                total, value = (total + value, 0.0) if scale > _HUNDRED else (total, value)
            elif low == "and" and scale > 1 and self.lows[at + 1] in CARDINALS:
                pass
            elif low == "and" and self.lows[at + 1] == "a" and self.lows[at + 2] == "half":
                value += 0.5
                at += 2
            elif (
                self.tokens[at].kind != "number"
                and (following := self.literal(at)) is not None
                and adds_up(value, following)
            ):
                value += following
            else:
                break
            at += 1
        return total + value, scale, at

    def is_money(self, at: int) -> bool:
        return any(self.lows[before] in CURRENCIES for before in (at - 2, at - 3))

    def qualifier(self, first: int, last: int, kind: str) -> str:
        if self.lows[last] in ("+", "plus") or (self.lows[last], self.lows[last + 1]) == (
            "or",
            "more",
        ):
            return "over"
        if kind == "ordinal" or self.lows[last] in NOT_LIMITED:
            # "Under the second engineer" is no second at the most.
            return ""
        before = first - 1
        if first and self.tokens[before].text.lower().endswith(" over"):
            # "took over 15 patients": more than 15 of them
            return "over"
        while self.lows[before] in CURRENCIES or self.lows[before] in (".", "a", "the", "of"):
            before -= 1
        found = QUALIFIERS.get(self.lows[before], "")
        # "20% below the 8,000" compares two figures, each exact.
        if self.lows[before - 1] in PERCENT or self.lows[before - 1] in ("pp", "times", "points"):
            return ""
        # "over two weeks" says during; "for over two weeks" says longer.
        is_longer = self.lows[before - 1] in _BEFORE_LONGER or (
            before == 1 and self.lows[last] == "of"
        )
        is_spell = kind in SPREAD or bool(_SPELLS & {self.lows[last], self.lows[last + 1]})
        is_during = is_spell and self.lows[before] == "over"
        return "" if is_during and not is_longer else found

    def beside(self, at: int, step: int) -> frozenset[str]:
        """Meanings of the next few words in one direction, up to a sign or another number."""
        tokens, meanings = self.tokens, set[str]()
        # "6.2 for girls" counts girls; "14 shops in May" no Mays.
        left, first = _NEIGHBOURS, at if self.lows[at] == "for" and self.lows[at - 2] != ":" else -1
        while 0 <= at < len(tokens) and left:
            word, low = tokens[at].word, tokens[at].low
            if low in NUMERALS:
                break
            if word is None:
                if low not in ("(", '"', "+"):
                    break
            elif not word.is_glue and low not in UNITS and low not in _RATES:
                meanings |= word.takes
                left -= 1
            elif word.text in _BOUNDARIES if step > 0 and at != first else word.text == "and":
                break
            at += step
        return frozenset(meanings)

    def read(self, at: int) -> Quantity | None:
        """The quantity that starts at this position."""
        token, low = self.tokens[at], self.lows[at]
        if low in ARTICLES and self.lows[at + 1] not in SCALES:
            # "under a second" is a figure, "a second" is an article and its noun.
            is_bound = self.lows[at + 1] in UNITS and self.lows[at - 1] in QUALIFIERS
            return self.measured(at, 1.0, 1.0, at + 1) if at and is_bound else None
        value = self.literal(at)
        is_bare = low not in NUMERALS and self.lows[at + 1] not in AFTER_NUMBER
        found = None
        if not is_bare or token.kind != "number":
            found = self.fraction(at, value) or self.special(at, value)
        if found is None and (number := self.cardinal(at, value)):
            return self.measured(at, *number)
        if found is None and token.kind == "number":
            found = (float(re.sub(r"\D", "", low)[:15]) + 0.5, "version", at + 1)
        return self.quantity(at, *found) if found else None

    def special(self, at: int, value: float | None) -> tuple[float, str, int] | None:
        """Factors, vague counts and ranks, which are single words or nearly so."""
        low, following = self.lows[at], self.lows[at + 1]
        if low in TIMES:
            return TIMES[low], "times", at + 1
        if low in VAGUE and following not in UNITS:
            return VAGUE[low], "vague", at + 1
        if low[-1] == "s" and low[:-1] in SCALES and self.literal(at - 1) is None:
            return 2 * SCALES[low[:-1]], "vague", at + 1
        fold = _FOLD.fullmatch(low) if low[-4:] == "fold" else None
        if fold and (fold[1].isdigit() or fold[1] in CARDINALS):
            return CARDINALS.get(fold[1]) or float(fold[1]), "times", at + 1
        return self.ordinal(at, value)

    def ordinal(self, at: int, value: float | None) -> tuple[float, str, int] | None:
        """A rank: 8th, eighth, twenty-first."""
        low, following = self.lows[at], self.lows[at + 1]
        if value is not None and following in ORDINAL_ENDINGS:
            return value, "ordinal", at + 2
        is_spelled = self.tokens[at].kind != "number"
        is_tens = value and value >= 2 * _TENS and value % _TENS == 0
        if value and is_spelled and is_tens and following in ORDINALS:
            return value + ORDINALS[following], "ordinal", at + 2
        is_time = low == "second" and self.lows[at - 1] in ("per", "a")
        return (ORDINALS[low], "ordinal", at + 1) if low in ORDINALS and not is_time else None

    def fraction(self, at: int, value: float | None) -> tuple[float, str, int] | None:
        """A part of a whole as a percentage: ½, two thirds of, a quarter of, half."""
        low, following = self.lows[at], self.lows[at + 1]
        below = self.literal(at + 2) if following == "\u2044" else None
        if value is not None and below:
            return _HUNDRED * value / below, "percent", at + 3
        is_part = following in FRACTIONS and (
            self.lows[at + 2] in ("of", "the", "less") or self.lows[at - 1] == "by"
        )
        if value is not None and is_part:
            return _HUNDRED * value / FRACTIONS[following], "percent", at + 2
        if (
            low in FRACTIONS
            and self.lows[at - 1] in ("a", "one")
            and (following == "of" or self.lows[at - 2] == "by")
        ):
            return _HUNDRED / FRACTIONS[low], "percent", at + 1
        return self.half(at) if low in HALVES else None

    def half(self, at: int) -> tuple[float, str, int]:
        """Half an hour, half a dozen, or fifty percent."""
        skip = at + 2 if self.lows[at + 1] in ("a", "an") else at + 1
        unit = _FOLDED_UNITS.get(self.lows[skip], self.lows[skip])
        if unit in UNITS:
            return UNITS[unit][1] / 2, UNITS[unit][0], skip + 1
        if unit in SCALES:
            return SCALES[unit] / 2, "plain", skip + 1
        if self.lows[at + 1 : at + 3] == ["the", "time"]:
            return 0.5, "times", at + 3
        return HALVES[self.lows[at]], "percent", at + 1

    def measured(self, first: int, value: float, scale: float, last: int) -> Quantity:
        """A cardinal with what stands around it: percent, currency, unit, times."""
        following = self.lows[last]
        if following in WHICH_YEARS and self.lows[last + 1] in UNITS:
            last, following = last + 1, self.lows[last + 1]
        kind, factor = "plain", scale
        before = first - 2 if self.lows[first - 1] == "." else first - 1
        if following in PERCENT:
            kind, last = "percent", last + 1
        elif following in ("times", "x", "fold"):
            kind, last = "times", last + 1
        elif self.lows[before] in CURRENCIES or following in CURRENCIES:
            kind = CURRENCIES.get(self.lows[before]) or CURRENCIES[following]
            if self.lows[before] in CURRENCIES:
                first = before
            else:
                last += 1
        elif following in UNITS:
            kind, unit = UNITS[following]
            value, factor, last = value * unit, factor * unit, last + 1
        elif (
            len(self.lows[first]) == len("2026")
            and _FIRST_YEAR <= value <= _LAST_YEAR
            and scale == 1
        ):
            kind = "year" if self.lows[first].isdigit() else kind
        return self.quantity(first, value, kind, last, factor)

    def quantity(
        self, first: int, value: float, kind: str, last: int, factor: float = 1
    ) -> Quantity:
        return Quantity(
            value,
            kind,
            first,
            last,
            self.qualifier(first, last, kind),
            factor,
            self.beside(last, 1),
            self.beside(first - 1, -1),
        )


def quantities(tokens: Sequence[Token], lows: Sequence[str]) -> list[Quantity]:
    """The quantities in order; both ends of a range have its unit (40 to 6 minutes).

    `lows` are the spellings of the tokens.
    """
    # Almost every token is not a quantity.
    starts = [
        at
        for at, token in enumerate(tokens)
        if token.kind == "number"
        or token.low in STARTERS
        or token.text in ROMAN
        or token.low[-4:] == "fold"
    ]
    if not starts:
        return []
    reader = _Reader(tokens, lows)
    found: list[Quantity] = []
    last = 0
    for at in starts:
        if at >= last and (quantity := reader.read(at)):
            last = quantity.last
            found.append(quantity)
    for at in range(len(found) - 1):
        found[at : at + 2] = as_range(found[at], found[at + 1], reader.lows)
    return found
