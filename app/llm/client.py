"""What a job says to a model and what comes back; the only types the rest of the house knows."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol


@dataclass(frozen=True)
class Block:
    """Text from students, employers or documents: data, never instructions.

    `label` is ours (upper case, e.g. `RESUME`); `text` is theirs and is fenced before it is sent.
    """

    label: str
    text: str


@dataclass(frozen=True)
class Turn:
    """A former answer of the model and what we say to it."""

    answer: str
    complaint: str


@dataclass(frozen=True)
class Prompt:
    """One request to a model, before it is rendered.

    `name` is the task (`rewrite-resume`), `version` counts its wording, `instructions` are ours,
    `blocks` are theirs, `answer_schema` is the JSON schema of the answer wanted, `turns` grow with
    each repair. A cheap step needs no judgement and goes to the fast model.
    """

    name: str
    version: int
    instructions: str
    blocks: tuple[Block, ...]
    answer_schema: Mapping[str, Any]
    turns: tuple[Turn, ...] = ()
    max_output_tokens: int = 4096
    is_cheap_step: bool = False

    @property
    def label(self) -> str:
        """`name/version`, as stored with the run."""
        return f"{self.name}/{self.version}"

    def followed_by(self, answer: str, complaint: str) -> "Prompt":
        """The same request, with the model's answer and what was wrong with it."""
        return replace(self, turns=(*self.turns, Turn(answer, complaint)))

    def request_hash(self, model: str) -> str:
        """SHA-256 over everything that decides the answer; the random fence is not part of it."""
        canonical = json.dumps([model, asdict(self)], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Usage:
    """What a call consumed. `None` is unknown, which is not zero.

    `cost_micro_usd` is in integer micro-dollars.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_micro_usd: int | None = None


@dataclass(frozen=True)
class Completion:
    """What a model said; `finish_reason` is `stop`, `length`, `refusal` or the provider's own."""

    text: str
    finish_reason: str
    model: str
    usage: Usage = field(default_factory=Usage)


class Provider(Protocol):
    """Somebody who answers prompts: LiteLLM, or a script in a test."""

    def model_for(self, prompt: Prompt) -> str:
        """The model that will really answer this prompt."""
        ...

    def context_window(self, prompt: Prompt) -> int | None:
        """How many tokens that model reads; `None` when nobody knows."""
        ...

    async def complete(self, prompt: Prompt) -> Completion:
        """One upstream request.

        Raises:
            RunInterrupted: the provider could not answer now.
            ContextTooLong: the provider says that the prompt does not fit.
            ModelRefused: the provider's content policy stopped it.
        """
        ...


class MeteredProvider(Provider, Protocol):
    """A provider whose calls somebody limits and somebody pays."""

    @property
    def fallbacks(self) -> "Sequence[MeteredProvider]":
        """Who is asked instead, in this order, while this one cannot answer."""
        ...

    def quota_for(self, prompt: Prompt) -> str:
        """What the provider's limits count this prompt against, the same on every replica."""
        ...

    def most_usage(self, prompt: Prompt) -> Usage:
        """What the call could consume at most; the cost is `None` when nobody knows the price."""
        ...


class ConnectedProvider(MeteredProvider, Protocol):
    """A provider with a beginning and an end, which a process has one of."""

    async def warm_up(self) -> None:
        """Get ready to answer; may take seconds, and holds nobody up meanwhile."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
