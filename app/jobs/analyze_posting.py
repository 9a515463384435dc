"""analyze-posting: what an employer asks for, each part of it backed by a quote.

The prompt is the room's, because tailor-resume begins with the same question.

Source: document 003, "AI-Powered Job Analysis"; document 002, "Job analysis service".
"""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from app.analysing.known_analysis import KnownAnalysis, known_analysis, to_be_stored
from app.analysing.posting_text import PostingPayload, PostingText, read_posting
from app.runs.job import Job, Outcome, RunContext


class AnalyzePostingPayload(PostingPayload):
    """A posting, by its text or by the id it is stored under; it is about no student."""


@dataclass(frozen=True)
class AnalysedPosting:
    """A posting and what is known of it."""

    posting: PostingText
    known: KnownAnalysis


async def process(payload: AnalyzePostingPayload, context: RunContext) -> Outcome[AnalysedPosting]:
    """Read the posting; unless it was analysed within the hour, have a model do it."""
    async with context.database.tenant(payload.tenant_id) as session:
        posting = await read_posting(session, payload)
    known = await known_analysis(context, context.model, posting)
    return Outcome(AnalysedPosting(posting, known), warnings=_warnings(known))


async def save(
    session: AsyncSession,
    payload: AnalyzePostingPayload,
    outcome: Outcome[AnalysedPosting],
    context: RunContext,
) -> str:
    """Store the analysis, unless it is a stored one."""
    posting, known = outcome.result.posting, outcome.result.known
    if known.id:
        return known.id
    row = to_be_stored(context, payload, posting, known)
    session.add(row)
    await session.flush()
    return row.id


def _warnings(known: KnownAnalysis) -> tuple[str, ...]:
    about = known.analysis.warnings
    if not known.id:
        return about
    return ("An equal posting was analysed within the hour, so no model was asked.", *about)


JOB = Job(
    name="analyze-posting",
    title="Analyse a posting",
    description=(
        "Extracts what a posting asks for: skills with their importance from 0 to 1, seniority, "
        "experience, three to seven key requirements, domain, tone and culture. Every part is "
        "backed by a quote that was found in the posting; importance is computed. An equal posting "
        "within an hour gets the stored analysis and no model is asked. `resultId` is the "
        "analysis's id at `GET /posting-analyses/{id}`."
    ),
    payload=AnalyzePostingPayload,
    example={"tenant_id": "demo-college", "job_id": "backend-intern-northwind"},
    announcement="A posting was analysed.",
    apology="AI analysis of the posting failed, please try again",
    process=process,
    save=save,
)
