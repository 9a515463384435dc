import re
from collections.abc import Iterator
from uuid import uuid4

import pytest

from app import errors
from app.errors import (
    RETRYABLE_STATUSES,
    AiWorkerError,
    InvalidPayload,
    RunFailed,
    RunInterrupted,
    StoredFailure,
    Unavailable,
)

# architecture.md, "What each failure answers": (status, code) and whether a repeat may help.
CONTRACT = {
    (409, "in_progress"): True,
    (400, "idempotency_key_invalid"): False,
    (422, "idempotency_mismatch"): False,
    (401, "unauthorized"): False,
    (404, "unknown_job_type"): False,
    (404, "resume_not_found"): False,
    (404, "student_not_found"): False,
    (404, "posting_not_found"): False,
    (413, "body_too_large"): False,
    (415, "unsupported_media_type"): False,
    (422, "invalid_payload"): False,
    (404, "suggestion_not_found"): False,
    (404, "suggestion_set_not_found"): False,
    (422, "suggestion_stale"): False,
    (422, "suggestion_decided"): False,
    (422, "suggestion_is_question"): False,
    (422, "llm_invalid_output"): False,
    (422, "llm_refused"): False,
    (422, "context_too_long"): False,
    (422, "attempts_exhausted"): False,
    (429, "provider_rate_limited"): True,
    (503, "provider_misconfigured"): True,
    (503, "unavailable"): True,
    (502, "provider_error"): True,
    (504, "llm_timeout"): True,
    (500, "internal"): True,
}

# "…+ Retry-After" in the same table.
WAITING_HELPS = {"in_progress", "provider_rate_limited", "provider_misconfigured", "unavailable"}

DRAWN = re.compile(r"(?P<indent>[│ ]*)(?:[├└]── )?(?P<name>[A-Z]\w+)\s*(?P<rest>.*)")


def _tree(error: type[AiWorkerError], depth: int = 0) -> Iterator[tuple[int, type[AiWorkerError]]]:
    yield depth, error
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child, depth + 1)


def _leaves() -> list[type[AiWorkerError]]:
    return [error for _, error in _tree(AiWorkerError) if not error.__subclasses__()]


def _example(error: type[AiWorkerError]) -> AiWorkerError:
    if error is StoredFailure:
        return StoredFailure(status=404, code="gone", title="Gone.", detail="Gone.")
    return InvalidPayload([]) if error is InvalidPayload else error()


def _drawn() -> Iterator[tuple[int, str, str]]:
    drawing = (errors.__doc__ or "").split("\n\n")[1]
    for line in drawing.splitlines():
        found = DRAWN.fullmatch(line)
        assert found, line
        depth = len(line[: found.start("name")]) // 4
        yield depth, found["name"], found["rest"]


def test_the_drawn_tree_is_the_real_one() -> None:
    """Every class is drawn once, in its place and in the order of the file."""
    drawn = [(depth, name) for depth, name, _ in _drawn()]

    real = [(depth, error.__name__) for depth, error in _tree(AiWorkerError)]

    assert drawn == real


def test_the_drawn_answers_are_the_real_ones() -> None:
    """The status and code beside a class are the ones it answers with."""
    real = {error.__name__: error for _, error in _tree(AiWorkerError)}

    for _, name, rest in _drawn():
        told = re.fullmatch(r"(\d{3})(?: (\w+))?", rest)
        if told:
            status, code = told.groups()
            assert real[name].status == int(status)
            assert code in {None, real[name].code}
        else:
            assert real[name].__subclasses__() or name == "StoredFailure"


@pytest.mark.parametrize("error", _leaves())
def test_a_docstring_starts_with_its_title(error: type[AiWorkerError]) -> None:
    """A title is one sentence: a capital letter, a verb's worth of words, a period."""
    title = _example(error).title if error is not StoredFailure else (error.__doc__ or "")

    assert re.fullmatch(r"[A-Z][^\n]*[^.\s]\.", title)
    assert title.count(". ") == 0
    assert len(title.split()) >= 3


@pytest.mark.parametrize("answer", CONTRACT, ids=lambda answer: answer[1])
def test_the_retry_law(answer: tuple[int, str]) -> None:
    """Every answer of the contract is some class's, with the retryable of the contract."""
    status, code = answer
    matching = [error for error in map(_example, _leaves()) if error.code == code]

    assert matching
    assert {error.status for error in matching} == {status}
    assert {error.is_retryable for error in matching} == {CONTRACT[answer]}


@pytest.mark.parametrize("error", _leaves())
def test_waiting_is_advised_where_it_helps(error: type[AiWorkerError]) -> None:
    """Retry-After has a default where the contract names it, and never where no repeat helps."""
    example = _example(error)

    has_advice = example.retry_after_seconds is not None

    assert has_advice or example.code not in WAITING_HELPS
    assert not has_advice or example.is_retryable


@pytest.mark.parametrize("error", _leaves())
def test_the_side_of_the_tree_decides_about_retries(error: type[AiWorkerError]) -> None:
    """What failed is final, what was interrupted is not."""
    example = _example(error)

    if isinstance(example, RunFailed):
        assert not example.is_retryable
    if isinstance(example, RunInterrupted):
        assert example.is_retryable


def test_a_wrong_secret_is_not_repeated() -> None:
    """401 is outside of the law, because repeating it burns jobs."""
    assert {409, 429, 500, 502, 503, 504} == RETRYABLE_STATUSES


def test_codes_and_statuses_belong_together() -> None:
    """A code never comes with two statuses."""
    statuses: dict[str, set[int]] = {}

    for error in _leaves():
        if error is not StoredFailure:
            statuses.setdefault(error.code, set()).add(error.status)

    assert all(len(found) == 1 for found in statuses.values())
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", code) for code in statuses)


def test_a_detail_may_be_given() -> None:
    """Without a detail the title is one; with a wait of zero the default does not come back."""
    plain, detailed = Unavailable(), Unavailable("Down.", retry_after_seconds=0)

    assert (plain.detail, str(plain)) == (plain.title, plain.title)
    assert (detailed.detail, str(detailed)) == ("Down.", "Down.")
    assert (plain.retry_after_seconds, detailed.retry_after_seconds) == (5, 0)


def test_an_answer_is_kept_apart_from_the_detail() -> None:
    """What the model said goes with the failure and is no part of what a caller reads."""
    failure = errors.InvalidOutput("No JSON.", raw_answer="Dear Asha, …")

    assert failure.raw_answer == "Dear Asha, …"
    assert "Asha" not in str(failure)


def test_a_stored_failure_is_itself_again() -> None:
    """A replayed failure has the status, code, title and detail it was stored with."""
    failure = StoredFailure(status=422, code="llm_refused", title="Refused.", detail="It said no.")
    failure.run_id = uuid4()

    assert (failure.status, failure.code) == (422, "llm_refused")
    assert (failure.title, failure.detail) == ("Refused.", "It said no.")
    assert failure.is_retryable is False
