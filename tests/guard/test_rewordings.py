import pytest

from app.guard import Review, review
from app.guard.review import MOST_REFUSALS
from app.resume.edits import Edit


def judged(source: str, proposal: str) -> Review:
    path = "experience.0.bullets.0"
    return review({"experience": [{"bullets": [source]}]}, [Edit(path, proposal)])


HONEST = {
    "a list of what was listed": ("Listed 23 invoices", "Made a list of 23 invoices"),
    "each of many things": (
        "Part of a team of four; wrote a report for each student",
        "Part of a team of four; wrote individual reports for the students",
    ),
    "what may be used is not all that was done": (
        "Wrote notes that may be used and taught 5 boys",
        "Taught 5 boys and wrote notes",
    ),
    "a range of which a change is": ("Reduced scrap by 10 to 15%", "Reduced scrap by 10-15%"),
    "clock": ("Sent the list by 7 am", "Sent the list by 7:00 a.m."),
    "area": ("Built a 2 square metre tray", "Built a tray of 2 m²"),
    "particle": ("Wrote a report and handed it over", "Wrote a report and handed over it"),
    "negation": (
        "Wrote tests for the payment class because nobody had tested it",
        "Wrote tests for the untested payment class",
    ),
    "list counted": (
        "Fitted linear regression and a random forest in R, the forest had an error of 58",
        "Of two fitted in R, linear regression and a random forest, the forest had an error of 58",
    ),
    "list at the end": (
        "Fitted linear regression and a random forest in R.",
        "In R fitted two, linear regression and a random forest.",
    ),
    "name cut in two": (
        "Measured 40 water samples and logged the readings with QuantaScan200",
        "Measured 40 water samples and logged the readings with Quanta Scan200",
    ),
    "those asked": (
        "Gave a short questionnaire to 30 children",
        "Gave a short questionnaire to 30 children, who answered it",
    ),
    "with a noun": (
        "Presented the findings with a suggestion for a cheaper combo",
        "Presented the findings and suggested a cheaper combo",
    ),
    "let others": (
        "Sorted 200 files so that the clerks could find them",
        "Sorted 200 files, enabling the clerks to find them",
    ),
    "rank": ("Stood third in the essay contest", "Won third place in the essay contest"),
    "under": ("Made 20 bushes under the operator", "Made 20 bushes under the operator's guidance"),
}
LIES = {
    "a range told as a change": ("Reduced scrap by 10 to 15%", "Reduced scrap from 15 to 10%"),
    "done alone": ("Third-year project in a group of five", "Individual third-year project"),
    "what was only noted": ("Noted the alterations", "Made the alterations"),
    "the second deed of somebody else": (
        "Drew plans. Two classmates took the photographs and wrote the captions",
        "Drew plans and wrote the captions",
    ),
    "what they used it for": (
        "Made a sheet, and the team used it to find faults",
        "Made a sheet to find faults and fixed them",
    ),
    "the rest, which was theirs": (
        "Wrote one chapter; the other chapters were written by classmates",
        "Wrote the other chapters",
    ),
    "initials by chance": ("Drew the plan in colour, around 40 per day", "Drew the plan in CAD"),
    "others did": (
        "Found three mistakes and the engineer corrected them",
        "Found and corrected three mistakes",
    ),
    "watched": ("Watched two surgeries", "Assisted in two surgeries"),
    "other object": (
        "Cleaned the fermenter and filled the batch record",
        "Operated the fermenter and filled the batch record",
    ),
    "nothing happened": (
        "Checked the skin of residents",
        "Checked the skin of residents, so that no resident had sores",
    ),
    "with whom": (
        "Used a drone with the professor over a field",
        "Used a drone over a field",
    ),
    "noun of a noun": ("Kept the desk with suggestion slips", "Suggested slips at the desk"),
    "same ends": ("Cut the weight from 48 kg to 41 kg", "Cut the weight from 48 kg to 48 kg"),
}


@pytest.mark.parametrize("said", HONEST.values(), ids=HONEST)
def test_a_class_of_rewording_passes(said: tuple[str, str]) -> None:
    """What a careful editor does to a sentence is let through, one case for each class."""
    found = judged(*said)

    assert not found.refusals


@pytest.mark.parametrize("said", LIES.values(), ids=LIES)
def test_a_class_of_lie_is_refused(said: tuple[str, str]) -> None:
    """What looks like a rewording and claims more is refused, one case for each class."""
    found = judged(*said)

    assert found.refusals


def test_a_few_refusals_tell_the_worst_first() -> None:
    """An edit full of lies is answered with a few reasons, tools before verbs, each span once."""
    lie = "Led pump tests with SAP, Docker, Kubernetes, ANSYS and Figma in Germany, cutting cost"

    found = judged("Tested pumps of the workshop on two days in May", lie).refusals

    assert [one.code for one in found] == ["skill"] * MOST_REFUSALS
    assert len({one.span for one in found}) == MOST_REFUSALS
