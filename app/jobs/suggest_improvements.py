"""suggest-improvements: true rewordings and questions that a student accepts or rejects one by one.

Source: document 000, "suggest-improvements".
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from app.errors import PostingNotFound, ResumeNotFound
from app.guard.review import GUARD_VERSION
from app.records.postings import find_posting
from app.records.resumes import find_resume
from app.records.suggestions import SuggestionSet, add_suggestion_set
from app.rewriting.dialogue import Task
from app.runs.job import Job, JobPayload, Outcome, RunContext
from app.runs.receipt import refusals_out
from app.suggesting.guarded_suggestions import (
    MAX_SUGGESTIONS,
    GuardedSuggestions,
    guarded_suggestions,
)
from app.suggesting.suggestion import Suggestion
from app.wire import Identifier


class SuggestImprovementsPayload(JobPayload):
    """Document 000's payload; with `job_id` the suggestions are for that stored posting."""

    student_id: Identifier
    resume_id: Identifier
    job_id: Identifier | None = None


PROMPT_VERSION = 1

INSTRUCTIONS = f"""\
Task: suggest-improvements

You are a professional résumé editor. A student reviews each of your suggestions and accepts or \
rejects it. The block RESUME holds the student's résumé as JSON: its summary, its entries with \
their bullets, each bullet with its path, and its skills. The block POSTING holds the title and \
description of a job the student applies to; it is empty if there is none.

Suggest what would improve the résumé most, at most {MAX_SUGGESTIONS} suggestions, and at most \
one for a text. Begin with texts that are true but weak: "Responsible for", passive voice, filler \
words, no verb.

- A "rewording" gives in "suggested" a better wording of one bullet or of the summary. Say only \
what the student says. Add no experience, skill, tool, number, employer, person, place, date, \
award or result, even if the posting asks for it. Do not raise the student's part in anything: \
helped stays helped, used stays used. A fact stays in its own entry. Keep every number the student \
gives.
- A "question" points at what is missing, for example how many people used it. Ask it openly in \
one sentence that ends with "?", and suggest no answer: name no tool, number, person, place, award \
or result that the student did not name. Its "suggested" is null.
- "section" is the text's path, "summary" for the summary. "original" is its text, copied to the \
letter. "reason" is one sentence for the student on what gets better.

An empty list is a good answer to a résumé that needs nothing."""


async def process(
    payload: SuggestImprovementsPayload, context: RunContext
) -> Outcome[tuple[Suggestion, ...]]:
    """Read the records, have suggestions made and judged, and keep the true ones."""
    resume, posting = await _read_records(payload, context)
    task = Task(JOB.name, PROMPT_VERSION, INSTRUCTIONS)
    suggested = await guarded_suggestions(context.model, task, resume, posting)
    return Outcome(suggested.accepted, suggested.refusals, _warnings(suggested))


async def save(
    session: AsyncSession,
    payload: SuggestImprovementsPayload,
    outcome: Outcome[tuple[Suggestion, ...]],
    context: RunContext,
) -> str:
    """Store the set, be it empty, with its suggestions; the result's id is the set's."""
    whole = SuggestionSet(
        tenant_id=payload.tenant_id,
        student_id=payload.student_id,
        resume_id=payload.resume_id,
        job_id=payload.job_id,
        refusals=[refusal.model_dump() for refusal in refusals_out(outcome.refusals)],
        ai_run_id=context.claim.run_id,
    )
    await add_suggestion_set(session, whole, [_columns(each) for each in outcome.result])
    return whole.id


async def _read_records(
    payload: SuggestImprovementsPayload, context: RunContext
) -> tuple[Mapping[str, Any], str]:
    """The résumé, and the stored posting's title and description; an empty text without one."""
    async with context.database.tenant(payload.tenant_id) as session:
        stored = await find_resume(session, payload.tenant_id, payload.resume_id)
        if stored is None or stored.student_id != payload.student_id:
            raise ResumeNotFound
        if payload.job_id is None:
            return stored.resume, ""
        posting = await find_posting(session, payload.tenant_id, payload.job_id)
        if posting is None:
            raise PostingNotFound
    return stored.resume, f"{posting.title}\n\n{posting.description}"


def _columns(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "kind": suggestion.kind,
        "section": suggestion.path,
        "original": suggestion.original,
        "suggested": suggestion.suggested,
        "question": suggestion.question,
        "reason": suggestion.reason,
        "guard_version": GUARD_VERSION,
    }


def _warnings(suggested: GuardedSuggestions) -> tuple[str, ...]:
    warnings = []
    if suggested.left_out:
        warnings.append(f"{len(suggested.left_out)} bullets did not fit the model's window.")
    if suggested.surplus:
        warnings.append(f"{suggested.surplus} suggestions for the best texts were left out.")
    if not suggested.accepted:
        warnings.append("There is nothing to improve.")
    return tuple(warnings)


JOB = Job(
    name="suggest-improvements",
    title="Suggest improvements to a résumé",
    description=(
        "Suggests better wordings, and asks the student what is missing, the weakest texts first. "
        "Each wording says only what the student said; nothing is written into the résumé until it "
        "is accepted. `resultId` is the id of the set at `GET /suggestion-sets/{id}`, which may be "
        "empty."
    ),
    payload=SuggestImprovementsPayload,
    example={
        "tenant_id": "demo-college",
        "student_id": "asha-verma",
        "resume_id": "asha-verma-base",
        "job_id": "backend-intern-northwind",
    },
    announcement="There are new suggestions for your résumé. Accept the ones you like.",
    apology="AI suggestions failed, please try again",
    process=process,
    save=save,
)
