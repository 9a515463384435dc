import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.english_verbs import RULES, Form
from app.llm.rewording import reword, reword_phrases
from tests.effort import LINEAR_IN_TEN, effort

TONES = ["concise", "detailed", "professional"]

# The form of the role's verbs, the bullet, and the bullet in the professional tone.
REWORDED = [
    ("past", "Responsible for developing REST APIs in Python.", "Developed REST APIs in Python"),
    (
        "past",
        "Responsible for developing and maintaining a REST API using FastAPI",
        "Developed and maintained a REST API using FastAPI",
    ),
    (
        "past",
        "I was responsible for managing inventory and ordering stock for 3 outlets",
        "Managed inventory and ordered stock for 3 outlets",
    ),
    (
        "past",
        "Was responsible for the maintenance of 12 lab microscopes",
        "Maintained 12 lab microscopes",
    ),
    (
        "past",
        "Was involved in testing the mobile application on Android and iOS",
        "Took part in testing the mobile application on Android and iOS",
    ),
    (
        "past",
        "Worked on improving the checkout flow, reducing load time by 30%",
        "Contributed to improving the checkout flow, reducing load time by 30%",
    ),
    (
        "past",
        "Helped to organise the annual tech fest for 500 students.",
        "Helped organise the annual tech fest for 500 students",
    ),
    (
        "past",
        "The website was designed and developed by me using React and Node.js",
        "Designed and developed the website using React and Node.js",
    ),
    ("past", "The bridge model was built by my team", "The bridge model was built by the team"),
    (
        "past",
        "Successfully completed various training modules in order to handle guests",
        "Completed training modules to handle guests",
    ),
    (
        "past",
        "In order to reduce waste, introduced a new sorting process",
        "To reduce waste, introduced a new sorting process",
    ),
    (
        "past",
        "Duties included preparing monthly GST returns and reconciling ledgers",
        "Prepared monthly GST returns and reconciled ledgers",
    ),
    (
        "past",
        "Didn't miss a single deadline in 2 years",
        "Did not miss a single deadline in 2 years",
    ),
    (
        "past",
        "I designed a solar water pump and I tested it on 5 farms",
        "Designed a solar water pump and tested it on 5 farms",
    ),
    (
        "past",
        "I've written 12 articles for the college magazine",
        "Wrote 12 articles for the college magazine",
    ),
    (
        "past",
        "Tasked with writing unit tests for the payment module",
        "Wrote unit tests for the payment module",
    ),
    ("past", "In charge of training new employees", "Trained new employees"),
    (
        "past",
        "Was able to reduce patient waiting time from 40 minutes to 6 minutes",
        "Reduced patient waiting time from 40 minutes to 6 minutes",
    ),
    ("past", "Managed to increase sales by 15% in Q3 2024", "Increased sales by 15% in Q3 2024"),
    (
        "past",
        "Develop and maintain internal dashboards in Power BI",
        "Developed and maintained internal dashboards in Power BI",
    ),
    (
        "past",
        "Design the user interface of a payments app",
        "Designed the user interface of a payments app",
    ),
    (
        "past",
        "Teaching mathematics to 30 rural children on a weekly basis",
        "Teaching mathematics to 30 rural children weekly",
    ),
    (
        "past",
        "Maintaining crop records and preparing irrigation schedules",
        "Maintained crop records and prepared irrigation schedules",
    ),
    (
        "past",
        "Develops embedded firmware in C++ for STM32",
        "Developed embedded firmware in C++ for STM32",
    ),
    (
        "past",
        "Conducted soil tests on a regular basis prior to sowing",
        "Conducted soil tests regularly before sowing",
    ),
    (
        "past",
        "Handled a lot of customer queries on a daily basis",
        "Handled customer queries daily",
    ),
    (
        "past",
        "Interacted with very demanding clients at various levels",
        "Interacted with demanding clients at various levels",
    ),
    (
        "past",
        "Made use of SolidWorks to model a gearbox with 3 gears",
        "Used SolidWorks to model a gearbox with 3 gears",
    ),
    (
        "past",
        "Utilized Excel pivot tables for the purpose of reporting",
        "Used Excel pivot tables for reporting",
    ),
    ("past", "Responsible for testing.", "Responsible for testing"),
    (
        "past",
        "Responsible for leading a team of 6 to deliver the project",
        "Led a team of 6 to deliver the project",
    ),
    (
        "past",
        "Responsible for ensuring that all dishes met FSSAI standards",
        "Ensured that all dishes met FSSAI standards",
    ),
    (
        "base",
        "Responsible for coordinating events with 10 vendors",
        "Coordinate events with 10 vendors",
    ),
    (
        "past",
        "Trained kids in basic computer skills at an NGO",
        "Trained children in basic computer skills at an NGO",
    ),
    (
        "past",
        "• Created   lesson plans , worksheets and quizzes",
        "Created lesson plans, worksheets and quizzes",
    ),
    (
        "past",
        "Created a mobile app for my college. Was used by 300 students.",
        "Created a mobile app for the college. Was used by 300 students.",
    ),
    (
        "past",
        "Monitored my team's progress and reported to my manager",
        "Monitored the team's progress and reported to my manager",
    ),
    ("past", "Mentored my juniors in Java", "Mentored juniors in Java"),
    (
        "past",
        "Got rid of manual data entry by writing a VBA macro",
        "Removed manual data entry by writing a VBA macro",
    ),
    (
        "past",
        "Made sure that the kitchen was clean at all times",
        "Ensured that the kitchen was clean at all times",
    ),
    (
        "past",
        "Analyse survey data of 250 farmers using R",
        "Analysed survey data of 250 farmers using R",
    ),
    (
        "past",
        "Responsible for handling the front desk and greeting guests",
        "Handled the front desk and greeted guests",
    ),
    (
        "past",
        "Responsible for the development and implementation of a stock ledger in Tally",
        "Developed and implemented a stock ledger in Tally",
    ),
    (
        "past",
        "Responsible for cleaning and sanitising 14 guest rooms daily",
        "Cleaned and sanitised 14 guest rooms daily",
    ),
    (
        "past",
        "Responsible for planning and executing social media campaigns",
        "Planned and executed social media campaigns",
    ),
    (
        "past",
        "Responsible for assisting senior nurses with wound dressing",
        "Assisted senior nurses with wound dressing",
    ),
    ("past", "Responsible for supporting doctors", "Supported doctors"),
    (
        None,
        "Responsible for drafting contracts and legal notices",
        "Drafted contracts and legal notices",
    ),
    ("past", "Actually really enjoyed basically everything", "Enjoyed everything"),
    (
        "past",
        "Writing SQL queries to extract and transform sales data",
        "Wrote SQL queries to extract and transform sales data",
    ),
    (
        "past",
        "Assisted to prepare floor plans for a G+4 building",
        "Helped prepare floor plans for a G+4 building",
    ),
    (
        "past",
        "Coordinated with a number of suppliers due to the fact that deliveries were late",
        "Coordinated with several suppliers because deliveries were late",
    ),
    (
        "past",
        "Hadn't used Git before; learned it in 1 week",
        "Had not used Git before; learned it in 1 week",
    ),
    ("past", "I have written 12 articles and I edited 4", "Wrote 12 articles and edited 4"),
    ("past", "Learned a lot of things about soil chemistry", "Learned things about soil chemistry"),
    ("past", "The very first hostel audit was conducted by me", "Conducted the first hostel audit"),
    (
        "past",
        "Responsible for designing logos and brochures using Canva and Photoshop",
        "Designed logos and brochures using Canva and Photoshop",
    ),
    ("past", "Responsible for testing SAP modules", "Tested SAP modules"),
    ("past", "Responsible for writing unit tests", "Wrote unit tests"),
    ("past", "Cook and serve meals for 200 guests", "Cooked and served meals for 200 guests"),
    ("past", "Teach and mentor 25 students", "Taught and mentored 25 students"),
    ("past", "Responsible for  : billing", "Responsible for : billing"),
    (
        "past",
        "My duties included preparing vouchers in Tally ERP 9",
        "Prepared vouchers in Tally ERP 9",
    ),
    (
        "past",
        "Was involved in designing and testing a drone",
        "Took part in designing and testing a drone",
    ),
    (
        "past",
        "Responsible for maintaining hygiene in accordance with HACCP, including temperature logs",
        "Maintained hygiene in accordance with HACCP, including temperature logs",
    ),
    ("past", "Responsible for answering phone calls and emails", "Answered phone calls and emails"),
    (
        "past",
        "Responsible for managing a team of 4, developing new recipes",
        "Managed a team of 4, developing new recipes",
    ),
    (
        "past",
        "Responsible for making sure that all the machines were oiled",
        "Ensured that all the machines were oiled",
    ),
    ("past", "Runs the college radio station", "Ran the college radio station"),
    ("past", "Was responsible for carrying out soil tests", "Carried out soil tests"),
    ("past", "Responsible for taking care of 10 calves", "Took care of 10 calves"),
    (
        "past",
        "Tasked with leading 5 volunteers, and teaching 30 kids",
        "Led 5 volunteers, and taught 30 children",
    ),
    ("past", "Wrote code that doesn't leak memory", "Wrote code that does not leak memory"),
    ("past", "Built a website  very quickly", "Built a website very quickly"),
    ("past", "Scored 8.7/10 in the final assessment.", "Scored 8.7/10 in the final assessment"),
    ("past", "Lead the debate team", "Led the debate team"),
    ("past", "Leads a team of 5", "Led a team of 5"),
]

