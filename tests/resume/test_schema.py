import copy
import json

import pytest

from app.resume.schema import MAX_BULLETS, MAX_ITEMS, Resume, ResumeInvalid, parse_resume

EVERYTHING = {
    "basics": {
        "name": "Nila Rao",
        "label": "Student",
        "email": "nila@student.example.com",
        "phone": 9100000000,
        "location": {"city": "Mysuru", "pin": "570001"},
        "url": None,
        "profiles": [{"network": "GitHub", "handle": "nila"}],
        "pronouns": "she/her",
    },
    "summary": None,
    "education": [{"institution": "A", "grade": 7.8, "startDate": 2023, "cgpaScale": 10}],
    "experience": [
        {
            "company": "B",
            "start_date": "May 2025",
            "endDate": "2025-07",
            "current": False,
            "technologies": ["Python"],
            "bullets": ["plain", {"text": "object", "verified": True, "source": {"page": 1}}],
            "managerNote": ["kept"],
        }
    ],
    "projects": [{"name": "C", "bullets": []}],
    "skills": ["SQL", {"name": "Web", "keywords": ["CSS"], "level": 3}],
    "certifications": ["D", {"name": "E", "issuer": "F"}],
    "achievements": ["G"],
    "languages": ["Kannada", {"language": "Hindi", "fluency": "good"}],
    "placementCell": {"rollNumber": "17", "tags": [1, 2.5, True, None]},
}


def errors_of(raw: object) -> list[dict[str, str]]:
    with pytest.raises(ResumeInvalid) as refused:
        parse_resume(raw)
    return refused.value.errors


def test_a_full_resume_is_kept_to_the_letter() -> None:
    """Unknown keys, both cases, numbers and both forms of a bullet survive a JSON round trip."""
    parsed = parse_resume(copy.deepcopy(EVERYTHING))

    assert json.loads(json.dumps(parsed)) == EVERYTHING


def test_an_empty_object_is_a_resume() -> None:
    """A student who has only begun can save, and no section is made up."""
    assert parse_resume({}) == {}


def test_null_lists_are_absent_lists() -> None:
    """A null where a list belongs does not reach code that loops over it."""
    raw = {"projects": None, "experience": [{"company": "A", "bullets": None}], "custom": None}

    assert parse_resume(raw) == {"experience": [{"company": "A"}], "custom": None}


def test_the_input_is_not_changed() -> None:
    """Parsing gives a new document and leaves the caller's alone."""
    raw = {"summary": "a\0b", "experience": [{"bullets": None}]}

    parsed = parse_resume(raw)

    assert parsed["summary"] == "ab"
    assert raw == {"summary": "a\0b", "experience": [{"bullets": None}]}


@pytest.mark.parametrize("raw", [None, 5, "text", [], [{"basics": {}}]])
def test_only_an_object_is_a_resume(raw: object) -> None:
    """Anything else is one clear error about the whole."""
    assert errors_of(raw) == [{"at": "", "message": "a résumé is a JSON object"}]


@pytest.mark.parametrize(
    ("raw", "at", "message"),
    [
        ({"basics": "x"}, "basics", "an object"),
        ({"basics": {"name": 5}}, "basics.name", "valid string"),
        ({"basics": {"location": 5}}, "basics.location", "a string or an object"),
        ({"basics": {"phone": True}}, "basics.phone", "a string or a number"),
        ({"summary": ["x"]}, "summary", "valid string"),
        ({"education": [{"startDate": []}]}, "education.0.startDate", "a string or a number"),
        ({"education": [{"grade": {}}]}, "education.0.grade", "a string or a number"),
        ({"experience": 5}, "experience", "valid list"),
        ({"experience": [None]}, "experience.0", "an object"),
        ({"experience": [{"bullets": "x"}]}, "experience.0.bullets", "valid list"),
        ({"experience": [{"bullets": ["a", 5]}]}, "experience.0.bullets.1", "string or an object"),
        ({"projects": [{"bullets": [{}]}]}, "projects.0.bullets.0.text", "required"),
        ({"projects": [{"bullets": [{"text": None}]}]}, "projects.0.bullets.0.text", "string"),
        ({"skills": [["a"]]}, "skills.0", "a string or an object"),
        ({"skills": [{"keywords": [1]}]}, "skills.0.keywords.0", "valid string"),
        ({"languages": [None]}, "languages.0", "a string or an object"),
        ({"skills": ["x"] * (MAX_ITEMS + 1)}, "skills", "at most 500"),
        ({"custom": [float("nan")]}, "custom.0", "finite"),
        ({"work": [{"name": 5}]}, "work.0.name", "valid string"),
        ({"work": [{"highlights": ["a", 7]}]}, "work.0.highlights.1", "a string or an object"),
        ({"work": "x"}, "work", "valid list"),
        ({"basics": {"summary": 5}}, "basics.summary", "valid string"),
    ],
)
def test_a_wrong_place_is_named_in_the_words_that_were_given(
    raw: object, at: str, message: str
) -> None:
    """The caller finds the error in the document it sent, whichever layout that has."""
    (error,) = errors_of(raw)

    assert error["at"] == at
    assert message in error["message"]


def test_every_wrong_place_is_reported_at_once() -> None:
    """A caller does not have to send the résumé again for each error."""
    errors = errors_of({"basics": {"name": 5}, "skills": [1], "languages": {}})

    assert [error["at"] for error in errors] == ["basics.name", "skills.0", "languages"]


def test_the_bullets_of_all_entries_count_together() -> None:
    """A résumé may hold 500 bullets, wherever they stand, and not one more."""
    half = {"bullets": ["x"] * (MAX_BULLETS // 2)}
    parsed = parse_resume({"experience": [half], "projects": [half]})

    errors = errors_of({"experience": [half], "projects": [half, {"bullets": ["x"]}]})

    assert parsed["experience"] == parsed["projects"] == [half]
    assert errors == [{"at": "", "message": "more than 500 bullets"}]


def test_the_error_reads_as_one_sentence() -> None:
    """The exception's text names place and reason for a log line or a console."""
    with pytest.raises(ResumeInvalid, match=r"skills\.0: Input should be a string or an object"):
        parse_resume({"skills": [5]})


def test_the_schema_is_documented_for_openapi() -> None:
    """The docs page shows both forms of a bullet and takes unknown keys."""
    schema = Resume.model_json_schema()

    bullets = schema["$defs"]["Experience"]["properties"]["bullets"]["anyOf"][0]["items"]

    assert {"$ref": "#/$defs/BulletObject"} in bullets["oneOf"]
    assert schema["additionalProperties"] is True
