from typing import Any

import pytest

from app.analysing.analysis import PostingAnalysis
from app.analysing.answer import analysis_from_answer

TITLE = "Staff nurse"
POSTING = """\
Anchal Hospital looks for a staff nurse.
You must have a BSc in nursing and 2+ years of ICU experience.
You must know patient care and ventilators. Patient care comes first here.
Tally is a plus. We speak plainly and help each other.
Work on Kubernetes, then on k8s again.
"""


def skill(name: str, quote: str, mark: str = "must", kind: str = "hard") -> dict[str, Any]:
    """A skill as a model marks it."""
    return {"name": name, "quote": quote, "mark": mark, "kind": kind}


def answer(**changed: object) -> dict[str, object]:
    """An honest answer of which some parts are replaced."""
    honest: dict[str, object] = {
        "seniority": {"level": "mid", "quote": "2+ years"},
        "domain": {"label": "nursing", "quote": "staff nurse"},
        "tone": {"label": "plain", "quote": "We speak plainly"},
        "culture_signals": [{"label": "helpful", "quote": "help each other"}],
        "skills": [
            skill("Tally", "Tally is a plus", "nice"),
            skill("patient care", "You must know patient care"),
            skill("ventilators", "patient care and ventilators"),
        ],
        "key_requirements": [
            {"text": "Has worked in an ICU for 2 years", "quote": "2+ years of ICU experience"},
        ],
        "experience": {"quote": "2+ years of ICU experience"},
    }
    return {**honest, **changed}


def read(**changed: object) -> PostingAnalysis:
    """What is kept of the answer."""
    return analysis_from_answer(TITLE, POSTING, answer(**changed))


def test_an_honest_answer_is_kept_whole() -> None:
    """Every part is there, the most important skill first, and nothing is said to be unfounded."""
    analysis = read()

    assert [each.name for each in analysis.skills] == ["patient care", "ventilators", "Tally"]
    assert analysis.seniority is not None
    assert (analysis.seniority.level, analysis.seniority.quote) == ("mid", "2+ years")
    assert analysis.experience is not None
    assert analysis.experience.min_years == 2
    assert (analysis.unfounded, analysis.warnings) == ((), ())
    assert [each.name for each in analysis.required] == ["patient care", "ventilators"]
    assert [each.name for each in analysis.preferred] == ["Tally"]


@pytest.mark.parametrize(
    ("part", "invented", "at"),
    [
        ("seniority", {"level": "director", "quote": "Head of everything"}, "seniority"),
        ("domain", {"label": "ml", "quote": "machine learning"}, "domain"),
        ("tone", {"label": "harsh", "quote": "no excuses"}, "tone"),
        ("culture_signals", [{"label": "startup", "quote": "startup"}], "cultureSignals"),
        ("skills", [skill("AWS", "AWS")], "skills"),
        ("key_requirements", [{"text": "Flew", "quote": "pilot"}], "keyRequirements"),
        ("experience", {"quote": "10 years of flying"}, "experience"),
    ],
)
def test_what_the_posting_does_not_say_is_left_out(part: str, invented: object, at: str) -> None:
    """A part whose quote was made up is dropped, told apart, and warned of."""
    analysis = read(**{part: invented})

    assert [each.at for each in analysis.unfounded] == [at]
    assert not getattr(analysis, part) or part == "key_requirements"
    assert all(each.text != "Flew" for each in analysis.key_requirements)
    assert analysis.warnings


def test_a_hard_skill_must_stand_in_its_quote() -> None:
    """A tool that hangs on a true quote about something else is not the posting's."""
    analysis = read(skills=[skill("Terraform", "Tally is a plus"), skill("Tally", "Tally")])

    assert [each.name for each in analysis.skills] == ["Tally"]
    assert [each.label for each in analysis.unfounded] == ["Terraform"]


def test_a_soft_skill_may_be_named_in_other_words() -> None:
    """How somebody works is named for what its quote describes, and is no keyword."""
    analysis = read(skills=[skill("teamwork", "help each other", kind="soft")])

    assert [each.name for each in analysis.skills] == ["teamwork"]
    assert analysis.required == ()


def test_one_skill_under_two_names_is_one() -> None:
    """The more important of two marks counts, and both namings of it."""
    both = [
        skill("K8s", "k8s again", "nice"),
        skill("Kubernetes", "Work on Kubernetes", "preferred"),
    ]

    (only,) = read(skills=both).skills

    assert (only.name, only.mark) == ("Kubernetes", "preferred")


def test_an_ideal_candidate_has_done_no_more_than_is_asked() -> None:
    """A requirement that names a tool or number beyond its quote is the quote itself."""
    said = [
        {"text": "Has 5 years of ICU experience", "quote": "2+ years of ICU experience"},
        {"text": "Nursed with Tally", "quote": "You must know patient care"},
    ]

    analysis = read(key_requirements=said)

    assert [each.text for each in analysis.key_requirements][:2] == [
        "2+ years of ICU experience",
        "You must know patient care",
    ]


def test_there_are_three_to_seven_requirements() -> None:
    """Too few are filled up with what the most important skills' quotes say, too many are cut."""
    one = {"text": "Knows patient care", "quote": "You must know patient care"}

    few, many = read(key_requirements=[one]), read(key_requirements=[one] * 12)

    assert [each.quote for each in few.key_requirements] == [
        "You must know patient care",
        "patient care and ventilators",
        "Tally is a plus",
    ]
    assert len(many.key_requirements) == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {"skills": [skill("AWS", "AWS")], "key_requirements": []},
        {"seniority": {"level": "wizard", "quote": None}},
        {"skills": [skill("Tally", "Tally", "vital")]},
        {"skills": "Tally"},
        {"skills": [skill("T" * 500, "Tally")]},
    ],
)
def test_an_answer_of_another_shape_is_asked_for_again(wrong: dict[str, object]) -> None:
    """A level, mark or list that is none, or nothing but inventions, is a reason to repair."""
    with pytest.raises(ValueError, match=r"\w"):
        read(**wrong)


@pytest.mark.parametrize("not_an_answer", [[], "text", None, 3, {"skills": [{}]}])
def test_what_is_no_analysis_is_refused(not_an_answer: object) -> None:
    """Any other JSON value is a reason to repair."""
    with pytest.raises(ValueError, match=r"\w"):
        analysis_from_answer(TITLE, POSTING, not_an_answer)


def test_a_posting_that_asks_for_nothing_has_an_analysis() -> None:
    """No skills and no requirements is an answer, too."""
    analysis = analysis_from_answer(TITLE, POSTING, {})

    assert (analysis.skills, analysis.key_requirements, analysis.seniority) == ((), (), None)
