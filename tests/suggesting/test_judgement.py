from typing import Any

import pytest

from app.suggesting.judgement import judged
from app.suggesting.suggestion import Suggestion

RESUME: dict[str, Any] = {
    "summary": "A student of design.",
    "experience": [
        {
            "company": "Tilt Studio",
            "start_date": "May 2026",
            "bullets": [
                "Responsible for making 30 posters a month for two craft brands in Illustrator",
                "Led a group of 4 and drew the icons",
            ],
        }
    ],
    "skills": ["Illustrator"],
}
POSTERS, ICONS = "experience.0.bullets.0", "experience.0.bullets.1"
MADE = "Made 30 posters a month for two craft brands in Illustrator"
POSTING = "Design intern\n\nWe use Figma at Northwind."
BETTER = "It begins with what you did."


def codes(
    text: str, *, path: str = POSTERS, kind: str = "rewording", reason: str = BETTER
) -> list[str]:
    """The codes with which a suggestion is refused, none for one that holds."""
    number = int(path.rpartition(".")[2])
    original = RESUME["experience"][0]["bullets"][number]
    suggestion = Suggestion(
        "question" if kind == "question" else "rewording", path, original, text, reason
    )
    return [refusal.code for refusal in judged(RESUME, [suggestion], POSTING).refusals]


@pytest.mark.parametrize(
    "question",
    [
        "How many people saw the posters?",
        "How often did the brands change them?",
        "About how long did one poster take?",
        "By how much did the 30 posters differ?",
        "For whom were the posters?",
        "Which part was yours?",
        "What did it lead to?",
        "Did the two craft brands use them in print?",
    ],
)
def test_an_open_question_holds(question: str) -> None:
    """A question may use the student's words and figures, and words for what is missing."""
    assert codes(question, kind="question") == []


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("How many of the 300 posters were printed?", "number"),
        ("How did three hundred people like it?", "number"),
        ("Did you use Photoshop too?", "skill"),
        ("Which posters did you draw in Figma?", "skill"),
        ("What did Northwind say?", "name"),
        ("How did the award help you?", "outcome"),
        ("Who saw it on www.example.com?", "injected"),
        ("How many did you manage?", "question"),
        ("How many posters.", "question"),
        ("You made 30 posters a month?", "question"),
        ("You made posters. How many?", "question"),
    ],
)
def test_a_question_that_brings_something_in_is_refused(question: str, code: str) -> None:
    """Figures, names, tools, results and roles in a question are the student's or not there."""
    assert code in codes(question, kind="question")


def test_who_led_may_be_asked_about_it() -> None:
    """A student who said that they led can be asked whom."""
    assert codes("Whom did you lead?", path=ICONS, kind="question") == []


@pytest.mark.parametrize(
    "reason",
    [
        "It starts with a strong verb instead of 'Responsible for'.",
        "ATS software and HR read the first word first.",
        "The 30 posters come first, and Illustrator stays.",
        "The posting asks for design work, and Figma is close to Illustrator.",
    ],
)
def test_a_sound_reason_holds(reason: str) -> None:
    """A reason speaks of wording, of the student's own facts, or of the posting as such."""
    assert codes(MADE, reason=reason) == []


@pytest.mark.parametrize(
    "reason",
    [
        "It shows the 300 posters.",
        "It shows your Photoshop work.",
        "It shows your Figma work.",
        "See https://example.com.",
        "It is better. " * 30,
    ],
)
def test_a_reason_that_brings_something_in_is_refused(reason: str) -> None:
    """A figure, a tool or an address that is nobody's makes a reason unsound."""
    assert codes(MADE, reason=reason) == ["reason"]


@pytest.mark.parametrize(
    ("path", "original", "code"),
    [
        ("experience.0.bullets.7", "Anything", "section"),
        ("experience.0.bullets", "Anything", "section"),
        ("nowhere", "Anything", "section"),
        ("experience.0.company", "Tilt Studio", "identity"),
        (POSTERS, "responsible for making posters", "original"),
        ("summary", "A student of design", "original"),
    ],
)
def test_a_suggestion_is_where_it_says(path: str, original: str, code: str) -> None:
    """The place exists, may be reworded, and says the original to the letter."""
    suggestion = Suggestion("rewording", path, original, MADE, BETTER)

    [refusal, *_] = judged(RESUME, [suggestion], "").refusals

    assert (refusal.code, refusal.path, refusal.text) == (code, path, MADE)


def test_a_resume_without_a_summary_has_no_such_place() -> None:
    """A suggestion does not add what is not there."""
    suggestion = Suggestion("rewording", "summary", "A student.", "Student of design.", BETTER)

    [refusal] = judged({"summary": "  "}, [suggestion], "").refusals

    assert refusal.code == "section"
