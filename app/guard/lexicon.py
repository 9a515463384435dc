"""Word lists of the guard, read once from `data/`, and what each word of a text means to it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

from app.guard.lists import lines
from app.guard.thesaurus import senses

_stem = snowballstemmer.stemmer("english").stemWord

# A résumé uses a few thousand different words; a stem costs 25 µs and a look-up 0.1 µs.
WORD_CACHE_SIZE = 65_536

# Longer than any word; the patterns below are quadratic in what they search.
LONGEST_STEMMED = 40

# British and American spellings meet here before they are stemmed.
_SPELLINGS = (
    (re.compile(r"(\w{3,})is(e|ed|es|er|ers|ing|ation|ations)$"), r"\1iz\2"),
    (re.compile(r"(\w{3,})ys(e|ed|ing)$"), r"\1yz\2"),
    (re.compile(r"(\w{2,})our(s|ed|ing|al|able)?$"), r"\1or\2"),
    (re.compile(r"(\w{3,})(ll)(ed|ing|er|ers)$"), r"\1l\3"),
    (re.compile(r"(\w{3,})tre(s)?$"), r"\1ter\2"),
    (re.compile(r"(\w{2,})ogue(s)?$"), r"\1og\2"),
    (re.compile(r"(\w{2,})ogu(ed|ing)$"), r"\1og\2"),
    (re.compile(r"^programme(s)?$"), r"program\1"),
    (re.compile(r"^paed"), "ped"),
)
_DOING = 3  # The step of a plain act; see ladder.txt.
_DERIVED = re.compile(r"(\w{4,}?)(?:er|or|ment|anc|enc|ion|ation|at|ity|ant|ent|age|ag|al|y|i|e)")
# Latin verbs and their nouns: prescribe, prescription; produce, product; receive, reception.
_LATIN = (
    (re.compile(r"istr$"), "ist"),
    (re.compile(r"scrib$"), "script"),
    (re.compile(r"ceiv$"), "cept"),
    (re.compile(r"mitt?$"), "miss"),
    (re.compile(r"sum$"), "sumpt"),
    (re.compile(r"solv$"), "solut"),
    (re.compile(r"fic$"), "f"),
    (re.compile(r"plic$"), "pl"),
    (re.compile(r"tain$"), "ten"),
    (re.compile(r"vert$"), "vers"),
)
_DOUBLED = re.compile(r"[aeiou]([bdgmnprt])\1$")
_AGAIN = re.compile(r"re(\w{4,})")
_NEGATED = re.compile(r"(?:un|im|in|non|dis)(\w{3,})")
_DOUBLING = re.compile(r"^[^aeiou]*[aeiou][bdglmnprt]$")


class Verb(NamedTuple):
    """`level` is the step on the ladder (0 attended … 5 led), `form` one of base, s, past, ing."""

    base: str
    level: int
    form: str


@dataclass(frozen=True, slots=True)
class Word:
    """One word and what it stands for.

    `gives` are the meanings a source word vouches for, `takes` those of which a proposed word
    needs one: its stem, the name of a tool, and the synonym groups it is in. `acts` are the classes
    of verbs it belongs to, which count only between verbs.
    """

    text: str
    stem: str
    gives: frozenset[str]
    takes: frozenset[str]
    names: frozenset[str]
    acts: frozenset[str]
    verb: Verb | None
    is_glue: bool
    is_skill: bool

    @property
    def verb_level(self) -> int:
        """The step of the ladder; a plain act where no ladder lists it."""
        return _DOING if self.verb is None else self.verb.level


def words_of(name: str) -> frozenset[str]:
    """Every word of a data file that is one long list."""
    return frozenset(word for line in lines(name) for word in line.split())


def pairs_of(name: str, separator: str) -> list[tuple[str, str]]:
    """`left separator right` per line; right is empty where the line has no separator."""
    cut = (line.partition(separator) for line in lines(name))
    return [(left.strip(), right.strip()) for left, _, right in cut]


def sets_of(name: str) -> dict[str, frozenset[str]]:
    """For each kind of a file of `kind: words` lines, its words."""
    sets: dict[str, frozenset[str]] = {}
    for kind, words in pairs_of(name, ":"):
        sets[kind] = sets.get(kind, frozenset()).union(words.split())
    return sets


_IRREGULAR = dict(pairs_of("irregular.txt", " "))
_EXACT = words_of("exact.txt")
_GLUE = words_of("glue.txt")
_NAMES = frozenset(left.lstrip("^") for left, _ in pairs_of("skills.txt", "="))


@lru_cache(maxsize=WORD_CACHE_SIZE)
def stem(word: str) -> str:
    """The root by which two words of the same family meet (`built` and `building`: `build`)."""
    if word in _EXACT:
        return "=" + word
    if word[-1:] == "s" and word[:-1] in _EXACT:
        return "=" + word[:-1]
    if len(word) > LONGEST_STEMMED:
        return word
    word = _IRREGULAR.get(word, word)
    for pattern, replacement in _SPELLINGS:
        word = pattern.sub(replacement, word)
    root: str = _stem(word)
    long_enough = 6
    # Calliper and caliper, jewellery and jewelery.
    return root.rstrip("ie").replace("ll", "l") if len(root) >= long_enough else root


def _forms(base: str) -> Iterator[tuple[str, str]]:
    """The regular forms of a verb with the name of each."""
    yield base, "base"
    yield base + ("es" if base.endswith(("s", "sh", "ch", "x", "z")) else "s"), "s"
    root = base[:-1] if base.endswith("e") and not base.endswith("ee") else base
    if base.endswith("y") and base[-2] not in "aeiou":
        yield base[:-1] + "ies", "s"
        yield base[:-1] + "ied", "past"
    else:
        yield root + "ed", "past"
    yield root + "ing", "ing"
    if _DOUBLING.match(base) or base.endswith(("el", "al", "an", "it", "ug", "ol", "in")):
        yield base + base[-1] + "ed", "past"
        yield base + base[-1] + "ing", "ing"


def _verbs() -> dict[str, Verb]:
    """Every form of every verb of the ladder."""
    table: dict[str, Verb] = {}
    for level, bases in pairs_of("ladder.txt", ":"):
        for base in bases.split():
            for form, name in _forms(base):
                table.setdefault(form, Verb(base, int(level), name))
                american = re.sub(r"is(e|es|ed|ing)$", r"iz\1", form)
                table.setdefault(re.sub(r"ys(e|es|ed|ing)$", r"yz\1", american), table[form])
    plain = [line for _, line in pairs_of("generic_verbs.txt", ":")]
    for base in " ".join([*plain, *lines("verb_classes.txt")]).split():
        for form, name in _forms(base):
            table.setdefault(form, Verb(base, _DOING, name))
    for form, base in _IRREGULAR.items():
        if base in table and form != base:
            table[form] = Verb(table[base].base, table[base].level, "past")
    return table


# Only one result vouches for another: who tuned an instrument did not improve it.
_RESULTS = frozenset(
    stem(word)
    for word in [
        "improve",
        "enhance",
        "boost",
        "optimise",
        "streamline",
        "maximise",
        "accelerate",
        "eliminate",
        "transform",
        "success",
        "excel",
    ]
)


def _groups() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """For each stem the synonym groups it vouches for and those that vouch for it."""
    gives: dict[str, set[str]] = {}
    takes: dict[str, set[str]] = {}
    for number, (left, right) in enumerate(pairs_of("synonyms.txt", "=>")):
        name = f"#{number}"
        members = [stem(word.strip()) for word in left.split(",")]
        allowed = [stem(word.strip()) for word in right.split(",")] if right else members
        for member in members:
            gives.setdefault(member, set()).update(
                {name, name + "!"} if member in _RESULTS else {name}
            )
        for member in allowed:
            takes.setdefault(member, set()).add(name + "!" if member in _RESULTS else name)
    return gives, takes


def _acts() -> dict[str, frozenset[str]]:
    """For each stem the classes of verbs it is in."""
    acts: dict[str, set[str]] = {}
    for number, line in enumerate(lines("verb_classes.txt")):
        for verb in line.split():
            acts.setdefault(stem(verb), set()).add(f"~{number}")
    return {root: frozenset(classes) for root, classes in acts.items()}


VERBS = _verbs()
VERB_STEMS = frozenset(stem(verb.base) for verb in VERBS.values())
_ACTS = _acts()
_GROUP_GIVES, _GROUP_TAKES = _groups()
# What widens a claim wants the student's own word, not one that means about the same.
_STRONG = frozenset(stem(word) for name in ("scope.txt", "outcomes.txt") for word in words_of(name))
# Their stem is that of a word that says nothing; they are none.
_CONTENT = _EXACT | words_of("content.txt")
_GLUE_STEMS = frozenset(stem(word) for word in _GLUE)


def stems_of(words: str) -> frozenset[str]:
    """The stems of words written one after the other."""
    return frozenset(stem(word) for word in words.split())


def _kin(root: str) -> frozenset[str]:
    """The root without a derivational ending: tracker and tracked, settlement and settled."""
    found = _DERIVED.fullmatch(root)
    kin = found[1] if found else root
    # Stoppage and stopped, planner and planned: the consonant doubled before the ending.
    if found and _DOUBLED.search(kin):
        kin = kin[:-1]
    for pattern, replacement in _LATIN:
        kin = pattern.sub(replacement, kin)
    kins = {"<" + kin}
    # Rechecked says checked; unbalanced and imbalance say the same.
    if (again := _AGAIN.fullmatch(kin)) and stem(again[1]) in VERB_STEMS:
        kins.add("<" + again[1])
    if against := _NEGATED.fullmatch(kin):
        kins.add("<not " + against[1])
    return frozenset(kins)


@lru_cache(maxsize=WORD_CACHE_SIZE)
def word(text: str) -> Word:
    """What a lower-case word, or the folded name of a tool (`§kubernetes`), means."""
    is_skill = text.startswith("§")
    bare = text.lstrip("§")
    root = stem(bare)
    # A folded name is only itself: Illustrator is not vouched for by an illustration.
    names = frozenset(
        {"§" + bare} if is_skill else {root, "§" + bare} if bare in _NAMES else {root}
    )
    is_itself = is_skill or root.startswith("=")
    kin = frozenset[str]() if is_itself else _kin(root)
    own, wider = (frozenset[str](), frozenset[str]()) if is_itself else senses(root)
    return Word(
        text=bare,
        stem=root,
        gives=names | kin | wider | {root} | _GROUP_GIVES.get(root, set()),
        takes=names
        if is_skill
        else names | kin | _GROUP_TAKES.get(root, set()) | (own if root not in _STRONG else set()),
        names=names,
        acts=frozenset() if is_skill else _ACTS.get(root, frozenset()),
        verb=None if is_skill else VERBS.get(bare),
        is_glue=not is_skill and (bare in _GLUE or (root in _GLUE_STEMS and bare not in _CONTENT)),
        is_skill=is_skill,
    )
