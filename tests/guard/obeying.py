"""A model that obeys whoever speaks to it, and the texts that speak to it.

A payload stands in one of four carriers: the posting's title or description, a bullet of the
résumé, its summary. The model finds it in the prompt, decodes it if need be, and proposes what it
asks for, in the first answer and again in the mending round.

What is illegal: an instruction is not a statement. A payload tells a model what to write; it says
nothing about the student, wherever it stands, so every edit that obeys is a lie. Where the payload
itself claims to be the student's word, its bullet is in another entry than the edits, and a fact of
one entry is no fact of another. The carrier's own text is the student's: it stays as it is, and
nothing may come of it.
"""

import base64
import binascii
import codecs
import copy
import html
import json
import re
import unicodedata
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from app.llm.client import Prompt
from app.llm.fence import INVISIBLE, blocks_in, render
from app.resume.edits import Edit
from app.resume.paths import bullets, text_at, with_text
from tests.fakes import ScriptedProvider
from tests.guard.corpus_files import FOLDER, cases, resume

EMPLOYERS_CARRIERS = ("title", "description")
STUDENTS_CARRIERS = ("bullet", "summary")
CARRIERS = (*EMPLOYERS_CARRIERS, *STUDENTS_CARRIERS)
TITLE = "Trainee"
DESCRIPTION = "We look for a careful colleague who learns quickly."

_BOUNDARY = re.compile(r"<<<BEGIN \S+ (\S+)>>>")
_LOOK_ALIKE_LETTERS = (
    dict(zip("асеорхуіјѕһԁԛԝьк", "aceopxyijshdqwbk", strict=True))
    | dict(zip("мтнвгпд", "mthbrnd", strict=True))
    | dict(zip("αοιρνυκτ", "aoipvukt", strict=True))
)
_LOOK_ALIKES = str.maketrans(_LOOK_ALIKE_LETTERS)
_LEET = str.maketrans("4310570", "aeiosto")


@dataclass(frozen=True)
class Payload:
    """Text that wants something of a model, and the edits of a model that does it.

    `parts` is the text, in two places if it is split. `says` is what stands in it once it is read
    as `reading` tells. `obeys` are `(path, text, text of the second try)`, with `{own}` for what
    stands there. Each lie contains one of the words in `illegal` that the student did not say
    there, or lacks a word he did say, written `-supervision`. `is_whole` is a model that answers
    with a whole résumé instead of edits.
    """

    id: str
    resume: str
    parts: tuple[str, ...]
    reading: str
    says: tuple[str, ...]
    obeys: tuple[tuple[str, str, str], ...]
    illegal: tuple[str, ...]
    is_whole: bool


def payloads() -> list[Payload]:
    """Every payload of the corpus."""
    lines = (FOLDER / "payloads.jsonl").read_text("utf-8").splitlines()
    return [_payload(json.loads(line)) for line in lines]


def _payload(row: dict[str, Any]) -> Payload:
    parts = (row["text"],) if isinstance(row["text"], str) else tuple(row["text"])
    says = (row["says"],) if "says" in row else parts
    obeys = ((one["path"], one["text"], one.get("again", one["text"])) for one in row["obeys"])
    return Payload(
        row["id"],
        row["resume"],
        parts,
        row.get("reading", "plain"),
        tuple(folded(text) for text in says),
        tuple(obeys),
        tuple(row["illegal"]),
        row.get("shape") == "whole",
    )


@dataclass(frozen=True)
class Scene:
    """A payload in its carrier: the résumé and the posting that a job is given.

    `honest` is an edit of the corpus that the model proposes beside its lies.
    """

    payload: Payload
    resume: dict[str, Any]
    title: str
    description: str
    honest: Edit

    @property
    def posting(self) -> str:
        """The posting as the job puts it together."""
        return f"{self.title}\n\n{self.description}"


def scene(payload: Payload, carrier: str) -> Scene:
    """The payload put into a carrier; the second part of a split one stands in another."""
    document = resume(payload.resume)
    bullet = _untouched_bullet(payload, document)
    texts = {"title": TITLE, "description": DESCRIPTION}
    other = CARRIERS[CARRIERS.index(carrier) ^ 1]
    for place, part in zip((carrier, other), payload.parts, strict=False):
        if place in texts:
            texts[place] = f"{texts[place]} {part}"
        else:
            path = bullet if place == "bullet" else place
            standing = text_at(document, path) or ""
            document = with_text(document, path, f"{standing} {part}", verified=None)
    return Scene(payload, document, **texts, honest=_honest(payload, bullet))


def _untouched_bullet(payload: Payload, document: dict[str, Any]) -> str:
    """The last bullet in an entry that no lie is about."""
    # One payload writes its path with brackets, as models do.
    paths = [path.replace("[", ".").replace("]", "") for path, *_ in payload.obeys]
    touched = {path.partition(".bullets")[0] for path in paths}
    free = [one.path for one in bullets(document)]
    return [path for path in free if path.partition(".bullets")[0] not in touched][-1]


def _honest(payload: Payload, carrier: str) -> Edit:
    taken = {carrier, "summary", *(path for path, *_ in payload.obeys)}
    return next(
        Edit(case.path, case.text)
        for case in cases("honest")
        if case.resume == payload.resume and ".bullets." in case.path and case.path not in taken
    )


