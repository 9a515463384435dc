"""A text cut into words, numbers and signs, the same way for source and proposal."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from app.guard.lexicon import LONGEST_STEMMED, WORD_CACHE_SIZE, Word, pairs_of, sets_of, word

# The first alternative is most of a text; without it every word is tried as five other things.
# So is every space unless it goes with what follows; only one, or a run of them is quadratic.
_TOKEN = re.compile(
    r"""
    \ ?(?:
      (?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)(?![\w+\#]|\.\w)
    | (?P<number>\d+(?:[,.]\d+)*)(?P<suffix>[^\W\d_]+)?(?![^\W_])
    | (?P<mixed>[^\W_]*\d[^\W_]*)
    | (?P<special>(?<!\w)\.net\b|\bc\+\+|\b[cf]\#|\b(?:asp|vb|ado)\.net\b)
    | (?P<dotted>[^\W\d_]+(?:\.[^\W\d_]+)+)
    | (?P<rest>[^\W\d_]+(?:'[^\W\d_]+)?)
    | (?P<sign>\S)
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
# What may be written onto a number without being a product code: 50k, 10th, 3x, 40kg.
_SUFFIXES = sets_of("grammar.txt")["suffixes"]
# A full stop after these ends no sentence.
_ABBREVIATIONS = sets_of("grammar.txt")["abbreviations"]
_SENTENCE_END = frozenset(".!?;:•|")
RUNS_KEPT = 16_384
_WORDLESS = frozenset({"number", "sign"})


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


class _Cut(NamedTuple):
    """A token before it is known what it means; it starts and ends where its run does, at 0."""

    text: str
    low: str
    start: int
    end: int
    kind: str


def _cut(text: str) -> list[_Cut]:
    """The raw tokens; a hyphen or apostrophe between letters only separates."""
    found: list[_Cut] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "sign"
        raw, end = match[0].lstrip(" "), match.end()
        start = end - len(raw)
        if kind == "sign":
            if not _only_separates(raw, text, start, end, found):
                found.append(_Cut(raw, raw, start, end, kind))
            continue
        if kind == "rest":
            kind = "word"
        elif kind == "suffix":
            kind = "mixed"
            if match["suffix"].lower() in _SUFFIXES:
                middle = match.end("number")
                found.append(_Cut(match["number"], match["number"], start, middle, "number"))
                raw, start, kind = match["suffix"], middle, "word"
        found.append(_Cut(raw, _lowered(raw), start, end, kind))
    return found


def _only_separates(sign: str, text: str, start: int, end: int, found: list[_Cut]) -> bool:
    """Whether a sign belongs to its neighbours: the hyphen of a compound, the stop after `Rs`."""
    if sign == "-":
        return start > 0 and text[start - 1].isalnum() and text[end : end + 1].isalpha()
    if sign == "." and found and found[-1].end == start:
        return found[-1].low in _ABBREVIATIONS
    return False


@lru_cache(maxsize=WORD_CACHE_SIZE)
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


def _folds() -> dict[str, dict[str, list[_Fold]]]:
    """Every phrase and tool name by its first word and its second, the longest first.

    Under "" are those of one word, which also close the list of every second word.
    """
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
    return {first: _by_second(folds) for first, folds in table.items()}


def _by_second(folds: list[_Fold]) -> dict[str, list[_Fold]]:
    seconds = {"", *(fold.rest[0] for fold in folds if fold.rest)}
    return {
        second: [fold for fold in folds if not fold.rest or fold.rest[0] == second]
        for second in seconds
    }


_FOLDS = _folds()


# A token of a run, its meaning, and by their second word the phrases that may start with it.
_Piece = tuple[_Cut, Word | None, dict[str, list[_Fold]] | None]


def _read(run: str) -> list[_Piece]:
    return [
        (cut, None if cut.kind in _WORDLESS else word(cut.low), _FOLDS.get(cut.low))
        for cut in _cut(run)
    ]


# A résumé says most things again and again, and cutting was a fifth of a first look.
_known = lru_cache(maxsize=RUNS_KEPT)(_read)


def _pieces(run: str) -> list[_Piece]:
    """The tokens of a text without spaces; what no word is as long as is not kept."""
    return _known(run) if len(run) <= LONGEST_STEMMED else _read(run)


def tokenise(text: str) -> list[Token]:
    """The tokens of a text that is in ordinary spelling, phrases and tool names folded into one."""
    tokens: list[Token] = []
    foldable: list[tuple[int, dict[str, list[_Fold]]]] = []
    offset, is_opening = 0, True
    for run in text.split(" "):
        for (spelled, low, start, end, kind), meant, folds in _pieces(run):
            if folds:
                foldable.append((len(tokens), folds))
            if kind == "sign":
                tokens.append(Token(spelled, low, offset + start, offset + end, kind, None))
                is_opening = is_opening or low in _SENTENCE_END
            else:
                tokens.append(
                    Token(spelled, low, offset + start, offset + end, kind, meant, is_opening)
                )
                is_opening = False
        offset += len(run) + 1
    tokens = _folded(tokens, foldable, text)
    if "&" in text:
        for token in tokens:
            # The name of a tool that has one is folded already.
            if token.low == "&":
                token.low, token.kind = "and", "word"
                token.word = word("and")
    return tokens


def _folded(
    tokens: list[Token], foldable: list[tuple[int, dict[str, list[_Fold]]]], text: str
) -> list[Token]:
    """The same with each phrase and each name of several words in one token."""
    found: list[Token] = []
    done, last = 0, len(tokens) - 1
    for at, seconds in foldable:
        # Most first words fold only with what hardly ever follows them.
        folds = seconds.get(tokens[at + 1].low if at < last else "") or seconds[""]
        if at < done or not folds or not (fold := _fitting(folds, tokens, at)):
            continue
        found += tokens[done:at]
        done = at + 1 + len(fold.rest)
        start, end = tokens[at].start, tokens[done - 1].end
        found.append(
            Token(
                text[start:end],
                fold.target,
                start,
                end,
                "word",
                word(fold.target),
                tokens[at].is_opening,
            )
        )
    return found + tokens[done:]


def _fitting(folds: list[_Fold], raw: list[Token], at: int) -> _Fold | None:
    """The longest phrase that starts here, of those with the right second word."""
    for fold in folds:
        if fold.needs_capital and not raw[at].is_capital:
            continue
        size = len(fold.rest)
        if size <= 1 or fold.rest == tuple(token.low for token in raw[at + 1 : at + 1 + size]):
            return fold
    return None
