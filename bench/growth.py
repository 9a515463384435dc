"""Whether a job takes longer when the tables are large: `python -m bench.growth [--rows 1000000]`.

Two databases in one PostgreSQL, with 10,000 and with a million rows in each table of runs (runs,
model calls, callbacks, errors) and as many résumés; a service on each, both running all the time.
Jobs go to them in turns, a few at a time, over HTTP, and what is compared is how much longer than
its model each job took. The oldest rows are 80 days old, and none is old enough to be deleted; one
in a hundred is a failure.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Sequence
from itertools import islice
from uuid import uuid4

import asyncpg
import httpx

from bench.results import Row, show
from bench.world import SECRET, World, running_world

FEW = 10_000
MANY = 1_000_000
LATENCY_SECONDS = 0.05
AT_A_TIME = 2
BATCH, BATCHES, WARM_UP_BATCHES = 40, 12, 2

# What is deleted meanwhile would make the tables smaller.
KEEP_ALL = dict.fromkeys(
    ("RUN_RETENTION_DAYS", "ANSWER_RETENTION_DAYS", "CALLBACK_RETENTION_DAYS"), "90"
)

# A thousand tenants, one of which, the bench's own, has a tenth of everything.
NUMBERED = """
create temp table numbered as
select number, md5('run-' || number)::uuid as run,
    case when number % 10 = 0 then 'bench-college' else 'tenant-' || number % 1000 end as tenant,
    now() - interval '80 days' * (1 - number::float / $ROWS) as at, number % 100 = 1 as is_failed
from generate_series(1, $ROWS) as number
"""
FILL = (
    """
insert into ai_job_runs (id, tenant_id, job_key, job_id, job_type, student_id, payload_hash, state,
    attempts, failures, crashes, fence, lease_expires_at, result_id, receipt, problem, model,
    prompt, input_tokens, output_tokens, cost_micro_usd, created_at, updated_at)
select run, tenant, 'old:' || number || ':1', number::text, 'rewrite-resume', 'student-' || number,
    md5(number::text) || md5(number::text), case when is_failed then 'failed' else 'succeeded' end,
    1, 0, 0, 1, at, case when is_failed then null else run::text end,
    case when is_failed then null else jsonb_build_object('runId', run) end,
    case when is_failed then '{"status": 422, "code": "llm_refused"}'::jsonb end,
    'openai/gpt-4o', 'rewrite-resume/1', 1500, 500, 9000, at, at
from numbered""",
    """
insert into ai_llm_calls (id, tenant_id, run_id, request_hash, prompt, model, outcome, answer,
    finish_reason, input_tokens, output_tokens, cost_micro_usd, estimated_tokens,
    estimated_cost_micro_usd, latency_seconds, started_at)
select gen_random_uuid(), tenant, run, md5(number::text), 'rewrite-resume/1', 'openai/gpt-4o',
    case when is_failed then 'llm_refused' else 'answered' end, repeat('An old answer. ', 10),
    'stop', 1500, 500, 9000, 3000, 20000, 2.5, at
from numbered""",
    """
insert into ai_outbox (id, tenant_id, run_id, path, body, attempts, last_status, created_at,
    next_attempt_at, delivered_at)
select gen_random_uuid(), tenant, run, '/internal/ai-jobs/complete',
    jsonb_build_object('runId', run), 1, 204, at, at, at
from numbered""",
    """
insert into ai_job_errors (id, tenant_id, run_id, student_id, job_type, code, message, created_at)
select gen_random_uuid(), tenant, run, 'student-' || number, 'rewrite-resume', 'llm_refused',
    'AI rewrite failed, please try again', at
from numbered""",
    """
insert into resumes (tenant_id, id, student_id, resume, is_ai_variant, base_resume_id, provenance,
    refusals, ai_run_id, created_at, updated_at)
select tenant, run::text, 'student-' || number, '{"summary": "An old variant."}', true, 'base',
    '{}', '[]', run, at, at
from numbered""",
)


async def fill_tables(url: str, rows: int) -> None:
    """Insert that many rows into each table, and have PostgreSQL look at them."""
    connection = await asyncpg.connect(url)
    await connection.execute(NUMBERED.replace("$ROWS", str(rows)))
    for statement in FILL:
        await connection.execute(statement)
    await connection.execute("vacuum analyze")
    await connection.execute("checkpoint")
    await connection.close()


async def overhead_ms(
    client: httpx.AsyncClient, world: World, address: str, numbers: Sequence[int]
) -> list[float]:
    """How much longer than its model each of these jobs took."""
    places = asyncio.Semaphore(AT_A_TIME)

    async def run(number: int) -> float:
        async with places:
            started = time.perf_counter()
            answer = await client.post(
                f"{address}/jobs/rewrite-resume",
                json=world.payload(number),
                headers={"idempotency-key": f"growth:{number}:{uuid4()}"},
            )
            answer.raise_for_status()
            return 1000 * (time.perf_counter() - started - LATENCY_SECONDS)

    return list(await asyncio.gather(*(run(number) for number in numbers)))


async def in_turns(world: World, addresses: dict[int, str], urls: dict[int, str]) -> list[Row]:
    """Batches of jobs to each service, one after another."""
    found: dict[int, list[float]] = {rows: [] for rows in addresses}
    headers = {"x-internal-secret": SECRET}
    async with httpx.AsyncClient(headers=headers, timeout=60, trust_env=False) as client:
        for batch in range(WARM_UP_BATCHES + BATCHES):
            for rows, address in addresses.items():
                numbers = list(islice(world.jobs, BATCH))
                await asyncio.to_thread(world.fill, urls[rows], numbers[0], numbers[-1] + 1)
                measured = await overhead_ms(client, world, address, numbers)
                if batch >= WARM_UP_BATCHES:
                    found[rows] += measured
    few = statistics.median(found[min(found)])
    return [
        {
            "rows in each table": f"{rows:,}",
            "jobs": len(measured),
            "p50 over ms": statistics.median(measured),
            "p99 over ms": statistics.quantiles(measured, n=100)[-1],
            "ratio of p50": statistics.median(measured) / few,
        }
        for rows, measured in found.items()
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=MANY)
    chosen = parser.parse_args()
    with running_world(LATENCY_SECONDS) as world:
        sizes = (FEW, chosen.rows)
        urls = {rows: world.create_service_database(f"rows_{rows}") for rows in sizes}
        for rows, url in urls.items():
            asyncio.run(fill_tables(url, rows))
        pairs = {
            rows: world.start_ready_service(f"service-{rows}", url, **KEEP_ALL)
            for rows, url in urls.items()
        }
        try:
            addresses = {rows: address for rows, (_, address) in pairs.items()}
            found = asyncio.run(in_turns(world, addresses, urls))
        finally:
            for service, _ in pairs.values():
                service.stop()
    show("growth", found)


if __name__ == "__main__":
    main()
