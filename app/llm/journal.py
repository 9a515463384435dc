"""The journal: a paid answer is written down before it is used, so no crash pays for it twice."""

import asyncio
import time
from uuid import UUID

from sqlalchemy import literal
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update

from app.db.engine import Database
from app.db.outage import is_outage
from app.errors import AiWorkerError, LeaseLost
from app.llm.client import Completion, Prompt, Provider, Usage
from app.logs import log
from app.runs.tables import ANSWERED, Claim, LlmCall, Run, RunState

# A paid answer is worth waiting for: the database has until the run's deadline to come back.
OUTAGE_PAUSE_SECONDS = 0.5


class JournalledProvider:
    """A provider for one run: what an earlier attempt paid for, a later one does not pay again.

    `model` and `prompt` name the last call that was answered, `step` the one being waited for.
    """

    def __init__(self, provider: Provider, database: Database, claim: Claim) -> None:
        self._provider = provider
        self._database = database
        self._claim = claim
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
        """The journalled answer to this request, or one upstream call that is journalled.

        Two transactions around the call and none during it.

        Raises:
            LeaseLost: before anything is paid.
            RunInterrupted, RunFailed: as the provider does.
        """
        self.step = prompt.label
        model = self._provider.model_for(prompt)
        request_hash = prompt.request_hash(model)
        completion = await self._journalled(request_hash)
        if completion is None:
            completion = await self._ask(prompt, model, request_hash)
        self.model, self.prompt = completion.model, prompt.label
        return completion

    async def _journalled(self, request_hash: str) -> Completion | None:
        # A first attempt has nothing to find, and most runs have only one.
        if self._claim.attempt == 1:
            return None
        async with self._database.tenant(self._claim.tenant_id) as session:
            rows = await session.exec(
                select(LlmCall).where(
                    LlmCall.run_id == self._claim.run_id,
                    LlmCall.request_hash == request_hash,
                    LlmCall.outcome == ANSWERED,
                )
            )
            call = rows.first()
        if call is None:
            return None
        log.info("model_answer_reused", prompt=call.prompt, model=call.model)
        return Completion(
            text=call.answer or "",
            finish_reason=call.finish_reason or "",
            model=call.model,
            usage=Usage(call.input_tokens, call.output_tokens, call.cost_micro_usd),
        )

    async def _ask(self, prompt: Prompt, model: str, request_hash: str) -> Completion:
        call = LlmCall(
            tenant_id=self._claim.tenant_id,
            run_id=self._claim.run_id,
            request_hash=request_hash,
            prompt=prompt.label,
            model=model,
        )
        await self._start(call)
        started = time.monotonic()
        try:
            completion = await self._provider.complete(prompt)
        except AiWorkerError as error:
            await self._finish(call.id, outcome=error.code, latency_seconds=_since(started))
            raise
        await self._finish(
            call.id,
            outcome=ANSWERED,
            answer=completion.text,
            finish_reason=completion.finish_reason,
            model=completion.model,
            latency_seconds=_since(started),
            **vars(completion.usage),
        )
        return completion

    async def _start(self, call: LlmCall) -> None:
        """Write the call down, unless the run was taken over: then nothing is asked."""
        values = call.model_dump(exclude_none=True)
        held = select(*(literal(value) for value in values.values())).where(
            Run.id == self._claim.run_id,
            Run.fence == self._claim.fence,
            Run.state == RunState.RUNNING,
        )
        async with self._database.tenant(self._claim.tenant_id) as session:
            written = await session.exec(insert(LlmCall).from_select(list(values), held))
            await session.commit()
        if written.rowcount != 1:
            raise LeaseLost

    async def _finish(self, call_id: UUID, **values: str | float | None) -> None:
        while True:
            try:
                async with self._database.tenant(self._claim.tenant_id) as session:
                    await session.exec(
                        update(LlmCall).where(col(LlmCall.id) == call_id).values(**values)
                    )
                    await session.commit()
                    return
            except Exception as error:
                if not is_outage(error):
                    raise
                log.warning("journal_waits_for_database", error=error)
                await asyncio.sleep(OUTAGE_PAUSE_SECONDS)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
