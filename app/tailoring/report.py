"""What is stored of a tailoring beside the variant: scores, what changed, and the gaps."""

from pydantic import ConfigDict

from app.resume.paths import text_at
from app.runs.receipt import RefusalOut, refusals_out
from app.tailoring.attempts import Attempt, Tailored
from app.tailoring.evaluation import Evaluation
from app.tailoring.prompts import Case
from app.wire import JsonObject, WireModel


class ChangedText(WireModel):
    """A text of the base résumé, by its path there, and what an attempt made of it."""

    model_config = ConfigDict(frozen=True)

    path: str
    before: str
    after: str


class AttemptOut(WireModel):
    """One attempt. `evaluation` is null where nobody could judge it.

    `bulletsFirst` are paths in the base résumé, `skillsFirst` names.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    is_best: bool
    evaluation: Evaluation | None
    changes: tuple[ChangedText, ...]
    bullets_first: tuple[str, ...]
    skills_first: tuple[str, ...]
    refusals: tuple[RefusalOut, ...]


def history(case: Case, tailored: Tailored) -> list[JsonObject]:
    """Every attempt in order, with its score and what it changed."""
    return [
        _attempt(case, attempt, is_best=attempt is tailored.best).model_dump(
            mode="json", by_alias=False
        )
        for attempt in tailored.attempts
    ]


def _attempt(case: Case, attempt: Attempt, *, is_best: bool) -> AttemptOut:
    changes = (
        ChangedText(path=edit.path, before=text_at(case.resume, edit.path) or "", after=edit.text)
        for edit in attempt.accepted.edits
    )
    return AttemptOut(
        number=attempt.number,
        is_best=is_best,
        evaluation=attempt.evaluation,
        changes=tuple(changes),
        bullets_first=attempt.accepted.bullets_first,
        skills_first=attempt.accepted.skills_first,
        refusals=tuple(refusals_out(attempt.refusals)),
    )
