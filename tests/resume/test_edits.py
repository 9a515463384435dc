import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.resume.edits import (
    MAX_EDITS,
    AnswerUnreadable,
    Edit,
    apply_edits,
    edits_from_answer,
)
from app.resume.json_resume import to_json_resume
from app.resume.paths import PathInvalid, text_at

# A busy machine makes single examples slow, which says nothing about the room.
unhurried = settings(deadline=None)

RESUME: dict[str, Any] = {
    "basics": {"name": "Nila Rao", "phone": "1"},
    "summary": "Student of botany.",
    "education": [{"institution": "A College", "grade": "7.8 CGPA", "start_date": "2023"}],
    "experience": [
        {
            "company": "Kasturi Logistics",
            "title": "Software Intern",
            "start_date": "May 2026",
            "bullets": [
                "Responsible for making REST APIs in Flask for the tracking page",
                {"text": "Worked on unit tests in pytest for billing", "verified": False},
                "Helped with moving old Excel sheets to PostgreSQL",
            ],
        },
        {"company": "Coding Club", "title": "Volunteer", "bullets": ["Took Python sessions"]},
    ],
    "projects": [{"name": "Mess Portal", "bullets": ["Made a website for 400 students"]}],
    "skills": ["Python", "SQL"],
    "rollNumber": "17",
}
FIRST = "experience.0.bullets.0"


def answer() -> dict[str, Any]:
    """The whole résumé, ready to be changed the way a model would."""
    return copy.deepcopy(RESUME)


def test_listed_edits_come_in_their_order() -> None:
    """An object with edits and a summary gives the edits, then the summary."""
    edits = edits_from_answer(
        RESUME,
        {
            "edits": [
                {"path": FIRST, "text": " Built REST APIs "},
                {"path": "skills.0", "text": "R"},
            ],
            "summary": "Botany student.",
        },
    )

    assert edits == [
        Edit(FIRST, "Built REST APIs"),
        Edit("skills.0", "R"),
        Edit("summary", "Botany student."),
    ]


def test_a_bare_list_of_edits_is_read() -> None:
    """The object around the list may be missing."""
    assert edits_from_answer(RESUME, [{"path": FIRST, "text": "x"}]) == [Edit(FIRST, "x")]


@pytest.mark.parametrize("nothing", [{"edits": []}, [], {"edits": [], "summary": None}])
def test_no_edits_is_an_answer(nothing: object) -> None:
    """A model may find nothing to improve."""
    assert edits_from_answer(RESUME, nothing) == []


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_blank_summary_beside_edits_is_no_edit(blank: str | None) -> None:
    """Structured output names every key, wanted or not."""
    assert edits_from_answer(RESUME, {"edits": [], "summary": blank}) == []


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("experience[0].bullets[1]", "experience.0.bullets.1"),
        ("experience.0.bullets.1.text", "experience.0.bullets.1"),
        (" experience[0].bullets[1].text ", "experience.0.bullets.1"),
    ],
)
def test_other_spellings_of_a_path_are_one_place(path: str, same: str) -> None:
    """Brackets and a bullet's `.text` mean the bullet."""
    assert edits_from_answer(RESUME, [{"path": path, "text": "x"}]) == [Edit(same, "x")]


def test_the_first_of_two_edits_at_one_path_counts() -> None:
    """An afterthought does not overrule, even one that spells the path otherwise."""
    edits = edits_from_answer(
        RESUME,
        [
            {"path": FIRST, "text": "first"},
            {"path": FIRST, "text": "second"},
            {"path": "experience[0].bullets[0]", "text": "third"},
        ],
    )

    assert edits == [Edit(FIRST, "first")]


def test_a_text_that_stands_there_already_is_no_edit() -> None:
    """Only what changes is proposed, white space aside."""
    listed = [
        {"path": "summary", "text": "Student  of botany. "},
        {"path": "experience.0.bullets.1", "text": "Worked on unit tests in pytest for billing"},
    ]

    assert edits_from_answer(RESUME, listed) == []


@pytest.mark.parametrize(
    "path", ["basics.name", "experience.9.bullets.0", "__class__", "experience.0.bullets.-1", "x y"]
)
def test_an_edit_at_a_forbidden_or_impossible_place_is_seen(path: str) -> None:
    """Nothing is dropped in silence: the guard gets it and refuses it."""
    assert edits_from_answer(RESUME, [{"path": path, "text": "x"}]) == [Edit(path, "x")]


