import pytest

from app.guard.evidence import Evidence
from app.guard.numbers import unfounded_numbers
from app.guard.passages import Passage


def unfounded(source: str, proposal: str, *entry: str) -> list[str]:
    said = Passage(proposal)
    evidence = Evidence({"experience": [{"bullets": [source, *entry]}]})
    found = unfounded_numbers(said, evidence.grounds("experience.0.bullets.0"))
    return [" ".join(token.text for token in said.tokens[one.first : one.last]) for one in found]


@pytest.mark.parametrize(
    ("source", "proposal"),
    [
        ("Served 2,000 guests", "Served 2000 guests"),
        ("Cut it from 20 kg to 10 kg", "Cut it by 10 kg"),
        ("Counted 90 cows, of which 27 were ill", "Counted 90 cows; 27 were ill"),
        ("Served 2,000 guests", "Served 2k guests"),
        ("Served 2,000 guests", "Served two thousand guests"),
        ("Served 2,50,000 guests", "Served 2.5 lakh guests"),
        ("Served 250 guests", "Served two hundred and fifty guests"),
        ("Served 25 guests", "Served twenty-five guests"),
        ("Served 12 guests", "Served a dozen guests"),
        ("Served 6 guests", "Served half a dozen guests"),
        ("Served 25 guests", "Served \uff12\uff15 guests"),
        ("Served 25 guests", "Served \u0968\u096b guests"),
        ("Worked for two and a half hours", "Worked for 150 minutes"),
        ("Worked half an hour", "Worked for 30 minutes"),
        ("Raised Rs. 5,00,000", "Raised ₹5 lakh"),
        ("Raised $5m", "Raised 5 million dollars"),
        ("Cut time from 40 to 6 minutes", "Cut time from 40 minutes to 6 minutes"),
        ("Cut time from 40 minutes to 6", "Cut time by 85%"),
        ("Raised marks from 50 to 100", "Doubled marks"),
        ("Raised marks from 50 to 100", "Raised marks by 100 percent"),
        ("Tested 18 of 20 pumps", "Tested 90% of pumps"),
        ("Tested half of the pumps", "Tested 50% of the pumps"),
        ("Tested two thirds of the pumps", "Tested two-thirds of the pumps"),
        ("Tested a quarter of the pumps", "Tested 25% of the pumps"),
        ("Tested ½ of the pumps", "Tested half of the pumps"),
        ("Came 3rd in year 2", "Came third in year 2"),
        ("Ranked 1st of the 21st batch", "Ranked first of the twenty-first batch"),
        ("Studied in class 12", "Studied in class XII"),
        ("Served about 30 guests", "Served 30 guests"),
        ("Served 30 guests", "Served about 30 guests"),
        ("Served over 30 guests", "Served 30 guests"),
        ("Observed for 14 days", "Observed over two weeks"),
        ("Served 40 guests in one shift", "Served several guests"),
        ("Tested twice a week", "Tested two times a week"),
        ("Grew output tenfold", "Grew output ten times"),
        ("Used Python 3.11.2", "Used Python 3.11.2"),
        ("Worked in 2024", "Worked during 2024"),
        ("Taught a student", "Taught one student"),
        ("Handled hundreds of calls", "Handled hundreds of calls"),
    ],
)
def test_equal_and_derived_numbers_are_honest(source: str, proposal: str) -> None:
    """The same number in another dress, and what follows from two, may be said."""
    assert unfounded(source, proposal) == []


@pytest.mark.parametrize(
    ("source", "proposal"),
    [
        ("Served 50 guests", "Served 500 guests"),
        ("Served 50 guests", "Served 50k guests"),
        ("Served 50 guests", "Served 50+ guests"),
        ("Served 50 guests", "Served 50 or more guests"),
        ("Served 50 guests", "Served more than 50 guests"),
        ("Served up to 50 guests", "Served 50 guests"),
        ("Served 50 guests", "Served hundreds of guests"),
        ("Served 50 guests", "Served ½ of the guests"),
        ("Served 50 guests", "Served fifty percent of guests"),
        ("Served 50 guests", "Served \uff15\uff10\uff10 guests"),
        ("Raised Rs. 500", "Raised $500"),
        ("Raised 500", "Raised €500"),
        ("Cut time from 40 to 6 minutes", "Cut time by 95%"),
        ("Cut time from 40 to 6 minutes", "Increased time by 85%"),
        ("Cut time from 40 to 6 minutes", "Cut time by over 85%"),
        ("Cut time from 40 to 6 minutes", "Cut time from 6 to 40 minutes"),
        ("Cut time from 40 to 6 minutes", "Cut time tenfold"),
        ("Cut time from 100 to 50 minutes", "Reduced and doubled time"),
        ("Tested 18 of 20 pumps", "Tested 20 of 20 pumps"),
        ("Tested 18 of 20 pumps", "Increased pumps by 90%"),
        ("Led 3 staff and 200 guests", "Led 200 staff and 3 guests"),
        ("Came second", "Came first"),
        ("Held rank two", "Held rank one"),
        ("Used Python 3.11.2", "Used Python 3.11.3"),
        ("Worked 6 weeks", "Worked 6 months"),
        ("Worked 6 weeks", "Worked half a dozen months"),
        ("Wrote tests", "Wrote a hundred tests"),
        ("Wrote tests", "Wrote dozens of tests"),
        ("Wrote tests", "Wrote billions of tests"),
        ("Wrote tests", "Grew tests 5fold"),
        ("Wrote tests", "Wrote tests for 25\u2044"),
    ],
)
def test_other_numbers_are_not(source: str, proposal: str) -> None:
    """A number changed, scaled, turned round, exchanged or added is found."""
    assert unfounded(source, proposal)


def test_a_number_may_come_from_the_same_entry_for_the_same_thing() -> None:
    """A count from another bullet may be named with what it counted, and with nothing else."""
    own, other = "Helped run the camp", "Treated 40 patients in March 2024"

    assert unfounded(own, "Helped run the camp for 40 patients", other) == []
    assert unfounded(own, "Helped run the camp in 2024", other) == []
    assert unfounded(own, "Helped run 40 camps", other) == ["40"]
