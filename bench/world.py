"""PostgreSQL, Redis, a model and core-api for a bench, and the services and shims on top of them.

The documents of `documents.py` are numbered on: each job of a bench has a number, a student and a
résumé that no other job has. The model rewords every other bullet: it is asked to leave good ones.
"""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from app.local_queue.redis import running_redis
from bench.documents import MARK, Template, templates
from bench.processes import (
    AI_WORKER,
    NODE,
    PYTHON,
    ROOT,
    START_SECONDS,
    Program,
    answers_ok,
    started,
    wait_until,
)
from tests.chaos.postgres import Cluster, create_cluster
from tests.chaos.processes import accepts_connections, free_ports

SECRET = "secret-of-the-benches"  # noqa: S105  of no use anywhere else
TENANT = "bench-college"
LATENCY_SECONDS = 0.5
ACCEPTING_SECONDS = 20

SERVICE_SETTINGS = {
    "APP_ENV": "production",
    "LLM_PROVIDER": "openai",
    "LLM_MODEL": "gpt-4o",
    "OPENAI_API_KEY": "sk-bench",
    "CORE_API_INTERNAL_SECRET": SECRET,
}

FILL = """
insert into resumes (tenant_id, id, student_id, resume, is_ai_variant, provenance, refusals)
select $1, 'resume-' || number, 'student-' || number,
    replace(($2::text[])[1 + number % cardinality($2::text[])],
        $3, lpad(number::text, 6, '0'))::jsonb, false, '{}', '[]'
from generate_series($4::int, $5::int - 1) as number
"""


# The peer's, as far as it needs one; the names are ours, so that FILL fills both.
PEER_TABLE = """
create table resumes (
    tenant_id text not null, id text not null default gen_random_uuid(), student_id text not null,
    resume jsonb not null, is_ai_variant boolean not null, base_resume_id text,
    provenance jsonb, refusals jsonb, primary key (tenant_id, id)
)
"""


