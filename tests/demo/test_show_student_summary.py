from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from app.api.student_summaries import SentenceOut, StudentSummaryOut
from app.demo.show_student_summary import LYING, refused_sentences, summarised
from tests.api.stored import example
from tests.demo.test_show import printed

STUDENT: dict[str, Any] = example("students", "asha-verma")
RESUME: dict[str, Any] = example("resumes", "asha-verma-base")["resume"]


def summary(*, is_stale: bool) -> StudentSummaryOut:
    """A summary of one sentence."""
    sentence = SentenceOut(
        topic="skills", text="Key skills are Python and SQL.", paths=["profile.skills", "profile.x"]
    )
    return StudentSummaryOut(
        id="s",
        tenant_id="t",
        student_id="asha-verma",
        resume_id="r",
        text=sentence.text,
        sentences=[sentence],
        refusals=[],
        is_stale=is_stale,
        input_hash="0",
        model=None,
        prompt_version=1,
        guard_version="1",
        ai_run_id=uuid4(),
        generated_at=datetime.now(UTC),
    )


def test_a_sentence_stands_over_its_facts() -> None:
    """Each path is shown with what the student says there; one that is gone with nothing."""
    text = printed(*summarised(summary(is_stale=False), STUDENT["profile"], RESUME))

    assert "✓ Key skills are Python and SQL." in text
    assert "profile.skills  Python; Flask; SQL" in text
    assert "nothing has changed since" in text


def test_a_stale_summary_is_called_stale() -> None:
    """A reader is told when the facts have changed."""
    text = printed(*summarised(summary(is_stale=True), {}, {}))

    assert "something has changed since" in text


def test_every_planted_lie_is_refused() -> None:
    """None of them gets through, and each has its reason."""
    text = printed(*refused_sentences(STUDENT["name"], STUDENT["profile"], RESUME))

    assert text.count("✗") == len(LYING)
    assert "NOT REFUSED" not in text
    assert "The figure '9.1' is not what" in text


def test_a_lie_that_got_through_is_not_hidden() -> None:
    """Of a student of whom they are true, the same sentences are shown as let through."""
    text = printed(*refused_sentences("Asha Verma", {"cgpa": 9.1}, RESUME))

    assert "! Asha Verma has a CGPA of 9.1." in text
