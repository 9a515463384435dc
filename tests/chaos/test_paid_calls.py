"""The verdict finds what was paid in vain: each test tells one lie in a sound history."""

import pytest

from tests.chaos.evidence import History
from tests.chaos.paid_calls import (
    extra_calls_were_in_flight,
    nothing_is_paid_twice_while_the_service_lives,
    postgres_costs_nothing,
    the_ledger_is_the_models,
)
from tests.chaos.told_history import KILLED_AT, START, called, killed, plain_job, sound_history


def test_an_extra_call_after_the_kill_of_a_shim_is_found() -> None:
    """A shim's death must not make anybody pay twice."""
    history = sound_history()
    called(history, plain_job(history), START + 5)

    assert not nothing_is_paid_twice_while_the_service_lives(history).is_true
    assert not extra_calls_were_in_flight(history).is_true


def test_a_call_lost_with_its_service_may_be_repeated() -> None:
    """A call that was in flight when its service died explains one more."""
    history = sound_history()
    _lose(history, plain_job(history))

    assert extra_calls_were_in_flight(history).is_true
    assert nothing_is_paid_twice_while_the_service_lives(history).is_true
    assert the_ledger_is_the_models(history).is_true


def test_a_lost_call_is_no_excuse_for_two_more() -> None:
    """One call in flight explains one extra call and not a second one."""
    history = sound_history()
    _lose(history, plain_job(history))
    called(history, plain_job(history), KILLED_AT + 9)

    assert not extra_calls_were_in_flight(history).is_true


def test_the_death_of_another_service_is_no_excuse() -> None:
    """A call that was not at the service that died should have been written down."""
    history = sound_history()
    _lose(history, plain_job(history), "service-b")

    assert not extra_calls_were_in_flight(history).is_true
    assert not the_ledger_is_the_models(history).is_true


def test_an_answer_that_waits_for_the_database_dies_with_its_service() -> None:
    """A call stays in flight while PostgreSQL is away, because nobody can write it down."""
    history = sound_history()
    number = plain_job(history)
    killed(history, "postgres", START + number + 0.05)
    history.run_events[-1]["at"] = START + number + 9
    _lose(history, number)
    history.run_events[-2]["at"] = START + number + 8

    assert extra_calls_were_in_flight(history).is_true
    assert postgres_costs_nothing(history).is_true


def test_a_lost_call_of_another_job_is_no_excuse() -> None:
    """What was in flight for one job does not explain another job's extra call."""
    history = sound_history()
    number = plain_job(history)
    _lose(history, number)
    called(history, _other_job(history, number), KILLED_AT + 9)

    assert not extra_calls_were_in_flight(history).is_true


def test_an_extra_call_after_the_kill_of_postgresql_is_found() -> None:
    """An answer that came while the database was away must not be paid for again."""
    history = sound_history()
    number = plain_job(history)
    killed(history, "postgres", START + number + 0.1)
    called(history, number, START + number + 9)

    assert not postgres_costs_nothing(history).is_true


@pytest.mark.parametrize(
    "lie", [{"input_tokens": 7_777_777}, {"output_tokens": 1}, {"outcome": None}, {"run": "run-1"}]
)
def test_a_ledger_that_differs_is_found(lie: dict[str, object]) -> None:
    """A row with other figures, of another job, or without the answer that was billed is found."""
    history = sound_history()
    history.ledger[0] |= lie

    assert not the_ledger_is_the_models(history).is_true


def test_a_call_that_is_booked_twice_is_found() -> None:
    """Two rows for one billed call are found."""
    history = sound_history()
    history.ledger.append(dict(history.ledger[0]))

    assert not the_ledger_is_the_models(history).is_true


def _lose(history: History, job: int, service: str = "service-a") -> None:
    """Kill a service before the answer of a job's call is written down; another one asks again."""
    killed(history, service, START + job + 0.2)
    row = next(row for row in history.ledger if row["run"] == f"run-{job}")
    row |= {"outcome": None, "input_tokens": None, "output_tokens": None}
    called(history, job, START + job + 20)


def _other_job(history: History, number: int) -> int:
    return next(n for n, job in history.planned.items() if n > number and job.needed_calls)
