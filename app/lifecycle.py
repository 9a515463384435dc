"""The life of a process: what it still waits for, what it runs in the background, how it ends."""

import asyncio
from collections.abc import Callable, Mapping

from sqlalchemy.exc import ProgrammingError

from app.db.embedded import EmbeddedAway, start_embedded_postgres
from app.db.engine import Database
from app.db.extension import ExtensionAway
from app.db.migrations import migrate, newest_revision, revision
from app.db.outage import is_outage
from app.errors import Unavailable
from app.llm.client import ConnectedProvider
from app.llm.embedding import ConnectedEmbedder
from app.llm.local_embedding import LocalModelAway
from app.llm.permit import Budget
from app.logs import log
from app.runs.admit import Admission
from app.runs.close import RunPolicy
from app.runs.deliver import Relay, oldest_due_seconds
from app.runs.execute import Runtime
from app.runs.job import AnyJob
from app.runs.lease import HEARTBEAT_SECONDS, Leases
from app.runs.repeat import repeat
from app.runs.retention import RETENTION_SECONDS, Retention, enforce
from app.runs.sweep import SWEEP_SECONDS, sweep
from app.runs.tenant_pace import TenantPace
from app.settings import Settings

OK = "ok"

# A probe asks every few seconds and gives up after a few.
PING_TIMEOUT_SECONDS = 2

# After the server cancelled its last requests, they need one statement each to release their runs.
RELEASE_TIMEOUT_SECONDS = 5

# The relay's last round: one request's limit and the statement behind it.
LAST_ROUND_SECONDS = 12


class StartRefused(Exception):  # noqa: N818  named for what happened
    """The process must not start; the text is one line for an operator."""


