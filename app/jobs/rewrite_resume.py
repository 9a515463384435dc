"""rewrite-resume: a student's résumé, reworded for one posting, saying nothing new.

Source: document 000, "rewrite-resume".
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from app.errors import PostingNotFound, ResumeNotFound
from app.records.postings import find_posting
from app.records.resumes import Resume, find_resume
from app.resume.edits import apply_edits
from app.rewriting.guarded_edits import GuardedEdits, Task, guarded_edits
from app.rewriting.provenance import provenance_of
from app.runs.job import Job, JobPayload, Outcome, RunContext
from app.runs.receipt import refusals_out
from app.wire import Identifier, JsonObject


class RewriteResumePayload(JobPayload):
    """Document 000's payload; title and description may be absent when the posting is stored."""

    student_id: Identifier
    resume_id: Identifier
    job_id: Identifier
    job_title: Annotated[str, StringConstraints(max_length=500)] | None = None
    job_description: Annotated[str, StringConstraints(max_length=50_000)] | None = None
    tone: Literal["concise", "detailed", "professional"]


PROMPT_VERSION = 1

INSTRUCTIONS = """\
Task: rewrite-resume
Tone: {tone}

You are a professional résumé editor helping a student tailor their résumé for a specific job. The \
block POSTING holds the job's title and description. The block RESUME holds the student's résumé \
as JSON: its summary, its entries with their bullets, each bullet with its path, and its skills.

- Rewrite bullets, and the summary if there is one, so that they match the posting better.
- Say only what the student says. Add no experience, skill, tool, number, employer, person, place, \
date, award or result, even if the posting asks for it. Do not raise the student's part in \
anything: helped stays helped, used stays used.
- A fact stays in its own entry.
- Use active verbs, and keep every number that the student gives.
- Leave a text that is good already out of your answer.

Answer with edits only: for each text you change its path and its new text; and under "summary" \
the new summary, or null."""


@dataclass(frozen=True)
class RewrittenResume:
    """A variant to be stored."""

    resume: JsonObject
    provenance: JsonObject


async def process(payload: RewriteResumePayload, context: RunContext) -> Outcome[RewrittenResume]:
    """Read the records, have edits proposed and guarded, and apply what is true."""
    base, posting = await _read_records(payload, context)
    resume = base.resume
    task = Task(JOB.name, PROMPT_VERSION, INSTRUCTIONS.format(tone=payload.tone))
    edits = await guarded_edits(context.model, task, resume, posting)
    variant = RewrittenResume(
        resume=apply_edits(resume, edits.accepted),
        provenance=provenance_of(resume, base.provenance, edits.accepted),
    )
    return Outcome(variant, edits.refusals, _warnings(edits))


async def save(
    session: AsyncSession,
    payload: RewriteResumePayload,
    outcome: Outcome[RewrittenResume],
    context: RunContext,
) -> str:
    """Store the variant beside the résumé it was made from."""
    variant = Resume(
        tenant_id=payload.tenant_id,
        student_id=payload.student_id,
        resume=outcome.result.resume,
        is_ai_variant=True,
        base_resume_id=payload.resume_id,
        provenance=outcome.result.provenance,
        refusals=[refusal.model_dump() for refusal in refusals_out(outcome.refusals)],
        ai_run_id=context.claim.run_id,
    )
    session.add(variant)
    await session.flush()
    return variant.id


async def _read_records(payload: RewriteResumePayload, context: RunContext) -> tuple[Resume, str]:
    """The résumé, and the posting's title and description: as sent, else as stored."""
    async with context.database.tenant(payload.tenant_id) as session:
        stored = await find_resume(session, payload.tenant_id, payload.resume_id)
        if stored is None or stored.student_id != payload.student_id:
            raise ResumeNotFound
        title, description = payload.job_title, payload.job_description
        if not (title and description):
            posting = await find_posting(session, payload.tenant_id, payload.job_id)
            if posting is None:
                raise PostingNotFound
            title, description = title or posting.title, description or posting.description
    return stored, f"{title}\n\n{description}"


def _warnings(edits: GuardedEdits) -> tuple[str, ...]:
    warnings = []
    if edits.left_out:
        warnings.append(
            f"{len(edits.left_out)} bullets did not fit the model's window and stay as they are."
        )
    if not edits.accepted:
        warnings.append("The model proposed no change.")
    return tuple(warnings)


JOB = Job(
    name="rewrite-resume",
    title="Rewrite a résumé for a posting",
    description=(
        "Rewords the bullets and the summary for the posting, lets through only what the student "
        "said, and stores the variant. `resultId` is the variant's id at `GET /resumes/{id}`."
    ),
    payload=RewriteResumePayload,
    example={
        "tenant_id": "demo-college",
        "student_id": "asha-verma",
        "resume_id": "asha-verma-base",
        "job_id": "backend-intern-northwind",
        "tone": "concise",
    },
    announcement="Your résumé was rewritten for the posting. Have a look at the changes.",
    apology="AI rewrite failed, please try again",
    process=process,
    save=save,
)
