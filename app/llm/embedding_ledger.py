"""Embedding calls of a run in the ledger of model calls: permitted, written down, paid once.

The vectors are stored by whoever asked for them (app/retrieval); the ledger's row says what they
took, and its `answer` stays empty.
"""

import hashlib
import json
import time
from collections.abc import Callable, Sequence

from sqlmodel import col, update

from app.db.engine import Database
from app.errors import AiWorkerError, ServiceAway
from app.llm.embedding import MeteredEmbedder, Vector
from app.llm.permit import COOLING, UNLIMITED, Budget, cool_down, start_call
from app.runs.tables import ANSWERED, Claim, LlmCall

# The name of the step, as a prompt has one.
STEP = "embed/1"


class LedgeredEmbedder:
    """An embedder for one run, whose paid calls count against the tenant's budget."""

    def __init__(
        self,
        embedder: MeteredEmbedder,
        database: Database,
        claim: Claim,
        budget: Budget = UNLIMITED,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._embedder = embedder
        self._database = database
        self._claim = claim
        self._budget = budget
        self._is_stopping = is_stopping

    @property
    def model(self) -> str:
        """The model that makes the vectors."""
        return self._embedder.model

    @property
    def dimensions(self) -> int | None:
        """How many numbers a vector has, once somebody knows."""
        return self._embedder.dimensions

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors; two transactions around a paid call and none during it.

        Raises:
            LeaseLost, BudgetExhausted, TenantRateLimited: before anything is paid.
            ServiceAway: likewise; a process that is asked to stop makes no more calls.
            RunInterrupted, ContextTooLong: as the embedder does.
        """
        quota = self._embedder.quota
        if quota is None:
            return (await self._embedder.embedded(texts)).vectors
        if self._is_stopping():
            raise ServiceAway
        call = self._call(texts)
        async with self._database.tenant(self._claim.tenant_id) as session:
            await start_call(session, call, self._claim, quota, self._budget)
            await session.commit()
        return await self._ask(texts, call, quota)

    async def _ask(self, texts: Sequence[str], call: LlmCall, quota: str) -> list[Vector]:
        started = time.monotonic()
        try:
            embedded = await self._embedder.embedded(texts)
        except AiWorkerError as error:
            ending: dict[str, object] = {"outcome": error.code}
            if error.is_unbilled:
                ending |= {"estimated_tokens": 0, "estimated_cost_micro_usd": 0}
            await self._finish(call, started, ending, (quota, error))
            raise
        await self._finish(call, started, {"outcome": ANSWERED, **vars(embedded.usage)}, None)
        return embedded.vectors

    def _call(self, texts: Sequence[str]) -> LlmCall:
        most = self._embedder.most_usage(texts)
        request = json.dumps([self.model, list(texts)], ensure_ascii=False)
        return LlmCall(
            tenant_id=self._claim.tenant_id,
            run_id=self._claim.run_id,
            request_hash=hashlib.sha256(request.encode("utf-8", "surrogatepass")).hexdigest(),
            prompt=STEP,
            model=self.model,
            estimated_tokens=most.input_tokens or 0,
            estimated_cost_micro_usd=most.cost_micro_usd,
        )

    async def _finish(
        self,
        call: LlmCall,
        started: float,
        ending: dict[str, object],
        cooled: tuple[str, AiWorkerError] | None,
    ) -> None:
        seconds = round(time.monotonic() - started, 3)
        async with self._database.tenant(self._claim.tenant_id) as session:
            await session.exec(
                update(LlmCall)
                .where(col(LlmCall.id) == call.id)
                .values(**ending, latency_seconds=seconds)
            )
            if cooled and cooled[1].code in COOLING:
                await cool_down(session, *cooled)
            await session.commit()
