from datetime import UTC, datetime
from io import StringIO
from uuid import uuid4

from rich.console import Console, RenderableType

from app.api.suggestions import SuggestionOut, SuggestionSetOut
from app.demo.show_suggestions import refused_suggestions, suggested
from app.records.suggestions import SuggestionStatus
from tests.api.stored import example

RESUME = example("resumes", "asha-verma-base")["resume"]
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def printed(*parts: RenderableType) -> str:
    """What a terminal of 200 columns shows."""
    console = Console(file=StringIO(), width=200, highlight=False)
    console.print(*parts, sep="\n")
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def whole(*suggestions: SuggestionOut) -> SuggestionSetOut:
    """A set of these."""
    return SuggestionSetOut(
        result_id="set",
        run_id=uuid4(),
        tenant_id="t",
        student_id="s",
        resume_id="r",
        job_id=None,
        refusals=[],
        created_at=NOW,
        suggestions=list(suggestions),
    )


def suggestion(suggested: str | None, question: str | None) -> SuggestionOut:
    """A rewording or a question."""
    return SuggestionOut(
        id="one",
        result_id="set",
        resume_id="r",
        kind="question" if question else "rewording",
        section="experience.0.bullets.0",
        original="Responsible for APIs",
        suggested=suggested,
        question=question,
        reason="It begins with what you did.",
        diff=[],
        status=SuggestionStatus.PENDING,
        is_stale=False,
        guard_version="1",
        created_at=NOW,
        decided_at=None,
    )


def test_a_rewording_shows_both_texts_and_its_reason() -> None:
    """A reader sees where it is, what stood there, what would, and why."""
    shown = printed(*suggested(RESUME, whole(suggestion("Made APIs", None))))

    assert "Kasturi Logistics" in shown
    assert "- Responsible for APIs" in shown
    assert "+ Made APIs" in shown
    assert "It begins with what you did." in shown


def test_a_question_is_shown_as_one() -> None:
    """A question stands behind the text it is about."""
    shown = printed(*suggested(RESUME, whole(suggestion(None, "How many were there?"))))

    assert "· Responsible for APIs" in shown
    assert "? How many were there?" in shown


def test_an_empty_set_is_said() -> None:
    """Nothing to improve is a sentence, not a blank."""
    assert "nothing to improve" in printed(*suggested(RESUME, whole()))


def test_every_planted_lie_is_refused() -> None:
    """A climb, a question that tells and a stale original are shown with their reasons."""
    shown = printed(*refused_suggestions(RESUME, "Backend intern: Kubernetes."))

    assert "NOT REFUSED" not in shown
    assert shown.count("✗") == 3
    assert "Kubernetes" in shown
    assert "to the letter" in shown


def test_a_leak_would_be_seen() -> None:
    """On a résumé that says so itself the same text is no lie, and got through."""
    said = "Led the team that moved 20,000 customers to PostgreSQL"
    resume = {**RESUME, "experience": [{"bullets": ["", "", "", said]}]}

    assert "NOT REFUSED" in printed(*refused_suggestions(resume, ""))
