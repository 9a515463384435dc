"""What the docs page tells beside the routes' own types: their order, failures and shapes."""

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from app.api.problems import MEDIA_TYPE, Problem, problem_of
from app.errors import (
    AddressRateLimited,
    AiWorkerError,
    BodyTooLarge,
    IdempotencyKeyInvalid,
    InternalError,
    InvalidPayload,
    ModelTimeout,
    ProviderError,
    ResumeNotFound,
    RunInProgress,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)
from app.resume.schema import Resume

# In the order of the page.
TAGS = [
    {"name": "jobs", "description": "Run a job and wait for its receipt."},
    {"name": "runs", "description": "What became of a job: attempts, model calls, callbacks."},
    {
        "name": "records",
        "description": "Students, postings, résumés and notes. Normally core-api writes them.",
    },
    {
        "name": "suggestions",
        "description": "What suggest-improvements proposed for a résumé, and what the student "
        "decided.",
    },
    {"name": "analytics", "description": "What was told of a cohort's figures, and its table."},
    {
        "name": "student summaries",
        "description": "What generate-student-summary wrote about a student, and on which facts.",
    },
    {
        "name": "posting analyses",
        "description": "What analyze-posting, or the first step of tailor-resume, found in a "
        "posting.",
    },
    {
        "name": "tailorings",
        "description": "How tailor-resume made a variant: scores, attempts, and what is missing.",
    },
    {"name": "probes", "description": "Open to everybody; no secret is needed."},
]

# Named here and shown by reference, because no route answers or takes them as its own type.
NAMED_SHAPES = (Problem, Resume)
REFERENCE = "#/components/schemas/{model}"

# architecture.md, "What each failure answers". Of each status what it means, and one that has it.
FAILURES: dict[int, tuple[str, AiWorkerError]] = {
    400: ("The idempotency key is malformed", IdempotencyKeyInvalid()),
    401: ("The internal secret is missing or wrong", Unauthorized()),
    404: ("There is no such record or run for this tenant", ResumeNotFound()),
    409: ("The same key is running right now: come back after Retry-After", RunInProgress()),
    413: ("The body is too large", BodyTooLarge()),
    415: ("The body is not JSON", UnsupportedMediaType()),
    422: (
        "Failed for good: the request, or what the model made of it, cannot be used",
        InvalidPayload([{"at": "body.tone", "message": "Field required"}]),
    ),
    429: (
        "Too many requests, here or at the model provider: come back after Retry-After",
        AddressRateLimited(),
    ),
    500: ("A bug", InternalError()),
    502: ("The model provider failed", ProviderError()),
    503: ("Starting, draining, or without the database or the provider's key", Unavailable()),
    504: ("The model took too long", ModelTimeout()),
}


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: these statuses, each with a problem document."""
    schema = {"$ref": REFERENCE.format(model=Problem.__name__)}
    documented: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        meaning, example = FAILURES[status]
        content = {"schema": schema, "example": problem_of(example)}
        documented[status] = {"description": meaning, "content": {MEDIA_TYPE: content}}
    return documented


def name_shapes(app: FastAPI) -> None:
    """Have the app's OpenAPI document define the shapes its routes refer to by name."""
    generate = app.openapi

    def with_shapes() -> dict[str, Any]:
        document = generate()
        _, shapes = models_json_schema(
            [(model, "validation") for model in NAMED_SHAPES], ref_template=REFERENCE
        )
        document["components"]["schemas"] |= shapes["$defs"]
        return document

    # FastAPI's documented way to extend the document.
    app.openapi = with_shapes  # type: ignore[method-assign]
