"""What a model proposes for a tailored résumé: new wordings, and what to put first."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.resume.edits import Edit, dotted, edits_from_answer
from app.resume.paths import MAX_PATH_CHARS
from app.rewriting.guarded_edits import ANSWER_SCHEMA as EDITS_SCHEMA

# A dense résumé has 30 bullets and 40 skills; what is longer is no order but a list.
MAX_FIRST = 200

_PATHS = {"type": "array", "items": {"type": "string"}}

ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        **EDITS_SCHEMA["properties"],
        "bullets_first": _PATHS,
        "skills_first": _PATHS,
    },
    "required": [*EDITS_SCHEMA["required"], "bullets_first", "skills_first"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Proposal:
    """`bullets_first` are paths to stand first in their own entries, `skills_first` skills' names.

    Neither can lose anything: what is not named follows in its old order.
    """

    edits: tuple[Edit, ...]
    bullets_first: tuple[str, ...] = ()
    skills_first: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the résumé is to stay as it is."""
        return not (self.edits or self.bullets_first or self.skills_first)

    def as_answer(self) -> str:
        """The proposal as a model would write it."""
        written = {
            "edits": [vars(edit) for edit in self.edits],
            "bullets_first": self.bullets_first,
            "skills_first": self.skills_first,
        }
        return json.dumps(written, ensure_ascii=False)


def proposal_from_answer(resume: Mapping[str, Any], answer: object) -> Proposal:
    """What a parsed answer proposes; edits are read as `edits_from_answer` does.

    Raises:
        AnswerUnreadable: the answer has another shape, or is over a limit.
    """
    edits = edits_from_answer(resume, answer)
    said = answer if isinstance(answer, dict) else {}
    bullets = (dotted(path) for path in _texts(said.get("bullets_first")))
    return Proposal(
        tuple(edits),
        tuple(dict.fromkeys(path for path in bullets if len(path) <= MAX_PATH_CHARS)),
        tuple(dict.fromkeys(_texts(said.get("skills_first")))),
    )


def _texts(value: object) -> Sequence[str]:
    listed = value if isinstance(value, list) else []
    return [item.strip() for item in listed if isinstance(item, str) and item.strip()][:MAX_FIRST]
