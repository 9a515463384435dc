"""Up to three attempts at a tailored résumé, each guarded before it is judged; the best is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.errors import GuardRejected, InvalidOutput
from app.guard.review import Refusal
from app.llm.client import Prompt
from app.resume.edits import apply_edits
from app.runs.steps import RunSteps
from app.tailoring.allowance import Allowance
from app.tailoring.coverage import texts_of
from app.tailoring.evaluation import THRESHOLD, Evaluation, evaluation_from_answer
from app.tailoring.judgement import Judged, judged, told
from app.tailoring.order import in_order
from app.tailoring.prompts import Case, evaluation_prompt, generation_prompt
from app.tailoring.proposal import Proposal, proposal_from_answer

# Document 002: "MAX_RETRIES = 2".
MAX_ATTEMPTS = 3

UNREADABLE = "Your last answer could not be read: it must be one JSON object of the schema."

NOTHING = Proposal(())

# Why no further attempt was made.
Ending = Literal["good_enough", "nothing_new", "nothing_to_mend", "attempts_used"]


@dataclass(frozen=True)
class Attempt:
    """One attempt. `resume` is the variant it made, `moved` the old path of each moved bullet.

    `evaluation` is None where there was nothing to judge: the answer was unreadable, nothing of it
    could stand, or nobody could judge it. `raw_answer` is then what the model said.
    """

    number: int
    accepted: Proposal = NOTHING
    refusals: tuple[Refusal, ...] = ()
    resume: Mapping[str, Any] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    evaluation: Evaluation | None = None
    raw_answer: str | None = None

    @property
    def score(self) -> float:
        """The overall score; of an attempt that was not judged, less than any."""
        return self.evaluation.overall if self.evaluation else -1.0

    @property
    def issues(self) -> list[str]:
        """What the next attempt is told."""
        if self.raw_answer is not None and not self.resume and not self.refusals:
            return [UNREADABLE]
        found = self.evaluation.issues if self.evaluation else ()
        quoted = (f"{each.text} ({each.quote})" if each.quote else each.text for each in found)
        return [*told(self.refusals), *quoted]


@dataclass(frozen=True)
class Tailored:
    """Every attempt in order, the best of them, and why there was no other."""

    attempts: tuple[Attempt, ...]
    best: Attempt
    ending: Ending


def step_names() -> list[str]:
    """The steps of all attempts there may be, in order."""
    numbers = range(1, MAX_ATTEMPTS + 1)
    return [f"{step}-{number}" for number in numbers for step in ("generate", "evaluate")]


async def tailored(model: Allowance, steps: RunSteps, case: Case) -> Tailored:
    """The best attempt: of the first that is good enough, or of all.

    Attempts end when one scores 0.80; when one proposes what was judged before, or nothing is left
    to mend, because asking again cannot help; after three; or when the allowance is used up. A
    later attempt that is worse than an earlier one ends nothing, as it is told what was wrong.

    Why: issue 6 wants both an early stop "when an attempt does not improve" and three attempts for
    scores of .75, .60 and .50, so what does not improve is what does not change.

    Raises:
        GuardRejected: in every attempt everything was refused.
        InvalidOutput: no attempt, or no evaluation of one, could be read.
        ContextTooLong, ModelRefused, RunInterrupted: as `ask` does.
    """
    attempts: list[Attempt] = []
    ending: Ending | None = None
    # An attempt takes two answers.
    while ending is None and len(attempts) < MAX_ATTEMPTS and model.left > 1:
        attempt = await _attempt(model, steps, case, attempts)
        ending = _ending(attempt, attempts)
        attempts.append(attempt)
    best = max(attempts, key=lambda attempt: (attempt.score, -attempt.number))
    if best.evaluation is None:
        raise _failure(attempts)
    return Tailored(tuple(attempts), best, ending or "attempts_used")


async def _attempt(model: Allowance, steps: RunSteps, case: Case, before: list[Attempt]) -> Attempt:
    number = len(before) + 1
    async with steps.running(f"generate-{number}"):
        try:
            proposal = await _generated(model, case, before)
        except InvalidOutput as unreadable:
            return Attempt(number, raw_answer=unreadable.raw_answer)
    found = judged(case.resume, proposal, case.posting)
    if found.accepted.is_empty and not proposal.is_empty:
        return Attempt(number, refusals=found.refusals, raw_answer=proposal.as_answer())
    attempt = _applied(number, case, found)
    if same := next((each for each in before if _is_same(each, attempt)), None):
        return replace(attempt, evaluation=same.evaluation)
    async with steps.running(f"evaluate-{number}"):
        try:
            evaluation = await _evaluated(model, case, attempt)
        except InvalidOutput as unreadable:
            return replace(attempt, raw_answer=unreadable.raw_answer)
    return replace(attempt, evaluation=evaluation)


async def _generated(model: Allowance, case: Case, before: list[Attempt]) -> Proposal:
    last = before[-1] if before else None
    said = "" if last is None or last.accepted.is_empty else last.accepted.as_answer()
    issues = last.issues if last else []

    def fitted(shrink: int) -> Prompt:
        bare = generation_prompt(case, said, issues, window=None, shrink=1)
        window = model.context_window(bare)
        return generation_prompt(case, said, issues, window=window, shrink=shrink)

    def read(answer: object) -> Proposal:
        return proposal_from_answer(case.resume, answer)

    # Its evaluation must be left.
    return await model.ask(fitted, read, kept=1)


async def _evaluated(model: Allowance, case: Case, attempt: Attempt) -> Evaluation:
    def fitted(shrink: int) -> Prompt:
        bare = evaluation_prompt(case, attempt.resume, window=None, shrink=1)
        window = model.context_window(bare)
        return evaluation_prompt(case, attempt.resume, window=window, shrink=shrink)

    before, after = texts_of(case.resume), texts_of(attempt.resume)

    def read(answer: object) -> Evaluation:
        return evaluation_from_answer(case.analysis, before, after, answer)

    return await model.ask(fitted, read, kept=0)


def _applied(number: int, case: Case, found: Judged) -> Attempt:
    edited = apply_edits(case.resume, found.accepted.edits)
    resume, moved = in_order(edited, found.accepted.bullets_first, found.accepted.skills_first)
    return Attempt(number, found.accepted, found.refusals, resume, moved)


def _is_same(earlier: Attempt, attempt: Attempt) -> bool:
    return earlier.evaluation is not None and earlier.resume == attempt.resume


def _ending(attempt: Attempt, before: list[Attempt]) -> Ending | None:
    if attempt.evaluation is None:
        return None
    if attempt.score >= THRESHOLD:
        return "good_enough"
    if any(_is_same(each, attempt) for each in before):
        return "nothing_new"
    return None if attempt.issues else "nothing_to_mend"


def _failure(attempts: list[Attempt]) -> GuardRejected | InvalidOutput:
    refused = [attempt for attempt in attempts if attempt.refusals]
    raw = attempts[-1].raw_answer if attempts else None
    if refused and all(attempt.accepted.is_empty for attempt in attempts):
        codes = sorted({refusal.code for attempt in refused for refusal in attempt.refusals})
        return GuardRejected(
            f"Every proposed change was refused: {', '.join(codes)}.", raw_answer=raw
        )
    return InvalidOutput(raw_answer=raw)
