"""Analyses of postings, each by its id."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path

from app.analysing.analysis import PostingAnalysis
from app.api.auth import documented_secret
from app.api.limits import limit_address
from app.api.openapi import failures
from app.api.records import TenantHeader
from app.api.wiring import RuntimeNow
from app.errors import ResultNotFound
from app.records.posting_analyses import find_analysis
from app.wire import Identifier, WireModel

router = APIRouter(
    tags=["posting analyses"], dependencies=[documented_secret, Depends(limit_address)]
)

AnalysisId = Annotated[
    Identifier,
    Path(description="The `resultId` of analyze-posting, or a tailoring's `analysisId`."),
]


class PostingAnalysisOut(WireModel):
    """An analysis. `model` is `offline/editor` where no AI model was asked.

    `jobId` is the posting it was made for first; an equal one within the hour has the same.
    """

    id: str
    tenant_id: str
    job_id: str | None
    content_hash: str
    analysis: PostingAnalysis
    model: str
    prompt_version: int
    check_version: str
    ai_run_id: UUID
    created_at: datetime


@router.get(
    "/posting-analyses/{analysis_id}",
    summary="Read the analysis of a posting",
    responses=failures(401, 404, 422, 429, 500, 503),
)
async def read_posting_analysis(
    analysis_id: AnalysisId, tenant_id: TenantHeader, runtime: RuntimeNow
) -> PostingAnalysisOut:
    """Skills by importance, and everything else the posting says, with its quotes."""
    async with runtime.database.tenant(tenant_id) as session:
        stored = await find_analysis(session, tenant_id, analysis_id)
    if stored is None:
        raise ResultNotFound
    return PostingAnalysisOut.model_validate(stored.model_dump())