# Each of these has a reading that a rule would break.
UNCHANGED = [
    ("past", "Responsible for managing inventory, ordering stock and training staff"),
    ("past", "Responsible for building maintenance and repairs"),
    ("past", "Responsible for customer accounts across 4 regions"),
    ("past", "Worked on a dairy farm for 2 summers"),
    ("past", "Worked on night shifts at the emergency ward"),
    ("past", "Helped the nurses in taking vitals of patients"),
    ("past", "Assisted in preparing tax returns for 40 clients"),
    ("past", "Drawings were prepared by me in AutoCAD"),
    ("past", "Duties included: taking orders, serving customers and handling cash"),
    ("past", "We built a chatbot for the library"),
    ("past", "In charge of marketing for the cultural fest"),
    ("past", "Design posters for the drama club"),
    ("past", "Lead developer for the alumni portal"),
    ("past", "Teaching assistant for Thermodynamics"),
    ("past", "Prepare reports, update records and file documents"),
    ("past", "Handled various types of fabric"),
    ("past", "A very old engine was overhauled by me"),
    ("past", "Responsible for developing an app, reducing costs and improving speed"),
    ("base", "Develop and maintain the placement portal"),
    ("past", "iOS app published on the App Store"),
    ("past", "npm package with 2k downloads"),
    ("past", "Won 1st prize in the state level hackathon, etc."),
    ("past", "Participated in a medical camp and assisted doctors with triage"),
    ("past", "Participated in various inter-college debates"),
    ("past", "Played a key role in organising the fest"),
    ("past", "Attended a workshop on VLSI design"),
    ("past", "Was part of the team that migrated 20 TB of data to AWS"),
    ("past", "Was a part of the team that built a Baja car"),
    (None, "Write blog posts about fashion trends"),
    ("past", "Responsible for quality checks as well as writing reports"),
    ("past", "Test automation framework in Selenium"),
    ("past", "Complete redesign of the store layout"),
    ("past", "Process orders and pack items for shipping"),
    ("past", "Using Python, wrote scripts to clean and analyse data"),
    ("past", "Create dashboards to track and report KPIs"),
    ("past", "I have a strong interest in farming"),
    ("past", "An actually honest review of the store"),
    ("past", "Help desk volunteer at the library"),
    ("past", "Received training in wound care, CPR and first aid"),
    ("past", "Planning of site visits"),
    ("past", "Planning and coordination of 3 events"),
    ("past", "Plan the menu, order ingredients and cook meals"),
    ("past", "Supervised by Dr. Rao during the field survey"),
    ("past", "responsible for Designing a low cost ventilator"),
    ("past", "RESPONSIBLE FOR DEVELOPING APPS"),
    ("past", "Responsible for developing"),
    ("past", "Was involved in the community kitchen"),
    ("past", "Was assigned to help the accounts team"),
    ("past", "Not responsible for managing cash"),
    ("past", '"Very Good Foods" packaging redesign'),
    ("past", "Worked on the development of a mobile app"),
    ("past", "Volunteered at a shelter and helped feed 60 dogs daily"),
    ("past", "Increased yield by 12% by introducing drip irrigation and training farmers"),
    ("past", "Improving sanitation through awareness drives and installing 40 dustbins"),
    ("past", "Responsible for stock taking"),
    ("past", "Responsible for meeting clients and preparing quotations"),
    ("past", "Responsible for day-to-day operations"),
    ("past", "Uses MATLAB to model heat flow"),
    ("past", "Reports for the weekly newsletter"),
    ("past", "Designs for 3 boutiques"),
    ("past", "Manages accounts and designs posters"),
    ("past", "Responsible for developing and implementing of HR policies"),
    ("past", "Responsible for the management and of stores"),
    ("past", "Responsible for the preparation of wage sheets and the training of clerks"),
    ("past", "Can't"),
    ("past", "Reviewed contracts i.e. leases and deeds etc."),
    ("past", "Drafted letters. Filed petitions."),
    ("past", "Studied bridges in Pune, Mumbai, and Delhi"),
    ("past", "Contributed to open source projects e.g. pandas."),
    ("past", "Cut costs by 10%"),
    ("past", "Cut cloth for 40 garments and stitch them"),
    ("past", "Set up a kiosk"),
]

