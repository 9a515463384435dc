"""An analysis of a posting from where it is cheapest: this hour's, or a model's."""

from dataclasses import dataclass

from app.analysing.analysis import PostingAnalysis
from app.analysing.posting_analysis import analysed, bare_prompt
from app.analysing.posting_text import CHECK_VERSION, PROMPT_VERSION, PostingPayload, PostingText
from app.llm.client import Provider
from app.records.posting_analyses import OFFLINE, StoredAnalysis, find_fresh_analysis
from app.runs.job import RunContext


@dataclass(frozen=True)
class KnownAnalysis:
    """An analysis and who made it; `id` is where it is stored, None if it is yet to be."""

    analysis: PostingAnalysis
    model: str
    id: str | None


async def known_analysis(
    context: RunContext, model: Provider, posting: PostingText
) -> KnownAnalysis:
    """The analysis of an equal posting that the tenant has had within the hour, or a new one.

    No model is asked where there is one. `model` is asked otherwise, as `analysed` does.
    """
    tenant_id = context.claim.tenant_id
    is_by_rule_enough = model.model_for(bare_prompt()).startswith(OFFLINE)
    async with context.database.tenant(tenant_id) as session:
        stored = await find_fresh_analysis(
            session, tenant_id, posting.fingerprint, is_by_rule_enough=is_by_rule_enough
        )
    if stored:
        analysis = PostingAnalysis.model_validate(stored.analysis)
        return KnownAnalysis(analysis, stored.model, stored.id)
    analysis = await analysed(model, posting)
    # Who answered last: a fallback, perhaps.
    return KnownAnalysis(analysis, context.model.model or model.model_for(bare_prompt()), None)


def to_be_stored(
    context: RunContext, payload: PostingPayload, posting: PostingText, known: KnownAnalysis
) -> StoredAnalysis:
    """The row of an analysis that this run made."""
    return StoredAnalysis(
        tenant_id=payload.tenant_id,
        job_id=payload.job_id,
        content_hash=posting.fingerprint,
        analysis=known.analysis.model_dump(mode="json", by_alias=False),
        model=known.model,
        prompt_version=PROMPT_VERSION,
        check_version=CHECK_VERSION,
        ai_run_id=context.claim.run_id,
    )
