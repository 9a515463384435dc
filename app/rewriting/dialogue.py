"""The talk with a model about a résumé: ask within its window, judge, let it mend once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from app.errors import ContextTooLong
from app.llm.client import Prompt, Provider
from app.llm.reply import ask, extract_json
from app.logs import log
from app.rewriting.excerpt import Excerpt, excerpt
from app.telemetry.metrics import GUARD_PROPOSALS, GUARD_REFUSALS
from app.telemetry.steps import step
from app.verdict import Refusal

# A window that was guessed wrong is found within an eighth; a turned-down request is not billed.
SHRINKS = (1, 2, 4, 8)

# Enough for a short answer's frame, and within every current model's output limit.
MIN_ANSWER_TOKENS = 1_024
MAX_ANSWER_TOKENS = 16_000


class Proposal(Protocol):
    """Something a model proposes for one place of a résumé."""

    @property
    def path(self) -> str:
        """The place; two proposals never share one."""
        ...


P = TypeVar("P", bound=Proposal)


@dataclass(frozen=True)
class Task:
    """What to ask: the prompt's name, version and instructions."""

    name: str
    version: int
    instructions: str


@dataclass(frozen=True)
class Verdict(Generic[P]):
    """Every proposal is either accepted or has at least one refusal, at its path."""

    accepted: tuple[P, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class Dialogue(Generic[P]):
    """How proposals of one kind are read from an answer, judged, and written as an answer.

    `read` raises `ValueError` with a reason the model understands. `complaint` has a place
    `{refusals}`.
    """

    answer_schema: Mapping[str, Any]
    complaint: str
    read: Callable[[object], list[P]]
    judge: Callable[[Sequence[P]], Verdict[P]]
    written: Callable[[Sequence[P]], str]


@dataclass(frozen=True)
class Asked(Generic[P]):
    """What was asked and proposed; `left_out` are paths of bullets the model was not shown."""

    prompt: Prompt
    proposals: list[P]
    left_out: tuple[str, ...]


async def ask_within_window(
    provider: Provider, task: Task, dialogue: Dialogue[P], resume: Mapping[str, Any], posting: str
) -> Asked[P]:
    """The model's proposals, asked again with less in sight where the prompt did not fit.

    Raises:
        ContextTooLong: even an eighth of the window is too much for the model.
        InvalidOutput, ModelRefused, RunInterrupted: as `ask` does.
    """
    bare = Prompt(task.name, task.version, task.instructions, (), dialogue.answer_schema)
    for shrink in SHRINKS:
        window_tokens = provider.context_window(bare)
        shown = excerpt(resume, posting, window_tokens=window_tokens, shrink=shrink)
        prompt = _with_room(bare, shown)
        if shown.left_out:
            log.warning("prompt_truncated", prompt=prompt.label, left_out=shown.left_out)
        try:
            proposals = await ask(provider, prompt, dialogue.read)
        except ContextTooLong:
            log.warning("prompt_too_long", prompt=prompt.label, shrink=shrink)
        else:
            return Asked(prompt, proposals, shown.left_out)
    raise ContextTooLong


async def judged_and_mended(
    provider: Provider, asked: Asked[P], dialogue: Dialogue[P]
) -> Verdict[P]:
    """The verdict after the model was shown once what was refused; no call where nothing was.

    The second answer reaches refused places only, and is passed over if it cannot be read.
    """
    first = _judged(dialogue, asked.prompt, asked.proposals)
    if not first.refusals:
        return first
    refused = {refusal.path for refusal in first.refusals}
    complaint = dialogue.complaint.format(
        refusals="\n".join(f"- {each.path}: {each.reason}" for each in first.refusals)
    )
    answer = dialogue.written([each for each in asked.proposals if each.path in refused])
    completion = await provider.complete(asked.prompt.followed_by(answer, complaint))
    try:
        mended = dialogue.read(extract_json(completion.text))
    except ValueError:
        log.warning("mending_unreadable", prompt=asked.prompt.label)
        mended = []
    mended = [each for each in mended if each.path in refused]
    return _merged(first, _judged(dialogue, asked.prompt, mended))


def _judged(dialogue: Dialogue[P], prompt: Prompt, proposals: Sequence[P]) -> Verdict[P]:
    with step("guard"):
        verdict = dialogue.judge(proposals)
    accepted = len(verdict.accepted)
    GUARD_PROPOSALS.labels(prompt.name, "accepted").inc(accepted)
    GUARD_PROPOSALS.labels(prompt.name, "refused").inc(len(proposals) - accepted)
    for refusal in verdict.refusals:
        GUARD_REFUSALS.labels(prompt.name, refusal.code).inc()
    return verdict


def _with_room(bare: Prompt, shown: Excerpt) -> Prompt:
    answer_tokens = min(MIN_ANSWER_TOKENS + shown.answer_tokens, MAX_ANSWER_TOKENS)
    return replace(bare, blocks=shown.blocks, max_output_tokens=answer_tokens)


def _merged(first: Verdict[P], second: Verdict[P]) -> Verdict[P]:
    """What both rounds let through, and for every other path the last reason it was refused."""
    accepted = (*first.accepted, *second.accepted)
    settled = {each.path for each in accepted} | {each.path for each in second.refusals}
    open_refusals = (each for each in first.refusals if each.path not in settled)
    return Verdict(accepted, (*open_refusals, *second.refusals))
