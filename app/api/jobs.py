"""`POST /jobs/<job-type>`: one typed route for each job of the catalogue."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Body, Depends, Header, Request

from app.api.auth import documented_secret
from app.api.openapi import failures
from app.api.strict_json import StrictJsonRoute
from app.api.wiring import RuntimeNow
from app.errors import IdempotencyKeyInvalid, UnknownJobType
from app.jobs import catalogue
from app.logs import log
from app.runs.execute import execute
from app.runs.job import AnyJob, JobPayload
from app.runs.receipt import Receipt

KEY_HEADER = "idempotency-key"
MAX_KEY_CHARS = 255

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=KEY_HEADER,
        description="The same key gives the same result, unasked. The shim sends "
        "`queue:jobId:timestamp`; without one a fresh key is made.",
    ),
]


async def job_key_of(request: Request, idempotency_key: IdempotencyKey = None) -> str:
    """The key the request names, else a fresh one.

    Raises:
        IdempotencyKeyInvalid: it is malformed, or there are two.
    """
    given = idempotency_key
    if given is None:
        return str(uuid4())
    is_sound = 0 < len(given) <= MAX_KEY_CHARS and given.isascii() and given.isprintable()
    if not is_sound or len(request.headers.getlist(KEY_HEADER)) > 1:
        raise IdempotencyKeyInvalid
    return given


JobKey = Annotated[str, Depends(job_key_of)]

FAILURES = failures(400, 401, 404, 409, 413, 415, 422, 429, 500, 502, 503, 504)


def jobs_router() -> APIRouter:
    """The routes of all jobs, and the answer to a job type nobody knows."""
    router = APIRouter(
        prefix="/jobs",
        tags=["jobs"],
        dependencies=[documented_secret],
        route_class=StrictJsonRoute,
    )
    for job in catalogue().values():
        router.add_api_route(
            f"/{job.name}",
            _endpoint(job),
            methods=["POST"],
            summary=job.title,
            description=job.description,
            operation_id=job.name,
            response_description="The receipt of a job that is done",
            responses=FAILURES,
        )
    router.add_api_route("/{job_type}", _refuse, methods=["POST"], include_in_schema=False)
    return router


def _endpoint(job: AnyJob) -> Callable[..., Awaitable[Receipt]]:
    async def run_job(payload: JobPayload, runtime: RuntimeNow, job_key: JobKey) -> Receipt:
        return await execute(job, payload, job_key, runtime)

    # FastAPI reads the body's type from here; each job has its own.
    run_job.__annotations__["payload"] = Annotated[
        job.payload, Body(openapi_examples={"demo": {"value": job.example}})
    ]
    return run_job


async def _refuse(job_type: str) -> None:
    log.warning("job_type_unknown", job_type=job_type)
    raise UnknownJobType(f"The job types are {', '.join(catalogue())}.")
