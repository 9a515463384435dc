"""What a model call adds to the counters, once it stands in the journal."""

from app.llm.client import Usage
from app.telemetry.metrics import (
    MODEL_CALLS,
    MODEL_CALLS_UNPRICED,
    MODEL_COST,
    MODEL_TOKENS,
    tenant_label,
)

MICRO_DOLLARS = 1_000_000


def count_call(tenant_id: str, model: str, outcome: str, usage: Usage | None = None) -> None:
    """Count a call that ended, and what it used if it was answered; unknown is not counted as zero.

    `model` is the name that the call was made under, which settings bound.
    """
    tenant = tenant_label.of(tenant_id)
    MODEL_CALLS.labels(tenant, model, outcome).inc()
    if usage is None:
        return
    MODEL_TOKENS.labels(tenant, model, "input").inc(usage.input_tokens or 0)
    MODEL_TOKENS.labels(tenant, model, "output").inc(usage.output_tokens or 0)
    if usage.cost_micro_usd is None:
        MODEL_CALLS_UNPRICED.labels(model).inc()
    else:
        MODEL_COST.labels(tenant, model).inc(usage.cost_micro_usd / MICRO_DOLLARS)
