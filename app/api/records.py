"""The three inputs: students, postings and résumés, for use without core-api and for trying out.

Normally core-api writes these rows itself.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Path, Query
from pydantic import Field, StringConstraints

from app.api.auth import documented_secret
from app.api.examples import POSTING, RESUME, STUDENT, TENANT, example_body, example_id
from app.api.limits import limit_address
from app.api.openapi import failures
from app.api.strict_json import StrictJsonRoute
from app.api.wiring import RuntimeNow
from app.errors import InvalidPayload, PostingNotFound, ResumeNotFound, StudentNotFound
from app.records.postings import Posting, find_posting, put_posting
from app.records.resumes import Resume, find_resume, put_resume
from app.records.students import Student, find_student, put_student
from app.resume.json_resume import to_json_resume
from app.resume.schema import ResumeInvalid, parse_resume
from app.runs.receipt import RefusalOut
from app.wire import Identifier, JsonObject, WireModel

router = APIRouter(
    tags=["records"],
    dependencies=[documented_secret, Depends(limit_address)],
    route_class=StrictJsonRoute,
)

TenantHeader = Annotated[
    Identifier,
    Header(
        alias="x-tenant-id",
        description="The college the record belongs to; to every other one it does not exist.",
        openapi_examples=example_id(TENANT),
    ),
]
StudentId = Annotated[Identifier, Path(openapi_examples=example_id(STUDENT))]
PostingId = Annotated[Identifier, Path(openapi_examples=example_id(POSTING))]
ResumeId = Annotated[Identifier, Path(openapi_examples=example_id(RESUME))]
ResumeFormat = Annotated[
    Literal["ai-worker", "json-resume"],
    Query(alias="format", description="Our layout, or JSON Resume 1.0.0."),
]

# As long as a posting may be in document 002.
Description = Annotated[str, StringConstraints(min_length=1, max_length=50_000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class StudentIn(WireModel):
    """A student as core-api knows them; `profile` is kept as it is."""

    name: Name
    profile: Annotated[JsonObject, Field(default_factory=dict)]


class StudentOut(StudentIn):
    """A stored student."""

    id: str
    tenant_id: str
    updated_at: datetime


class PostingIn(WireModel):
    """An employer's ad."""

    title: Name
    description: Description
    company: Name | None = None


class PostingOut(PostingIn):
    """A stored posting."""

    id: str
    tenant_id: str
    updated_at: datetime


class ResumeIn(WireModel):
    """A student's résumé, in this service's schema or as JSON Resume 1.0.0."""

    student_id: Identifier
    resume: Annotated[
        JsonObject,
        Body(
            json_schema_extra={
                "anyOf": [
                    {"$ref": "#/components/schemas/Resume"},
                    {"type": "object", "description": "JSON Resume"},
                ]
            }
        ),
    ]


StudentBody = Annotated[StudentIn, Body(openapi_examples=example_body("students", STUDENT))]
PostingBody = Annotated[PostingIn, Body(openapi_examples=example_body("postings", POSTING))]
ResumeBody = Annotated[ResumeIn, Body(openapi_examples=example_body("resumes", RESUME))]

STORE_FAILURES = failures(401, 413, 415, 422, 429, 500, 503)
READ_FAILURES = failures(401, 404, 422, 429, 500, 503)


class ProvenanceOut(WireModel):
    """Where a text of a variant comes from."""

    source: Literal["original", "ai"]
    source_path: str
    is_verified: bool
    guard_version: str


class ResumeOut(WireModel):
    """A stored résumé; provenance and refusals are those of a variant made by AI."""

    id: str
    tenant_id: str
    student_id: str
    is_ai_variant: bool
    base_resume_id: str | None
    ai_run_id: UUID | None
    resume: JsonObject
    provenance: dict[str, ProvenanceOut]
    refusals: list[RefusalOut]
    created_at: datetime
    updated_at: datetime


@router.put("/students/{student_id}", summary="Store a student", responses=STORE_FAILURES)
async def store_student(
    student_id: StudentId, tenant_id: TenantHeader, body: StudentBody, runtime: RuntimeNow
) -> StudentOut:
    """Insert or replace."""
    async with runtime.database.tenant(tenant_id) as session:
        stored = await put_student(
            session, Student(tenant_id=tenant_id, id=student_id, **body.model_dump(by_alias=False))
        )
        await session.commit()
    return StudentOut.model_validate(stored.model_dump())


@router.get("/students/{student_id}", summary="Read a student", responses=READ_FAILURES)
async def read_student(
    student_id: StudentId, tenant_id: TenantHeader, runtime: RuntimeNow
) -> StudentOut:
    """The stored student."""
    async with runtime.database.tenant(tenant_id) as session:
        student = await find_student(session, tenant_id, student_id)
    if student is None:
        raise StudentNotFound
    return StudentOut.model_validate(student.model_dump())


@router.put("/postings/{posting_id}", summary="Store a posting", responses=STORE_FAILURES)
async def store_posting(
    posting_id: PostingId, tenant_id: TenantHeader, body: PostingBody, runtime: RuntimeNow
) -> PostingOut:
    """Insert or replace."""
    async with runtime.database.tenant(tenant_id) as session:
        stored = await put_posting(
            session, Posting(tenant_id=tenant_id, id=posting_id, **body.model_dump(by_alias=False))
        )
        await session.commit()
    return PostingOut.model_validate(stored.model_dump())


@router.get("/postings/{posting_id}", summary="Read a posting", responses=READ_FAILURES)
async def read_posting(
    posting_id: PostingId, tenant_id: TenantHeader, runtime: RuntimeNow
) -> PostingOut:
    """The stored posting."""
    async with runtime.database.tenant(tenant_id) as session:
        posting = await find_posting(session, tenant_id, posting_id)
    if posting is None:
        raise PostingNotFound
    return PostingOut.model_validate(posting.model_dump())


@router.put("/resumes/{resume_id}", summary="Store a résumé", responses=STORE_FAILURES)
async def store_resume(
    resume_id: ResumeId, tenant_id: TenantHeader, body: ResumeBody, runtime: RuntimeNow
) -> ResumeOut:
    """Insert or replace a student's own résumé, in either schema; unknown keys are kept."""
    try:
        document = parse_resume(body.resume)
    except ResumeInvalid as error:
        raise InvalidPayload(
            [
                {
                    "at": ".".join(filter(None, ("body.resume", problem["at"]))),
                    "message": problem["message"],
                }
                for problem in error.errors
            ]
        ) from None
    async with runtime.database.tenant(tenant_id) as session:
        stored = await put_resume(
            session,
            tenant_id=tenant_id,
            resume_id=resume_id,
            student_id=body.student_id,
            resume=document,
        )
        await session.commit()
    return _resume_out(stored, "ai-worker")


@router.get("/resumes/{resume_id}", summary="Read a résumé or a variant", responses=READ_FAILURES)
async def read_resume(
    resume_id: ResumeId,
    tenant_id: TenantHeader,
    runtime: RuntimeNow,
    resume_format: ResumeFormat = "ai-worker",
) -> ResumeOut:
    """The stored résumé, with where each text comes from and what the guard refused."""
    async with runtime.database.tenant(tenant_id) as session:
        resume = await find_resume(session, tenant_id, resume_id)
    if resume is None:
        raise ResumeNotFound
    return _resume_out(resume, resume_format)


def _resume_out(stored: Resume, resume_format: str) -> ResumeOut:
    values = stored.model_dump()
    if resume_format == "json-resume":
        values["resume"] = to_json_resume(stored.resume)
    return ResumeOut.model_validate(values)
