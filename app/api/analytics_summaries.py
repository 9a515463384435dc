"""Analytics summaries: the sentences, and the table that a page shows beside them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query

from app.analytics.table import Audience
from app.api.auth import documented_secret
from app.api.limits import limit_address
from app.api.openapi import failures
from app.api.records import TenantHeader
from app.api.wiring import RuntimeNow
from app.errors import AnalyticsSummaryNotFound
from app.records.analytics_summaries import (
    AnalyticsSummary,
    Choice,
    find_analytics_summary,
    list_analytics_summaries,
)
from app.runs.receipt import RefusalOut
from app.wire import Identifier, WireModel

router = APIRouter(
    prefix="/analytics-summaries",
    tags=["analytics"],
    dependencies=[documented_secret, Depends(limit_address)],
)

SummaryId = Annotated[
    Identifier, Path(description="The `resultId` of a run of generate-analytics-summary.")
]
Since = Annotated[
    date | None, Query(alias="from", description="Only of periods that end on this day or later.")
]
Until = Annotated[
    date | None, Query(alias="to", description="Only of periods that start on this day or before.")
]
For = Annotated[Audience | None, Query(description="Only what was written for them.")]
Limit = Annotated[int, Query(ge=1, le=100)]


class SentenceOut(WireModel):
    """A sentence, and the ids of the cells that bear it out."""

    text: str
    cells: list[str]


class CellOut(WireModel):
    """One figure of the table. The whole cohort has no `group`; only a series has a `subject`.

    `tense`: the period's own value, the previous period's, the change between the two, or that
    change in percent. `value` is a decimal; `unit` is students, companies, things, percent, points
    (percentage points) or the package's unit. `rank` and `outlier` are among groups of one kind.
    """

    id: str
    label: str
    section: Literal["totals", "branches", "companies", "statuses", "months", "series"]
    group: str
    subject: str
    metric: str
    tense: Literal["this", "previous", "change", "change_percent"]
    value: str
    unit: str
    rank: Literal["highest", "lowest"] | None
    outlier: Literal["high", "low"] | None


class FiguresOut(WireModel):
    """The computed table; `methods` says how, and what is hidden by which rule."""

    package_unit: str
    cells: list[CellOut]
    methods: list[str]


class AnalyticsSummaryOut(WireModel):
    """A summary with its table; `refusals` are the sentences that were not let through."""

    id: str
    tenant_id: str
    audience: Audience
    period_label: str
    period_start: date
    period_end: date
    previous_label: str | None
    sentences: list[SentenceOut]
    figures: FiguresOut
    refusals: list[RefusalOut]
    model: str | None
    prompt: str | None
    check_version: str
    ai_run_id: UUID | None
    created_at: datetime


class AnalyticsSummariesOut(WireModel):
    """Summaries, the newest first."""

    summaries: list[AnalyticsSummaryOut]


@router.get(
    "/{summary_id}",
    summary="Read an analytics summary",
    responses=failures(401, 404, 422, 429, 500, 503),
)
async def read_analytics_summary(
    summary_id: SummaryId, tenant_id: TenantHeader, runtime: RuntimeNow
) -> AnalyticsSummaryOut:
    """The sentences, each with the cells it rests on, and the table."""
    async with runtime.database.tenant(tenant_id) as session:
        summary = await find_analytics_summary(session, tenant_id, summary_id)
    if summary is None:
        raise AnalyticsSummaryNotFound
    return _out(summary)


def chosen(
    since: Since = None, until: Until = None, audience: For = None, limit: Limit = 20
) -> Choice:
    """What the query asks for."""
    return Choice(since, until, audience, limit)


@router.get("", summary="List analytics summaries", responses=failures(401, 422, 429, 500, 503))
async def read_analytics_summaries(
    tenant_id: TenantHeader, runtime: RuntimeNow, choice: Annotated[Choice, Depends(chosen)]
) -> AnalyticsSummariesOut:
    """The newest first; `from` and `to` choose periods by the days they touch."""
    async with runtime.database.tenant(tenant_id) as session:
        found = await list_analytics_summaries(session, tenant_id, choice)
    return AnalyticsSummariesOut(summaries=[_out(summary) for summary in found])


def _out(stored: AnalyticsSummary) -> AnalyticsSummaryOut:
    return AnalyticsSummaryOut.model_validate(stored.model_dump())
