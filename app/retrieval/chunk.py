"""One entry of what a student wrote: the smallest thing that is found."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Chunk:
    """A text at a place of a record; `heading` is what it stands under, and may be empty.

    `path` is the résumé's own (`experience.0.bullets.2`), or `chunks.3` in a note.
    A bullet that is `{text, verified: true}` is marked: only a job writes that.
    """

    path: str
    heading: str
    text: str
    is_marked_verified: bool = False

    @property
    def searched_text(self) -> str:
        """What is embedded and indexed: a bullet alone does not say in what role it was done."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text

    @property
    def content_hash(self) -> str:
        """SHA-256 of the searched text, in hexadecimal."""
        return content_hash(self.searched_text)


def content_hash(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
