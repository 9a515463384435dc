from collections.abc import Iterable
from typing import Any

from rich.console import Console, RenderableType

from app.analysing.answer import analysis_from_answer
from app.api.posting_analyses import PostingAnalysisOut
from app.api.tailorings import TailoringOut
from app.demo.show_tailoring import analysed, refused_analysis, refused_proposal, scored
from app.llm import offline_posting
from tests.api.stored import example

POSTING = example("postings", "backend-intern-northwind")
RESUME = example("resumes", "asha-verma-base")["resume"]


def shown(parts: Iterable[RenderableType]) -> str:
    """What a terminal of 200 columns shows."""
    console = Console(width=200, highlight=False)
    with console.capture() as captured:
        console.print(*parts, sep="\n")
    return captured.get()


def evaluation(overall: float) -> dict[str, Any]:
    """An evaluation as it is stored."""
    return {
        "keyword_coverage": 0.5,
        "relevance_ranking": 1.0,
        "ats_compatibility": 0.75,
        "overall": overall,
        "relevance_evidence": ["Python"],
        "ats_evidence": ["Python"],
        "issues": [],
    }


def attempt(number: int, **values: object) -> dict[str, Any]:
    """An attempt as it is stored."""
    empty: dict[str, object] = {
        "changes": [],
        "bullets_first": [],
        "skills_first": [],
        "refusals": [],
    }
    return {"number": number, "is_best": False, "evaluation": None, **empty, **values}


def test_an_analysis_shows_its_quotes() -> None:
    """Each skill stands beside its importance and the posting's words."""
    title, description = POSTING["title"], POSTING["description"]
    answer = offline_posting.analysed(title, description)
    stored = PostingAnalysisOut(
        id="a-1",
        tenant_id="t",
        job_id=None,
        content_hash="0",
        analysis=analysis_from_answer(title, f"{title}\n{description}", answer),
        model="offline/editor",
        prompt_version=1,
        check_version="1",
        ai_run_id="00000000-0000-0000-0000-000000000000",
        created_at="2026-11-27T22:00:00Z",
    )

    text = shown(analysed(stored))

    assert "good Python and SQL, and tests you are proud of" in text
    assert "Seniority: junior. Culture: remote, collaborative." in text


def test_a_tailoring_shows_attempts_and_gaps() -> None:
    """Every attempt with its scores, the kept one marked, and each skill with its place."""
    place = {"source": "variant", "record_id": None, "path": "skills.0", "text": "Python"}
    gap = {"mark": "must", "importance": 0.8, "places": []}
    stored = TailoringOut.model_validate(
        {
            "id": "v-1",
            "tenant_id": "t",
            "student_id": "s",
            "variant_id": "v-1",
            "base_resume_id": "r",
            "job_id": None,
            "analysis_id": "a",
            "attempts": 2,
            "best_attempt": 1,
            "ending": "attempts_used",
            "threshold": 0.8,
            "model": None,
            "prompt_version": 1,
            "guard_version": "3",
            "evaluation": evaluation(0.725),
            "history": [attempt(1, is_best=True, evaluation=evaluation(0.725)), attempt(2)],
            "gaps": [
                {**gap, "skill": "Python", "status": "matched", "places": [place]},
                {**gap, "skill": "Kafka", "status": "missing"},
            ],
            "ai_run_id": "00000000-0000-0000-0000-000000000000",
            "created_at": "2026-11-27T22:00:00Z",
        }
    )

    lines = [" ".join(line.split()) for line in shown(scored(stored)).splitlines()]

    assert "1 (kept) 0.50 1.00 0.75 0.72 0" in lines
    assert "2 - - - - 0" in lines
    assert "Python 0.80 matched skills.0" in lines
    assert "Kafka 0.80 missing" in lines


def test_every_planted_lie_is_refused() -> None:
    """Nothing the demo plants gets through, and each has its reason."""
    posting = f"{POSTING['title']}\n\n{POSTING['description']}"

    tailoring = shown(refused_proposal(RESUME, posting))
    analysis = shown(refused_analysis(POSTING["title"], POSTING["description"]))

    assert "NOT REFUSED" not in tailoring
    assert {code for code in ("inflated", "summary", "skill") if code in tailoring} == {
        "inflated",
        "summary",
        "skill",
    }
    assert "strong Rust skills" in analysis
    assert "✓ Python" in analysis
    assert "✓ Scala" not in analysis
