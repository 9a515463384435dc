"""The words of quantity as tables: cardinals, scales, units, currencies."""

from app.guard.lexicon import pairs_of

ROMAN = {"II": 2, "III": 3, "IV": 4, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "XI": 11, "XII": 12}
ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
PERCENT = frozenset({"%", "percent", "pct", "٪"})
# What `three …s of` divides by.
FRACTIONS = {
    "half": 2,
    "third": 3,
    "thirds": 3,
    "quarter": 4,
    "quarters": 4,
    "fifth": 5,
    "fifths": 5,
}


def _tables() -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    for kind, entries in pairs_of("numbers.txt", ":"):
        cut = (entry.rpartition("=") for entry in entries.split())
        tables.setdefault(kind, {}).update({name: value for name, _, value in cut})
    return tables


_TABLES = _tables()


def _floats(kind: str) -> dict[str, float]:
    return {name: float(value) for name, value in _TABLES[kind].items()}


CARDINALS = _floats("cardinal")
SCALES = _floats("scale")
ORDINALS = _floats("ordinal")
TIMES = _floats("times")
HALVES = _floats("percent")
VAGUE = _floats("vague")
# Unit: (dimension, factor to its base).
UNITS = {
    name.partition("/")[0]: (name.partition("/")[2], value)
    for name, value in _floats("unit").items()
}
CURRENCIES = _TABLES["currency"]
QUALIFIERS = _TABLES["qualifier"]
# Dimensions before which "over" may mean during or across.
SPREAD = frozenset({"time", "months", "acres", "hectares", "length"})
_NUMERALS = frozenset(
    [*CARDINALS, *SCALES, *ORDINALS, *TIMES, *HALVES, *VAGUE, *FRACTIONS]
    + [word + "s" for word in SCALES]
)
# Before a scale they say one: a dozen, an arab.
ARTICLES = frozenset({"a", "an"}) - _NUMERALS
# Every word a quantity may start with.
STARTERS = _NUMERALS | ARTICLES
# Every word that ends what stands beside another quantity.
NUMERALS = _NUMERALS - {"a", "an"}
# What makes a number part of something else: a rank, a fraction.
AFTER_NUMBER = ORDINAL_ENDINGS.union(ORDINALS, FRACTIONS, {"\u2044"})
# Every word that is part of a quantity: thirty, lakh, weeks, Rs.
NUMBER_WORDS = NUMERALS.union(UNITS, CURRENCIES, ORDINAL_ENDINGS, PERCENT)
# "a week" is one token, the one that also says how often.
ONE_OF = {
    ("time", 3600.0): "hourly",
    ("time", 86400.0): "daily",
    ("time", 604800.0): "weekly",
    ("time", 1209600.0): "fortnightly",
    ("months", 1.0): "monthly",
    ("months", 12.0): "yearly",
}
# "up to 9 pm" is no nine at the most, "noted under 6 heads" no six.
NOT_LIMITED = frozenset(
    [
        *("am", "pm", "categories", "heads", "headings", "sections", "groups", "themes"),
        *("classes", "limit", "mark", "target", "threshold", "budget"),
    ]
)
# "five financial years" are five years.
WHICH_YEARS = frozenset({"financial", "academic", "calendar", "working", "consecutive"})


def adds_up(value: float, following: float) -> bool:
    """Whether `twenty` may be followed by `five`, `two hundred` by `six`."""
    ten, hundred = 10, 100
    return (
        (value % hundred >= 2 * ten and value % ten == 0 and 0 < following < ten)
        or (value >= hundred and value % hundred == 0 and following < hundred)
        or (value == 0 and following > 0)
    )
