"""A text cut into words, numbers and signs, the same way for source and proposal."""

import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from app.guard.lexicon import Word, pairs_of, sets_of, word

_QUOTES = str.maketrans(dict.fromkeys("\u2018\u2019", "'") | dict.fromkeys("\u201c\u201d", '"'))
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2212\u2013\u2014", "-"))
# The same said in several ways: 7:00 a.m. and 7 am, m² and square metre, handed it over.
_ONE_SPELLING = (
    (re.compile(r"\b(\d{1,2})(?:[:.]00)? ?([ap])(?:\.m\.?|m\b)", re.IGNORECASE), r"\1 \2m"),
    (re.compile(r"\b(?:sq\.?|square)[ -]?m(?:et(?:re|er)s?|trs?)?\b|\bm\^2", re.IGNORECASE), "sqm"),
    (re.compile(r"\b(?:sq\.?|square)[ -]?(?:ft\b|feet|foot)|\bft\^2", re.IGNORECASE), "sqft"),
    (
        re.compile(r"\b(?:sq\.?|square)[ -]?(?:cm|centimet(?:re|er)s?)\b|\bcm\^2", re.IGNORECASE),
        "sqcm",
    ),
    (
        re.compile(r"\b(?:sq\.?|square)[ -]?(?:km|kilomet(?:re|er)s?)\b|\bkm\^2", re.IGNORECASE),
        "sqkm",
    ),
    (re.compile(r"\b(?:cu\.?|cubic)[ -]?m(?:et(?:re|er)s?)?\b|\bm\^3", re.IGNORECASE), "cum"),
    (
        re.compile(r" ?(?:\u00b0 ?|\bdeg(?:rees?)?\.? )(?:c\b|celsius|centigrade)", re.IGNORECASE),
        " degc",
    ),
)
_DIGIT = re.compile(r"\d")
_APART = re.compile(
    r"\b([a-z]+) (it|them|these) (over|down|up|out|off|back|together|away)\b", re.IGNORECASE
)
# The first alternative is most of a text; without it every word is tried as five other things.
_TOKEN = re.compile(
    r"""
      (?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)(?![\w+\#]|\.\w)
    | (?P<number>\d+(?:[,.]\d+)*)(?P<suffix>[^\W\d_]+)?(?![^\W_])
    | (?P<mixed>[^\W_]*\d[^\W_]*)
    | (?P<special>(?<!\w)\.net\b|\bc\+\+|\b[cf]\#|\b(?:asp|vb|ado)\.net\b)
    | (?P<dotted>[^\W\d_]+(?:\.[^\W\d_]+)+)
    | (?P<rest>[^\W\d_]+(?:'[^\W\d_]+)?)
    | (?P<sign>\S)
    """,
    re.VERBOSE | re.IGNORECASE,
)
# What may be written onto a number without being a product code: 50k, 10th, 3x, 40kg.
_SUFFIXES = sets_of("grammar.txt")["suffixes"]
# A full stop after these ends no sentence.
_ABBREVIATIONS = sets_of("grammar.txt")["abbreviations"]
_SENTENCE_END = frozenset(".!?;:•|\n")


@dataclass(slots=True)
class Token:
    """One word, number or sign. `text` is as written; `word` is set for words only."""

    text: str
    low: str
    start: int
    end: int
    kind: str
    word: Word | None
    is_opening: bool = False

    @property
    def is_capital(self) -> bool:
        """Whether it is written like a name: with a capital anywhere."""
        return self.text != self.text.lower()

    @property
    def is_shouted(self) -> bool:
        """Whether it looks like an acronym or a product: capitals beyond the first, or digits."""
        tail = self.text[1:]
        return self.kind == "mixed" or (tail != tail.lower() and not self.text.endswith("'S"))


def plain(text: str) -> str:
    """Compatibility forms, typographic quotes and dashes made ordinary; one spelling of units."""
    if not text.isascii():
        marked = re.sub("[⁰¹\u00b2\u00b3⁴-⁹]", lambda found: "^" + found[0], text)
        text = unicodedata.normalize("NFKC", marked).translate(_QUOTES | _DASHES)
    if _DIGIT.search(text):
        for pattern, replacement in _ONE_SPELLING:
            text = pattern.sub(replacement, text)
    if " it " in text or " them " in text or " these " in text:
        text = _APART.sub(r"\1 \3 \2", text)
    return text