@pytest.mark.parametrize(
    ("given_answer", "message"),
    [
        (None, "the answer must be a JSON object with a list `edits`"),
        ("text", "the answer must be a JSON object with a list `edits`"),
        (5, "the answer must be a JSON object with a list `edits`"),
        ({}, "the answer must be a JSON object with a list `edits`"),
        ({"answer": "done"}, "the answer must be a JSON object with a list `edits`"),
        ({"answer": {"done": True}}, "the answer must be a JSON object with a list `edits`"),
        ({"edits": None}, "the answer must be a JSON object with a list `edits`"),
        ({"edits": {"path": "a", "text": "b"}}, "the answer must be a JSON object"),
        ({"edits": ["x"]}, r"edits\[0\] must be an object with `path` and `text`"),
        ([None], r"edits\[0\] must be an object with `path` and `text`"),
        ([{"path": "a", "text": "b"}, {"text": "c"}], r"edits\[1\]\.path is missing"),
        ([{"path": "a"}], r"edits\[0\]\.text is missing"),
        ([{"path": 5, "text": "b"}], r"edits\[0\]\.path must be a string"),
        ([{"path": ["a"], "text": "b"}], r"edits\[0\]\.path must be a string"),
        ([{"path": " ", "text": "b"}], r"edits\[0\]\.path is empty"),
        ([{"path": "a" * 501, "text": "b"}], r"edits\[0\]\.path is longer than 500"),
        ([{"path": "a", "text": 5}], r"edits\[0\]\.text must be a string"),
        ([{"path": "a", "text": None}], r"edits\[0\]\.text must be a string"),
        ([{"path": "a", "text": "\0 "}], r"edits\[0\]\.text is empty"),
        ([{"path": "a", "text": "b" * 10_001}], r"0\.text: longer than 10,000 characters"),
        ({"edits": [], "summary": 5}, "summary must be a string"),
        ([{"path": "a", "text": "b"}] * (MAX_EDITS + 1), "more than 1,000 edits"),
        ({"skills": [float("nan")]}, r"skills\.0: must be a finite number"),
        ({1, 2}, "the answer: must be a string"),
    ],
)
def test_an_unreadable_answer_says_what_is_wrong(given_answer: object, message: str) -> None:
    """The sentence can be shown to the model for its one repair."""
    with pytest.raises(AnswerUnreadable, match=message):
        edits_from_answer(RESUME, given_answer)


def test_a_whole_resume_gives_the_texts_that_differ() -> None:
    """Document 000's prompt returns everything; only the rewording is proposed."""
    whole = answer()
    whole["experience"][0]["bullets"] = [
        {"text": "Built REST APIs in Flask for the tracking page", "verified": True},
        "Wrote unit tests in pytest for billing",
        "Helped with moving old Excel sheets to PostgreSQL",
    ]
    whole["summary"] = "Botany student."

    assert edits_from_answer(RESUME, whole) == [
        Edit("summary", "Botany student."),
        Edit(FIRST, "Built REST APIs in Flask for the tracking page"),
        Edit("experience.0.bullets.1", "Wrote unit tests in pytest for billing"),
    ]


def test_an_unchanged_resume_gives_nothing() -> None:
    """A model that returns what it got proposed nothing."""
    assert edits_from_answer(RESUME, answer()) == []


@pytest.mark.parametrize(
    ("place", "value", "edit"),
    [
        (("basics", "name"), "Nila R. Rao", Edit("basics.name", "Nila R. Rao")),
        (("education", 0, "grade"), "9.1 CGPA", Edit("education.0.grade", "9.1 CGPA")),
        (("education", 0, "grade"), 9.1, Edit("education.0.grade", "9.1")),
        (("experience", 0, "company"), "Big Co", Edit("experience.0.company", "Big Co")),
        (("experience", 0, "title"), "Lead", Edit("experience.0.title", "Lead")),
        (("experience", 0, "startDate"), "May 2025", Edit("experience.0.start_date", "May 2025")),
        (("experience", 0, "endDate"), "2027", Edit("experience.0.endDate", "2027")),
        (("projects", 0, "url"), "http://x", Edit("projects.0.url", "http://x")),
        (("rollNumber",), "18", Edit("rollNumber", "18")),
        (("achievements",), ["Won"], Edit("achievements.0", "Won")),
    ],
)
def test_a_changed_or_added_fact_is_seen(
    place: tuple[str | int, ...], value: object, edit: Edit
) -> None:
    """Identity is proposed at its path like anything else, so that the guard can refuse it."""
    whole: Any = answer()
    node = whole
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value

    assert edits_from_answer(RESUME, whole) == [edit]


