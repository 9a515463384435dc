"""The jobs of a run: what a producer puts on the queue, what the model does to each, how it ends.

Everything follows from the seed and the job's number, so that each process can know it by itself.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

COMPLETED = "completed"

TENANTS = ("college-a", "college-b", "college-c")

# The share of jobs that are planted to fail, and of those a producer would be frowned at for.
PLANTED = 0.05
ODD = 0.08

# The model's faults, by the share of jobs that meet one. 429 cools every replica down, so few do.
FAULTS = (("reset", 0.04), ("500", 0.04), ("429", 0.005))
SLOW = 0.025
# The share of slow jobs whose first request the load balancer cuts, while the service goes on.
DROPPED = 0.6

# Longer than the model is ever away, so that one outage costs a job one attempt.
BACKOFF_MS = 2_000

# What the planted jobs end with: a wrong tone, no data, no such job, no such résumé, a refusal.
INVALID_TONE, NO_DATA, NO_SUCH_JOB, NO_SUCH_RESUME, REFUSED = (
    "invalid tone",
    "no data",
    "no such job",
    "no such résumé",
    "refused",
)
PROBLEMS = {
    INVALID_TONE: "invalid_payload",
    NO_DATA: "invalid_payload",
    NO_SUCH_JOB: "unknown_job_type",
    NO_SUCH_RESUME: "resume_not_found",
    REFUSED: "llm_refused",
}


@dataclass(frozen=True)
class PlannedJob:
    """A job to be. `ends_with` is `completed` or the code of the problem it must end with.

    `model_faults` are what the model does instead of its first answers (`reset`, `500`, `429`);
    `is_dropped` has the load balancer cut its first request, so that a second one meets the first.
    `needed_calls` are the answers that must be paid for.
    """

    number: int
    name: str
    data: dict[str, Any] | None
    options: dict[str, Any]
    ends_with: str
    model_faults: tuple[str, ...] = ()
    is_slow: bool = False
    is_dropped: bool = False
    is_refused: bool = False
    needed_calls: int = 1

    @property
    def id(self) -> str:
        """The job's id on the queue. The producer names it: an `add` that is repeated adds none."""
        return str(self.options["jobId"])

    @property
    def is_asked_once(self) -> bool:
        """Whether its producer grants it no second attempt."""
        return "attempts" not in self.options


def student_of(number: int) -> str:
    """The job's mark: its student, and a word of its prompt."""
    return f"chaos-{number:06}"


def tenant_of(number: int) -> str:
    """The college the job belongs to."""
    return TENANTS[number % len(TENANTS)]


def planned_job(seed: int, number: int) -> PlannedJob:
    """The job with this number."""
    random = Random(f"{seed}-job-{number}")  # noqa: S311  repeatable on purpose
    options: dict[str, Any] = {
        "jobId": f"job-{number}",
        "attempts": random.choice((3, 4, 5)),
        "backoff": {"type": "exponential", "delay": BACKOFF_MS},
    }
    data: dict[str, Any] = {
        "tenant_id": tenant_of(number),
        "student_id": student_of(number),
        "resume_id": f"{student_of(number)}-base",
        "job_id": f"posting-{number}",
        "job_title": f"Backend intern ({student_of(number)})",
        "job_description": "Looks after services in Python and the databases behind them.",
        "tone": random.choice(("concise", "detailed", "professional")),
    }
    if random.random() < PLANTED:
        return _planted(random.choice(tuple(PROBLEMS)), number, data, options)
    if random.random() < ODD:
        _make_odd(random.randrange(6), number, options)
    faults = _faults(random, options.get("attempts", 1))
    is_slow = random.random() < SLOW
    return PlannedJob(
        number,
        "rewrite-resume",
        data,
        options,
        COMPLETED,
        faults,
        is_slow=is_slow,
        is_dropped=is_slow and random.random() < DROPPED,
    )


def _planted(kind: str, number: int, data: dict[str, Any], options: dict[str, Any]) -> PlannedJob:
    return PlannedJob(
        number,
        "rewrite-nothing" if kind == NO_SUCH_JOB else "rewrite-resume",
        None
        if kind == NO_DATA
        else data
        | ({"tone": "loud"} if kind == INVALID_TONE else {})
        | ({"resume_id": "never-written"} if kind == NO_SUCH_RESUME else {}),
        options,
        PROBLEMS[kind],
        is_refused=kind == REFUSED,
        needed_calls=int(kind == REFUSED),
    )


def _make_odd(kind: int, number: int, options: dict[str, Any]) -> None:
    match kind:
        case 0:
            options["backoff"] = {"type": "unheard-of", "delay": BACKOFF_MS}
        case 1:
            options["jobId"] = f"größe {number} 100%"
        case 2:
            options["jobId"] = f"{'long-' * 60}{number}"
        case 3:
            del options["attempts"], options["backoff"]
        case 4:
            options["priority"] = 7
        case _:
            options["delay"] = 1_500


def _faults(random: Random, attempts: int) -> tuple[str, ...]:
    """No more of the faults that cost an attempt than leave two attempts over."""
    faults = []
    for _ in range(max(attempts - 2, 0)):
        chance = random.random()
        for fault, share in FAULTS:
            chance -= share
            if chance < 0:
                faults.append(fault)
                break
        else:
            break
    return tuple(faults)