def _cut(text: str) -> list[Token]:
    """The raw tokens; a hyphen or apostrophe between letters only separates."""
    found: list[Token] = []
    is_opening = True
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "sign"
        raw = match[0]
        start, end = match.span()
        if kind == "sign":
            if _only_separates(raw, text, start, end, found):
                continue
            found.append(Token(raw, raw, start, end, kind, None))
            is_opening = is_opening or raw in _SENTENCE_END
            continue
        if kind == "rest":
            kind = "word"
        elif kind == "suffix":
            kind = "mixed"
            if match["suffix"].lower() in _SUFFIXES:
                middle = match.end("number")
                found.append(Token(match["number"], match["number"], start, middle, "number", None))
                raw, start, kind = match["suffix"], middle, "word"
        found.append(Token(raw, _lowered(raw), start, end, kind, None, is_opening))
        is_opening = False
    return found


def _only_separates(sign: str, text: str, start: int, end: int, found: list[Token]) -> bool:
    """Whether a sign belongs to its neighbours: the hyphen of a compound, the stop after `Rs`."""
    if sign == "-":
        return start > 0 and text[start - 1].isalnum() and text[end : end + 1].isalpha()
    if sign == "." and found and found[-1].end == start:
        return found[-1].low in _ABBREVIATIONS
    return False


def _lowered(raw: str) -> str:
    """Lower case, without a possessive and without the plural of an acronym (`CVs`)."""
    if raw[-1] == "s" and len(raw) > len("Is"):
        if raw[-2] == "'":
            return raw[:-2].lower()
        if raw[:-1].isupper():
            return raw[:-1].lower()
    return raw.lower()


def _spelled(phrase: str) -> tuple[str, ...]:
    return tuple(token.low for token in _cut(phrase))


class _Fold(NamedTuple):
    """The words after the first, what all of them fold into, whether a capital is needed."""

    rest: tuple[str, ...]
    target: str
    needs_capital: bool


def _folds() -> dict[str, list[_Fold]]:
    """Every phrase and tool name by its first word, the longest first."""
    table: dict[str, list[_Fold]] = {}

    def add(phrase: str, target: str) -> None:
        first, *rest = _spelled(phrase.lstrip("^").replace("_", " "))
        table.setdefault(first, []).append(_Fold(tuple(rest), target, phrase.startswith("^")))

    for phrase, target in pairs_of("phrases.txt", "="):
        add(phrase, target)
    for name, aliases in pairs_of("skills.txt", "="):
        for alias in [name, *filter(None, (part.strip() for part in aliases.split(",")))]:
            add(alias, "§" + name.lstrip("^"))
            if alias[-1].isalpha() and alias[-1] != "s" and len(alias) > len("^ml"):
                add(alias + "s", "§" + name.lstrip("^"))
    for folds in table.values():
        folds.sort(key=lambda fold: -len(fold.rest))
    return table


_FOLDS = _folds()
# Most first words fold only with what hardly ever follows them.
_SECONDS = {
    first: frozenset(fold.rest[0] if fold.rest else "" for fold in folds)
    for first, folds in _FOLDS.items()
}


def tokenise(text: str) -> list[Token]:
    """The tokens of a text that went through `plain`, phrases and tool names folded into one."""
    raw = _cut(text)
    tokens: list[Token] = []
    at = 0
    while at < len(raw):
        token = raw[at]
        seconds = _SECONDS.get(token.low)
        may_fold = seconds is not None and (
            "" in seconds or (at + 1 < len(raw) and raw[at + 1].low in seconds)
        )
        if may_fold and (fold := _fitting(_FOLDS[token.low], raw, at)):
            at += len(fold.rest)
            end, target = raw[at].end, fold.target
            spelled = text[token.start : end]
            token = Token(spelled, target, token.start, end, "word", word(target), token.is_opening)
        elif token.kind not in ("number", "sign"):
            token.word = word(token.low)
        tokens.append(token)
        at += 1
    return tokens


def _fitting(folds: list[_Fold], raw: list[Token], at: int) -> _Fold | None:
    """The longest phrase that starts here."""
    left = len(raw) - at
    for fold in folds:
        if len(fold.rest) >= left or (fold.needs_capital and not raw[at].is_capital):
            continue
        if all(raw[place].low == low for place, low in enumerate(fold.rest, at + 1)):
            return fold
    return None
