"""What a résumé says, arranged so that every edit meets exactly the texts it may rest on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.guard.identity import entry_of, is_prose
from app.guard.lazy import lazy
from app.guard.orders import told
from app.guard.passages import Passage, all_names, meanings
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


@dataclass(frozen=True)
class Entry:
    """One job or project: bullets by path, headings, what it was called, and everything else."""

    bullets: dict[str, Passage]
    facts: list[Passage]
    headings: list[Passage]
    titles: list[Passage]

    @lazy
    def names(self) -> frozenset[str]:
        """Stems and tool names that occur anywhere in the entry."""
        return all_names((*self.bullets.values(), *self.facts, *self.headings))


@dataclass(frozen=True)
class Around:
    """The part of an entry's grounds that all its bullets share.

    `facts` are technologies and descriptions, `headings` names of employers and places, `titles`
    what the student was called.
    """

    facts: list[Passage] = field(default_factory=list)
    headings: list[Passage] = field(default_factory=list)
    titles: list[Passage] = field(default_factory=list)
    general: list[Passage] = field(default_factory=list)
    others: Sequence[Entry] = ()

    @lazy
    def elsewhere(self) -> frozenset[str]:
        """What other entries name."""
        return frozenset().union(*(entry.names for entry in self.others))

    @lazy
    def phrases(self) -> list[tuple[frozenset[str], ...]]:
        """Headings and general skills that may be named whole, each as its words.

        A skill that another entry lays claim to is left out: it would be commingled.
        """
        skills = (tuple(word.names for word in skill.words) for skill in self.general)
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
        return all_names((self.source, *self.around.facts, *self.neighbours))

    @lazy
    def gives(self) -> frozenset[str]:
        """What may be said in other words."""
        return meanings((self.source, *self.around.facts))

    @lazy
    def characters(self) -> frozenset[str]:
        """The characters the student uses here."""
        passages = (self.source, *self.around.facts, *self.around.headings, *self.neighbours)
        return frozenset().union(*(passage.raw for passage in passages))

    @property
    def entry(self) -> list[Passage]:
        """Every text a number may come from, beside the own one."""
        return [*self.neighbours, *self.around.facts, *self.around.headings]

    @property
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
            f"{section}.{number}": _entry(f"{section}.{number}", fields)
            for section in _SECTIONS
            for number, fields in enumerate(_listed(resume, section))
        }
        self._arounds: dict[str, Around] = {}

    def grounds(self, path: str) -> Grounds:
        """What an edit at this path may rest on; the path is known to hold text."""
        if not is_prose(path):
            around = Around(others=tuple(self._entries.values()))
            return Grounds(path, self._standing(path), around, siblings=self._items(path))
        if path == "summary":
            prose = [text for entry in self._entries.values() for text in entry.bullets.values()]
            return Grounds(path, self._standing(path), self._around_all(), prose)
        entry = self._entries[entry_of(path)]
        neighbours = [text for at, text in entry.bullets.items() if at != path]
        return Grounds(path, entry.bullets[path], self._around(entry_of(path)), neighbours)

    def _standing(self, path: str) -> Passage:
        return told(text_at(self._resume, path) or "")

    def _around(self, key: str) -> Around:
        if key not in self._arounds:
            entry = self._entries[key]
            self._arounds[key] = Around(
                entry.facts,
                entry.headings,
                entry.titles,
                self._skills,
                [other for at, other in self._entries.items() if at != key],
            )
        return self._arounds[key]

    def _around_all(self) -> Around:
        entries = self._entries.values()
        return Around(
            facts=[*self._general, *(text for entry in entries for text in entry.facts)],
            headings=[text for entry in entries for text in entry.headings],
            titles=[text for entry in entries for text in entry.titles],
        )

    @lazy
    def _skills(self) -> list[Passage]:
        return [told(text) for text in _texts(_listed(self._resume, "skills"))]

    @lazy
    def _general(self) -> list[Passage]:
        """Everything outside the entries; of the basics only what the student is called."""
        apart = (*_SECTIONS, "summary", "basics")
        outside = {key: value for key, value in self._resume.items() if key not in apart}
        basics = self._resume.get("basics")
        label = basics.get("label") if isinstance(basics, Mapping) else None
        return [told(text) for text in _texts([outside, label])]

    def _items(self, path: str) -> list[Passage]:
        """The items of the same list; for skills also the technologies of every entry."""
        section = path.partition(".")[0]
        texts = [*_texts(_listed(self._resume, section))]
        if section == "skills":
            entries = [entry for part in _SECTIONS for entry in _listed(self._resume, part)]
            kept = [entry.get("technologies") for entry in entries if isinstance(entry, Mapping)]
            texts += _texts(kept)
        return [told(text) for text in texts]


def _listed(resume: Mapping[str, Any], section: str) -> list[Any]:
    found = resume.get(section)
    return found if isinstance(found, list) else []


def _entry(key: str, fields: object) -> Entry:
    if not isinstance(fields, Mapping):
        return Entry({}, [told(text) for text in _texts(fields)], [], [])
    listed = fields.get("bullets")
    bullets = {
        f"{key}.bullets.{number}": told(text)
        for number, bullet in enumerate(listed if isinstance(listed, list) else [])
        for text in _texts(bullet.get("text") if isinstance(bullet, Mapping) else bullet)
    }
    heading = {name: value for name, value in fields.items() if name.lower() in _HEADINGS}
    rest = {name: value for name, value in fields.items() if name not in ("bullets", *heading)}
    return Entry(
        bullets,
        facts=[told(text) for text in _texts(rest)],
        headings=[told(text) for text in _texts(heading)],
        titles=[told(text) for text in _texts([fields.get(name) for name in _TITLES])],
    )


def _texts(value: object) -> Iterator[str]:
    """Every text below a value, contact data aside."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, Mapping):
        for key, below in value.items():
            if str(key).lower() not in _CONTACTS:
                yield from _texts(below)
    elif isinstance(value, list):
        for below in value:
            yield from _texts(below)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
