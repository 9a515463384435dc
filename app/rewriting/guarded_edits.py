"""Ask a model for edits, guard them, and let it mend once what the guard refused."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.errors import ContextTooLong, GuardRejected
from app.guard.review import Refusal, Review, review
from app.llm.client import Prompt, Provider
from app.llm.reply import ask, extract_json
from app.logs import log
from app.resume.edits import Edit, edits_from_answer
from app.rewriting.excerpt import Excerpt, excerpt

# A window that was guessed wrong is found within an eighth; a turned-down request is not billed.
SHRINKS = (1, 2, 4, 8)

# Enough for a short answer's frame, and within every current model's output limit.
MIN_ANSWER_TOKENS = 1_024
MAX_ANSWER_TOKENS = 16_000

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
class Task:
    """What to ask: the prompt's name, version and instructions."""

    name: str
    version: int
    instructions: str


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
    prompt, edits, left_out = await _ask_within_window(provider, task, resume, posting)
    reviewed = review(resume, edits, posting=posting)
    if reviewed.refusals:
        mended = await _mend(provider, prompt, reviewed, resume)
        reviewed = _merged(reviewed, review(resume, mended, posting=posting))
    if edits and not reviewed.accepted:
        codes = ", ".join(sorted({refusal.code for refusal in reviewed.refusals}))
        raise GuardRejected(
            f"Every proposed change was refused: {codes}.", raw_answer=_as_answer(edits)
        )
    return GuardedEdits(reviewed.accepted, reviewed.refusals, left_out)


async def _ask_within_window(
    provider: Provider, task: Task, resume: Mapping[str, Any], posting: str
) -> tuple[Prompt, list[Edit], tuple[str, ...]]:
    for shrink in SHRINKS:
        prompt, shown = _prompt(provider, task, resume, posting, shrink)
        if shown.left_out:
            log.warning("prompt_truncated", prompt=prompt.label, left_out=shown.left_out)
        try:
            edits = await ask(provider, prompt, lambda answer: edits_from_answer(resume, answer))
        except ContextTooLong:
            log.warning("prompt_too_long", prompt=prompt.label, shrink=shrink)
        else:
            return prompt, edits, shown.left_out
    raise ContextTooLong


def _prompt(
    provider: Provider, task: Task, resume: Mapping[str, Any], posting: str, shrink: int
) -> tuple[Prompt, Excerpt]:
    bare = Prompt(task.name, task.version, task.instructions, (), ANSWER_SCHEMA)
    shown = excerpt(resume, posting, window_tokens=provider.context_window(bare), shrink=shrink)
    answer_tokens = min(MIN_ANSWER_TOKENS + shown.answer_tokens, MAX_ANSWER_TOKENS)
    return replace(bare, blocks=shown.blocks, max_output_tokens=answer_tokens), shown


async def _mend(
    provider: Provider, prompt: Prompt, reviewed: Review, resume: Mapping[str, Any]
) -> list[Edit]:
    """The model's second try at what was refused; none if it cannot be read."""
    refused = {refusal.path: refusal.text for refusal in reviewed.refusals}
    complaint = COMPLAINT.format(
        refusals="\n".join(f"- {each.path}: {each.reason}" for each in reviewed.refusals)
    )
    answer = _as_answer([Edit(path, text) for path, text in refused.items()])
    completion = await provider.complete(prompt.followed_by(answer, complaint))
    try:
        mended = edits_from_answer(resume, extract_json(completion.text))
    except ValueError:
        log.warning("mending_unreadable", prompt=prompt.label)
        return []
    return [edit for edit in mended if edit.path in refused]


def _merged(first: Review, second: Review) -> Review:
    """What both rounds let through, and for every other path the last reason it was refused."""
    accepted = (*first.accepted, *second.accepted)
    settled = {edit.path for edit in accepted} | {each.path for each in second.refusals}
    open_refusals = (each for each in first.refusals if each.path not in settled)
    return Review(accepted, (*open_refusals, *second.refusals))


def _as_answer(edits: Sequence[Edit]) -> str:
    return json.dumps({"edits": [vars(edit) for edit in edits]}, ensure_ascii=False)
