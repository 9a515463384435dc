"""A note cut into its entries: list items, paragraphs, and of a long one its sentences."""

import re
from collections.abc import Iterator

from app.retrieval.chunk import Chunk

# About what a bullet with its reasons takes; more than one subject in a vector blurs both.
MAX_CHUNK_CHARS = 600

_ITEM = re.compile(r"\s*(?:[-*+•‣▪\u2013\u2014]|\(?\d{1,3}[.)])\s+(?=\S)")
_MARKDOWN_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.+?)\s*#*\s*")
# A line such as "Second internship:" that stands alone.
_COLON_HEADING = re.compile(r"\s*(\S[^.!?]{0,78}\S)\s*:\s*")
_SENTENCE_END = re.compile(r"(?<=[.!?।。])\s+")
# A rule, a table's edge, a fence: nothing that anybody would search for.
_SAYS_SOMETHING = re.compile(r"\w")


def note_chunks(title: str | None, text: str) -> list[Chunk]:
    """The entries in order, each under the title and the heading it follows; never a blank one."""
    chunks: list[Chunk] = []
    for heading, entry in _entries(text):
        under = " · ".join(part for part in ((title or "").strip(), heading) if part)
        chunks += [
            Chunk(f"chunks.{len(chunks) + position}", under, piece)
            for position, piece in enumerate(_pieces(entry))
        ]
    return chunks


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """`(heading, entry)`; an entry ends where a blank line, an item or a heading begins."""
    heading, lines = "", list[str]()
    for line in [*text.splitlines(), ""]:
        found = _MARKDOWN_HEADING.fullmatch(line) or _COLON_HEADING.fullmatch(line)
        item = _ITEM.match(line)
        if lines and (found or item or not line.strip()):
            yield heading, " ".join(lines)
            lines = []
        if found and not item:
            heading = found[1]
        elif _SAYS_SOMETHING.search(line):
            lines.append(line[item.end() if item else 0 :].strip())


def _pieces(entry: str) -> Iterator[str]:
    """The entry, or its sentences packed together up to the limit; a longer one is cut at words."""
    piece = ""
    for sentence in _SENTENCE_END.split(" ".join(entry.split())):
        for part in _cut(sentence):
            if piece and len(piece) + 1 + len(part) > MAX_CHUNK_CHARS:
                yield piece
                piece = part
            else:
                piece = f"{piece} {part}".strip()
    if piece:
        yield piece


def _cut(sentence: str) -> Iterator[str]:
    while len(sentence) > MAX_CHUNK_CHARS:
        at = sentence.rfind(" ", 1, MAX_CHUNK_CHARS + 1)
        at = at if at > 0 else MAX_CHUNK_CHARS
        yield sentence[:at]
        sentence = sentence[at:].lstrip()
    if sentence:
        yield sentence
