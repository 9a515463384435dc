"""generate-analytics-summary: a cohort's placement figures, computed by code and told in prose.

Source: document 000, "processors/generate_analytics_summary.py", which names the job and no more;
architecture.md, "Decisions where the documents disagree or are silent".
"""

import json
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from sqlmodel.ext.asyncio.session import AsyncSession

from app.analytics.figures import (
    CohortFigures,
    Period,
    PreviousPeriod,
    contradiction,
    outside,
)
from app.analytics.narration import MAX_SENTENCES, Narration, narrated, prompt_for
from app.analytics.prose import PROSE_CHECK_VERSION
from app.analytics.table import Audience, Table, table
from app.records.analytics_summaries import AnalyticsSummary
from app.runs.job import Job, JobPayload, Outcome, RunContext
from app.runs.receipt import refusals_out


class GenerateAnalyticsSummaryPayload(JobPayload):
    """A cohort's figures in a period, whom they are for, and an earlier period to compare with.

    It is about many students: one that names a single student is refused.
    """

    student_id: None = None
    period: Period
    audience: Annotated[
        Audience,
        Field(description="Decides how much is shown; students see no branches and no ranks."),
    ]
    figures: CohortFigures
    previous: PreviousPeriod | None = None

    @model_validator(mode="after")
    def _periods_fit(self) -> Self:
        found = [(("figures", *at), why) for at, why in outside(self.figures.months, self.period)]
        if self.previous:
            earlier = self.previous
            if earlier.period.end >= self.period.start:
                found.append((("previous", "period", "end"), "must be before the period's start"))
            if earlier.figures.package_unit != self.figures.package_unit:
                at = ("previous", "figures", "packageUnit")
                found.append((at, "must be the unit of the figures"))
            found += [
                (("previous", "figures", *at), why)
                for at, why in outside(earlier.figures.months, earlier.period)
            ]
        if found:
            raise contradiction(found)
        return self


PROMPT_VERSION = 1

INSTRUCTIONS = """\
Task: generate-analytics-summary
Audience: {audience}

You report a college's placement figures to the audience named above. The block TABLE holds every \
figure there is, each in a cell with its id, what it is, its value and its unit; "rank" and \
"outlier" mark groups among those of their kind.

- Narrate only. Write at most {max_sentences} sentences, the most telling figures first.
- Each sentence lists the ids of the cells it uses, at most {max_cells}. Every figure in it is in \
one of those cells, as it stands there: do not compute, add up or round. Give a count its noun, a \
percentage "percent", a change in points "percentage points", an amount its unit.
- Write a figure beside the name of its group, one group in a clause, as the table spells it. A \
figure without a name before it is the whole cohort's.
- Call things what the table calls them: students, offer, offer rate, median package. Say of a \
previous figure that it is of the previous period, and of a change whether it rose or fell.
- Say highest, lowest or outlier only of a cell that is marked so, as a place among the groups \
shown (Among the branches shown, …), and higher or lower only of cells you cite.
- No causes, no advice, no judgements, no forecasts, no names or words for groups that are not in \
the table, and nothing about single students. Plain words; one sentence has at most {max_chars} \
characters.

Answer with the sentences: each its path (sentences.0, sentences.1, …), its text and its cells."""


@dataclass(frozen=True)
class AnalyticsNarrated:
    """A table and the sentences that it bears out."""

    table: Table
    narration: Narration


async def process(
    payload: GenerateAnalyticsSummaryPayload, context: RunContext
) -> Outcome[AnalyticsNarrated]:
    """Compute the table, have it narrated, and keep what it bears out."""
    earlier = payload.previous
    computed = table(
        payload.period,
        payload.figures,
        payload.audience,
        (earlier.period, earlier.figures) if earlier else None,
    )
    prompt = prompt_for(JOB.name, PROMPT_VERSION, INSTRUCTIONS, computed, payload.audience)
    narration = await narrated(context.model, prompt, computed, MAX_SENTENCES[payload.audience])
    return Outcome(AnalyticsNarrated(computed, narration), narration.refusals)


async def save(
    session: AsyncSession,
    payload: GenerateAnalyticsSummaryPayload,
    outcome: Outcome[AnalyticsNarrated],
    context: RunContext,
) -> str:
    """Store the sentences with the table they rest on."""
    told = outcome.result
    summary = AnalyticsSummary(
        tenant_id=payload.tenant_id,
        audience=payload.audience,
        period_label=payload.period.label,
        period_start=payload.period.start,
        period_end=payload.period.end,
        previous_label=payload.previous.period.label if payload.previous else None,
        sentences=[
            {"text": one.text, "cells": list(one.cells)} for one in told.narration.sentences
        ],
        figures=told.table.as_json(),
        refusals=[refusal.model_dump() for refusal in refusals_out(outcome.refusals)],
        model=context.model.model,
        prompt=context.model.prompt,
        check_version=PROSE_CHECK_VERSION,
        ai_run_id=context.claim.run_id,
    )
    session.add(summary)
    await session.flush()
    return summary.id


def _example() -> dict[str, Any]:
    text = resources.files("app.analytics").joinpath("data/example.json").read_text("utf-8")
    example: dict[str, Any] = json.loads(text)
    return example


JOB = Job(
    name="generate-analytics-summary",
    title="Narrate a cohort's placement figures",
    description=(
        "Computes rates, medians, changes and outliers from a cohort's figures, hides groups of "
        "fewer than five, and has a model narrate the table; a sentence is kept only if each of "
        "its figures is in the cells it cites. `resultId` is the summary's id at "
        "`GET /analytics-summaries/{id}`, which gives sentences and table."
    ),
    payload=GenerateAnalyticsSummaryPayload,
    example=_example(),
    announcement="The analytics summary is ready.",
    apology="AI analytics summary failed, please try again",
    process=process,
    save=save,
)
