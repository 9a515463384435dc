"""What a student decides about a suggestion: accepted, it stands in the résumé, exactly once."""

from sqlmodel.ext.asyncio.session import AsyncSession

from app.errors import (
    SuggestionDecided,
    SuggestionIsQuestion,
    SuggestionNotFound,
    SuggestionStale,
)
from app.guard.review import GUARD_VERSION, review
from app.records.resumes import Resume, hold_resume, reword_resume
from app.records.suggestions import (
    ResumeSuggestion,
    SuggestionStatus,
    decide,
    hold_suggestion,
)
from app.resume.edits import Edit, apply_edits
from app.resume.paths import PathInvalid, text_at


async def accept(session: AsyncSession, tenant_id: str, suggestion_id: str) -> ResumeSuggestion:
    """Put the suggestion into the résumé or variant it is about; a second time changes nothing.

    The caller commits. Four statements, one where it was accepted before. The suggestion is locked
    before the résumé, so accepts of different suggestions take turns and none waits for itself.

    Raises:
        SuggestionNotFound: the tenant has no such suggestion.
        SuggestionIsQuestion: there is nothing to put into the résumé.
        SuggestionDecided: it was rejected.
        SuggestionStale: the original no longer stands, or what the new text rests on is gone.
    """
    held = await _held(session, tenant_id, suggestion_id)
    if held.status == SuggestionStatus.ACCEPTED:
        return held
    if held.suggested is None:
        raise SuggestionIsQuestion
    if held.status == SuggestionStatus.REJECTED:
        raise SuggestionDecided("It was rejected.")
    resume = await hold_resume(session, tenant_id, held.resume_id)
    if resume is None or is_stale(resume, held):
        raise SuggestionStale
    edit = Edit(held.section, held.suggested)
    if review(resume.resume, [edit]).refusals:
        raise SuggestionStale("The résumé no longer says what the suggestion rests on.")
    await reword_resume(
        session,
        resume,
        resume=apply_edits(resume.resume, [edit]),
        provenance={**resume.provenance, held.section: _by_ai(held.section)},
    )
    return await decide(session, held, SuggestionStatus.ACCEPTED)


async def reject(session: AsyncSession, tenant_id: str, suggestion_id: str) -> ResumeSuggestion:
    """Put the suggestion or question aside, stale ones too; a second time changes nothing.

    The caller commits. Two statements, one where it was rejected before.

    Raises:
        SuggestionNotFound: the tenant has no such suggestion.
        SuggestionDecided: it was accepted.
    """
    held = await _held(session, tenant_id, suggestion_id)
    if held.status == SuggestionStatus.REJECTED:
        return held
    if held.status == SuggestionStatus.ACCEPTED:
        raise SuggestionDecided("It was accepted, and stands in the résumé.")
    return await decide(session, held, SuggestionStatus.REJECTED)


def is_stale(resume: Resume | None, suggestion: ResumeSuggestion) -> bool:
    """Whether a pending suggestion's original no longer stands, to the letter, in the résumé."""
    if suggestion.status != SuggestionStatus.PENDING:
        return False
    try:
        return resume is None or text_at(resume.resume, suggestion.section) != suggestion.original
    except PathInvalid:
        return True


async def _held(session: AsyncSession, tenant_id: str, suggestion_id: str) -> ResumeSuggestion:
    held = await hold_suggestion(session, tenant_id, suggestion_id)
    if held is None:
        raise SuggestionNotFound
    return held


def _by_ai(path: str) -> dict[str, object]:
    return {
        "source": "ai",
        "sourcePath": path,
        "isVerified": True,
        "guardVersion": GUARD_VERSION,
    }