@dataclass
class World:
    """What every variant of a bench shares; `folder` has the programs' logs."""

    folder: Path
    cluster: Cluster
    redis_url: str
    stand_ins_url: str
    postgres: Program
    stand_ins: Program
    templates: list[Template]
    jobs: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))

    def database_url(self, name: str) -> str:
        """The address of a database of this cluster."""
        return self.cluster.url.removesuffix("postgres") + name

    def create_database(self, name: str) -> str:
        """A new, empty database; gives its address."""
        asyncio.run(_execute(self.cluster.url, f"create database {name}"))
        return self.database_url(name)

    def create_service_database(self, name: str) -> str:
        """A new database with our schema; gives its address."""
        url = self.create_database(name)
        migrate = started("migrate", (*AI_WORKER, "migrate"), {"DATABASE_URL": url}, self.folder)
        if migrate.process.wait(START_SECONDS):
            raise RuntimeError("the migration failed")
        return url

    def create_peer_database(self, name: str) -> str:
        """A new database with document 000's table; gives its address."""
        url = self.create_database(name)
        asyncio.run(_execute(url, PEER_TABLE))
        return url

    def fill(self, url: str, first: int, end: int) -> None:
        """Store the résumés of the jobs from `first` to before `end`."""
        texts = [json.dumps(each.resume, ensure_ascii=False) for each in self.templates]
        asyncio.run(_execute(url, FILL, TENANT, texts, MARK, first, end))

    def start_service(
        self, name: str, url: str, command: Sequence[str | Path] = AI_WORKER, **settings: str
    ) -> tuple[Program, str]:
        """A service that has begun to start, and its address."""
        (port,) = free_ports(1)
        environment = SERVICE_SETTINGS | {
            "DATABASE_URL": url,
            "REDIS_URL": self.redis_url,
            "LLM_API_BASE": f"{self.stand_ins_url}/v1",
            "CORE_API_INTERNAL_URL": self.stand_ins_url,
            "PORT": str(port),
            **settings,
        }
        service = started(name, (*command, "serve"), environment, self.folder)
        return service, f"http://127.0.0.1:{port}"

    def start_ready_service(
        self, name: str, url: str, command: Sequence[str | Path] = AI_WORKER, **settings: str
    ) -> tuple[Program, str]:
        """A service that is ready, and its address."""
        service, address = self.start_service(name, url, command, **settings)
        wait_until(lambda: answers_ok(f"{address}/ready"), name, START_SECONDS)
        return service, address

    def start_shim(self, name: str, service_url: str, concurrency: int) -> Program:
        """A shim that takes jobs to the service."""
        environment = {
            "APP_ENV": "production",
            "REDIS_URL": self.redis_url,
            "AI_WORKER_URL": service_url,
            "CORE_API_INTERNAL_SECRET": SECRET,
            "SHIM_CONCURRENCY": str(concurrency),
            "SHIM_PORT": "0",
        }
        return started(name, (*NODE, ROOT / "shim" / "shim.mjs"), environment, self.folder)

    def payload(self, number: int) -> dict[str, str]:
        """Job `number`'s."""
        reference = f"reference {number % len(self.templates):02}-{number:06}"
        return {
            "tenant_id": TENANT,
            "student_id": f"student-{number}",
            "resume_id": f"resume-{number}",
            "job_id": "posting-of-the-benches",
            "job_title": f"Trainee, {reference}",
            "job_description": POSTING,
            "tone": "professional",
        }

    def enqueue(self, numbers: Sequence[int]) -> None:
        """Put these jobs on the queue."""
        jobs = ({"name": "rewrite-resume", "data": self.payload(each)} for each in numbers)
        self._queue("add", "\n".join(json.dumps(job) for job in jobs))

    def ended_jobs(self) -> list[dict[str, object]]:
        """`{state, processedOn, finishedOn, failedReason}` of every ended job; milliseconds."""
        return [json.loads(line) for line in self._queue("times").splitlines()]

    def _queue(self, command: str, lines: str = "") -> str:
        done = subprocess.run(  # noqa: S603  our own script
            [*NODE, ROOT / "bench" / "queue.mjs", command],
            input=lines,
            env={"PATH": "/usr/bin:/bin", "REDIS_URL": self.redis_url},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


POSTING = """\
We look for a trainee who takes care and finishes what is begun. You work in a team of six, keep
records that others can rely on, explain what you do in plain words, and learn the tools we use in
your first month. Experience from an internship, a project or voluntary work helps. You are in your
last year or have just finished; marks matter less to us than what you have done with your own
hands. Tell us what you did, with what, for whom, and what became of it."""


@contextmanager
def running_world(latency_seconds: float = LATENCY_SECONDS) -> Iterator[World]:
    """Everything that services and workers need; ended, and its files removed, on exit."""
    # Ended in whatever way, it stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="ai-worker-bench-"))
    # Where we are root, PostgreSQL runs as somebody else.
    folder.chmod(0o755)
    redis_port, stand_ins_port, postgres_port = free_ports(3)
    programs: list[Program] = []
    made = [each.half_reworded() for each in templates()]
    answers = folder / "answers.json"
    answers.write_text(json.dumps([{"edits": e.as_edits, "whole": e.as_whole} for e in made]))
    try:
        cluster = create_cluster(folder / "postgres", postgres_port)
        postgres = started("postgres", cluster.command, {}, folder, user=cluster.user)
        programs.append(postgres)
        arguments = (str(stand_ins_port), answers, str(latency_seconds))
        stand_ins = started("stand-ins", (*PYTHON, "bench.stand_ins", *arguments), {}, folder)
        programs.append(stand_ins)
        wait_until(lambda: asyncio.run(cluster.is_up()), "PostgreSQL", START_SECONDS)
        accepts = lambda: asyncio.run(accepts_connections(stand_ins_port))  # noqa: E731
        wait_until(accepts, "the stand-ins", ACCEPTING_SECONDS)
        with running_redis(folder / "redis", redis_port) as redis_url:
            yield World(
                folder=folder,
                cluster=cluster,
                redis_url=redis_url,
                stand_ins_url=f"http://127.0.0.1:{stand_ins_port}",
                postgres=postgres,
                stand_ins=stand_ins,
                templates=made,
            )
    finally:
        for program in reversed(programs):
            program.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _execute(url: str, statement: str, *arguments: object) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement, *arguments)
    await connection.close()
