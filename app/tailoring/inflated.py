"""Words that puff a text up; a tailored text brings none in.

Source: document 002, "Do not use inflated language like spearheaded, synergized, leveraged".
"""

import re
from pathlib import Path

from app.guard.lexicon import stem
from app.guard.passages import read

_LINES = [
    line.strip()
    for line in Path(__file__).with_name("inflated_words.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]
_PHRASE_SIGNS = re.compile(r"[ -]")
_STEMS = frozenset(stem(line) for line in _LINES if not _PHRASE_SIGNS.search(line))
_PHRASES = re.compile(
    r"\b(?:"
    + "|".join(
        r"[\s-]+".join(map(re.escape, _PHRASE_SIGNS.split(line)))
        for line in _LINES
        if _PHRASE_SIGNS.search(line)
    )
    + r")s?\b",
    re.IGNORECASE,
)


def inflated(text: str, before: str) -> str | None:
    """The first inflated word of `text` that `before` does not have."""
    own = read(before).stems
    for token in read(text).tokens:
        if token.word is not None and token.word.stem in _STEMS - own:
            return token.text
    known = {found[0].lower() for found in _PHRASES.finditer(before)}
    new = (found[0] for found in _PHRASES.finditer(text) if found[0].lower() not in known)
    return next(new, None)
