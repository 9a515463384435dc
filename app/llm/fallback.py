"""Who is asked when a model cannot answer now, and which failures that is for.

Another provider cures a limit, a fault and silence. It does not cure what is wrong with the
request, the tenant's budget or this process; and a rejected key, quota or model name stops, for an
operator has to see it before another provider's bill does.
"""

import math
from collections.abc import Sequence

from app.errors import (
    AiWorkerError,
    LeaseLost,
    ModelTimeout,
    ProviderError,
    ProviderRateLimited,
    RunInterrupted,
    ServiceAway,
)
from app.llm.client import MeteredProvider, Prompt

CURED_ELSEWHERE = (ProviderRateLimited, ProviderError, ModelTimeout)

# The run is somebody else's or the process ends: nobody is asked any more.
OURS = (LeaseLost, ServiceAway)


def candidates(provider: MeteredProvider, prompt: Prompt) -> dict[str, MeteredProvider]:
    """Who may answer, in the order of asking, each under the hash of its own request.

    A model that is named twice, as a fallback that is also the fast model, is asked once.
    """
    found: dict[str, MeteredProvider] = {}
    for candidate in (provider, *provider.fallbacks):
        found.setdefault(prompt.request_hash(candidate.model_for(prompt)), candidate)
    return found


def is_for_the_next(failure: AiWorkerError, *, is_of_fallback: bool) -> bool:
    """Whether the next candidate may be asked after this failure.

    What a fallback finds wrong with the request, or its price with the budget, is passed over.
    """
    if is_of_fallback:
        return not isinstance(failure, OURS)
    return isinstance(failure, CURED_ELSEWHERE) and not failure.is_bad_request


def soonest(failures: Sequence[AiWorkerError]) -> RunInterrupted:
    """Of what all candidates failed with, what lets the run come back first, at no attempt.

    Never what ends the run: the model that was meant to answer has not been asked.
    """
    interruptions = [failure for failure in failures if isinstance(failure, RunInterrupted)]
    return min(interruptions, key=_wait_seconds)


def _wait_seconds(interruption: RunInterrupted) -> float:
    return math.inf if interruption.is_counted else interruption.retry_after_seconds or 0
