"""What LiteLLM's response amounts to: a text, how it ended, and what it took."""

import math
from typing import Any

from app.db.text import storable_text
from app.errors import ProviderError
from app.llm.client import Completion, Usage

REFUSALS = frozenset({"content_filter", "refusal"})


def completion_from(response: Any, model: str) -> Completion:  # noqa: ANN401  LiteLLM is untyped
    """The completion that a response of `model` (`provider/model`) holds.

    Raises:
        ProviderError: it holds none.
    """
    if not response.choices:
        raise ProviderError("The model provider sent no answer.")
    choice = response.choices[0]
    extras = getattr(choice.message, "provider_specific_fields", None) or {}
    refusal = extras.get("refusal")
    text, finish_reason = choice.message.content, str(choice.finish_reason)
    if refusal or finish_reason in REFUSALS:
        text, finish_reason = text or refusal or "", "refusal"
    elif text is None and finish_reason == "length":
        # The limit was spent on thinking.
        text = ""
    if not isinstance(text, str):
        raise ProviderError("The model provider sent an answer without text.")
    return Completion(storable_text(text), finish_reason, model, _usage(response))


def micro_dollars(dollars: float) -> int:
    """A price in integer micro-dollars, rounded up."""
    return math.ceil(round(dollars * 1_000_000, 3))


def _usage(response: Any) -> Usage:  # noqa: ANN401  as above
    usage = getattr(response, "usage", None)
    sent, received = getattr(usage, "prompt_tokens", 0), getattr(usage, "completion_tokens", 0)
    if not sent:
        # No prompt has no tokens: LiteLLM writes 0 where the provider said nothing.
        return Usage()
    cost = response._hidden_params.get("response_cost")  # noqa: SLF001  where LiteLLM documents it
    return Usage(sent, received, None if cost is None else micro_dollars(cost))
