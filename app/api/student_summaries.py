"""Summaries of students: the current one, whether it is stale, and each by its own id."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path

from app.api.auth import documented_secret
from app.api.limits import limit_address
from app.api.openapi import failures
from app.api.records import StudentId, TenantHeader
from app.api.wiring import RuntimeNow
from app.db.engine import Database
from app.errors import RunFailed, StudentSummaryNotFound
from app.jobs.generate_student_summary import read_student
from app.records.student_summaries import StudentSummary, find_current_summary, find_summary
from app.runs.receipt import RefusalOut
from app.wire import Identifier, WireModel

router = APIRouter(
    tags=["student summaries"], dependencies=[documented_secret, Depends(limit_address)]
)

SummaryId = Annotated[
    Identifier, Path(description="The `resultId` of a run of generate-student-summary.")
]

READ_FAILURES = failures(401, 404, 422, 429, 500, 503)


class SentenceOut(WireModel):
    """One sentence. `paths` lead to what it rests on, in the student's `profile` or `resume`."""

    topic: Literal["academics", "experience", "skills", "distinctive"]
    text: str
    paths: list[str]


class StudentSummaryOut(WireModel):
    """A summary; `text` is its sentences in a row.

    `isStale`: the profile or the current résumé has changed since it was written, or is gone; the
    next run will write another. `model` is `offline/editor` where no AI model was asked.
    """

    id: str
    tenant_id: str
    student_id: str
    resume_id: str
    text: str
    sentences: list[SentenceOut]
    refusals: list[RefusalOut]
    is_stale: bool
    input_hash: str
    model: str | None
    prompt_version: int
    guard_version: str
    ai_run_id: UUID | None
    generated_at: datetime


@router.get(
    "/students/{student_id}/summary",
    summary="Read a student's current summary",
    responses=READ_FAILURES,
)
async def read_student_summary(
    student_id: StudentId, tenant_id: TenantHeader, runtime: RuntimeNow
) -> StudentSummaryOut:
    """The summary of the newest facts that one was written from."""
    async with runtime.database.tenant(tenant_id) as session:
        stored = await find_current_summary(session, tenant_id, student_id)
    return await _summary_out(stored, runtime.database)


@router.get(
    "/student-summaries/{summary_id}",
    summary="Read the summary that a run gave",
    responses=READ_FAILURES,
)
async def read_summary(
    summary_id: SummaryId, tenant_id: TenantHeader, runtime: RuntimeNow
) -> StudentSummaryOut:
    """The summary with this id, which may not be the student's current one any more."""
    async with runtime.database.tenant(tenant_id) as session:
        stored = await find_summary(session, tenant_id, summary_id)
    return await _summary_out(stored, runtime.database)


async def _summary_out(stored: StudentSummary | None, database: Database) -> StudentSummaryOut:
    if stored is None:
        raise StudentSummaryNotFound
    values = stored.model_dump()
    text = " ".join(sentence["text"] for sentence in stored.sentences)
    is_stale = await _is_stale(stored, database)
    return StudentSummaryOut.model_validate({**values, "text": text, "is_stale": is_stale})


async def _is_stale(stored: StudentSummary, database: Database) -> bool:
    try:
        async with database.tenant(stored.tenant_id) as session:
            now = await read_student(session, stored.tenant_id, stored.student_id)
    except RunFailed:
        return True
    return now.input_hash != stored.input_hash
