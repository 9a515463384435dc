"""The sweeper: closes runs that nobody redelivers, so that no student waits for ever."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import and_, func, or_
from sqlmodel import col, select

from app.db.engine import Database
from app.errors import AttemptsExhausted
from app.logs import log
from app.runs.claim import lease_is_over, used_up
from app.runs.close import RunPolicy, fail_run
from app.runs.job import AnyJob
from app.runs.tables import OPEN_STATES, Claim, Run

SWEEP_SECONDS = 30
BATCH_SIZE = 100

# In the order of Claim's fields.
CLAIM_COLUMNS = ("id", "tenant_id", "job_type", "job_id", "student_id", "attempts", "fence")

# What a student is told of a job type that this version no longer has.
APOLOGY = "AI job failed, please try again"


async def sweep(database: Database, policy: RunPolicy, jobs: Mapping[str, AnyJob]) -> int:
    """Close every open run that has no attempt left or was abandoned; gives their number.

    `jobs` is every job type by its name.
    """
    abandoned = col(Run.updated_at) <= func.clock_timestamp() - timedelta(
        seconds=policy.abandoned_after_seconds
    )
    async with database.all_tenants() as session:
        rows = await session.exec(
            # Column by column: the relay's role may not read all of them.
            select(*(col(getattr(Run, name)) for name in CLAIM_COLUMNS))
            .where(
                col(Run.state).in_(OPEN_STATES),
                or_(used_up(policy), and_(lease_is_over(), abandoned)),
            )
            .limit(BATCH_SIZE)
            .with_for_update(skip_locked=True)
        )
        claims = [Claim(*row) for row in rows]
        for claim in claims:
            failure = AttemptsExhausted(
                f"Nobody redelivered this job after {claim.attempt} attempts."
            )
            job = jobs.get(claim.job_type)
            await fail_run(session, claim, failure, policy, job.apology if job else APOLOGY)
            log.warning("run_swept", run_id=str(claim.run_id), tenant_id=claim.tenant_id)
        await session.commit()
    return len(claims)
