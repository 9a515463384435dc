"""The demo's table, and sentences about it as a model would write them."""

from app.analytics.prose import Sentence, refusals
from app.analytics.table import Audience, Table, table
from app.guard.review import Refusal
from app.jobs.generate_analytics_summary import JOB, GenerateAnalyticsSummaryPayload

CS, IT, EC, ME = "branches.0", "branches.1", "branches.2", "branches.3"


def demo_table(audience: Audience = "placement_officer") -> Table:
    """What the audience may see of the demo's cohort."""
    payload = GenerateAnalyticsSummaryPayload.model_validate(JOB.example)
    assert payload.previous
    before = (payload.previous.period, payload.previous.figures)
    return table(payload.period, payload.figures, audience, before)


def judged(text: str, *cells: str, table: Table | None = None) -> tuple[Refusal, ...]:
    """What is wrong with one sentence about the demo's table."""
    return refusals([Sentence("sentences.0", text, cells)], table or demo_table())
