"""The smallest job there can be, and hands to work the machinery that runs it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import func, text
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import Database
from app.llm.client import Completion, MeteredProvider, Prompt, Usage
from app.llm.embedding import MeteredEmbedder
from app.llm.lexical_embedding import LexicalEmbedder
from app.llm.permit import UNLIMITED, Budget
from app.records.postings import Posting
from app.runs.admit import Admission
from app.runs.close import RunPolicy
from app.runs.deliver import Relay
from app.runs.execute import Runtime
from app.runs.job import AnyJob, Job, JobPayload, Outcome, RunContext
from app.runs.lease import Leases
from app.runs.tables import Run
from app.runs.tenant_pace import TenantPace
from tests.fakes import ScriptedProvider

Row = TypeVar("Row", bound=SQLModel)

PROMPT = Prompt("toy", 1, "Say something.", (), {"type": "object"})


class ToyPayload(JobPayload):
    """A payload with one word of its own."""

    some_word: str = "hello"


async def ask_once(_: ToyPayload, context: RunContext) -> Outcome[str]:
    """Ask the model one question and keep what it says."""
    completion = await context.model.complete(PROMPT)
    return Outcome(completion.text)


async def save_posting(
    session: AsyncSession, payload: ToyPayload, outcome: Outcome[str], context: RunContext
) -> str:
    """Keep the answer as a posting, the plainest row of the domain."""
    posting = Posting(
        tenant_id=payload.tenant_id,
        id=f"{context.claim.run_id}/{context.claim.fence}",
        title="toy",
        description=outcome.result,
    )
    session.add(posting)
    await session.flush()
    return posting.id


class HungProvider(ScriptedProvider):
    """A provider that answers when it is told to; `asked` counts calls that wait."""

    def __init__(self) -> None:
        super().__init__("late")
        self.asked = 0
        self.go_on = asyncio.Event()

    async def complete(self, prompt: Prompt) -> Completion:
        """The answer, once `go_on` is set."""
        self.prompts.append(prompt)
        self.asked += 1
        await self.go_on.wait()
        return Completion("late", "stop", self.model, Usage(1, 1, 1))


class FlakyDatabase(Database):
    """The database behind a network that fails with `outages`, one for each transaction asked."""

    def __init__(self, database: Database) -> None:
        self.engine = database.engine
        self.outages: list[Exception | None] = []

    @asynccontextmanager
    async def tenant(self, tenant_id: str) -> AsyncIterator[AsyncSession]:
        """A transaction, or the next outage."""
        outage = self.outages.pop(0) if self.outages else None
        if outage:
            raise outage
        async with super().tenant(tenant_id) as session:
            yield session


def toy_job(
    process: Callable[[ToyPayload, RunContext], Awaitable[Outcome[str]]] = ask_once,
    save: Callable[[AsyncSession, ToyPayload, Outcome[str], RunContext], Awaitable[str]] = (
        save_posting
    ),
    name: str = "toy",
    *,
    is_paced_per_student: bool = False,
) -> AnyJob:
    """A job with one half replaced, to see what the machinery makes of it."""
    return Job(
        name=name,
        title="Toy",
        description="A toy.",
        payload=ToyPayload,
        example={},
        announcement="The toy is ready.",
        apology="The toy broke.",
        process=process,
        save=save,
        is_paced_per_student=is_paced_per_student,
    )


def toy_runtime(  # noqa: PLR0913  one argument per thing that a test turns
    database: Database,
    provider: MeteredProvider,
    *,
    max_attempts: int = 3,
    deadline_seconds: float = 20,
    is_student_notified: bool = False,
    budget: Budget = UNLIMITED,
    max_runs_in_flight: int = 10_000,
    pace: TenantPace | None = None,
    student_pace: TenantPace | None = None,
    embedder: MeteredEmbedder | None = None,
) -> Runtime:
    """What a process would hand to `execute`; its relay tells nobody."""
    policy = RunPolicy(
        max_attempts=max_attempts,
        abandoned_after_seconds=86_400,
        deadline_seconds=deadline_seconds,
        is_student_notified=is_student_notified,
        budget=budget,
    )
    return Runtime(
        database=database,
        provider=provider,
        embedder=embedder or LexicalEmbedder(),
        admission=Admission(
            database,
            policy,
            max_runs_in_flight=max_runs_in_flight,
            pace=pace,
            student_pace=student_pace,
        ),
        leases=Leases(database),
        relay=Relay(database, core_api_url=None, secret="secret-of-the-tests"),
        policy=policy,
    )


def new_key() -> str:
    """A key nobody used, in the shim's form."""
    return f"ai-jobs:{uuid4().int % 10**9}:1789000000000"


async def rows(database: Database, tenant_id: str, table: type[Row]) -> list[Row]:
    """Every row of one tenant in a table."""
    async with database.tenant(tenant_id) as session:
        return list(await session.exec(select(table)))


async def expire_leases(database: Database, tenant_id: str) -> None:
    """Let the time of the tenant's leases be over."""
    await change_runs(database, tenant_id, "lease_expires_at = now() - interval '1 second'")


async def end_cooldown(database: Database, provider: ScriptedProvider) -> None:
    """Let the time of the provider's cooldown be over."""
    over = "update ai_provider_cooldowns set expires_at = now() where quota = :quota"
    async with database.tenant("anybody") as session:
        connection = await session.connection()
        await connection.execute(text(over), {"quota": provider.quota})
        await session.commit()


async def change_runs(database: Database, tenant_id: str, assignment: str) -> None:
    """Set columns of the tenant's runs, in SQL."""
    async with database.tenant(tenant_id) as session:
        connection = await session.connection()
        await connection.execute(text(f"update ai_job_runs set {assignment}"))
        await session.commit()


async def seconds_left(database: Database, tenant_id: str) -> float:
    """How long the lease of the tenant's only run still goes, on the database's clock."""
    async with database.tenant(tenant_id) as session:
        left = select(func.extract("epoch", col(Run.lease_expires_at) - func.clock_timestamp()))
        return float((await session.exec(left)).one())


async def until(
    condition: Callable[[], bool] | Callable[[], Awaitable[bool]], timeout_seconds: float = 10
) -> None:
    """Wait for something that happens elsewhere; the test fails when it does not."""
    async with asyncio.timeout(timeout_seconds):
        while not await _is_so(condition()):  # noqa: ASYNC110  it is not ours to signal
            await asyncio.sleep(0.01)


async def _is_so(answer: bool | Awaitable[bool]) -> bool:  # noqa: FBT001  an answer, no flag
    return answer if isinstance(answer, bool) else await answer
