"""What a caller gets for a run."""

from uuid import UUID

from app.verdict import Refusal
from app.wire import WireModel

MICRO_DOLLARS = 1_000_000


class UsageOut(WireModel):
    """Tokens and dollars of all the run's model calls; null is unknown, which is not zero."""

    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None


class RefusalOut(WireModel):
    """A proposed text that the guard did not let through, and why, in words for a student."""

    path: str
    text: str
    span: str
    code: str
    reason: str


class Receipt(WireModel):
    """The answer to a job that is done. `is_replay` says that it had been done before."""

    run_id: UUID
    job_id: str
    job_type: str
    tenant_id: str
    result_id: str
    is_replay: bool = False
    model: str | None
    usage: UsageOut
    refusals: list[RefusalOut]
    warnings: list[str]


def refusals_out(refusals: tuple[Refusal, ...]) -> list[RefusalOut]:
    """The guard's refusals as a caller sees them."""
    return [RefusalOut.model_validate(vars(refusal)) for refusal in refusals]


def dollars(micro_dollars: int | None) -> float | None:
    """Micro-dollars as dollars; unknown stays unknown."""
    return None if micro_dollars is None else micro_dollars / MICRO_DOLLARS
