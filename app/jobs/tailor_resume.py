"""tailor-resume: analyse the posting, retrieve, generate, evaluate, and keep the best attempt.

The prompts are the room's. Source: document 002; the decisions in issue 6.
"""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from app.analysing.known_analysis import KnownAnalysis, to_be_stored
from app.analysing.posting_text import PostingPayload, PostingText, read_posting
from app.errors import ResumeNotFound
from app.guard.review import GUARD_VERSION
from app.records.resumes import Resume, find_current_resume, find_resume
from app.records.tailorings import Tailoring
from app.rewriting.provenance import moved_along, provenance_of
from app.runs.job import Job, Outcome, RunContext
from app.runs.receipt import refusals_out
from app.tailoring.allowance import Allowance
from app.tailoring.attempts import Tailored, step_names, tailored
from app.tailoring.coverage import texts_of
from app.tailoring.evaluation import THRESHOLD
from app.tailoring.gaps import Gap, gap_report
from app.tailoring.material import ANALYSE, RETRIEVE, analysis_for, material_for
from app.tailoring.prompts import PROMPT_VERSION, Case
from app.tailoring.report import history
from app.wire import Identifier


class TailorResumePayload(PostingPayload):
    """A student and a posting; without `resume_id` their own résumé that was written last."""

    student_id: Identifier
    resume_id: Identifier | None = None


@dataclass(frozen=True)
class TailoredResume:
    """A variant to be stored, with how it was made and what the student lacks."""

    base: Resume
    posting: PostingText
    known: KnownAnalysis
    case: Case
    tailored: Tailored
    gaps: list[Gap]


async def process(payload: TailorResumePayload, context: RunContext) -> Outcome[TailoredResume]:
    """Four steps, the last two up to three times; at most seven answers of models are taken."""
    base, posting = await _read_records(payload, context)
    await context.steps.plan([ANALYSE, RETRIEVE, *step_names()])
    model = Allowance(context.model)
    known = await analysis_for(context, model, posting)
    material = await material_for(context, base, known.analysis)
    case = Case(
        resume=base.resume,
        analysis=known.analysis,
        posting=posting.whole,
        lacking=material.lacking,
        passages=material.relevant,
        resume_id=base.id,
    )
    found = await tailored(model, context.steps, case)
    await context.steps.skip_rest()
    gaps = gap_report(known.analysis, texts_of(found.best.resume), material.elsewhere)
    result = TailoredResume(base, posting, known, case, found, gaps)
    return Outcome(result, found.best.refusals, _warnings(result))


async def save(
    session: AsyncSession,
    payload: TailorResumePayload,
    outcome: Outcome[TailoredResume],
    context: RunContext,
) -> str:
    """Store the variant, the tailoring under the same id, and an analysis that is new."""
    result = outcome.result
    found, base = result.tailored, result.base
    variant = Resume(
        tenant_id=payload.tenant_id,
        student_id=payload.student_id,
        resume=dict(found.best.resume),
        is_ai_variant=True,
        base_resume_id=base.id,
        provenance=moved_along(
            provenance_of(base.resume, base.provenance, found.best.accepted.edits),
            found.best.moved,
        ),
        refusals=[refusal.model_dump() for refusal in refusals_out(outcome.refusals)],
        ai_run_id=context.claim.run_id,
    )
    session.add(variant)
    analysis_id = result.known.id
    if analysis_id is None:
        analysis = to_be_stored(context, payload, result.posting, result.known)
        session.add(analysis)
        analysis_id = analysis.id
    # The tailoring refers to both.
    await session.flush()
    session.add(_row(payload, result, variant.id, analysis_id, context))
    await session.flush()
    return variant.id


async def _read_records(
    payload: TailorResumePayload, context: RunContext
) -> tuple[Resume, PostingText]:
    tenant_id, student_id = payload.tenant_id, payload.student_id
    async with context.database.tenant(tenant_id) as session:
        if payload.resume_id:
            stored = await find_resume(session, tenant_id, payload.resume_id)
        else:
            stored = await find_current_resume(session, tenant_id, student_id)
        if stored is None or stored.student_id != student_id:
            raise ResumeNotFound
        return stored, await read_posting(session, payload)


def _row(
    payload: TailorResumePayload,
    result: TailoredResume,
    variant_id: str,
    analysis_id: str,
    context: RunContext,
) -> Tailoring:
    best = result.tailored.best
    evaluation = best.evaluation
    return Tailoring(
        tenant_id=payload.tenant_id,
        id=variant_id,
        student_id=payload.student_id,
        base_resume_id=result.base.id,
        job_id=payload.job_id,
        analysis_id=analysis_id,
        attempts=len(result.tailored.attempts),
        best_attempt=best.number,
        ending=result.tailored.ending,
        evaluation=evaluation.model_dump(mode="json", by_alias=False) if evaluation else {},
        history=history(result.case, result.tailored),
        gaps=[gap.model_dump(mode="json", by_alias=False) for gap in result.gaps],
        model=context.model.model,
        prompt_version=PROMPT_VERSION,
        guard_version=GUARD_VERSION,
        ai_run_id=context.claim.run_id,
    )


def _warnings(result: TailoredResume) -> tuple[str, ...]:
    warnings = [*result.known.analysis.warnings]
    best = result.tailored.best
    if best.score < THRESHOLD:
        warnings.append(f"The best attempt scores {best.score:.2f}, below {THRESHOLD:.2f}.")
    if best.accepted.is_empty:
        warnings.append("The model proposed no change.")
    gaps = sum(gap.status == "missing" for gap in result.gaps)
    if gaps:
        warnings.append(f"Skills of the posting that the student does not name: {gaps}.")
    return tuple(warnings)


JOB = Job(
    name="tailor-resume",
    title="Tailor a résumé to a posting",
    description=(
        "Analyses the posting, finds what the student wrote that fits it, and makes up to three "
        "attempts at a variant: rewordings that say only what the student said, and a better "
        "order. Each is scored; the best is stored with every score, what changed, and a report "
        "of what the posting asks for and the student does not name. `resultId` is the variant at "
        "`GET /resumes/{id}` and the report at `GET /tailorings/{id}`; "
        "`GET /runs/{runId}/events` follows the steps."
    ),
    payload=TailorResumePayload,
    example={
        "tenant_id": "demo-college",
        "student_id": "asha-verma",
        "resume_id": "asha-verma-base",
        "job_id": "backend-intern-northwind",
    },
    announcement="Your résumé was tailored to the posting. Have a look at the changes and gaps.",
    apology="AI tailoring failed, please try again",
    process=process,
    save=save,
    # Document 002: "5/minute".
    is_paced_per_student=True,
)
