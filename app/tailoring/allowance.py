"""How many answers a tailoring may take: seven, whatever goes wrong on the way."""

from collections.abc import Callable
from typing import TypeVar

from app.errors import ContextTooLong
from app.llm.client import Completion, Prompt, Provider
from app.llm.reply import ask
from app.logs import log
from app.rewriting.dialogue import SHRINKS

T = TypeVar("T")

# Issue and document 002: one analysis, and a generation and an evaluation for each of three
# attempts. A repair takes its call from an attempt that then is not made.
MAX_CALLS = 7
ANSWER_AND_REPAIR = 2


class Allowance:
    """A provider whose answers are counted, paid and journalled ones alike.

    Why alike: a redelivered run must come to the same decisions as the attempt before it.
    """

    def __init__(self, provider: Provider, calls: int = MAX_CALLS) -> None:
        self._provider = provider
        self.left = calls

    def model_for(self, prompt: Prompt) -> str:
        """The model that will really answer this prompt."""
        return self._provider.model_for(prompt)

    def context_window(self, prompt: Prompt) -> int | None:
        """How many tokens that model reads; `None` when nobody knows."""
        return self._provider.context_window(prompt)

    async def complete(self, prompt: Prompt) -> Completion:
        """The provider's answer; a request that was turned down is none."""
        completion = await self._provider.complete(prompt)
        self.left -= 1
        return completion

    async def ask(
        self,
        fitted: Callable[[int], Prompt],
        parse: Callable[[object], T],
        *,
        kept: int,
    ) -> T:
        """What `parse` makes of the answer, repaired once if `kept` calls are left after that.

        `fitted` gives the prompt for a part of the window: 1 is the whole, 8 an eighth.

        Raises:
            ContextTooLong: even an eighth of the window is too much for the model.
            InvalidOutput, ModelRefused, RunInterrupted: as `ask` does.
        """
        for shrink in SHRINKS:
            prompt = fitted(shrink)
            can_repair = self.left - ANSWER_AND_REPAIR >= kept
            try:
                return await ask(self, prompt, parse, is_repair_affordable=can_repair)
            except ContextTooLong:
                log.warning("prompt_too_long", prompt=prompt.label, shrink=shrink)
        raise ContextTooLong
