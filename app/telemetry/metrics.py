"""What this process counts, for Prometheus. Names and labels are identifiers of ours.

Every label has few values: job types, steps, error codes and models are known before the start,
and of tenants the first ones a process meets are told apart.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

# The moment each series began: as many lines again, which no alert or dashboard needs.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's own type is missing

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

# A rewrite by rule takes 20 ms, by a model seconds; a run has two minutes unless set otherwise.
RUN_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300)
# A statement takes a millisecond, the guard a few, a model up to its 30 s.
STEP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

OTHER_TENANTS = "other"


def _counter(name: str, told: str, *labels: str) -> Counter:
    return Counter(f"ai_worker_{name}", told, labels, registry=REGISTRY)


def _gauge(name: str, told: str, *labels: str) -> Gauge:
    return Gauge(f"ai_worker_{name}", told, labels, registry=REGISTRY)


RUNS = _counter(
    "runs_total",
    "Requests for a run by how they ended: succeeded, replayed, or an error's code.",
    *("job_type", "outcome"),
)
RUN_SECONDS = Histogram(
    "ai_worker_run_seconds",
    "Attempts at a run, from request to answer; replays and refusals apart.",
    ["job_type"],
    buckets=RUN_BUCKETS,
    registry=REGISTRY,
)
STEP_SECONDS = Histogram(
    "ai_worker_run_step_seconds",
    "Steps of an attempt: claim, model, journal, guard, store, and the rest.",
    ["step"],
    buckets=STEP_BUCKETS,
    registry=REGISTRY,
)
RUNS_IN_FLIGHT = _gauge("runs_in_flight", "Runs this process is at.")
REUSED = _counter(
    "reused_total",
    "What was not asked for again: a run's receipt, a paid model answer, a stored summary.",
    "what",
)

MODEL_CALLS = _counter(
    "model_calls_total",
    "Model calls by how they ended: answered, or an error's code.",
    *("tenant", "model", "outcome"),
)
MODEL_TOKENS = _counter(
    "model_tokens_total",
    "Tokens of answered model calls.",
    *("tenant", "model", "direction"),
)
MODEL_COST = _counter(
    "model_cost_usd_total",
    "US dollars of answered model calls of known price.",
    *("tenant", "model"),
)
MODEL_CALLS_UNPRICED = _counter(
    "model_calls_unpriced_total", "Answered model calls whose price nobody knows.", "model"
)

GUARD_PROPOSALS = _counter(
    "guard_proposals_total",
    "Texts of a model that were judged: accepted or refused.",
    *("job_type", "verdict"),
)
GUARD_REFUSALS = _counter(
    "guard_refusals_total",
    "Reasons for which texts of a model were refused, by class of fabrication.",
    *("job_type", "code"),
)

CALLBACKS = _counter(
    "callbacks_total", "Attempts to tell core-api: delivered, repeated later, dead.", "outcome"
)

# What all replicas see in the database, read when somebody looks.
DATABASE_UP = _gauge("database_up", "Whether the database answered this scrape.")
OUTBOX_EVENTS = _gauge(
    "outbox_events", "Callbacks that core-api has not taken: waiting, or given up as dead.", "state"
)
OUTBOX_OLDEST_SECONDS = _gauge(
    "outbox_oldest_seconds", "How long the oldest waiting callback has waited."
)
RUNS_OPEN = _gauge("runs_open", "Runs that have not ended: running, or waiting.", "state")


class TenantLabel:
    """The tenants that are told apart: the first `most` that spent something in this process."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._known: set[str] = set()

    def of(self, tenant_id: str) -> str:
        """The tenant's id, or `other`."""
        if tenant_id not in self._known:
            if len(self._known) >= self.most:
                return OTHER_TENANTS
            self._known.add(tenant_id)
        return tenant_id


tenant_label = TenantLabel(most=0)
