"""tx 1: who runs this job now. One statement decides, on the database's clock."""

import hashlib
import re
from functools import cache
from urllib.parse import unquote
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import ColumnElement, Executable, Integer, and_, cast, func, not_, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import Database, execute
from app.errors import AttemptsExhausted, IdempotencyMismatch, RunInProgress
from app.runs.close import RunPolicy, fail_run, stored_failure
from app.runs.job import AnyJob, JobPayload
from app.runs.lease import lease_end
from app.runs.receipt import Receipt
from app.runs.tables import OPEN_STATES, Claim, Run, RunState

# A payload that kills its process must end some day; a few bad deployments must not end it.
MAX_CRASHES = 10

# A number as JavaScript writes it: the producer's `timestamp` option may be any.
TIMESTAMP = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?", re.ASCII)


# What a run begins with; the database's clock says the rest.
NEW_RUN_COLUMNS = {
    *("id", "tenant_id", "job_key", "job_id", "job_type", "student_id", "payload_hash"),
    *("state", "attempts", "failures", "crashes", "fence"),
}


def run_id_for(tenant_id: str, job_key: str) -> UUID:
    """The run's id, known to whoever knows the key, so that a job can be watched from its start."""
    return uuid5(NAMESPACE_URL, f"urn:ai-worker:run:{tenant_id}\n{job_key}")


def job_id_of(job_key: str) -> str:
    """BullMQ's job id out of `queue:jobId:timestamp`; a key of another form is its own id.

    An id that no header carries comes percent-encoded; one too long for a key comes as its hash,
    and the hash is all that is known of it.

    Source: document 000, "Calling back to core-api"; architecture.md, "HTTP".
    """
    queue, _, rest = job_key.partition(":")
    job_id, _, timestamp = rest.rpartition(":")
    if not (queue and job_id and TIMESTAMP.fullmatch(timestamp)):
        return job_key
    try:
        raw = unquote(job_id, errors="strict")
    except UnicodeDecodeError:
        return job_id
    # PostgreSQL stores no NUL.
    return job_id if "\0" in raw else raw


def payload_hash(job: AnyJob, payload: JobPayload) -> str:
    """SHA-256 of the job type and the validated payload, whichever case its keys came in.

    Defaults are left out: a field added by a new version must not fail the jobs of the old one.
    """
    values = payload.model_dump_json(exclude_defaults=True)
    return hashlib.sha256(f"{job.name}\n{values}".encode()).hexdigest()


async def claim_run(
    database: Database, job: AnyJob, payload: JobPayload, job_key: str, policy: RunPolicy
) -> Claim | Receipt:
    """Take the run for this process, or give the receipt of one that is done.

    One statement beside the tenant's setting, two when the run cannot be taken.

    Raises:
        RunInProgress: another attempt holds it.
        IdempotencyMismatch: the key was used with another job or payload.
        StoredFailure: the run failed for good before.
        AttemptsExhausted: this delivery is one too many; the run is closed by it.
    """
    fingerprint = payload_hash(job, payload)
    new_run = _new_run(job, payload, job_key, fingerprint)
    async with database.tenant(payload.tenant_id) as session:
        taken = await _take(session, new_run, policy)
        if taken:
            await session.commit()
            return taken
        run, is_used_up = await _existing_run(session, new_run.id, policy)
        receipt = _receipt_of(run, fingerprint)
        if receipt:
            return receipt
        if not is_used_up:
            raise RunInProgress
        exhausted = AttemptsExhausted(f"{run.attempts} attempts ended without a result.")
        exhausted.run_id = run.id
        await fail_run(session, run.claim(), exhausted, policy, job.apology)
        await session.commit()
        raise exhausted


async def known_run(
    database: Database, job: AnyJob, payload: JobPayload, job_key: str
) -> Run | Receipt | None:
    """The run of this key if there is one, or the receipt if it is done; nothing is claimed.

    Raises:
        IdempotencyMismatch: the key was used with another job or payload.
        StoredFailure: the run failed for good.
    """
    async with database.tenant(payload.tenant_id) as session:
        rows = await session.exec(
            select(Run).where(Run.id == run_id_for(payload.tenant_id, job_key))
        )
        run = rows.one_or_none()
    return run and (_receipt_of(run, payload_hash(job, payload)) or run)


def used_up(policy: RunPolicy) -> ColumnElement[bool]:
    """Whether nobody holds an open run and no further attempt is granted to it."""
    return or_(
        and_(col(Run.state) == RunState.WAITING, col(Run.failures) >= policy.max_attempts),
        and_(col(Run.crashes) >= MAX_CRASHES, lease_is_over()),
    )


def lease_is_over() -> ColumnElement[bool]:
    """Whether the holder of a run stopped extending its lease."""
    return col(Run.lease_expires_at) <= func.clock_timestamp()


def _new_run(job: AnyJob, payload: JobPayload, job_key: str, fingerprint: str) -> Run:
    return Run(
        id=run_id_for(payload.tenant_id, job_key),
        tenant_id=payload.tenant_id,
        job_key=job_key,
        job_id=job_id_of(job_key),
        job_type=job.name,
        student_id=payload.student_id,
        payload_hash=fingerprint,
    )


async def _take(session: AsyncSession, run: Run, policy: RunPolicy) -> Claim | None:
    rows = await execute(session, _taking(policy), run.model_dump(include=NEW_RUN_COLUMNS))
    row = rows.one_or_none()
    if row is None:
        return None
    run.attempts, run.fence = row
    return run.claim()


@cache
def _taking(policy: RunPolicy) -> Executable:
    """Takes the run of the NEW_RUN_COLUMNS it is given, if that is to be had."""
    lease = {"lease_expires_at": lease_end()}
    taken = insert(Run).values(**lease)
    return taken.on_conflict_do_update(
        # The table's only unique index: of two inserts at one moment the loser may break every
        # other one, which no "on conflict" forgives.
        index_elements=["id"],
        set_={
            "state": RunState.RUNNING,
            "attempts": col(Run.attempts) + 1,
            "crashes": col(Run.crashes) + cast(col(Run.state) == RunState.RUNNING, Integer),
            "fence": col(Run.fence) + 1,
            "updated_at": func.clock_timestamp(),
            **lease,
        },
        where=and_(
            col(Run.payload_hash) == taken.excluded.payload_hash,
            col(Run.state).in_(OPEN_STATES),
            lease_is_over(),
            not_(used_up(policy)),
        ),
    ).returning(col(Run.attempts), col(Run.fence))


async def _existing_run(session: AsyncSession, run_id: UUID, policy: RunPolicy) -> tuple[Run, bool]:
    rows = await session.exec(select(Run, used_up(policy)).where(Run.id == run_id))
    return rows.one()


def _receipt_of(run: Run, fingerprint: str) -> Receipt | None:
    """The receipt of a run that is done, `None` of an open one."""
    if run.payload_hash != fingerprint:
        raise IdempotencyMismatch
    if run.state == RunState.FAILED:
        raise stored_failure(run)
    if run.state == RunState.SUCCEEDED:
        return Receipt.model_validate({**(run.receipt or {}), "isReplay": True})
    return None
