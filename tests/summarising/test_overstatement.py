"""Deeds of others, deeds nobody named, wishes, parts and lesser names told as more."""

import pytest

from app.summarising.facts import Facts, facts_of
from app.summarising.judgement import judged
from app.summarising.sentence import Sentence
from tests.effort import LINEAR_IN_TEN, effort

BULLETS = (
    "Painted the scenery of the annual play; two seniors composed the songs",
    "Updates the price list of a bakery run by a cousin",
    "Surveyed 30 shops, of which 9 agreed to an interview",
    "Drafted a chapter of the history of the town hall",
    "Prepared slides for a senior curator",
    "Made a map that the museum now prints",
)
SUMMARY = "Hopes to restore frescoes. Is learning Blender."
PROFILE = {
    "clubs": ["Vice captain of the chess team in the year 2025"],
    "catPercentile": 91,
    "tenthPercent": 83,
    "semester": 6,
    "twelfthPercent": 77,
    "internships": [{"company": "Museum of Clay", "weeks": 5}],
}


def _facts() -> Facts:
    entry = {"company": "Museum of Clay", "title": "Intern", "bullets": list(BULLETS)}
    resume = {"summary": SUMMARY, "experience": [entry]}
    return facts_of("Lata Rao", PROFILE, resume)


def _stands(text: str) -> bool:
    facts = _facts()
    paths = tuple(facts.by_path)
    # Each fact alone, so that a sentence is judged by what it is about and by nothing else.
    topic = "academics" if "Class" in text else "experience"
    return any(not judged(facts, [Sentence(topic, text, (path,))]).refusals for path in paths)


@pytest.mark.parametrize(
    "text",
    [
        "Lata composed the songs of the annual play.",
        "Lata painted the scenery and composed the songs.",
        "Lata painted the scenery and the songs.",
        "Lata has completed six semesters.",
        "Lata runs a bakery.",
        "Lata prints a map.",
        "Lata made a map that the museum sells.",
        "Lata planned the scenery of the annual play.",
        "Lata restores frescoes.",
        "Lata knows Blender.",
        "Lata surveyed 30 shops that agreed to an interview.",
        "Lata drafted the history of the town hall.",
        "Lata was captain of the chess team in 2025.",
        "Lata has a CAT score of 91.",
        "Lata scored 83% in Class XII.",
        "Lata is a senior curator.",
    ],
)
def test_more_than_was_said_does_not_stand(text: str) -> None:
    """What others did, or only a part, a wish or a lesser name, is not told as the student's."""
    assert not _stands(text)


@pytest.mark.parametrize(
    "text",
    [
        "Lata painted the scenery of the annual play.",
        "Lata is in the sixth semester.",
        "Lata updates the price list of a bakery run by a cousin.",
        "Lata made a map that the museum now prints.",
        "Lata hopes to restore frescoes.",
        "Lata is learning Blender.",
        "Lata surveyed 30 shops, 9 of which agreed to an interview.",
        "Lata drafted a chapter of the history of the town hall.",
        "Lata was vice captain of the chess team in 2025.",
        "Lata has a CAT percentile of 91.",
        "Lata scored 83% in Class X.",
        "Lata prepared slides for a senior curator.",
    ],
)
def test_the_same_in_the_students_measure_stands(text: str) -> None:
    """With the part, the wish, the other doer or the lesser name left in, it is true."""
    assert _stands(text)


def test_a_span_in_weeks_may_be_told_as_an_adjective() -> None:
    """`weeks: 5` is a five-week internship, and no six-week one."""
    facts = _facts()
    paths = ("profile.internships", "resume.experience.0.company", "resume.experience.0.title")

    def refused(weeks: str) -> bool:
        text = f"Lata did a {weeks}-week internship at the Museum of Clay."
        return bool(judged(facts, [Sentence("experience", text, paths)]).refusals)

    assert not refused("five")
    assert refused("six")


def test_a_page_is_refused_unread() -> None:
    """Ten times the text is no more than ten times the work and one refusal, whatever it says."""
    facts = _facts()

    def codes(repetitions: int) -> list[str]:
        text = "a.b.c" * repetitions
        verdict = judged(facts, [Sentence("skills", text, tuple(facts.by_path))])
        return [refusal.code for refusal in verdict.refusals]

    few, many = effort(lambda: codes(400)), effort(lambda: codes(4_000))

    assert codes(4_000) == ["form"]
    assert many < LINEAR_IN_TEN * few
