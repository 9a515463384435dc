"""What a résumé says, arranged so that every edit meets exactly the texts it may rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.guard.identity import entry_of, is_prose
from app.guard.lazy import lazy
from app.guard.lexicon import Word
from app.guard.orders import told
from app.guard.passages import Passage, all_names, meanings
from app.guard.quantity import Quantity
from app.resume.paths import text_at

_SECTIONS = ("experience", "projects")
# Contact data vouches for no claim.
_CONTACTS = frozenset(
    ["email", "phone", "url", "urls", "links", "profiles", "website", "linkedin", "github"]
)
# Names of things: they may be named again, but their words vouch for nothing else.
_HEADINGS = frozenset(
    ["company", "title", "location", "position", "role", "organisation", "organization"]
)
_TITLES = ("title", "position", "role")


class Entry:
    """One job or project: bullets by path, headings, what it was called, and everything else."""

    def __init__(self, key: str, fields: object) -> None:
        self._key = key
        self._whole = fields
        self._fields: Mapping[str, Any] = fields if isinstance(fields, Mapping) else {}

    @lazy
    def bullets(self) -> dict[str, Passage]:
        """What was done, by path."""
        listed = self._fields.get("bullets")
        return {
            f"{self._key}.bullets.{number}": told(text)
            for number, bullet in enumerate(listed if isinstance(listed, list) else [])
            for text in _texts(bullet.get("text") if isinstance(bullet, Mapping) else bullet)
        }

    @lazy
    def facts(self) -> list[Passage]:
        """Technologies, descriptions, dates."""
        if not isinstance(self._whole, Mapping):
            return [told(text) for text in _texts(self._whole)]
        apart = ("bullets", *self._headings)
        rest = {name: value for name, value in self._fields.items() if name not in apart}
        return [told(text) for text in _texts(rest)]

    @lazy
    def _headings(self) -> dict[str, object]:
        return {name: value for name, value in self._fields.items() if name.lower() in _HEADINGS}

    @lazy
    def headings(self) -> list[Passage]:
        """Names of employers and places, and the titles."""
        return [told(text) for text in _texts(self._headings)]

    @lazy
    def titles(self) -> list[Passage]:
        """What the student was called."""
        return [told(text) for text in _texts([self._fields.get(name) for name in _TITLES])]

    @lazy
    def names(self) -> frozenset[str]:
        """Stems and tool names that occur anywhere in the entry."""
        return all_names((*self.bullets.values(), *self.facts, *self.headings))


def key_of(value: float) -> str:
    """A value without what is only lost in rounding: 1.1 lakh is 110,000."""
    return f"{value:.9g}"


class Texts:
    """The texts below a value of the résumé, read when they are asked for."""

    def __init__(self, value: object = None) -> None:
        self._value = value

    @lazy
    def passages(self) -> list[Passage]:
        """One for each text, contact data aside."""
        return [told(text) for text in _texts(self._value)]


@dataclass(frozen=True)
class Around:
    """The part of an entry's grounds that all its bullets share.

    `own` is the entry, `others` are those it must not be mixed up with; for the summary all are its
    own. `skills` may be named, `general` is what stands outside the entries.
    """

    own: Sequence[Entry] = ()
    others: Sequence[Entry] = ()
    skills: Texts = field(default_factory=Texts)
    general: Texts = field(default_factory=Texts)

    @lazy
    def prose(self) -> list[Passage]:
        """The bullets themselves."""
        return [text for entry in self.own for text in entry.bullets.values()]

    @lazy
    def facts(self) -> list[Passage]:
        """Technologies and descriptions."""
        return [*self.general.passages, *(text for entry in self.own for text in entry.facts)]

    @lazy
    def headings(self) -> list[Passage]:
        """Names of employers and places."""
        return [text for entry in self.own for text in entry.headings]

    @lazy
    def titles(self) -> list[Passage]:
        """What the student was called."""
        return [text for entry in self.own for text in entry.titles]

    @lazy
    def names(self) -> frozenset[str]:
        """What may be said letter by letter."""
        return all_names((*self.prose, *self.facts))

    @lazy
    def gives(self) -> frozenset[str]:
        """What may be said in other words, beside what the own text vouches for."""
        return meanings(self.facts)

    @lazy
    def figures(self) -> dict[str, list[tuple[Quantity, Passage]]]:
        """Every quantity of the entry with its text, by `key_of` its value."""
        found: dict[str, list[tuple[Quantity, Passage]]] = {}
        for passage in (*self.prose, *self.facts, *self.headings):
            for quantity in passage.quantities:
                found.setdefault(key_of(quantity.value), []).append((quantity, passage))
        return found

    @lazy
    def characters(self) -> frozenset[str]:
        """The characters the student uses here."""
        passages = (*self.prose, *self.facts, *self.headings)
        return frozenset().union(*[passage.raw for passage in passages])

    @lazy
    def elsewhere(self) -> frozenset[str]:
        """What other entries name."""
        return frozenset().union(*[entry.names for entry in self.others])

    @lazy
    def phrases(self) -> list[tuple[frozenset[str], ...]]:
        """Headings and general skills that may be named whole, each as its words.

        A skill that another entry lays claim to is left out: it would be commingled.
        """
        skills = (tuple(word.names for word in skill.words) for skill in self.skills.passages)
        free = (names for names in skills if not all(word & self.elsewhere for word in names))
        named = (tuple(word.names for word in heading.words) for heading in self.headings)
        return [names for names in (*free, *named) if names]


@dataclass(frozen=True)
class Grounds:
    """What one edit may rest on.

    `source` is the text it replaces, `neighbours` the other prose of its entry (of everything, for
    the summary), `siblings` the other items of its list.
    """

    path: str
    source: Passage
    around: Around
    neighbours: list[Passage] = field(default_factory=list)
    siblings: list[Passage] = field(default_factory=list)

    @lazy
    def names(self) -> frozenset[str]:
        """What may be said letter by letter."""
        # The own text of a bullet is part of what is around.
        return self.around.names if self.is_bullet else self.source.names | self.around.names

    def vouches_for(self, word: Word) -> bool:
        """Whether the own text or a fact of the entry says a word, perhaps in other words."""
        takes = word.takes
        return not (takes.isdisjoint(self.source.gives) and takes.isdisjoint(self.around.gives))

    @property
    def characters(self) -> frozenset[str]:
        """The characters the student uses here."""
        known = self.around.characters
        return known if self.is_bullet else known.union(self.source.raw)

    @lazy
    def entry(self) -> list[Passage]:
        """Every text of the entry, beside the own one."""
        return [*self.neighbours, *self.around.facts, *self.around.headings]

    def figures_like(self, value: float) -> list[tuple[Quantity, Passage]]:
        """The quantities of this value that stand elsewhere in the entry, each with its text."""
        found = self.around.figures.get(key_of(value), ())
        return [(known, text) for known, text in found if text is not self.source]

    @lazy
    def is_bullet(self) -> bool:
        """Whether the text tells what was done, rather than lists or sums up."""
        return self.path.startswith(_SECTIONS)

    @property
    def is_summary(self) -> bool:
        """Whether the text sums everything up."""
        return self.path == "summary"

    @property
    def is_project(self) -> bool:
        """Whether the entry is the student's own making."""
        return self.path.startswith("projects")


