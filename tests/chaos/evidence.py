"""The history of a run, read back and put together: what the sentences of the verdict rest on."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from tests.chaos.history import Line, lines
from tests.chaos.planned_jobs import PlannedJob, planned_job, student_of
from tests.chaos.schedule import Trial

SERVICES = ("service-a", "service-b")


@dataclass
class Call:
    """A model call; times in seconds since 1970. `tokens` only of one that was answered with 200.

    `is_cut_off`: the model was killed before anybody can know whether the client got its answer.
    """

    number: int
    job: int
    begun_at: float
    ended_at: float | None = None
    tokens: int | None = None
    is_cut_off: bool = False

    @property
    def is_paid(self) -> bool:
        """Whether the provider bills it."""
        return self.tokens is not None and not self.is_cut_off


@dataclass
class History:
    """Everything that was written down, sorted by who wrote it."""

    seed: int
    jobs: int
    run_events: list[Line]
    enqueued: list[Line]
    queue_jobs: list[Line]
    model: list[Line]
    callbacks: list[Line]
    forwarded: list[Line]
    runs: list[Line] = field(default_factory=list)
    ledger: list[Line] = field(default_factory=list)
    variants: list[Line] = field(default_factory=list)
    events: list[Line] = field(default_factory=list)
    scrapes: list[Line] = field(default_factory=list)

    @cached_property
    def planned(self) -> dict[int, PlannedJob]:
        """Each job as it was meant to be."""
        return {number: planned_job(self.seed, number) for number in range(self.jobs)}

    @cached_property
    def number_of_student(self) -> dict[str, int]:
        """The job's number by its student."""
        return {student_of(number): number for number in range(self.jobs)}

    @cached_property
    def number_of_run(self) -> dict[str, int]:
        """The job's number by its run."""
        return {run["run"]: self.number_of_student[run["student"]] for run in self.runs}

    @cached_property
    def queue_job_of(self) -> dict[int, Line]:
        """What became of each job on the queue."""
        by_id = {line["id"]: line for line in self.queue_jobs}
        return {n: by_id[job.id] for n, job in self.planned.items() if job.id in by_id}

    @cached_property
    def kills(self) -> list[Line]:
        """The kills, oldest first."""
        kills = [line for line in self.run_events if line["event"] == "killed"]
        return sorted(kills, key=lambda kill: kill["at"])

    @property
    def service_kills(self) -> list[Line]:
        """The kills of services."""
        return [kill for kill in self.kills if kill["part"] in SERVICES]

    def kills_of(self, part: str) -> list[Line]:
        """The kills of one part, oldest first."""
        return [kill for kill in self.kills if kill["part"] == part]

    def back_at(self, kill: Line) -> float:
        """When what was killed was ready again."""
        ready = (
            line["at"]
            for line in self.run_events
            if line["event"] == "ready" and line["part"] == kill["part"] and line["at"] > kill["at"]
        )
        return min(ready, default=float("inf"))

    @cached_property
    def calls(self) -> dict[int, Call]:
        """Every model call by its number."""
        calls: dict[int, Call] = {}
        answered = set()
        for line in self.model:
            if line["event"] == "begun":
                calls[line["call"]] = Call(line["call"], line["job"], line["at"])
                continue
            call = calls[line["call"]]
            match line["event"]:
                case "answering":
                    call.ended_at, call.tokens = line["at"], line["tokens"]
                case "failed":
                    call.ended_at = line["at"]
                case "answered":
                    answered.add(call.number)
        for call in calls.values():
            call.is_cut_off = call.tokens is not None and call.number not in answered
        return calls

    @cached_property
    def paid(self) -> dict[int, list[Call]]:
        """The calls that were answered with 200, by job, oldest first."""
        paid = defaultdict(list)
        for call in self.calls.values():
            if call.is_paid:
                paid[call.job].append(call)
        return paid

    @cached_property
    def written_down(self) -> set[int]:
        """The input tokens, unlike any other call's, of the answers that the service journalled."""
        return {row["input_tokens"] for row in self.ledger if row["outcome"] == "answered"}

    @cached_property
    def extra(self) -> dict[int, list[Call]]:
        """The calls that were paid beyond what a job needed, by job: its last ones."""
        extra = {}
        for number, calls in self.paid.items():
            needed = self.planned[number].needed_calls
            if len(calls) > needed:
                extra[number] = calls[needed:]
        return extra


def read_history(trial: Trial) -> History:
    """What a trial wrote down."""
    folder = trial.history
    states = list(lines(folder, "states"))
    return History(
        seed=trial.seed,
        jobs=trial.jobs,
        run_events=list(lines(folder, "parts")),
        enqueued=list(lines(folder, "producer")),
        queue_jobs=[line for line in states if line["event"] == "queue_job"],
        model=list(lines(folder, "model")),
        callbacks=list(lines(folder, "core_api")),
        forwarded=list(lines(folder, "balancer")),
        runs=[line for line in states if line["event"] == "run"],
        ledger=[line for line in states if line["event"] == "ledger"],
        variants=[line for line in states if line["event"] == "variant"],
        events=[line for line in states if line["event"] == "event"],
        scrapes=list(lines(folder, "scrapes")),
    )
