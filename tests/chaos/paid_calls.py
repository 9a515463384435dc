"""The sentences about money: no model call is paid for twice, and each is in the ledger."""

from collections import Counter

from tests.chaos.evidence import History
from tests.chaos.finding import Finding, named
from tests.chaos.in_flight import in_flight_when_killed, lost_with_their_service, writable_at
from tests.chaos.model import OUTPUT_TOKENS


def nothing_is_paid_twice_while_the_service_lives(history: History) -> Finding:
    """Before the first kill of anything else, only shims, Redis and core-api having died."""
    others = (kill["at"] for kill in history.kills if not kill["is_around_only"])
    end = min(others, default=float("inf"))
    kills = Counter(kill["part"] for kill in history.kills if kill["is_around_only"])
    extra = [
        number for number, calls in history.extra.items() for call in calls if call.begun_at < end
    ]
    paid = sum(call.begun_at < end for calls in history.paid.values() for call in calls)
    return Finding(
        "0 extra model calls when only shim, Redis or core-api died",
        not extra,
        f"{len(extra)} extra of {paid} paid, {kills.total()} kills{named(extra)}",
    )


def extra_calls_were_in_flight(history: History) -> Finding:
    """Each extra call repeats one of the same job that was in flight when a service was killed."""
    service, _, unexplained = _explained(history)
    in_flight = len(lost_with_their_service(history))
    return Finding(
        "extra model calls ≤ calls in flight when a service was killed",
        service <= in_flight and not unexplained,
        f"{service} extra ≤ {in_flight} in flight at {len(history.service_kills)} kills, "
        f"{len(unexplained)} unexplained{named(unexplained)}",
    )


def postgres_costs_nothing(history: History) -> Finding:
    """A kill of PostgreSQL makes nobody ask a model again."""
    _, postgres, _ = _explained(history)
    kills = len(history.kills_of("postgres"))
    in_flight = in_flight_when_killed(history, "postgres")
    return Finding(
        "0 extra model calls when PostgreSQL was killed",
        not postgres,
        f"{len(postgres)} extra, {in_flight} in flight at {kills} kills{named(postgres)}",
    )


def the_ledger_is_the_models(history: History) -> Finding:
    """The service wrote down what the model billed, call by call, but for what it lost dying."""
    paid = {call.tokens: call for calls in history.paid.values() for call in calls}
    maybe = {call.tokens for call in history.calls.values() if call.is_cut_off}
    answered = [row for row in history.ledger if row["outcome"] == "answered"]
    wrong = [
        row["input_tokens"]
        for row in answered
        if row["input_tokens"] not in maybe
        and (
            row["input_tokens"] not in paid
            or paid[row["input_tokens"]].job != history.number_of_run[row["run"]]
            or row["output_tokens"] != OUTPUT_TOKENS
        )
    ]
    twice = len(answered) - len(history.written_down)
    lost = [call for tokens, call in paid.items() if tokens not in history.written_down]
    with_service = lost_with_their_service(history)
    unexplained = [call.number for call in lost if call.number not in with_service]
    unknown = sum(row["outcome"] is None for row in history.ledger)
    shown = named(wrong + unexplained)
    return Finding(
        "the usage ledger equals the model's own count",
        not (wrong or twice or unexplained) and len(lost) <= unknown,
        f"{len(paid)} billed, {len(answered)} in the ledger, {len(lost)} lost with a service, "
        f"{len(wrong) + twice} wrong, {len(unexplained)} unexplained{shown}",
    )


def _explained(history: History) -> tuple[int, list[int], list[int]]:
    """Extra calls that a service's kill explains; the jobs of others, met by PostgreSQL's or not.

    A job has as many extra calls explained as it had answers lost with a service.
    """
    service = 0
    postgres: list[int] = []
    unexplained: list[int] = []
    moments = [kill["at"] for kill in history.kills_of("postgres")]
    with_service = lost_with_their_service(history)
    for number, extra in history.extra.items():
        lost = sum(call.number in with_service for call in history.paid[number])
        service += min(lost, len(extra))
        rest = [number] * (len(extra) - lost)
        was_met = any(
            call.begun_at <= moment <= writable_at(history, call.ended_at or moment)
            for call in history.paid[number]
            for moment in moments
        )
        (postgres if was_met else unexplained).extend(rest)
    return service, postgres, unexplained
