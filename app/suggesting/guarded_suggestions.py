"""Ask a model for suggestions, keep the true ones, and put the weakest texts first."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import GuardRejected, InvalidOutput
from app.guard.review import Refusal
from app.llm.client import Provider
from app.llm.weakness import weight
from app.resume.paths import editable_paths
from app.rewriting.dialogue import (
    Dialogue,
    Task,
    Verdict,
    ask_within_window,
    judged_and_mended,
)
from app.suggesting.judgement import FORM_CODES, judged
from app.suggesting.suggestion import (
    ANSWER_SCHEMA,
    Suggestion,
    as_answer,
    suggestions_from_answer,
    with_different_texts,
)

# A dense two-page résumé has 30 bullets, and nobody decides on more than two thirds of them.
MAX_SUGGESTIONS = 20

COMPLAINT = """\
These suggestions cannot be shown to the student:
{refusals}
Answer again with these suggestions only: each at its own section, with the original copied to the \
letter, saying no more than the student's own text, and with a reason that names nothing new. \
Leave out a suggestion that has no true version."""


@dataclass(frozen=True)
class GuardedSuggestions:
    """True suggestions, the weakest text first.

    `refusals` is what was not let through, `left_out` the paths the model was not shown, `surplus`
    how many true ones of the best texts were more than a student will read.
    """

    accepted: tuple[Suggestion, ...]
    refusals: tuple[Refusal, ...]
    left_out: tuple[str, ...]
    surplus: int


async def guarded_suggestions(
    provider: Provider, task: Task, resume: Mapping[str, Any], posting: str
) -> GuardedSuggestions:
    """The model's suggestions that hold, after one round of mending; none is a valid answer.

    At most three calls: the request, its repair if it was unreadable, and the mending.

    Raises:
        GuardRejected: suggestions were made, and no one says only what the student said.
        InvalidOutput: suggestions were made, and all miss their place, original or form.
        ContextTooLong: even an eighth of the window is too much for the model.
        ModelRefused, RunInterrupted: as `ask` does.
    """

    def judge(suggestions: Sequence[Suggestion]) -> Verdict[Suggestion]:
        return judged(resume, suggestions, posting)

    dialogue = Dialogue(ANSWER_SCHEMA, COMPLAINT, suggestions_from_answer, judge, _written)
    asked = await ask_within_window(provider, task, dialogue, resume, posting)
    verdict = await judged_and_mended(provider, asked, dialogue)
    if asked.proposals and not verdict.accepted:
        raise _failure(asked.proposals, verdict)
    ranked = with_different_texts(weakest_first(resume, verdict.accepted))
    kept = tuple(ranked[:MAX_SUGGESTIONS])
    return GuardedSuggestions(kept, verdict.refusals, asked.left_out, len(ranked) - len(kept))


def weakest_first(resume: Mapping[str, Any], suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    """By what is weak about the original (`app.llm.weakness`), then rewordings before questions.

    Equally weak ones stand in the order of the résumé.
    """
    places = {path: number for number, path in enumerate(editable_paths(resume))}

    def rank(each: Suggestion) -> tuple[int, bool, int, str]:
        place = places.get(each.path, len(places))
        return -weight(each.original), each.kind == "question", place, each.path

    return sorted(suggestions, key=rank)


def _failure(
    proposals: Sequence[Suggestion], verdict: Verdict[Suggestion]
) -> GuardRejected | InvalidOutput:
    codes = sorted({refusal.code for refusal in verdict.refusals})
    detail = f"Every suggestion was refused: {', '.join(codes)}."
    is_about_form = FORM_CODES.issuperset(codes)
    return (InvalidOutput if is_about_form else GuardRejected)(
        detail, raw_answer=_written(proposals)
    )


def _written(suggestions: Sequence[Suggestion]) -> str:
    return json.dumps(as_answer(suggestions), ensure_ascii=False)
