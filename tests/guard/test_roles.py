"""What one says one is."""

from app.guard import review
from app.resume.edits import Edit

STUDENT = {
    "summary": "Law student who will graduate in 2027 and worked for the editor of a review."
}


def refused(text: str) -> list[str]:
    found = review(STUDENT, [Edit("summary", text)])
    return [refusal.span for refusal in found.refusals]


def test_who_will_graduate_is_no_graduate() -> None:
    """`Will graduate` stays so; `law graduate` claims what is still to come."""
    assert refused("Law student who will graduate in 2027.") == []
    assert "graduate" in " ".join(refused("Law graduate of 2027 who worked for the editor."))


def test_who_hopes_to_be_is_not() -> None:
    """A post that is sought may be named as sought, and not as held."""
    student = {"summary": "Physiotherapy student. Hoping to join a clinic as a junior therapist."}

    def spans(text: str) -> list[str]:
        return [one.span for one in review(student, [Edit("summary", text)]).refusals]

    assert spans("Physiotherapy student, hoping to join a clinic as a junior therapist.") == []
    assert "therapist" in " ".join(spans("Junior therapist hoping to join a clinic."))
