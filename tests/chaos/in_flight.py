"""Which model calls were in flight when somebody was killed.

In flight is a call until its answer could be written down, which takes a database.
"""

from collections import defaultdict

from tests.chaos.evidence import Call, History
from tests.chaos.history import Line

# How long a service that lives takes at most, on a busy machine, to write an answer down.
WRITING_SECONDS = 1.0

# No request for a job is at a service for longer than the run's deadline and this.
LONGEST_REQUEST_SECONDS = 75.0


def lost_with_their_service(history: History) -> dict[int, Line]:
    """The calls in flight when their own service was killed: the kill by the call's number."""
    services = _services(history)
    lost = {}
    for call in history.calls.values():
        if call.tokens in history.written_down or call.ended_at is None:
            continue
        for kill in history.service_kills:
            if call.begun_at <= kill["at"] <= writable_at(history, call.ended_at) and (
                kill["part"] in _may_have_asked(history, call, services[call.job])
            ):
                lost[call.number] = kill
    return lost


def writable_at(history: History, moment: float) -> float:
    """When what came at a moment is surely written down, if its service lives."""
    written_at = moment + WRITING_SECONDS
    for kill in history.kills_of("postgres"):
        if kill["at"] <= written_at:
            written_at = max(written_at, history.back_at(kill) + WRITING_SECONDS)
    return written_at


def in_flight_when_killed(history: History, part: str) -> int:
    """How many calls were being answered at the moments this part was killed, one by one."""
    return sum(
        call.begun_at <= kill["at"] <= (call.ended_at or kill["at"])
        for call in history.calls.values()
        for kill in history.kills_of(part)
    )


def _services(history: History) -> dict[int, list[tuple[float, str]]]:
    """The moments and services each job was sent to, by the job's number."""
    number_of_key = {run["job_key"]: history.number_of_run[run["run"]] for run in history.runs}
    services = defaultdict(list)
    for line in history.forwarded:
        if line["job_key"] in number_of_key:
            services[number_of_key[line["job_key"]]].append((line["at"], line["service"]))
    return services


def _may_have_asked(history: History, call: Call, sent: list[tuple[float, str]]) -> set[str]:
    """The services the job was sent to of late and that were not killed before the call."""
    return {
        service
        for sent_at, service in sent
        if call.begun_at - LONGEST_REQUEST_SECONDS < sent_at <= call.begun_at
        and not any(sent_at < kill["at"] < call.begun_at for kill in history.kills_of(service))
    }