def test_added_items_get_the_next_free_position() -> None:
    """A new bullet, skill and entry are proposed behind what is there."""
    whole = answer()
    whole["experience"][0]["bullets"].insert(0, "Led a team of 12 engineers")
    whole["skills"] += ["Kubernetes"]
    whole["experience"].insert(0, {"company": "Big Co", "bullets": ["Did it all"]})

    assert edits_from_answer(RESUME, whole) == [
        Edit("experience.2.company", "Big Co"),
        Edit("experience.2.bullets.0", "Did it all"),
        Edit("experience.0.bullets.3", "Led a team of 12 engineers"),
        Edit("skills.2", "Kubernetes"),
    ]


def test_reordered_and_dropped_bullets_keep_their_paths() -> None:
    """A rewording is proposed where its source stands, and a dropped bullet stays as it was."""
    whole = answer()
    whole["experience"][0]["bullets"] = [
        "Moved old Excel sheets to PostgreSQL",
        "Built REST APIs in Flask for the tracking page",
    ]

    assert edits_from_answer(RESUME, whole) == [
        Edit("experience.0.bullets.2", "Moved old Excel sheets to PostgreSQL"),
        Edit(FIRST, "Built REST APIs in Flask for the tracking page"),
    ]


def test_reordered_entries_keep_their_paths() -> None:
    """A rewording inside a moved entry is proposed at the entry's old position."""
    whole = answer()
    whole["experience"].reverse()
    whole["experience"][0]["bullets"] = ["Conducted Python sessions"]

    assert edits_from_answer(RESUME, whole) == [
        Edit("experience.1.bullets.0", "Conducted Python sessions")
    ]


def test_a_partial_resume_is_read() -> None:
    """Sections the model left out stay as they were."""
    partial = {
        "projects": [{"name": "Mess Portal", "bullets": ["Built a website for 400 students"]}]
    }

    assert edits_from_answer(RESUME, partial) == [
        Edit("projects.0.bullets.0", "Built a website for 400 students")
    ]


@pytest.mark.parametrize("wrapper", ["resume", "rewritten_resume", "output"])
def test_a_resume_alone_in_an_object_is_read(wrapper: str) -> None:
    """One member around the résumé, whatever its name, is looked through."""
    whole = answer()
    whole["summary"] = "Botany student."

    assert edits_from_answer(RESUME, {wrapper: whole}) == [Edit("summary", "Botany student.")]


def test_an_answer_in_json_resume_is_read() -> None:
    """A model that falls into the better-known layout is understood."""
    whole = to_json_resume(RESUME)
    whole["work"][0]["highlights"][0] = "Built REST APIs in Flask for the tracking page"
    whole["education"][0]["startDate"] = "2023"

    edits = edits_from_answer(RESUME, whole)

    assert Edit(FIRST, "Built REST APIs in Flask for the tracking page") in edits


@unhurried
@given(st.data())
def test_no_change_to_a_leaf_goes_unseen(data: st.DataObject) -> None:
    """Wherever one text of the résumé is replaced, exactly that place is proposed."""
    paths = [
        "basics.name",
        "summary",
        "education.0.institution",
        "experience.0.title",
        "experience.0.bullets.2",
        "experience.1.company",
        "projects.0.name",
        "skills.1",
        "rollNumber",
    ]
    path = data.draw(st.sampled_from(paths))
    text = data.draw(st.text("abcdefgh ", min_size=1, max_size=20).filter(str.strip))
    whole: Any = answer()
    node = whole
    *above, last = path.split(".")
    for key in above:
        node = node[int(key) if key.isdigit() else key]
    node[int(last) if last.isdigit() else last] = text

    assert edits_from_answer(RESUME, whole) == [Edit(path, text.strip())]


@unhurried
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*RESUME, "edits", "path", "text", "bullets", "work"]), inner
            )
        ),
        max_leaves=15,
    )
)
def test_any_json_is_edits_or_unreadable(hostile: object) -> None:
    """No answer ends in anything but a list of edits or the one error."""
    try:
        edits = edits_from_answer(RESUME, hostile)
    except AnswerUnreadable:
        return

    assert all(edit.text.strip() for edit in edits)


def test_accepted_edits_are_applied_and_marked() -> None:
    """Bullets carry the verdict, the summary is a string, the original is untouched."""
    before = json.dumps(RESUME)

    edited = apply_edits(
        RESUME,
        [Edit(FIRST, "Built it"), Edit("experience.0.bullets.1", "Wrote"), Edit("summary", "S")],
    )

    assert edited["experience"][0]["bullets"][:2] == [
        {"text": "Built it", "verified": True},
        {"text": "Wrote", "verified": True},
    ]
    assert text_at(edited, "summary") == "S"
    assert json.dumps(RESUME) == before


def test_applying_at_an_identity_path_is_refused() -> None:
    """Even an edit somebody accepted by mistake cannot reach an employer's name."""
    with pytest.raises(PathInvalid):
        apply_edits(RESUME, [Edit("experience.0.company", "Big Co")])
