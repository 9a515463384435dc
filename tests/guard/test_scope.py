import pytest

from app.guard import review
from app.resume.edits import Edit

BULLET = "{section}.0.bullets.0"


def is_accepted(
    source: str, proposal: str, *, section: str = "experience", other: str = ""
) -> bool:
    bullets = [source, other] if other else [source]
    path = BULLET.format(section=section)
    return bool(review({section: [{"bullets": bullets}]}, [Edit(path, proposal)]).accepted)


@pytest.mark.parametrize(
    ("source", "proposal"),
    [
        ("Handled the stock of the store", "Managed the stock of the store"),
        ("Was responsible for testing pumps", "Tested pumps"),
        ("Responsible for the stock", "Handled the stock"),
        ("Simulated a pump in MATLAB", "Ran a simulation of a pump in MATLAB"),
        ("Attended a workshop on robots", "Participated in a workshop on robots"),
        ("Inventory management in Excel", "Managed inventory in Excel"),
        ("Drawings reviewed by seniors", "Drawings that were reviewed by seniors"),
        ("Collaborated with designers to build the app", "Built the app with designers"),
        ("Visited 60 families to check cards", "Checked cards of 60 families"),
        ("Helped design and test valves", "Assisted in designing and testing valves"),
        ("Visited 32 stalls with a checklist", "Used a checklist during visits to 32 stalls"),
        ("Followed up with a supplier on phone", "Phoned a supplier to follow up"),
        (
            "Prepared papers, which were checked and filed by the senior",
            "Prepared papers; checking and filing were done by the senior",
        ),
        (
            "Applied ultrasound as prescribed by the consultant",
            "Applied ultrasound as the consultant prescribed",
        ),
    ],
)
def test_the_same_step_or_a_lower_one_passes(source: str, proposal: str) -> None:
    """Other verbs for the same or less are a rewording."""
    assert is_accepted(source, proposal)


@pytest.mark.parametrize(
    ("source", "proposal"),
    [
        ("Handled the stock of the store", "Headed the stock of the store"),
        ("Handled the staff of the store", "Managed the staff of the store"),
        ("Tested pumps", "Designed pumps"),
        ("Helped build valves and tested pumps", "Built valves"),
        ("Tested the login page and built the search page", "Built the login page"),
        ("Assisted in calibration of gauges", "Calibrated gauges"),
        ("Assisted in calibration of gauges", "Calibration of gauges"),
        ("Supported the design of valves", "Design of valves"),
        ("Used a tool that seniors designed for pumps", "Led pumps"),
        ("Attended a workshop led by seniors on pumps", "Led a workshop on pumps"),
        ("Met engineers who designed pumps", "Designed pumps"),
        ("Gave tablets prescribed by the doctor", "Prescribed tablets"),
        ("Gave out sheets, which were prepared by the clinic", "Prepared sheets and gave them out"),
        (
            "Prepared papers, which were filed by the senior",
            "Prepared papers and filed the returns",
        ),
        (
            "Modelled a chamber; the simulation in Fluent was done by my teammate",
            "Modelled a chamber and simulated it in Fluent",
        ),
        ("Laid out issues using a template made by a senior", "Designed the template"),
        ("Helped survey stalls with a checklist", "Used a checklist at stalls"),
        ("Wrote tests for the billing module", "Developed the billing module"),
        ("Tested pumps and cleaned valves", "Tested and repaired pumps and cleaned valves"),
        ("Planned a menu", "Planned and cooked a menu"),
        ("Pump inspection", "Led pump inspection"),
        ("Assisted the shift engineer in milling slots", "Milled slots"),
        ("Worked in the store", "To lead the store"),
        ("Recorded readings and found they fell from 12 to 9", "Reduced readings from 12 to 9"),
    ],
)
def test_a_step_up_is_refused(source: str, proposal: str) -> None:
    """No verb, noun or participle may claim more than the student said."""
    assert not is_accepted(source, proposal)


def test_a_neighbour_may_lend_a_verb_for_its_object() -> None:
    """A verb of another bullet counts for what that bullet did, and for nothing else."""
    other = "Calibrated broken pumps"

    assert is_accepted(
        "Cleaned pumps and valves", "Cleaned valves and calibrated pumps", other=other
    )
    assert not is_accepted("Cleaned pumps and valves", "Calibrated valves", other=other)


def test_a_project_without_verbs_was_made() -> None:
    """A project described in nouns was built by the student; a duty in nouns was only done."""
    described = "Attendance app in Flask"

    assert is_accepted(described, "Created an attendance app in Flask", section="projects")
    assert not is_accepted(described, "Created an attendance app in Flask")


@pytest.mark.parametrize(
    ("source", "proposal"),
    [
        ("Built a prototype of a dryer", "Built a dryer"),
        ("Gave injections under supervision of the nurse", "Gave injections"),
        ("Was part of the team that organised the fest", "Organised the fest"),
        ("Worked with two classmates to weld the frame", "Welded the frame"),
        ("Collaborated with designers to build the app", "Built the app"),
        ("Did not finish the bridge model", "Finished the bridge model"),
    ],
)
def test_a_limit_stays_with_its_word(source: str, proposal: str) -> None:
    """Prototype, supervision, team and negation may not be dropped from what they limit."""
    assert not is_accepted(source, proposal)


def test_a_limit_may_go_with_its_word() -> None:
    """Dropping the limited part altogether is shortening."""
    source = "Tested valves and fixed pumps for a prototype, with notes"

    assert is_accepted(source, "Tested valves and fixed pumps")


def test_the_summary_claims_no_role() -> None:
    """A summary may not make a student into what no title says."""
    document = {
        "summary": "Mechanical engineering student trained in welding",
        "experience": [{"title": "Workshop Trainee", "bullets": ["Met the shift engineer"]}],
    }
    edits = [Edit("summary", "Mechanical engineer trained in welding")]

    assert [one.code for one in review(document, edits).refusals] == ["scope"]


def test_a_prize_keeps_its_rank() -> None:
    """Second prize without the second reads as the first; leaving the prize out is shortening."""
    document = {"achievements": ["Second prize for best poster at the college fair"]}

    def accepts(text: str) -> bool:
        return not review(document, [Edit("achievements.0", text)]).refusals

    assert accepts("Won second prize for the best poster at the college fair")
    assert accepts("Poster at the college fair")
    assert not accepts("Best poster at the college fair")
