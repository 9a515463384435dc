import pytest

from app.summarising.facts import WITHHELD, facts_of
from app.summarising.wording import is_wish, labelled, words_of_key

RESUME = {
    "basics": {"name": "Asha", "email": "a@example.com", "phone": 12345},
    "experience": [
        {"company": "Kasturi", "current": True, "bullets": ["Did a", {"text": "Did b"}, " "]},
    ],
    "skills": ["Python", {"name": "Tools", "keywords": ["Git"]}],
    "achievements": ["Second place out of 18 teams"],
}


def test_every_text_and_number_has_its_path() -> None:
    """Texts and numbers are citable where they stand; yes, no, blanks and contact data are not."""
    facts = facts_of("Asha", {"cgpa": 8.1, "isOpen": True, "roles": None}, RESUME)

    assert set(facts.by_path) == {
        "profile.cgpa",
        "resume.basics.name",
        "resume.experience.0.company",
        "resume.experience.0.bullets.0",
        "resume.experience.0.bullets.1",
        "resume.skills.0",
        "resume.skills.1.name",
        "resume.skills.1.keywords.0",
        "resume.achievements.0",
    }


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("profile.cgpa", ["profile.cgpa"]),
        (" resume.skills[0] ", ["resume.skills.0"]),
        ("resume.experience.0.bullets.1.text", ["resume.experience.0.bullets.1"]),
        (
            "resume.skills",
            ["resume.skills.0", "resume.skills.1.name", "resume.skills.1.keywords.0"],
        ),
        ("resume.skill", []),
        ("resume", []),
        ("", []),
        ("resume.basics.email", []),
    ],
)
def test_a_path_leads_to_what_is_meant(path: str, found: list[str]) -> None:
    """A place, or all below it; half a word, a whole document and what is withheld are nowhere."""
    facts = facts_of("Asha", {"cgpa": 8.1}, RESUME)

    assert [fact.path for fact in facts.at(path)] == found


def test_an_item_knows_its_entry() -> None:
    """What an object of a list holds, and an item that tells something, stands for itself."""
    facts = facts_of("Asha", {}, RESUME).by_path

    assert facts["resume.experience.0.bullets.0"].entry == "resume.experience.0"
    assert facts["resume.achievements.0"].entry == "resume.achievements.0"
    assert facts["resume.skills.0"].entry == ""
    assert facts["resume.basics.name"].entry == ""


def test_the_fingerprint_is_that_of_the_facts() -> None:
    """Another order, contact or a yes changes nothing; another name, fact or prompt does."""
    first = facts_of("Asha", {"a": "x", "b": 1}, RESUME)
    reordered = facts_of("Asha", {"b": 1, "phone": "1", "isOpen": False, "a": "x"}, RESUME)
    others = [
        facts_of("Asha V", {"a": "x", "b": 1}, RESUME).fingerprint(1),
        facts_of("Asha", {"a": "x", "b": 1.5}, RESUME).fingerprint(1),
        facts_of("Asha", {"a": "x", "c": 1}, RESUME).fingerprint(1),
        first.fingerprint(2),
    ]

    assert first.fingerprint(1) == reordered.fingerprint(1)
    assert first.fingerprint(1) not in others
    assert len(set(others)) == len(others)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("graduationYear", ["graduation", "year"]),
        ("family_income", ["family", "income"]),
        ("CGPA", ["cgpa"]),
        ("GSTNumber2", ["gst", "number", "2"]),
        ("", []),
    ],
)
def test_a_key_is_words(key: str, words: list[str]) -> None:
    """Camel case, snake case and capitals come apart alike."""
    assert words_of_key(key) == words


def test_a_withheld_key_is_one_in_every_spelling() -> None:
    """Signs and capitals do not bring a withheld key back."""
    profile = {"dateOfBirth": "x", "date_of_birth": "x", "Family Income": "x", "bloodGroup": "x"}

    assert facts_of("Asha", profile, {}).by_path == {}
    assert all(word.isalpha() and word.islower() for word in WITHHELD)


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("cgpa", 8.1, "cgpa: 8.1"),
        ("cgpa", 8.1234567, "cgpa: 8.1234567"),
        ("id", 10**400, f"id: {10**400}"),
        ("months", 2, "months: 2 months"),
        ("semester", 7, "semester: 7, seventh semester"),
        ("semester", 20, "semester: 20"),
        ("graduationYear", 2027, "graduation year: 2027"),
        ("tenthPercent", 92.4, "tenth: 92.4%, 92.4% in tenth, 92.4% in 10th"),
        ("end_date", "Jul 2026", "end date: Jul 2026, July 2026"),
        ("date", "2025-11", "date: 2025-11, November 2025"),
        ("title", "Software Intern", "title: Software Intern, internship"),
        ("company", "Intern Ltd", "company: Intern Ltd"),
        ("role", "Mayor", "role: Mayor"),
    ],
)
def test_a_fact_reads_in_every_way_it_may_be_quoted(
    key: str, value: str | float, text: str
) -> None:
    """Units, months, ranks and shares are spelled as a sentence would."""
    assert labelled(key, value) == text


def test_a_wish_is_told_by_its_key() -> None:
    """Preferred roles are wished for; skills are not."""
    assert [is_wish(key) for key in ("preferredRoles", "target_company", "skills")] == [
        True,
        True,
        False,
    ]
