"""The journal: a paid answer is written down before it is used, so no crash pays for it twice."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias
from uuid import UUID

from sqlmodel import col, select, update

from app.db.engine import Database
from app.db.outage import is_outage
from app.errors import (
    AiWorkerError,
    ContextTooLong,
    ProviderMisconfigured,
    ProviderRateLimited,
    ServiceAway,
)
from app.llm.client import Completion, MeteredProvider, Prompt, Usage
from app.llm.fallback import candidates, is_for_the_next, soonest
from app.llm.meter import count_call
from app.llm.permit import COOLING, UNLIMITED, Budget, cool_down, start_call
from app.logs import log
from app.runs.tables import ANSWERED, Claim, LlmCall
from app.telemetry.metrics import REUSED
from app.telemetry.steps import step

# A paid answer is worth waiting for: the database has until the run's deadline to come back.
OUTAGE_PAUSE_SECONDS = 0.5

# Columns of a call, known once it has ended.
Ending: TypeAlias = dict[str, str | float | None]

# What a provider says before it starts to work, and bills nothing for.
TURNED_DOWN = (ProviderRateLimited, ProviderMisconfigured, ContextTooLong)


class JournalledProvider:
    """A provider for one run: what an earlier attempt paid for, a later one does not pay again.

    `model` and `prompt` name the last call that was answered, `step` the one being waited for.
    """

    def __init__(
        self,
        provider: MeteredProvider,
        database: Database,
        claim: Claim,
        budget: Budget = UNLIMITED,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._provider = provider
        self._database = database
        self._claim = claim
        self._budget = budget
        self._is_stopping = is_stopping
        self.model: str | None = None
        self.prompt: str | None = None
        self.step = "preparing"

    def model_for(self, prompt: Prompt) -> str:
        """The model that will really answer this prompt."""
        return self._provider.model_for(prompt)

    def context_window(self, prompt: Prompt) -> int | None:
        """How many tokens that model reads; `None` when nobody knows."""
        return self._provider.context_window(prompt)

    async def complete(self, prompt: Prompt) -> Completion:
        """The journalled answer to this request, or that of the first model which can give one.

        Two transactions around each call and none during it.

        Raises:
            LeaseLost, BudgetExhausted, TenantRateLimited: before anything is paid.
            ServiceAway: likewise; a process that is asked to stop waits for calls and makes none.
            RunInterrupted, RunFailed: as the provider does; what it said to all, to others too.
        """
        self.step = prompt.label
        asked = candidates(self._provider, prompt)
        completion = await self._journalled(asked)
        if completion is None:
            completion = await self._ask_in_turn(prompt, asked)
        self.model, self.prompt = completion.model, prompt.label
        return completion

    async def _journalled(self, request_hashes: Iterable[str]) -> Completion | None:
        # A first attempt has nothing to find, and most runs have only one.
        if self._claim.attempt == 1:
            return None
        async with self._database.tenant(self._claim.tenant_id) as session:
            rows = await session.exec(
                select(LlmCall).where(
                    LlmCall.run_id == self._claim.run_id,
                    col(LlmCall.request_hash).in_(request_hashes),
                    LlmCall.outcome == ANSWERED,
                )
            )
            found = {call.request_hash: call for call in rows}
        call = next((found[each] for each in request_hashes if each in found), None)
        if call is None:
            return None
        log.info("model_answer_reused", prompt=call.prompt, model=call.model)
        REUSED.labels("answer").inc()
        return Completion(
            text=call.answer or "",
            finish_reason=call.finish_reason or "",
            model=call.model,
            usage=Usage(call.input_tokens, call.output_tokens, call.cost_micro_usd),
        )

    async def _ask_in_turn(
        self, prompt: Prompt, asked: Mapping[str, MeteredProvider]
    ) -> Completion:
        failures: list[AiWorkerError] = []
        for request_hash, provider in asked.items():
            if failures:
                model, code = provider.model_for(prompt), failures[-1].code
                log.warning("model_fallback", prompt=prompt.label, model=model, code=code)
            try:
                return await self._ask(prompt, provider, request_hash)
            except AiWorkerError as failure:
                if not is_for_the_next(failure, is_of_fallback=bool(failures)):
                    raise
                failures.append(failure)
        # Raised out here: a chain of them would say that one led to the other.
        raise soonest(failures)

    async def _ask(
        self, prompt: Prompt, provider: MeteredProvider, request_hash: str
    ) -> Completion:
        if self._is_stopping():
            raise ServiceAway
        model, most = provider.model_for(prompt), provider.most_usage(prompt)
        quota = provider.quota_for(prompt)
        call = LlmCall(
            tenant_id=self._claim.tenant_id,
            run_id=self._claim.run_id,
            request_hash=request_hash,
            prompt=prompt.label,
            model=model,
            estimated_tokens=(most.input_tokens or 0) + (most.output_tokens or 0),
            estimated_cost_micro_usd=most.cost_micro_usd,
        )
        with step("journal"):
            async with self._database.tenant(self._claim.tenant_id) as session:
                await start_call(session, call, self._claim, quota, self._budget)
                await session.commit()
        started = time.monotonic()
        try:
            with step("model", model=model, prompt=prompt.label):
                completion = await provider.complete(prompt)
        except AiWorkerError as error:
            ending: Ending = {"outcome": error.code, "latency_seconds": _since(started)}
            if error.is_unbilled or isinstance(error, TURNED_DOWN):
                ending |= {"estimated_tokens": 0, "estimated_cost_micro_usd": 0}
            await self._finish(call.id, ending, cooled=(quota, error))
            count_call(self._claim.tenant_id, model, error.code)
            raise
        await self._finish(
            call.id,
            {
                "outcome": ANSWERED,
                "answer": completion.text,
                "finish_reason": completion.finish_reason,
                "model": completion.model,
                "latency_seconds": _since(started),
                **vars(completion.usage),
            },
        )
        count_call(self._claim.tenant_id, model, ANSWERED, completion.usage)
        return completion

    async def _finish(
        self,
        call_id: UUID,
        ending: Ending,
        cooled: tuple[str, AiWorkerError] | None = None,
    ) -> None:
        with step("journal"):
            await self._write(call_id, ending, cooled)

    async def _write(
        self, call_id: UUID, ending: Ending, cooled: tuple[str, AiWorkerError] | None
    ) -> None:
        while True:
            try:
                async with self._database.tenant(self._claim.tenant_id) as session:
                    await session.exec(
                        update(LlmCall)
                        .where(col(LlmCall.id) == call_id)
                        .values(**ending)
                        # No object of the session's is to be kept in step.
                        .execution_options(synchronize_session=False)
                    )
                    if cooled and cooled[1].code in COOLING:
                        await cool_down(session, *cooled)
                    await session.commit()
                    return
            except Exception as error:
                if not is_outage(error):
                    raise
                log.warning("journal_waits_for_database", error=error)
                await asyncio.sleep(OUTAGE_PAUSE_SECONDS)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
