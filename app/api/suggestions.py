"""Suggestions for a résumé: what there is to decide, how it would look, and the decision."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from app.api.auth import documented_secret
from app.api.examples import RESUME, example_id
from app.api.limits import limit_address
from app.api.openapi import failures
from app.api.records import TenantHeader
from app.api.wiring import RuntimeNow
from app.errors import ResumeNotFound, SuggestionSetNotFound
from app.records.resumes import Resume, find_resume
from app.records.suggestions import (
    ResumeSuggestion,
    SuggestionSet,
    SuggestionStatus,
    find_suggestion_set,
    suggestions_of_resume,
    suggestions_of_set,
)
from app.resume.diff import words_changed
from app.runs.receipt import RefusalOut
from app.suggesting.decisions import accept, is_stale, reject
from app.wire import Identifier, WireModel

router = APIRouter(tags=["suggestions"], dependencies=[documented_secret, Depends(limit_address)])

SuggestionId = Annotated[Identifier, Path(description="A suggestion's `id`.")]
SetId = Annotated[Identifier, Path(description="The `resultId` of a run of suggest-improvements.")]
OfResume = Annotated[Identifier, Query(alias="resumeId", openapi_examples=example_id(RESUME))]
OfRun = Annotated[
    Identifier | None, Query(alias="resultId", description="Only what this run suggested.")
]
WithStatus = Annotated[SuggestionStatus | None, Query(description="Only these.")]

READ_FAILURES = failures(401, 404, 422, 429, 500, 503)


class ChangeOut(WireModel):
    """A stretch of words; same and removed ones make up `original`, same and added `suggested`."""

    kind: Literal["same", "removed", "added"]
    text: str


class SuggestionOut(WireModel):
    """One suggestion. Only a `rewording` has `suggested` and a `diff`, and can be accepted.

    `isStale`: pending, but the résumé no longer says `original` there, so that accepting fails; a
    question that the student answered by editing the text is stale, too.
    """

    id: str
    result_id: str
    resume_id: str
    kind: Literal["rewording", "question"]
    section: str
    original: str
    suggested: str | None
    question: str | None
    reason: str
    diff: list[ChangeOut]
    status: SuggestionStatus
    is_stale: bool
    guard_version: str
    created_at: datetime
    decided_at: datetime | None


class SuggestionsOut(WireModel):
    """Suggestions for one résumé, the newest run's first, and in each the weakest text first."""

    suggestions: list[SuggestionOut]


class SuggestionSetOut(SuggestionsOut):
    """What one run suggested, be it nothing, and what was refused."""

    result_id: str
    run_id: UUID | None
    tenant_id: str
    student_id: str
    resume_id: str
    job_id: str | None
    refusals: list[RefusalOut]
    created_at: datetime


@router.get("/suggestions", summary="List a résumé's suggestions", responses=READ_FAILURES)
async def list_suggestions(
    tenant_id: TenantHeader,
    runtime: RuntimeNow,
    resume_id: OfResume,
    result_id: OfRun = None,
    status: WithStatus = None,
) -> SuggestionsOut:
    """Each with its status and a word-level diff. Three statements, however many there are.

    What several runs suggested alike is given once, as the newest run's, unless `resultId` asks
    for one run.
    """
    async with runtime.database.tenant(tenant_id) as session:
        resume = await find_resume(session, tenant_id, resume_id)
        if resume is None:
            raise ResumeNotFound
        found = (
            await suggestions_of_resume(session, tenant_id, resume_id)
            if result_id is None
            else await suggestions_of_set(session, tenant_id, result_id)
        )
    shown = [
        each
        for each in found
        if each.resume_id == resume_id and status in {None, SuggestionStatus(each.status)}
    ]
    return SuggestionsOut(suggestions=_suggestions_out(resume, shown))


@router.get(
    "/suggestion-sets/{result_id}", summary="Read what one run suggested", responses=READ_FAILURES
)
async def read_suggestion_set(
    result_id: SetId, tenant_id: TenantHeader, runtime: RuntimeNow
) -> SuggestionSetOut:
    """The result of a run of suggest-improvements. Four statements."""
    async with runtime.database.tenant(tenant_id) as session:
        whole = await find_suggestion_set(session, tenant_id, result_id)
        if whole is None:
            raise SuggestionSetNotFound
        resume = await find_resume(session, tenant_id, whole.resume_id)
        found = await suggestions_of_set(session, tenant_id, result_id)
    return _set_out(whole, resume, found)


@router.post(
    "/suggestions/{suggestion_id}/accept",
    summary="Accept a suggestion",
    responses=READ_FAILURES,
)
async def accept_suggestion(
    suggestion_id: SuggestionId, tenant_id: TenantHeader, runtime: RuntimeNow
) -> SuggestionOut:
    """Write it into the résumé, verified, if the original still stands there; once and for all.

    Again, it answers the same. A question cannot be accepted: the student answers it by editing
    the résumé. Five statements and one transaction, two statements when it is repeated.
    """
    async with runtime.database.tenant(tenant_id) as session:
        accepted = await accept(session, tenant_id, suggestion_id)
        await session.commit()
    return _suggestion_out(None, accepted)


@router.post(
    "/suggestions/{suggestion_id}/reject",
    summary="Reject a suggestion",
    responses=READ_FAILURES,
)
async def reject_suggestion(
    suggestion_id: SuggestionId, tenant_id: TenantHeader, runtime: RuntimeNow
) -> SuggestionOut:
    """Put a suggestion or a question aside, once and for all; again, it answers the same.

    Three statements and one transaction, two statements when it is repeated.
    """
    async with runtime.database.tenant(tenant_id) as session:
        rejected = await reject(session, tenant_id, suggestion_id)
        await session.commit()
    return _suggestion_out(None, rejected)


def _set_out(
    whole: SuggestionSet, resume: Resume | None, found: Sequence[ResumeSuggestion]
) -> SuggestionSetOut:
    return SuggestionSetOut(
        **whole.model_dump(
            include={"tenant_id", "student_id", "resume_id", "job_id", "created_at"}
        ),
        result_id=whole.id,
        run_id=whole.ai_run_id,
        refusals=[RefusalOut.model_validate(refusal) for refusal in whole.refusals],
        suggestions=_suggestions_out(resume, found),
    )


def _suggestions_out(
    resume: Resume | None, found: Sequence[ResumeSuggestion]
) -> list[SuggestionOut]:
    return [_suggestion_out(resume, each) for each in found]


def _suggestion_out(resume: Resume | None, stored: ResumeSuggestion) -> SuggestionOut:
    diff = [] if stored.suggested is None else words_changed(stored.original, stored.suggested)
    return SuggestionOut(
        **stored.model_dump(exclude={"tenant_id", "set_id", "position"}),
        result_id=stored.set_id,
        is_stale=is_stale(resume, stored),
        diff=[ChangeOut(kind=change.kind, text=change.text) for change in diff],
    )
