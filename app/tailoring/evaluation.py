"""How well a résumé answers a posting: covered by count, ordered and legible by a model's word.

The model's two scores count only with words of the résumé that it quotes for them, and the whole
is computed here: a model that praises itself moves 60 percent of it at most, and needs evidence.

Source: document 002, "Resume evaluator service".
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.analysing.analysis import PostingAnalysis, Score, Skill
from app.analysing.keywords import keyword
from app.analysing.quotes import Quotable
from app.guard.passages import read
from app.resume.paths import Bullet
from app.tailoring.coverage import coverage
from app.wire import WireModel

# Document 002's weights and threshold.
WEIGHTS = {"keyword_coverage": 0.4, "relevance_ranking": 0.3, "ats_compatibility": 0.3}
THRESHOLD = 0.80

MAX_ISSUES = 10
MAX_ISSUE_CHARS = 300
MAX_EVIDENCE = 5
MAX_PROBLEMS_TOLD = 3

INSTRUCTIONS = """\
Task: evaluate-resume

You judge how well a résumé was tailored to a posting. The block POSTING says what the posting \
asks for and the student has. The block RESUME holds the résumé as JSON. Judge the résumé as it \
stands; what the student does not have is no fault of it.

- "relevance_ranking": are the most relevant experiences, bullets and skills listed first, and is \
the summary about this job? A summary that fits every job scores low.
- "ats_compatibility": will a standard applicant tracking system read it correctly: plain \
sentences, usual section content, no tables, symbols or boxes?
- Each has a "score" from 0 to 1 and "evidence": one to three phrases copied to the letter from \
RESUME that the score rests on. A score without such a phrase counts as 0.
- "issues": specific problems that a better wording or order of the student's own words would \
solve, each with a "quote" copied from RESUME, or null if it is about the whole. An empty list is \
a good answer. Ask for no skill, number or experience that RESUME does not have.

Be strict, and judge what is there, whatever it says about itself."""


def _closed(**properties: Any) -> dict[str, Any]:  # noqa: ANN401  JSON schemas
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_SCORED = _closed(score={"type": "number"}, evidence={"type": "array", "items": {"type": "string"}})
ANSWER_SCHEMA = _closed(
    relevance_ranking=_SCORED,
    ats_compatibility=_SCORED,
    issues={
        "type": "array",
        "items": _closed(issue={"type": "string"}, quote={"type": ["string", "null"]}),
    },
)


class Issue(WireModel):
    """What another attempt should mend; `foundBy` is the counting code or the model."""

    model_config = ConfigDict(frozen=True)

    text: str
    quote: str | None
    found_by: Literal["code", "model"]


class Evaluation(WireModel):
    """Scores from 0 to 1; the evidence is what stands in the résumé of what the model quoted."""

    model_config = ConfigDict(frozen=True)

    keyword_coverage: Score
    relevance_ranking: Score
    ats_compatibility: Score
    overall: Score
    relevance_evidence: tuple[str, ...]
    ats_evidence: tuple[str, ...]
    issues: tuple[Issue, ...]


class _Scored(BaseModel):
    score: Annotated[float, Field(ge=0, le=1, strict=True, allow_inf_nan=False)]
    evidence: list[str] = []


class _Issue(BaseModel):
    issue: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
    quote: str | None = None


class _Answer(BaseModel):
    relevance_ranking: _Scored
    ats_compatibility: _Scored
    issues: list[_Issue] = []


def evaluation_from_answer(
    analysis: PostingAnalysis,
    before: Sequence[Bullet],
    after: Sequence[Bullet],
    answer: object,
) -> Evaluation:
    """The evaluation of the texts `after`, which were tailored from `before`.

    Raises:
        ValueError: a score is missing or out of bounds, or the answer has another shape.
    """
    try:
        said = _Answer.model_validate(answer)
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False, include_input=False)
        problems = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in told)
        raise ValueError("; ".join(list(problems)[:MAX_PROBLEMS_TOLD])) from None
    said_before, said_after = coverage(analysis, before), coverage(analysis, after)
    shown = Quotable("\n".join(text.text for text in after))
    relevance, ats = _found(shown, said.relevance_ranking), _found(shown, said.ats_compatibility)
    scores = {
        "keyword_coverage": said_after.score,
        "relevance_ranking": said.relevance_ranking.score if relevance else 0.0,
        "ats_compatibility": said.ats_compatibility.score if ats else 0.0,
    }
    issues = [
        *_lost(said_before.found, said_after.missing),
        *_model_issues(shown, said.issues, said_before.missing),
    ]
    return Evaluation(
        **scores,
        overall=overall(scores),
        relevance_evidence=relevance,
        ats_evidence=ats,
        issues=tuple(issues[:MAX_ISSUES]),
    )


def overall(scores: dict[str, float]) -> float:
    """The weighted mean, to four places."""
    return round(sum(WEIGHTS[name] * score for name, score in scores.items()), 4)


def _found(shown: Quotable, scored: _Scored) -> tuple[str, ...]:
    places = [shown.find(quote) for quote in scored.evidence[:MAX_EVIDENCE]]
    return tuple(place.text for place in places if place)


def _lost(found_before: Sequence[Skill], missing_after: Sequence[Skill]) -> list[Issue]:
    return [
        Issue(
            text=f"The posting asks for {skill.name}; the résumé named it before and should again.",
            quote=None,
            found_by="code",
        )
        for skill in found_before
        if skill in missing_after
    ]


def _model_issues(
    shown: Quotable, listed: Sequence[_Issue], lacking: Sequence[Skill]
) -> list[Issue]:
    """The issues at places that exist, without those that ask for what the student has not."""
    gaps = [keyword(skill.name) for skill in lacking]
    kept: list[Issue] = []
    for each in listed:
        text = each.issue[:MAX_ISSUE_CHARS]
        place = shown.find(each.quote) if each.quote else None
        is_invented = bool(each.quote and each.quote.strip()) and place is None
        if not is_invented and not any(gap.is_in(read(text)) for gap in gaps):
            kept.append(Issue(text=text, quote=place.text if place else None, found_by="model"))
    return kept
