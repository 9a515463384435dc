import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.resume.json_resume import (
    from_json_resume,
    is_json_resume,
    json_resume_path,
    to_json_resume,
)
from app.resume.paths import bullets
from app.resume.schema import parse_resume

DATA = Path(__file__).parent / "data" / "json_resume"
SCHEMA: dict[str, Any] = json.loads((DATA / "schema.json").read_text(encoding="utf-8"))
SAMPLE: dict[str, Any] = json.loads((DATA / "sample.resume.json").read_text(encoding="utf-8"))
PUBLISHED = jsonschema.Draft7Validator(SCHEMA)
# 1.0.0 allowed no top-level keys of one's own.
STRICT = jsonschema.Draft7Validator({**SCHEMA, "additionalProperties": False})


# A busy machine makes single examples slow, which says nothing about the room.
unhurried = settings(deadline=None)

texts = st.text(max_size=8)
unknown = st.dictionaries(
    st.sampled_from(["x-note", "rollNumber", "custom_key", "verified"]),
    texts | st.none() | st.integers(-9, 9) | st.lists(texts, max_size=2),
    max_size=2,
)


def documents(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Any document of the published schema, with unknown keys in every object."""
    if "$ref" in schema:
        return st.sampled_from(["2024", "2024-06", "2024-06-30"])
    if schema["type"] == "string":
        return texts
    if schema["type"] == "array":
        return st.lists(documents(schema["items"]), max_size=3)
    known = st.fixed_dictionaries(
        {}, optional={key: documents(value) for key, value in schema["properties"].items()}
    )
    return st.builds(lambda extra, given: {**extra, **given}, unknown, known)


@unhurried
@given(documents(SCHEMA))
def test_every_json_resume_comes_back_equal(raw: dict[str, Any]) -> None:
    """Whatever the schema allows, and unknown keys beside it, goes in and out unchanged."""
    before = copy.deepcopy(raw)

    assert to_json_resume(from_json_resume(raw)) == before
    assert raw == before


def without_nul(document: object) -> bool:
    return "\\u0000" not in json.dumps(document)


@unhurried
@given(documents(SCHEMA).filter(without_nul))
def test_parsing_finds_json_resume_and_settles_at_once(raw: dict[str, Any]) -> None:
    """The door gives our layout, a second pass changes nothing, and the way out is equal."""
    resume = parse_resume(raw)

    assert parse_resume(resume) == resume
    assert to_json_resume(resume) == raw
    assert not {"work", "certificates"} & resume.keys()


def test_the_published_sample_comes_back_equal_and_valid() -> None:
    """The schema's own example loses nothing on the way through ours."""
    resume = parse_resume(SAMPLE)
    raw = to_json_resume(resume)

    assert raw == SAMPLE
    assert list(STRICT.iter_errors(raw)) == []


def test_the_published_sample_reads_in_our_words() -> None:
    """Employer, title, bullets and summary stand where every job looks for them."""
    resume = parse_resume(SAMPLE)

    assert resume["experience"][0]["company"] == "Pied Piper"
    assert resume["experience"][0]["title"] == "CEO/President"
    assert resume["experience"][0]["company_description"] == "Awesome compression company"
    assert resume["summary"] == SAMPLE["basics"]["summary"]
    assert resume["education"][0]["degree"] == "Bachelor"
    assert resume["projects"][0]["technologies"] == ["GoogleMaps", "Chrome Extension", "Javascript"]
    assert [bullet.text for bullet in bullets(resume)] == [
        *SAMPLE["work"][0]["highlights"],
        *SAMPLE["projects"][0]["highlights"],
    ]


OURS = {
    "basics": {"name": "Nila", "phone": 9100000000, "location": "Mysuru", "url": None},
    "summary": "Student.",
    "education": [{"institution": "A", "degree": "B.Sc.", "field": "Botany", "grade": 7.8}],
    "experience": [
        {
            "company": "B",
            "title": "Intern",
            "description": "Tools",
            "start_date": "May 2025",
            "end_date": "Present",
            "current": True,
            "bullets": ["one", {"text": "two", "verified": True}],
        }
    ],
    "projects": [{"name": "C", "technologies": ["R"], "bullets": ["three"], "url": None}],
    "skills": ["SQL", {"name": "Web", "keywords": ["CSS"]}],
    "certifications": ["D", {"name": "E", "date": "Sept. 2024"}],
    "achievements": ["G", {"title": "H", "date": 2025}],
    "languages": ["Kannada", {"language": "Hindi"}],
}


def test_our_resume_becomes_a_valid_json_resume() -> None:
    """Every documented section has its place there, in the types the schema asks for."""
    raw = to_json_resume(OURS)

    assert list(STRICT.iter_errors(raw)) == []
    assert raw == {
        "basics": {
            "name": "Nila",
            "phone": "9100000000",
            "location": {"address": "Mysuru"},
            "summary": "Student.",
        },
        "education": [{"institution": "A", "studyType": "B.Sc.", "area": "Botany", "score": "7.8"}],
        "work": [
            {
                "name": "B",
                "position": "Intern",
                "summary": "Tools",
                "startDate": "2025-05",
                "endDateText": "Present",
                "current": True,
                "highlights": ["one", "two"],
            }
        ],
        "projects": [{"name": "C", "keywords": ["R"], "highlights": ["three"]}],
        "skills": [{"name": "SQL"}, {"name": "Web", "keywords": ["CSS"]}],
        "certificates": [{"name": "D"}, {"name": "E", "date": "2024-09"}],
        "awards": [{"title": "G"}, {"title": "H", "date": "2025"}],
        "languages": [{"language": "Kannada"}, {"language": "Hindi"}],
    }


def test_unknown_sections_stay_where_they_are() -> None:
    """The published schema allows keys of one's own beside its sections."""
    raw = to_json_resume({"summary": "S", "placementCell": {"roll": 1}, "volunteer": []})

    assert raw == {"basics": {"summary": "S"}, "placementCell": {"roll": 1}, "volunteer": []}
    assert list(PUBLISHED.iter_errors(raw)) == []


@pytest.mark.parametrize(
    ("written", "key", "value"),
    [
        ("2024", "startDate", "2024"),
        ("2024-06", "startDate", "2024-06"),
        ("June, 2024", "startDate", "2024-06"),
        ("6/2024", "startDate", "2024-06"),
        ("12-2024", "startDate", "2024-12"),
        (2024, "startDate", "2024"),
        ("13/2024", "startDateText", "13/2024"),
        ("Summer 2024", "startDateText", "Summer 2024"),
        ("next month", "startDateText", "next month"),
    ],
)
@pytest.mark.parametrize("spelling", ["start_date", "startDate"])
def test_a_date_becomes_iso_or_keeps_its_wording_beside(
    spelling: str, written: object, key: str, value: str
) -> None:
    """A date is never guessed, and never makes the document invalid."""
    raw = to_json_resume({"experience": [{spelling: written}]})

    assert raw == {"work": [{key: value}]}
    assert list(STRICT.iter_errors(raw)) == []


@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_date_of_ours_is_left_out(nothing: str | None) -> None:
    """`end_date` of a running internship is no date."""
    assert to_json_resume({"experience": [{"end_date": nothing}]}) == {"work": [{}]}


def test_a_worded_date_comes_home_under_its_name() -> None:
    """What went out beside is a date of ours again."""
    raw = {"work": [{"startDateText": "Summer 2024"}]}

    assert from_json_resume(raw) == {"experience": [{"startDate": "Summer 2024"}]}


def test_two_dates_for_one_place_are_both_kept() -> None:
    """A wording that is already there is not overwritten."""
    entry = {"startDate": "soon", "startDateText": "then", "start_date": "2024"}

    assert to_json_resume({"experience": [entry]}) == {"work": [entry]}


@pytest.mark.parametrize(
    "raw",
    [
        {"work": [{"name": "A", "company": "B", "title": "C", "position": "D"}]},
        {"work": [{"summary": "A", "description": "B", "company_description": "C"}]},
        {"basics": {"summary": "A"}, "summary": "B"},
        {"work": [{"name": "A"}], "experience": [{"company": "B"}]},
        {"awards": ["x", 5], "achievements": [{"name": "y"}]},
        {"work": "text", "projects": [5, None], "skills": {"a": 1}},
        {"basics": "text", "work": [{"location": {"city": "A"}}]},
        {"basics": {"profiles": "text", "location": None}},
        {"basics": {"profiles": ["text", {"network": "A"}]}},
        {"work": [{"endDate": ""}]},
    ],
)
def test_two_keys_never_become_one(raw: dict[str, Any]) -> None:
    """Even a document that mixes both layouts, or has neither's shape, loses no value."""
    out = json.dumps(to_json_resume(from_json_resume(raw)))

    for value in ("A", "B", "C", "D", "text", "5", "endDate"):
        assert json.dumps(raw).count(value) == out.count(value)


def test_a_mixed_summary_finds_the_basics() -> None:
    """A summary goes into the basics whether there are any or not."""
    assert to_json_resume({"summary": "A"}) == {"basics": {"summary": "A"}}
    assert to_json_resume({"summary": "A", "basics": None}) == {"basics": {"summary": "A"}}
    assert to_json_resume({"summary": None, "basics": {}}) == {"basics": {}}


def test_highlights_that_are_no_texts_are_written_as_they_are() -> None:
    """A figure is spelled out, an object without a text passed on for the schema to refuse."""
    raw = to_json_resume({"projects": [{"bullets": [5, {"note": 1}, "a"]}]})

    assert raw == {"projects": [{"highlights": ["5", {"note": 1}, "a"]}]}


@pytest.mark.parametrize(
    ("raw", "is_theirs"),
    [
        ({}, False),
        ({"basics": {"name": "A"}}, False),
        ({"basics": "A", "projects": "B", "education": [5]}, False),
        ({"skills": ["SQL"], "summary": "A"}, False),
        ({"experience": [], "work": []}, False),
        ({"achievements": [], "volunteer": []}, False),
        ({"projects": [{"bullets": []}]}, False),
        ({"work": []}, True),
        ({"basics": {"summary": "A"}}, True),
        ({"projects": [{"highlights": []}]}, True),
        ({"education": [{"studyType": "A"}]}, True),
        ({"$schema": "https://raw.githubusercontent.com/jsonresume/x/schema.json"}, True),
    ],
)
def test_the_layout_is_told_by_section_names(raw: dict[str, Any], is_theirs: bool) -> None:  # noqa: FBT001  a parametrized test
    """One of our section names makes it ours; without one, a word of theirs makes it theirs."""
    assert is_json_resume(raw) is is_theirs


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("experience.0.company", "work.0.name"),
        ("experience.2.bullets.1", "work.2.highlights.1"),
        ("experience.0.startDate", "work.0.startDate"),
        ("certifications.0", "certificates.0"),
        ("summary", "basics.summary"),
        ("placementCell.name", "placementCell.name"),
        ("", ""),
    ],
)
def test_a_path_is_translated(ours: str, theirs: str) -> None:
    """An error about a JSON Resume can be found in it."""
    assert json_resume_path(ours) == theirs
