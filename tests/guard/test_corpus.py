from collections import Counter
from functools import cache

import pytest

from app.guard import Review, review
from app.resume.edits import Edit
from tests.guard.corpus_files import Case, cases, fields, resume

FABRICATIONS = cases("fabrications")
HONEST = cases("honest")
KNOWN_WRONG = cases("known_wrong")
HONEST_REFUSED, LIES_LET_THROUGH = 200, 65
CODES = {"identity", "number", "skill", "name", "commingled", "scope", "outcome", "injected"}


@cache
def judged(case: Case) -> Review:
    return review(resume(case.resume), [Edit(case.path, case.text)])


@pytest.mark.parametrize("name", fields())
def test_a_fabrication_is_refused(name: str) -> None:
    """Every invented, inflated, moved or smuggled claim of the corpus is refused, with a reason."""
    lies = [case for case in FABRICATIONS if case.resume == name]

    found = [judged(case) for case in lies]

    assert [case for case, one in zip(lies, found, strict=True) if one.accepted] == []
    assert [
        refusal
        for case, one in zip(lies, found, strict=True)
        for refusal in one.refusals
        if refusal.code not in CODES or not refusal.reason or refusal.text != case.text
    ] == []


@pytest.mark.parametrize("name", fields())
def test_an_honest_rewording_passes(name: str) -> None:
    """What says the same in other words is accepted."""
    honest = [case for case in HONEST if case.resume == name]

    refused = [(case, found.refusals) for case in honest if (found := judged(case)).refusals]

    assert refused == []


def test_the_corpus_is_broad() -> None:
    """The corpus covers every class and at least eight fields with 300 cases of each kind."""
    classes = Counter(case.expected for case in FABRICATIONS)

    assert set(classes) == CODES
    assert min(len(FABRICATIONS), len(HONEST)) >= 300
    assert len(fields()) >= 8
    assert {case.resume for case in HONEST} == set(fields())


def test_the_class_named_is_mostly_the_class_meant() -> None:
    """Four of five refusals name the class the fabrication was written for."""
    named = sum(
        case.expected in {one.code for one in judged(case).refusals} for case in FABRICATIONS
    )

    assert named >= 0.8 * len(FABRICATIONS)


def test_what_is_still_judged_wrong_is_counted() -> None:
    """The limit is visible: honest rewordings still refused and lies still let through."""
    refused = [case for case in KNOWN_WRONG if not case.expected and judged(case).refusals]
    let_through = [case for case in KNOWN_WRONG if case.expected and judged(case).accepted]

    # One that is judged right now belongs into the corpus.
    assert len(refused) + len(let_through) == len(KNOWN_WRONG)
    assert (len(refused), len(let_through)) == (HONEST_REFUSED, LIES_LET_THROUGH)