BY_TONE = [
    (
        "Successfully handled various orders prior to closing",
        {
            "concise": "Handled orders before closing",
            "professional": "Handled orders before closing",
            "detailed": "Successfully handled various orders prior to closing",
        },
    ),
    (
        "Trained kids as and when required",
        {
            "concise": "Trained kids as needed",
            "professional": "Trained children as and when required",
            "detailed": "Trained kids as and when required",
        },
    ),
    (
        "Really improved the yield in order to cut losses",
        {
            "concise": "Improved the yield to cut losses",
            "professional": "Improved the yield to cut losses",
            "detailed": "Improved the yield to cut losses",
        },
    ),
    (
        "A very honest review, a very old pump and an actually good harvest",
        dict.fromkeys(TONES, "A very honest review, a very old pump and an actually good harvest"),
    ),
    (
        "A very small pump, an actually inept vendor",
        dict.fromkeys(TONES, "A small pump, an inept vendor"),
    ),
]

OPENERS = [*RULES["openers"]["doing"], *RULES["openers"]["able"], *RULES["openers"]["level"]]


@pytest.mark.parametrize(("form", "before", "after"), REWORDED)
def test_a_bullet_is_reworded(form: Form | None, before: str, after: str) -> None:
    """A bullet gets plainer and more active words that claim the same."""
    reworded = reword(before, "professional", form)

    assert reworded == after


