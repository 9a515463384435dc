"""The steps before the first attempt: what the posting asks for, and what the student wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.analysing.analysis import PostingAnalysis, Skill
from app.analysing.known_analysis import KnownAnalysis, known_analysis
from app.analysing.posting_text import PostingText
from app.records.resumes import Resume
from app.retrieval.passages import Passage, relevant_passages
from app.runs.job import RunContext
from app.tailoring.allowance import Allowance
from app.tailoring.coverage import coverage, texts_of
from app.wire import JsonObject

ANALYSE, RETRIEVE = "analyse", "retrieve"


@dataclass(frozen=True)
class Material:
    """What was found of the student's own: `relevant` to the posting, the most relevant first.

    `elsewhere` stands outside the résumé and may name what it `lacks`.
    """

    relevant: tuple[Passage, ...]
    elsewhere: tuple[Passage, ...]
    lacking: tuple[Skill, ...]


async def analysis_for(
    context: RunContext, model: Allowance, posting: PostingText
) -> KnownAnalysis:
    """The posting's analysis: this run's, the hour's, or a new one. Step `analyse`.

    Why it is kept: another attempt may find another analysis in the cache, or none any more, and
    would ask for everything behind it once more.
    """

    async def found() -> JsonObject:
        before = model.left
        known = await known_analysis(context, model, posting)
        return {
            "analysis": known.analysis.model_dump(mode="json", by_alias=False),
            "model": known.model,
            "id": known.id,
            "calls": before - model.left,
        }

    before = model.left
    kept = await context.steps.once(ANALYSE, posting.fingerprint, found)
    model.left = before - kept["calls"]
    analysis = PostingAnalysis.model_validate(kept["analysis"])
    return KnownAnalysis(analysis, kept["model"], kept["id"])


async def material_for(context: RunContext, base: Resume, analysis: PostingAnalysis) -> Material:
    """The student's own material for a posting. Step `retrieve`; kept, as an index may change."""
    lacking = coverage(analysis, texts_of(base.resume)).missing

    async def found() -> JsonObject:
        relevant = await _search(context, base, _query(analysis))
        # What the résumé lacks is looked for by itself, or what it has would push it out.
        names = " ".join(skill.name for skill in lacking)
        elsewhere = await _search(context, base, names) if lacking else []
        return {"relevant": _rows(relevant), "elsewhere": _rows(elsewhere)}

    given = [base.id, base.resume, analysis.model_dump(mode="json")]
    kept = await context.steps.once(RETRIEVE, given, found)
    everything = [Passage(**row) for row in (*kept["elsewhere"], *kept["relevant"])]
    elsewhere = (each for each in everything if each.record_id != base.id)
    by_text = {each.text: each for each in elsewhere}
    relevant = tuple(Passage(**row) for row in kept["relevant"])
    return Material(relevant, tuple(by_text.values()), lacking)


async def _search(context: RunContext, base: Resume, query: str) -> list[Passage]:
    return await relevant_passages(
        context.database, context.embedder, base.tenant_id, base.student_id, query
    )


def _query(analysis: PostingAnalysis) -> str:
    skills = [skill.name for skill in analysis.skills]
    requirements = [requirement.text for requirement in analysis.key_requirements]
    return "\n".join([analysis.title, *requirements, *skills]).strip()


def _rows(passages: Sequence[Passage]) -> list[dict[str, Any]]:
    return [vars(passage) for passage in passages]
