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