@pytest.mark.parametrize(("form", "bullet"), UNCHANGED)
def test_a_bullet_nobody_can_be_sure_of_stays(form: Form | None, bullet: str) -> None:
    """A bullet that a rule could break or inflate stays as it was."""
    reworded = reword(bullet, "professional", form)

    assert reworded == bullet


@pytest.mark.parametrize(("bullet", "by_tone"), BY_TONE)
def test_the_tone_decides_how_much_goes(bullet: str, by_tone: dict[str, str]) -> None:
    """The concise tone trims most and the detailed one least."""
    reworded = {tone: reword(bullet, tone) for tone in TONES}

    assert reworded == by_tone


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize(("form", "bullet", "_after"), REWORDED)
def test_rewording_twice_changes_nothing_more(
    form: Form | None, bullet: str, _after: str, tone: str
) -> None:
    """What was reworded once is left alone the second time."""
    once = reword(bullet, tone, form)

    twice = reword(once, tone, form)

    assert twice == once


def test_helped_stays_helped() -> None:
    """No rule turns help, support or participation into having done it alone."""
    modest = ["Helped to build", "Assisted in building", "Was involved in testing"]

    reworded = [reword(f"{start} the portal", "concise", "past") for start in modest]

    assert reworded == [
        "Helped build the portal",
        "Assisted in building the portal",
        "Took part in testing the portal",
    ]


def test_a_fact_that_a_rule_would_lose_keeps_the_bullet() -> None:
    """A bullet whose numbers or names would change is not touched at all."""
    bullet = "Due To The Fact That sales fell, handled a lot of calls"

    reworded = reword(bullet, "concise", "past")

    assert reworded == bullet


@given(
    st.sampled_from(["", *OPENERS]),
    st.text(max_size=80),
    st.sampled_from(TONES),
    st.sampled_from(["base", "past", None]),
)
def test_numbers_survive_any_text(opener: str, text: str, tone: str, form: Form | None) -> None:
    """Whatever a bullet says, every digit of it is there afterwards, in order."""
    bullet = f"{opener} {text}".replace("{ing}", "managing").replace("{base}", "manage")

    reworded = reword(bullet, tone, form)

    assert [char for char in reworded if char.isdigit()] == [
        char for char in bullet if char.isdigit()
    ]


def test_a_very_long_bullet_takes_no_time() -> None:
    """A bullet of ten times as many words is about ten times the work, not a hundred."""

    def lengths(repetitions: int) -> list[int]:
        pieces = ("a very ", "testing and ", "by me and ", "the was ")
        bullets = [f"Responsible for {piece * repetitions}" for piece in pieces]
        return [len(reword(bullet, "concise", "past")) for bullet in bullets]

    few, many = effort(lambda: lengths(200)), effort(lambda: lengths(2_000))

    assert min(lengths(200)) > 0
    assert many < LINEAR_IN_TEN * few


def test_a_summary_keeps_its_sentences() -> None:
    """A paragraph loses fillers and roundabout phrases and nothing else."""
    summary = "I am a very keen botanist. I utilised R in order to study ferns."

    reworded = reword_phrases(summary, "professional")

    assert reworded == "I am a keen botanist. I used R to study ferns."
