"""The sentence about /metrics: what Prometheus would have seen is what the ledgers hold.

A process that is killed takes along what it counted since it was last scraped, so the ledgers may
hold that much more, and never less.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.chaos.evidence import SERVICES, Call, History
from tests.chaos.finding import Finding, named
from tests.chaos.history import Line
from tests.chaos.in_flight import writable_at

NEVER = float("inf")


@dataclass(frozen=True)
class Life:
    """A service's process: its last scrape, and when it ended; infinity while it is there."""

    part: str
    scraped: Line | None
    begun_at: float
    ended_at: float

    @property
    def told_until(self) -> float:
        """What it had counted by then is known."""
        return self.scraped["asked_at"] if self.scraped else self.begun_at

    def may_have_kept(self, history: History, call: Call) -> bool:
        """Whether it can have counted the call after its last scrape, and been killed."""
        if call.ended_at is None or self.ended_at == NEVER:
            return False
        return call.ended_at <= self.ended_at and (
            writable_at(history, call.ended_at) >= self.told_until
        )


def metrics_agree_with_the_ledgers(history: History) -> Finding:
    """Calls, tokens and runs as scraped, summed over processes, but for what died untold."""
    lives = list(_lives(history))
    last = [life for life in lives if life.ended_at == NEVER]
    stored, untold = _stored(history), _untold(history, lives)
    told = {name: sum(_figure(life, name) for life in lives) for name in stored}
    missing = stored["calls"] - told["calls"]
    undelivered = sum(event["delivered_at"] is None for event in history.events)
    wrong = [name for name, held in stored.items() if told[name] > held]
    wrong += [life.part for life in last if _figure(life, "undelivered") != undelivered]
    return Finding(
        "/metrics agrees with the ledgers",
        not wrong and missing <= untold and len(last) == len(SERVICES),
        f"{told['calls']:.0f} calls told by {len(lives)} processes, {stored['calls']} in the "
        f"ledger, {missing:.0f} untold ≤ {untold} at kills{named(wrong)}",
    )


def _stored(history: History) -> dict[str, int]:
    ledger = [row for row in history.ledger if row["outcome"] == "answered"]
    return {
        "calls": len(ledger),
        "input_tokens": sum(row["input_tokens"] for row in ledger),
        "output_tokens": sum(row["output_tokens"] for row in ledger),
        "succeeded": sum(run["state"] == "succeeded" for run in history.runs),
    }


def _untold(history: History, lives: Sequence[Life]) -> int:
    """How many calls that were written down can have been counted by a process untold."""
    return sum(
        call.tokens in history.written_down
        and any(life.may_have_kept(history, call) for life in lives)
        for call in history.calls.values()
    )


def _lives(history: History) -> Iterator[Life]:
    for part in SERVICES:
        ends = [*_moments(history, part, "killed"), *_moments(history, part, "ended_by_itself")]
        scrapes = [line for line in history.scrapes if line["part"] == part]
        for begun_at in _moments(history, part, "started"):
            ended_at = min((end for end in ends if end > begun_at), default=NEVER)
            its = [one for one in scrapes if begun_at < one["asked_at"] and one["at"] < ended_at]
            last = max(its, key=lambda one: float(one["asked_at"]), default=None)
            yield Life(part, last, begun_at, ended_at)


def _moments(history: History, part: str, event: str) -> list[float]:
    return sorted(
        line["at"] for line in history.run_events if line["event"] == event and line["part"] == part
    )


def _figure(life: Life, name: str) -> float:
    return (life.scraped or {}).get(name) or 0.0