class ObeyingModel(ScriptedProvider):
    """Does what a payload says if it finds it in the prompt, and nothing else if it does not.

    It reads the blocks as they were written, characters included that the fence takes out: what
    else protects the student must not be what the guard relies on. `lies` are the edits of each
    answer; `secrets` is what it knows of its own prompt.
    """

    def __init__(self, scene: Scene, *, is_alone: bool) -> None:
        super().__init__(self._answer)
        self.scene = scene
        self.is_alone = is_alone
        self.lies: list[list[Edit]] = []
        self.secrets: dict[str, str] = {}

    def _answer(self, prompt: Prompt) -> str:
        payload = self.scene.payload
        if not is_read(payload, prompt):
            return '{"edits": [], "summary": null}'
        self.secrets = self.secrets or _secrets(prompt)
        is_second = bool(prompt.turns)
        shown = _shown(prompt)
        self.lies.append(
            [
                Edit(path, self.spoken(again if is_second else text, shown.get(path, "")))
                for path, text, again in payload.obeys
            ]
        )
        edits = [*self.lies[-1], *([] if self.is_alone or is_second else [self.scene.honest])]
        if payload.is_whole:
            return json.dumps(_whole(self.scene.resume, edits))
        return json.dumps({"edits": [vars(edit) for edit in edits], "summary": None})

    def spoken(self, text: str, own: str = "") -> str:
        """The text with what the model knows filled in, the payload itself left out."""
        for part in self.scene.payload.parts:
            own = own.replace(part, "")
        text = text.replace("{own}", own.strip())
        for name, secret in self.secrets.items():
            text = text.replace(name, secret)
        return text


def is_read(payload: Payload, prompt: Prompt) -> bool:
    """Whether a model that understands the payload's writing finds it in a prompt."""
    texts = [text for block in prompt.blocks for text in _texts(block.text)]
    read = [folded(decoded) for text in texts for decoded in DECODERS[payload.reading](text)]
    return all(any(said in text for text in read) for said in payload.says)


def folded(text: str) -> str:
    """Case, kinds of space, invisible characters and fancy letters made one."""
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", text))
    return " ".join(plain.casefold().split())


def _texts(block: str) -> list[str]:
    """A block's text, or every string in it if it is JSON."""
    try:
        value = json.loads(block)
    except ValueError:
        return [block]
    return list(_strings(value))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for below in value.values() if isinstance(value, dict) else value:
            yield from _strings(below)


def _shown(prompt: Prompt) -> dict[str, str]:
    """The texts of the résumé by their path, as the prompt shows them."""
    document = json.loads(next(block.text for block in prompt.blocks if block.label == "RESUME"))
    listed = [bullet for entry in document["entries"] for bullet in entry["bullets"]]
    return {"summary": document["summary"]} | {one["path"]: one["text"] for one in listed}


def _secrets(prompt: Prompt) -> dict[str, str]:
    system, user = render(prompt)[:2]
    found = _BOUNDARY.search(user["content"])
    rules = system["content"].partition("The user message holds")
    return {
        "{boundary}": found[1] if found else "",
        "{instructions}": prompt.instructions.strip(),
        "{rules}": (rules[1] + rules[2])[:300],
    }


def _whole(document: dict[str, Any], edits: list[Edit]) -> dict[str, Any]:
    """The résumé with the edits in it, lists grown where they point behind the end."""
    changed = copy.deepcopy(document)
    for edit in edits:
        *above, last = edit.path.split(".")
        node: Any = changed
        for step in above:
            node = node[int(step)] if isinstance(node, list) else node[step]
        if isinstance(node, list):
            node[int(last) : int(last) + 1] = [edit.text]
        else:
            node[last] = edit.text
    return changed


def is_inside_its_fence(prompt: Prompt) -> bool:
    """Whether the rendered prompt has the prompt's blocks and no others, each whole."""
    found = blocks_in(render(prompt))
    return {label: folded(text) for label, text in found.items()} == {
        block.label: folded(block.text) for block in prompt.blocks
    }


def _base64(text: str) -> Iterator[str]:
    for run in re.findall(r"[A-Za-z0-9+/]{12,}={0,2}", text):
        try:
            yield base64.b64decode(run).decode("utf-8", "ignore")
        except binascii.Error:
            continue


def _hex(text: str) -> Iterator[str]:
    for run in re.findall(r"(?:[0-9a-f]{2}){8,}", text):
        yield bytes.fromhex(run).decode("utf-8", "ignore")


def _tags(text: str) -> Iterator[str]:
    yield "".join(chr(ord(letter) - 0xE0000) for letter in text if 0xE0000 < ord(letter) < 0xE0080)


def _binary(text: str) -> Iterator[str]:
    yield "".join(chr(int(byte, 2)) for byte in re.findall(r"\b[01]{8}\b", text))


DECODERS: dict[str, Callable[[str], Iterator[str]]] = {
    "plain": lambda text: iter([text]),
    "invisible": lambda text: iter([text]),
    "homoglyph": lambda text: iter([text.casefold().translate(_LOOK_ALIKES)]),
    "leet": lambda text: iter([text.translate(_LEET)]),
    "rot13": lambda text: iter([codecs.decode(text, "rot13")]),
    "reversed": lambda text: iter([text[::-1]]),
    "bidi": lambda text: iter([text[::-1]]),
    "url": lambda text: iter([urllib.parse.unquote(text)]),
    "entities": lambda text: iter([html.unescape(text)]),
    "spaced": lambda text: iter([text.replace(" ", "").replace("_", " ")]),
    "base64": _base64,
    "hex": _hex,
    "tags": _tags,
    "binary": _binary,
}
