"""Which suggestions may be shown to a student: at a real place, true, and with a sound reason."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.guard.review import Refusal, review
from app.llm.fence import visible
from app.resume.edits import Edit
from app.resume.paths import PathInvalid, text_at
from app.rewriting.dialogue import Verdict
from app.suggesting.suggestion import Suggestion

# One line and a half on a page; what is longer argues instead of telling.
MAX_REASON_CHARS = 300

# Refusals that say nothing about truth: the suggestion is at fault, not what it says.
FORM_CODES = frozenset({"section", "original", "question", "reason"})

# What a question or a reason may not bring in. The guard's other classes tell that words are new,
# which is what questions and reasons are for.
FACT_CODES = frozenset({"identity", "injected", "name", "number", "outcome", "skill"})
REASON_CODES = frozenset({"name", "number", "skill"})

_ASKING = re.compile(
    r"(?:(?:about|at|by|for|from|in|of|on|roughly|since|to|with) )?"
    r"(?:how|what|when|where|which|who|whom|whose|why)\b"
    r"|(?:are|can|could|did|do|does|had|has|have|is|was|were)\b",
    re.IGNORECASE,
)
_ASKED_FOR = re.compile(r"\bhow (?:few|long|many|much|often)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?](?=\s+\S)")
# Asking whom somebody led says that they led.
_LEADING = re.compile(
    r"\b(?:led|lead(?! to\b)|leading|manag(?:ed?|ing)|headed|heading|owned|founded"
    r"|supervis(?:ed?|ing)|spearhead(?:ed)?|architected)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?:|www\.|@|[<>{}\[\]`]")
_OF_THE_POSTING = re.compile(r"\b(?:ad|company|employer|job|posting|role|vacancy)\b", re.IGNORECASE)
# How editors talk about wording: "the first word", "two sentences", what software reads.
_EDITORS_WORDS = re.compile(r"\b(?:ATS|CV|HR|STAR|[Ff]irst|[Oo]ne|second|three|two)\b")


def judged(
    resume: Mapping[str, Any], suggestions: Sequence[Suggestion], posting: str
) -> Verdict[Suggestion]:
    """The suggestions that hold, and why the others do not."""
    accepted: list[Suggestion] = []
    refusals: list[Refusal] = []
    for each in suggestions:
        found = list(_objections(resume, each, posting))
        refusals += found
        if not found:
            accepted.append(_to_the_letter(resume, each))
    return Verdict(tuple(accepted), tuple(refusals))


def _objections(resume: Mapping[str, Any], each: Suggestion, posting: str) -> Iterator[Refusal]:
    standing = _standing(resume, each.path)
    if standing is None:
        yield _refusal(each, each.path, "section", "Your résumé has no text at this place.")
        return
    if not _is_same(standing, each.original):
        reason = "The original is not, to the letter, what your résumé says at this place."
        yield _refusal(each, each.original, "original", reason)
        return
    if each.kind == "rewording":
        yield from review(resume, [Edit(each.path, each.text)], posting=posting).refusals
    else:
        yield from _facts_in_question(resume, each, posting)
        yield from _objections_to_question(standing, each)
    yield from _objections_to_reason(resume, each, posting)


def _facts_in_question(
    resume: Mapping[str, Any], each: Suggestion, posting: str
) -> Iterator[Refusal]:
    # "How many" asks for a figure; the guard would take it for one.
    stated = _ASKED_FOR.sub("what", each.text)
    for refusal in review(resume, [Edit(each.path, stated)], posting=posting).refusals:
        if refusal.code in FACT_CODES:
            yield replace(refusal, text=each.text)


def _objections_to_question(standing: str, each: Suggestion) -> Iterator[Refusal]:
    question = each.text
    if not question.endswith("?") or _SENTENCE_END.search(question):
        yield _refusal(each, question, "question", "It is not one question that ends with '?'.")
    elif not _ASKING.match(question):
        yield _refusal(each, question, "question", "It states something instead of asking.")
    leading = _LEADING.search(question)
    if leading and not _LEADING.search(standing):
        reason = f"'{leading[0]}' asks as if you had said so, which you did not."
        yield _refusal(each, leading[0], "question", reason)


def _objections_to_reason(
    resume: Mapping[str, Any], each: Suggestion, posting: str
) -> Iterator[Refusal]:
    """A reason may name what the student names, and what the posting does if it speaks of that.

    Why: the student reads it as if it were about them, although it is written into no résumé.
    """
    if len(each.reason) > MAX_REASON_CHARS or _ADDRESS.search(each.reason):
        yield _refusal(each, each.reason, "reason", "Its reason is too long, or holds markup.")
        return
    named = posting if _OF_THE_POSTING.search(each.reason) else ""
    grounds = {**resume, "summary": f"{each.original}\n{each.text}\n{named}"}
    said = _EDITORS_WORDS.sub("", each.reason)
    for refusal in review(grounds, [Edit("summary", said)]).refusals:
        if refusal.code in REASON_CODES:
            reason = f"Its reason speaks of '{refusal.span}', which you did not name."
            yield _refusal(each, refusal.span, "reason", reason)
            return


def _standing(resume: Mapping[str, Any], path: str) -> str | None:
    """The text at the path; None where there is none."""
    try:
        text = text_at(resume, path)
    except PathInvalid:
        return None
    return text if text and text.strip() else None


def _is_same(standing: str, original: str) -> bool:
    # A model is shown neither invisible characters nor other kinds of line breaks.
    return visible(standing).strip() == visible(original).strip()


def _to_the_letter(resume: Mapping[str, Any], each: Suggestion) -> Suggestion:
    """With the original as it stands, hidden characters included."""
    return replace(each, original=_standing(resume, each.path) or each.original)


def _refusal(each: Suggestion, span: str, code: str, reason: str) -> Refusal:
    return Refusal(path=each.path, text=each.text, span=span, code=code, reason=reason)
