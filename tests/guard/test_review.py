import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.guard import GUARD_VERSION, review
from app.resume.edits import Edit
from app.resume.paths import bullets
from tests.guard.corpus_files import Case, cases, fields, resume

BULLET = "experience.0.bullets.0"
CASES = [*cases("fabrications"), *cases("honest")]


@given(st.sampled_from(fields()))
def test_an_unchanged_resume_is_clean(name: str) -> None:
    """What the student wrote is never refused."""
    edits = [Edit(bullet.path, bullet.text) for bullet in bullets(resume(name))]
    edits.append(Edit("summary", resume(name)["summary"]))
    found = review(resume(name), edits)

    assert found.accepted == tuple(edits)


@given(
    name=st.sampled_from(fields()),
    number=st.integers(min_value=10_000, max_value=10**9),
    position=st.integers(min_value=0, max_value=40),
)
def test_a_number_never_seen_is_never_clean(name: str, number: int, position: int) -> None:
    """Wherever a new number is put, the edit is refused for it."""
    bullet = bullets(resume(name))[position % len(bullets(resume(name)))]
    words = bullet.text.split(" ")
    words.insert(position % (len(words) + 1), str(number))
    found = review(resume(name), [Edit(bullet.path, " ".join(words))])

    assert not found.accepted


@given(case=st.sampled_from(CASES), posting=st.text(max_size=200))
def test_the_posting_never_changes_the_verdict(case: Case, posting: str) -> None:
    """The posting may be named in a reason; what is accepted and which class stays the same."""
    edits = [Edit(case.path, case.text)]
    with_posting = review(resume(case.resume), edits, posting=posting + " " + case.text)
    without = review(resume(case.resume), edits)

    assert with_posting.accepted == without.accepted
    assert [one.code for one in with_posting.refusals] == [one.code for one in without.refusals]


@given(st.text(alphabet=string.printable + "é½²٣५Ⅻ\u200b\ud800", max_size=120))
def test_any_text_gets_a_verdict(text: str) -> None:
    """No proposal, however odd, makes the guard fail."""
    found = review(resume("software"), [Edit(BULLET, text)])

    assert len(found.accepted) + bool(found.refusals) == 1


def test_a_word_of_the_posting_is_named_as_such() -> None:
    """The reason says when a skill is the posting's and not the student's."""
    edit = Edit(BULLET, "Helped the backend team build REST APIs in Flask and Kubernetes")
    (refusal,) = review(resume("software"), [edit], posting="We use Kubernetes.").refusals

    assert refusal.code == "skill"
    assert refusal.span == "Kubernetes"
    assert "posting" in refusal.reason


def test_one_edit_may_have_several_refusals() -> None:
    """Everything wrong with an edit is said at once, so one repair can mend it."""
    edit = Edit(BULLET, "Led the backend team of 12 to build REST APIs in Flask with Kubernetes")
    codes = {one.code for one in review(resume("software"), [edit]).refusals}

    assert {"scope", "number", "skill"} <= codes


def test_accepted_and_refused_edits_are_told_apart() -> None:
    """A good edit passes beside a bad one."""
    good = Edit("experience.0.bullets.2", "Resolved 12 bugs reported by the support desk")
    bad = Edit("experience.0.company", "Google")
    found = review(resume("software"), [good, bad])

    assert found.accepted == (good,)
    assert [one.path for one in found.refusals] == [bad.path]


def test_list_items_may_change_places() -> None:
    """A skill may stand where another one stood; a new one may not."""
    edits = [Edit("skills.0", "Java"), Edit("skills.1", "Flask"), Edit("skills.2", "Rust")]
    found = review(resume("software"), edits)

    assert found.accepted == tuple(edits[:2])


@pytest.mark.parametrize("fields_", [[], ["text"], [None], [{"bullets": "x"}], [{"bullets": [{}]}]])
def test_odd_entries_do_no_harm(fields_: list[object]) -> None:
    """Entries of unexpected shape vouch for what they say and break nothing."""
    document = {
        "experience": fields_,
        "basics": None,
        "skills": {"a": 1},
        "summary": "Student of law",
        "extra": {"score": 7, "url": "x", "is_new": True},
    }
    edits = [Edit("summary", "Law student"), Edit("experience.0.bullets.0", "Led")]
    found = review(document, edits)

    assert [edit.path for edit in found.accepted] == ["summary"]


def test_bullets_may_be_objects() -> None:
    """A bullet stored as text and verdict is reviewed like a plain one."""
    bullet = {"text": "Tested 5 pages", "verified": True}
    document = {"projects": [{"name": "App", "bullets": [bullet]}]}
    found = review(document, [Edit("projects.0.bullets.0", "Tested five pages")])

    assert found.accepted


def test_the_version_is_stored_text() -> None:
    """There is a version to store with what the guard let through."""
    assert GUARD_VERSION


def test_a_text_beyond_all_measure_is_refused_at_once() -> None:
    """A proposal of many thousand characters is refused without being read."""
    (refusal,) = review(resume("software"), [Edit(BULLET, "1 " * 10_000)]).refusals

    assert refusal.code == "injected"


def test_a_text_full_of_figures_is_refused_at_once() -> None:
    """More figures than any text of a résumé has are not compared one by one."""
    figures = " ".join(str(number) for number in range(2, 100))
    document = {"experience": [{"bullets": [f"Counted {figures} and one"]}]}

    (refusal,) = review(document, [Edit(BULLET, f"Counted {figures}")]).refusals

    assert refusal.code == "injected"


def test_of_many_figures_no_share_is_guessed() -> None:
    """Where any percentage is the share of some two of the student's figures, none is believed."""
    figures = " ".join(f"{number} bolts" for number in range(30, 60))
    document = {"experience": [{"bullets": [f"Counted {figures}"]}]}

    found = review(document, [Edit(BULLET, "Counted bolts, 75% of them")]).refusals

    assert "number" in {one.code for one in found}


def test_an_ampersand_is_an_and() -> None:
    """`&` joins what `and` joins, to the doer behind both."""
    document = {"experience": [{"bullets": ["Drew plans, checked and signed by the engineer"]}]}

    assert review(document, [Edit(BULLET, "Drew plans, checked & signed by the engineer")]).accepted


def test_a_very_long_word_costs_nothing() -> None:
    """A source with a word of many thousand letters is read in no time."""
    document = {"experience": [{"bullets": ["Wrote tests " + "a" * 20_000]}]}

    assert not review(document, [Edit(BULLET, "Wrote tests for all")]).accepted


def test_known_names_are_not_joined_into_new_ones() -> None:
    """Words of two names do not make a third."""
    document = {
        "summary": "Student of Northern University, raised in Delhi",
        "education": [{"school": "Eastern School"}],
    }
    edits = [Edit("summary", "Student at Delhi School, raised in Delhi")]

    assert [one.code for one in review(document, edits).refusals] == ["name"]


def test_an_entry_may_be_a_plain_text() -> None:
    """What an entry without parts names belongs to it, and to no other entry."""
    document = {"experience": ["Sold tickets with Salesforce", {"bullets": ["Sold tickets"]}]}
    edit = Edit("experience.1.bullets.0", "Sold tickets with Salesforce")

    assert [one.code for one in review(document, [edit]).refusals] == ["commingled"]