class Lifecycle:
    """Starts behind an open port; ready when database, schema and model library are there."""

    def __init__(  # noqa: PLR0913  what a process is made of, each by name or type
        self,
        settings: Settings,
        provider: ConnectedProvider,
        embedder: ConnectedEmbedder,
        jobs: Mapping[str, AnyJob],
        *,
        on_refused: Callable[[], None],
        is_stopping: Callable[[], bool],
    ) -> None:
        self.settings = settings
        self.refusal: str | None = None
        self._provider = provider
        self._embedder = embedder
        self._jobs = jobs
        self._pace = _pace(settings)
        self._student_pace = _student_pace(settings)
        self._on_refused = on_refused
        self._is_stopping = is_stopping
        self._missing = {
            "database": "starting",
            "migrations": "waiting for the database",
            "provider": "loading",
        }
        self._runtime: Runtime | None = None
        self._is_draining = False
        self._start: asyncio.Task[None] | None = None
        self._relay: asyncio.Task[None] | None = None
        self._background: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Start the start-up work and return at once."""
        self._start = asyncio.create_task(self._start_up())

    @property
    def is_active(self) -> bool:
        """Whether jobs are being run."""
        return self._runtime is not None and not self._is_draining

    def runtime(self) -> Runtime:
        """What jobs run on.

        Raises:
            Unavailable: it is not there yet, or no longer.
        """
        if self._is_draining:
            raise Unavailable("The service is shutting down.")
        if self._runtime is None:
            missing = ", ".join(f"{name} is {state}" for name, state in self._missing.items())
            raise Unavailable(f"The service is starting: {missing}.", retry_after_seconds=2)
        return self._runtime

    @property
    def database(self) -> Database | None:
        """The database, once it is open."""
        return self._runtime.database if self._runtime else None

    async def readiness(self) -> tuple[bool, dict[str, str]]:
        """Whether jobs can be run now, and a line for each thing they need."""
        checks = {"database": OK, "migrations": OK, "provider": OK} | self._missing
        checks["outbox"] = "waiting for the database"
        runtime = self._runtime
        if runtime is not None:
            checks |= await _look_at_database(runtime.database)
        if self._is_draining:
            checks["service"] = "shutting down"
        needed = [state for name, state in checks.items() if name != "outbox"]
        is_ready = runtime is not None and all(state == OK for state in needed)
        checks["provider"] = f"{checks['provider']}: {self.settings.provider} {self.settings.model}"
        return is_ready, checks

    async def end(self) -> None:
        """Stop taking jobs, let the last ones release their runs, tell core-api, close doors."""
        self._is_draining = True
        if self._start:
            self._start.cancel()
            await asyncio.gather(self._start, return_exceptions=True)
        if self._runtime is None:
            return
        await self._runtime.leases.wait_until_free(RELEASE_TIMEOUT_SECONDS)
        self._runtime.relay.stop()
        if self._relay:
            await asyncio.wait([self._relay], timeout=LAST_ROUND_SECONDS)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._provider.close()
        await self._embedder.close()
        if self._pace:
            await self._pace.close()
        await self._student_pace.close()
        await self._runtime.database.close()

    async def _start_up(self) -> None:
        try:
            database, _ = await asyncio.gather(self._open_database(), self._load_provider())
            self._runtime = self._assembled(database)
            log.info("ready", provider=self.settings.provider, model=self.settings.model)
        except StartRefused as refusal:
            self._refuse(str(refusal))
        except Exception as error:  # noqa: BLE001  a start that half works is worse than none
            log.error("start_failed", error=error)
            self._refuse("start-up failed; the log says where")

    def _refuse(self, reason: str) -> None:
        self.refusal = reason
        self._on_refused()

    async def _load_provider(self) -> None:
        await self._provider.warm_up()
        try:
            await self._embedder.warm_up()
        except LocalModelAway as away:
            raise StartRefused(str(away)) from None
        self._missing.pop("provider")

    async def _open_database(self) -> Database:
        try:
            url = await self._address()
            self._missing.pop("database")
            await self._bring_schema_up(url)
            self._missing.pop("migrations")
        except EmbeddedAway as away:
            raise StartRefused(str(away)) from None
        except Exception as error:
            if not is_outage(error):
                raise
            log.error("database_away", error=error)
            raise StartRefused("the database (DATABASE_URL) cannot be reached") from None
        return Database(url, pool_size=self.settings.database_pool_size)

    async def _address(self) -> str:
        if self.settings.database_url:
            url = self.settings.database_url.get_secret_value()
            await revision(url)
            return url
        return await asyncio.to_thread(start_embedded_postgres, self.settings.data_dir)

    async def _bring_schema_up(self, url: str) -> None:
        """Migrate where that is ours to do; production's database is `ai-worker migrate`'s."""
        if await revision(url) == newest_revision():
            return
        if self.settings.database_url and self.settings.app_env == "production":
            raise StartRefused("pending migrations: run `ai-worker migrate` first")
        try:
            await migrate(url)
        except ExtensionAway as away:
            raise StartRefused(str(away)) from None
        except ProgrammingError as error:
            log.error("migration_failed", error=error)
            raise StartRefused(
                "the database has pending migrations and this role may not run them: "
                "run `ai-worker migrate` as one that may"
            ) from None

    def _assembled(self, database: Database) -> Runtime:
        settings = self.settings
        policy = _policy(settings)
        runtime = Runtime(
            database=database,
            provider=self._provider,
            embedder=self._embedder,
            admission=Admission(
                database,
                policy,
                max_runs_in_flight=settings.max_runs_in_flight,
                pace=self._pace,
                student_pace=self._student_pace,
            ),
            leases=Leases(database),
            relay=Relay(
                database,
                core_api_url=settings.core_api_internal_url,
                secret=settings.callback_secret,
            ),
            policy=policy,
            is_stopping=self._is_stopping,
        )
        self._relay = asyncio.create_task(runtime.relay.run_until_stopped())
        self._background = [
            asyncio.create_task(
                repeat("heartbeat", runtime.leases.beat, every_seconds=HEARTBEAT_SECONDS)
            ),
            asyncio.create_task(
                repeat(
                    "sweeper",
                    lambda: sweep(database, runtime.policy, self._jobs),
                    every_seconds=SWEEP_SECONDS,
                )
            ),
            asyncio.create_task(
                repeat(
                    "retention",
                    lambda: enforce(database, _retention(settings)),
                    every_seconds=RETENTION_SECONDS,
                )
            ),
        ]
        return runtime


def _policy(settings: Settings) -> RunPolicy:
    return RunPolicy(
        max_attempts=settings.max_attempts,
        abandoned_after_seconds=settings.abandoned_after_seconds,
        deadline_seconds=settings.run_deadline_seconds,
        is_student_notified=settings.notify_student_directly,
        budget=Budget(settings.tenant_monthly_tokens, settings.tenant_monthly_micro_usd),
    )


def _retention(settings: Settings) -> Retention:
    return Retention(
        run_days=settings.run_retention_days,
        answer_days=settings.answer_retention_days,
        callback_days=settings.callback_retention_days,
    )


def _pace(settings: Settings) -> TenantPace | None:
    if settings.tenant_runs_per_minute is None:
        return None
    return TenantPace(settings.tenant_runs_per_minute, settings.shared_redis_url)


def _student_pace(settings: Settings) -> TenantPace:
    return TenantPace(
        settings.student_tailorings_per_minute, settings.shared_redis_url, namespace="student-runs"
    )


async def _look_at_database(database: Database) -> dict[str, str]:
    try:
        async with asyncio.timeout(PING_TIMEOUT_SECONDS):
            age_seconds = await oldest_due_seconds(database)
    except Exception as error:  # noqa: BLE001  whatever it is, it is not ready
        log.warning("database_not_ready", error=error)
        return {"database": "cannot be reached", "outbox": "unknown"}
    waits = OK if age_seconds is None else f"the oldest callback waits {age_seconds:.0f} s"
    return {"outbox": waits}
