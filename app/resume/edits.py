"""Edits: proposed new texts at paths of a résumé, read from what a model answered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from app.resume.changes import changed_texts
from app.resume.json_resume import from_json_resume, is_json_resume
from app.resume.paths import MAX_PATH_CHARS, PathInvalid, text_at, with_text
from app.resume.plain_json import NotPlainJson, plain_json
from app.resume.schema import Resume

MAX_EDITS = 1_000  # Twice the bullets a résumé may have.

_POSITION_IN_BRACKETS = re.compile(r"\[(\d+)\]", re.ASCII)
_TEXT_OF_BULLET = re.compile(r"(\.bullets\.\d+)\.text\Z", re.ASCII)


@dataclass(frozen=True)
class Edit:
    """`path` is dotted, with list positions as numbers: `experience.0.bullets.2`, `summary`."""

    path: str
    text: str


class AnswerUnreadable(ValueError):  # noqa: N818  named for what happened
    """The model's answer is not a list of edits; the message can be shown to it for a repair."""


def edits_from_answer(resume: Mapping[str, Any], answer: object) -> list[Edit]:
    """Every change a parsed answer proposes, in its order; places the guard must refuse included.

    `answer` is `{edits: [{path, text}], summary?}`, a bare list of edits, or a whole résumé in our
    layout or JSON Resume, alone or as the only member of an object. Texts equal to what stands
    there are left out. The first of two edits at one path counts: later ones are afterthoughts,
    and letting them win would let the end of a long answer overrule what was asked for.

    Raises:
        AnswerUnreadable: the answer has none of these shapes, or is over a limit.
    """
    try:
        given = plain_json(answer)
    except NotPlainJson as error:
        raise AnswerUnreadable(f"{error.at or 'the answer'}: {error.message}") from None
    if isinstance(given, dict) and "edits" not in given:
        proposed = _edits_of_whole_resume(resume, given)
    else:
        proposed = _listed_edits(given)
    if len(proposed) > MAX_EDITS:
        raise AnswerUnreadable(f"the answer holds more than {MAX_EDITS:,} edits")
    first_of_path: dict[str, Edit] = {}
    for edit in proposed:
        first_of_path.setdefault(edit.path, edit)
    return [edit for edit in first_of_path.values() if not _is_unchanged(resume, edit)]


def apply_edits(resume: Mapping[str, Any], edits: Sequence[Edit]) -> dict[str, Any]:
    """A new résumé with the accepted edits in it, verified.

    Raises:
        PathInvalid: an edit is at a place that is never written.
    """
    edited = dict(resume)
    for edit in edits:
        edited = with_text(edited, edit.path, edit.text, verified=True)
    return edited


def _listed_edits(given: JsonValue) -> list[Edit]:
    listed = given.get("edits") if isinstance(given, dict) else given
    if not isinstance(listed, list):
        raise AnswerUnreadable("the answer must be a JSON object with a list `edits`")
    edits = [_edit(f"edits[{number}]", item) for number, item in enumerate(listed)]
    summary = given.get("summary") if isinstance(given, dict) else None
    if summary is None or (isinstance(summary, str) and not summary.strip()):
        return edits  # Structured output names every key of the schema, wanted or not.
    return [*edits, Edit("summary", _text("summary", summary))]


def _edit(name: str, item: JsonValue) -> Edit:
    if not isinstance(item, dict):
        raise AnswerUnreadable(f"{name} must be an object with `path` and `text`")
    for key in ("path", "text"):
        if key not in item:
            raise AnswerUnreadable(f"{name}.{key} is missing")
    path = _text(f"{name}.path", item["path"])
    if len(path) > MAX_PATH_CHARS:
        raise AnswerUnreadable(f"{name}.path is longer than {MAX_PATH_CHARS} characters")
    return Edit(dotted(path), _text(f"{name}.text", item["text"]))


def _text(name: str, value: JsonValue) -> str:
    if not isinstance(value, str):
        raise AnswerUnreadable(f"{name} must be a string")
    if not value.strip():
        raise AnswerUnreadable(f"{name} is empty")
    return value.strip()


def dotted(path: str) -> str:
    """One spelling per place: `experience[0].bullets[2].text` is `experience.0.bullets.2`."""
    return _TEXT_OF_BULLET.sub(r"\1", _POSITION_IN_BRACKETS.sub(r".\1", path))


def _edits_of_whole_resume(resume: Mapping[str, Any], given: dict[str, JsonValue]) -> list[Edit]:
    whole = given
    if len(given) == 1 and not _is_resume(given):
        (only,) = given.values()
        whole = only if isinstance(only, dict) else given
    if not _is_resume(whole):
        raise AnswerUnreadable("the answer must be a JSON object with a list `edits`")
    if is_json_resume(whole):
        whole = from_json_resume(whole)
    return [Edit(path, text) for path, text in changed_texts(resume, whole)]


def _is_resume(given: Mapping[str, JsonValue]) -> bool:
    return bool(Resume.model_fields.keys() & given.keys()) or is_json_resume(given)


def _is_unchanged(resume: Mapping[str, Any], edit: Edit) -> bool:
    try:
        standing = text_at(resume, edit.path)
    except PathInvalid:
        return False
    return standing is not None and standing.split() == edit.text.split()