class Evidence:
    """A résumé, read once per review and only where an edit asks for it."""

    def __init__(self, resume: Mapping[str, Any]) -> None:
        self._resume = resume
        self._entries: dict[str, Entry] = {
            f"{section}.{number}": Entry(f"{section}.{number}", fields)
            for section in _SECTIONS
            for number, fields in enumerate(_listed(resume, section))
        }
        self._arounds: dict[str, Around] = {}
        self._skills = Texts(_listed(resume, "skills"))

    def grounds(self, path: str) -> Grounds:
        """What an edit at this path may rest on; the path is known to hold text."""
        if not is_prose(path):
            return Grounds(
                path, self._standing(path), self._around_items, siblings=self._items(path)
            )
        if path == "summary":
            around = self._around_all
            return Grounds(path, self._standing(path), around, around.prose)
        key = entry_of(path)
        entry = self._entries[key]
        neighbours = [text for at, text in entry.bullets.items() if at != path]
        return Grounds(path, self._standing(path), self._around(key), neighbours)

    def _standing(self, path: str) -> Passage:
        return told(text_at(self._resume, path) or "")

    def _around(self, key: str) -> Around:
        if key not in self._arounds:
            others = [other for at, other in self._entries.items() if at != key]
            self._arounds[key] = Around((self._entries[key],), others, self._skills)
        return self._arounds[key]

    @lazy
    def _around_items(self) -> Around:
        return Around(others=tuple(self._entries.values()))

    @lazy
    def _around_all(self) -> Around:
        """For the summary: everything; of the basics only what the student is called."""
        apart = (*_SECTIONS, "summary", "basics")
        outside = {key: value for key, value in self._resume.items() if key not in apart}
        basics = self._resume.get("basics")
        label = basics.get("label") if isinstance(basics, Mapping) else None
        return Around(own=tuple(self._entries.values()), general=Texts([outside, label]))

    def _items(self, path: str) -> list[Passage]:
        """The items of the same list; for skills also the technologies of every entry."""
        section = path.partition(".")[0]
        texts = _texts(_listed(self._resume, section))
        if section == "skills":
            entries = [entry for part in _SECTIONS for entry in _listed(self._resume, part)]
            kept = [entry.get("technologies") for entry in entries if isinstance(entry, Mapping)]
            texts += _texts(kept)
        return [told(text) for text in texts]


def _listed(resume: Mapping[str, Any], section: str) -> list[Any]:
    found = resume.get(section)
    return found if isinstance(found, list) else []


def _texts(value: object) -> list[str]:
    """Every text below a value, contact data aside."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, list):
        return [text for below in value for text in _texts(below)]
    if isinstance(value, Mapping):
        kept = [below for key, below in value.items() if str(key).lower() not in _CONTACTS]
        return _texts(kept)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return [str(value)] if is_number else []
