"""Ask a model for edits, guard them, and let it mend once what the guard refused."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import GuardRejected
from app.guard.review import Refusal, review
from app.llm.client import Provider
from app.resume.edits import Edit, edits_from_answer
from app.rewriting.dialogue import (
    MAX_ANSWER_TOKENS,
    SHRINKS,
    Dialogue,
    Task,
    Verdict,
    ask_within_window,
    judged_and_mended,
)

__all__ = ["MAX_ANSWER_TOKENS", "SHRINKS", "GuardedEdits", "Task", "guarded_edits"]

ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "edits": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"path": {"type": "string"}, "text": {"type": "string"}},
                "required": ["path", "text"],
                "additionalProperties": False,
            },
        },
        "summary": {"type": ["string", "null"]},
    },
    "required": ["edits", "summary"],
    "additionalProperties": False,
}

COMPLAINT = """\
These edits say something that the student did not say:
{refusals}
Answer again with these edits only, each saying no more than the student's own text at its path. \
Leave out an edit that has no true version."""


@dataclass(frozen=True)
class GuardedEdits:
    """Edits that say nothing new, what was refused, and the paths the model was not shown."""

    accepted: tuple[Edit, ...]
    refusals: tuple[Refusal, ...]
    left_out: tuple[str, ...]


async def guarded_edits(
    provider: Provider, task: Task, resume: Mapping[str, Any], posting: str
) -> GuardedEdits:
    """The model's edits that the guard let through, after one round of mending.

    At most three calls: the request, its repair if it was unreadable, and the mending.

    Raises:
        GuardRejected: edits were proposed and every one was refused.
        ContextTooLong: even an eighth of the window is too much for the model.
        InvalidOutput, ModelRefused, RunInterrupted: as `ask` does.
    """

    def judge(edits: Sequence[Edit]) -> Verdict[Edit]:
        reviewed = review(resume, edits, posting=posting)
        return Verdict(reviewed.accepted, reviewed.refusals)

    def read(answer: object) -> list[Edit]:
        return edits_from_answer(resume, answer)

    dialogue = Dialogue(ANSWER_SCHEMA, COMPLAINT, read, judge, _as_answer)
    asked = await ask_within_window(provider, task, dialogue, resume, posting)
    verdict = await judged_and_mended(provider, asked, dialogue)
    if asked.proposals and not verdict.accepted:
        codes = ", ".join(sorted({refusal.code for refusal in verdict.refusals}))
        raise GuardRejected(
            f"Every proposed change was refused: {codes}.", raw_answer=_as_answer(asked.proposals)
        )
    return GuardedEdits(verdict.accepted, verdict.refusals, asked.left_out)


def _as_answer(edits: Sequence[Edit]) -> str:
    return json.dumps({"edits": [vars(edit) for edit in edits]}, ensure_ascii=False)
