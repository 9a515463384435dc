"""`POST /jobs/<job-type>`: one typed route for each job of the catalogue."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Body, Header

from app.api.auth import documented_secret
from app.api.strict_json import StrictJsonRoute
from app.api.wiring import RuntimeNow
from app.errors import IdempotencyKeyInvalid, UnknownJobType
from app.jobs import catalogue
from app.logs import log
from app.runs.execute import execute
from app.runs.job import AnyJob, JobPayload
from app.runs.receipt import Receipt

MAX_KEY_CHARS = 255

IdempotencyKey = Annotated[
    str | None,
    Header(
        description="The same key gives the same result, unasked. The shim sends "
        "`queue:jobId:timestamp`; without one a fresh key is made.",
    ),
]

# architecture.md, "What each failure answers".
FAILURES: dict[int | str, dict[str, object]] = {
    400: {"description": "The idempotency key is malformed"},
    401: {"description": "The internal secret is missing or wrong"},
    404: {"description": "A record the job needs does not exist for this tenant"},
    409: {"description": "The same key is running right now; retry after Retry-After"},
    413: {"description": "The body is too large"},
    415: {"description": "The body is not JSON"},
    422: {"description": "Failed for good: the payload, or what the model said, is unusable"},
    429: {"description": "The provider asks to slow down"},
    500: {"description": "A bug"},
    502: {"description": "The provider failed"},
    503: {"description": "Starting, draining, or without its database or its provider's key"},
    504: {"description": "The model took too long"},
}


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
            responses={
                status: {
                    **told,
                    "content": {
                        "application/problem+json": {
                            "schema": {"$ref": "#/components/schemas/Problem"}
                        }
                    },
                }
                for status, told in FAILURES.items()
            },
        )
    router.add_api_route("/{job_type}", _refuse, methods=["POST"], include_in_schema=False)
    return router


def _endpoint(job: AnyJob) -> Callable[..., Awaitable[Receipt]]:
    async def run_job(
        payload: JobPayload, runtime: RuntimeNow, idempotency_key: IdempotencyKey = None
    ) -> Receipt:
        return await execute(job, payload, _job_key(idempotency_key), runtime)

    # FastAPI reads the body's type from here; each job has its own.
    run_job.__annotations__["payload"] = Annotated[
        job.payload, Body(openapi_examples={"demo": {"value": job.example}})
    ]
    return run_job


async def _refuse(job_type: str) -> None:
    log.warning("job_type_unknown", job_type=job_type)
    raise UnknownJobType(f"The job types are {', '.join(catalogue())}.")


def _job_key(given: str | None) -> str:
    if given is None:
        return str(uuid4())
    if not 0 < len(given) <= MAX_KEY_CHARS or not (given.isascii() and given.isprintable()):
        raise IdempotencyKeyInvalid
    return given
