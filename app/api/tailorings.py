"""Tailorings: scores, attempts and gaps of a variant, by the variant's id."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path

from app.api.auth import documented_secret
from app.api.limits import limit_address
from app.api.openapi import failures
from app.api.records import TenantHeader
from app.api.wiring import RuntimeNow
from app.errors import ResultNotFound
from app.records.tailorings import find_tailoring
from app.tailoring.evaluation import THRESHOLD, Evaluation
from app.tailoring.gaps import Gap
from app.tailoring.report import AttemptOut
from app.wire import Identifier, WireModel

router = APIRouter(tags=["tailorings"], dependencies=[documented_secret, Depends(limit_address)])

TailoringId = Annotated[Identifier, Path(description="The `resultId` of tailor-resume.")]


class TailoringOut(WireModel):
    """How a variant was made. `variantId` is also its id at `GET /resumes/{id}`.

    `ending`: the best attempt is good enough, an attempt proposed nothing new, nothing was left to
    mend, or all attempts were used. `model` is the last one asked.
    """

    id: str
    tenant_id: str
    student_id: str
    variant_id: str
    base_resume_id: str
    job_id: str | None
    analysis_id: str
    attempts: int
    best_attempt: int
    ending: Literal["good_enough", "nothing_new", "nothing_to_mend", "attempts_used"]
    threshold: float
    evaluation: Evaluation
    history: list[AttemptOut]
    gaps: list[Gap]
    model: str | None
    prompt_version: int
    guard_version: str
    ai_run_id: UUID
    created_at: datetime


@router.get(
    "/tailorings/{tailoring_id}",
    summary="Read how a résumé was tailored, and what its student lacks",
    responses=failures(401, 404, 422, 429, 500, 503),
)
async def read_tailoring(
    tailoring_id: TailoringId, tenant_id: TenantHeader, runtime: RuntimeNow
) -> TailoringOut:
    """The best attempt's scores, every attempt with what it changed, and the gap report."""
    async with runtime.database.tenant(tenant_id) as session:
        stored = await find_tailoring(session, tenant_id, tailoring_id)
    if stored is None:
        raise ResultNotFound
    values = stored.model_dump()
    return TailoringOut.model_validate({**values, "variant_id": stored.id, "threshold": THRESHOLD})
