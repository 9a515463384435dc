"""A suggestion as a model proposes it, and how it is read from an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import JsonValue

from app.llm.fence import visible
from app.resume.edits import AnswerUnreadable, dotted
from app.resume.paths import MAX_PATH_CHARS
from app.resume.plain_json import NotPlainJson, plain_json

Kind = Literal["rewording", "question"]

MAX_PROPOSED = 1_000  # Twice the bullets a résumé may have.

ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "suggestions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "enum": ["rewording", "question"]},
                    "section": {"type": "string"},
                    "original": {"type": "string"},
                    "suggested": {"type": ["string", "null"]},
                    "question": {"type": ["string", "null"]},
                    "reason": {"type": "string"},
                },
                "required": ["kind", "section", "original", "suggested", "question", "reason"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["suggestions"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Suggestion:
    """`text` is the new wording, or the question to the student; `path` is the section's."""

    kind: Kind
    path: str
    original: str
    text: str
    reason: str

    @property
    def suggested(self) -> str | None:
        """The new wording, which a question has none of."""
        return self.text if self.kind == "rewording" else None

    @property
    def question(self) -> str | None:
        """What the student is asked."""
        return self.text if self.kind == "question" else None


def suggestions_from_answer(answer: object) -> list[Suggestion]:
    """What a parsed answer suggests, in its order, without what changes nothing.

    `answer` is `{suggestions: [{kind, section, original, suggested, question, reason}]}` or the
    bare list. Without `kind`, a question is what has a `question`. The first of two suggestions at
    one place counts, as with edits.

    Raises:
        AnswerUnreadable: the answer has another shape, or is over a limit.
    """
    try:
        given = plain_json(answer)
    except NotPlainJson as error:
        raise AnswerUnreadable(f"{error.at or 'the answer'}: {error.message}") from None
    listed = given.get("suggestions") if isinstance(given, dict) else given
    if not isinstance(listed, list):
        raise AnswerUnreadable("the answer must be a JSON object with a list `suggestions`")
    if len(listed) > MAX_PROPOSED:
        raise AnswerUnreadable(f"the answer holds more than {MAX_PROPOSED:,} suggestions")
    read = [_suggestion(f"suggestions[{number}]", item) for number, item in enumerate(listed)]
    first_of_path: dict[str, Suggestion] = {}
    for each in read:
        first_of_path.setdefault(each.path, each)
    return [each for each in first_of_path.values() if not _is_unchanged(each)]


def with_different_texts(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """The suggestions without the later ones of two that say the same."""
    first_of_text: dict[str, Suggestion] = {}
    for each in suggestions:
        first_of_text.setdefault(" ".join(each.text.casefold().split()), each)
    return list(first_of_text.values())


def as_answer(suggestions: Sequence[Suggestion]) -> dict[str, object]:
    """The suggestions in the form of `ANSWER_SCHEMA`."""
    return {
        "suggestions": [
            {
                "kind": each.kind,
                "section": each.path,
                "original": each.original,
                "suggested": each.suggested,
                "question": each.question,
                "reason": each.reason,
            }
            for each in suggestions
        ]
    }


def _suggestion(name: str, item: JsonValue) -> Suggestion:
    if not isinstance(item, dict):
        raise AnswerUnreadable(f"{name} must be an object")
    path = _text(name, item, "section")
    if len(path) > MAX_PATH_CHARS:
        raise AnswerUnreadable(f"{name}.section is longer than {MAX_PATH_CHARS} characters")
    kind = _kind(name, item)
    return Suggestion(
        kind=kind,
        path=dotted(path.strip()),
        original=_text(name, item, "original"),
        text=_text(name, item, "suggested" if kind == "rewording" else "question").strip(),
        reason=" ".join(visible(_text(name, item, "reason")).split()),
    )


def _kind(name: str, item: dict[str, JsonValue]) -> Kind:
    kind = item.get("kind") or ("question" if item.get("question") else "rewording")
    if kind == "rewording":
        return "rewording"
    if kind == "question":
        return "question"
    raise AnswerUnreadable(f"{name}.kind must be `rewording` or `question`")


def _text(name: str, item: dict[str, JsonValue], key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value.strip():
        raise AnswerUnreadable(f"{name}.{key} must be a string that says something")
    return value


def _is_unchanged(suggestion: Suggestion) -> bool:
    return suggestion.text.split() == suggestion.original.split()
