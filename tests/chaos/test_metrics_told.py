"""The sentence about /metrics finds figures that the ledgers do not hold."""

import pytest

from tests.chaos.metrics_told import metrics_agree_with_the_ledgers
from tests.chaos.scrapes import figures
from tests.chaos.told_history import KILLED_AT, called, plain_job, scraped, sound_history

PAGE = """\
# TYPE ai_worker_model_calls_total counter
ai_worker_model_calls_total{model="m",outcome="answered",tenant="t"} 3.0
ai_worker_model_calls_total{model="n",outcome="answered",tenant="u"} 4.0
ai_worker_model_calls_total{model="n",outcome="provider_error",tenant="u"} 5.0
ai_worker_model_tokens_total{direction="input",model="m",tenant="t"} 3000.0
ai_worker_outbox_events{state="waiting"} NaN
ai_worker_outbox_events{state="dead"} 1.0
"""


def test_a_page_is_summed_up() -> None:
    """Series of one figure are added; what is no number makes none."""
    assert figures(PAGE) == {
        "calls": 7,
        "input_tokens": 3000,
        "output_tokens": 0,
        "succeeded": 0,
        "undelivered": None,
    }


@pytest.mark.parametrize("figure", ["calls", "input_tokens", "output_tokens", "succeeded"])
def test_more_than_the_ledger_holds_is_found(figure: str) -> None:
    """A counter that counted something twice is found."""
    history = sound_history()
    history.scrapes[0][figure] += 1

    assert not metrics_agree_with_the_ledgers(history).is_true


def test_a_call_that_was_not_counted_is_found() -> None:
    """A call in the ledger that a process should have told of is missed."""
    history = sound_history()
    history.scrapes[0]["calls"] -= 1

    assert not metrics_agree_with_the_ledgers(history).is_true


@pytest.mark.parametrize(("at", "is_fair"), [(KILLED_AT - 50, True), (KILLED_AT + 50, False)])
def test_what_died_untold_is_fair(at: float, *, is_fair: bool) -> None:
    """A call between a process's last scrape and its end may be missing, and no other."""
    history = sound_history()
    called(history, plain_job(history), at)

    assert metrics_agree_with_the_ledgers(history).is_true is is_fair


def test_callbacks_that_nobody_waits_for_are_found() -> None:
    """A gauge that does not say what the outbox holds is found."""
    history = sound_history()
    history.events.append({"delivered_at": None})

    assert not metrics_agree_with_the_ledgers(history).is_true


def test_a_service_that_tells_nothing_is_found() -> None:
    """Both services are there at the end and are read."""
    history = sound_history()
    history.run_events.append({"at": KILLED_AT + 50, "event": "killed", "part": "service-b"})

    assert not metrics_agree_with_the_ledgers(history).is_true


def test_the_last_scrape_of_each_process_counts() -> None:
    """A process's figures grow, so that what it said before is in what it said last."""
    history = sound_history()
    scraped(history, "service-a", KILLED_AT - 300, told=10)

    assert metrics_agree_with_the_ledgers(history).is_true
