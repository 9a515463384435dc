"""Notes: what students upload beside their résumés, for jobs to find their own words in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path
from pydantic import StringConstraints

from app.api.auth import documented_secret
from app.api.examples import NOTE, example_body, example_id
from app.api.limits import limit_address
from app.api.openapi import failures
from app.api.records import Name, TenantHeader
from app.api.strict_json import StrictJsonRoute
from app.api.wiring import RuntimeNow
from app.errors import NoteNotFound
from app.records.notes import Note, find_note, put_note
from app.wire import Identifier, WireModel

router = APIRouter(
    tags=["records"],
    dependencies=[documented_secret, Depends(limit_address)],
    route_class=StrictJsonRoute,
)

NoteId = Annotated[Identifier, Path(openapi_examples=example_id(NOTE))]

# A term's work log of a page a week is about as long.
NoteText = Annotated[str, StringConstraints(min_length=1, max_length=50_000)]


class NoteIn(WireModel):
    """A student's note. Its list items, paragraphs and headings are what is found again."""

    student_id: Identifier
    title: Name | None = None
    text: NoteText


class NoteOut(NoteIn):
    """A stored note."""

    id: str
    tenant_id: str
    updated_at: datetime


NoteBody = Annotated[NoteIn, Body(openapi_examples=example_body("notes", NOTE))]


@router.put(
    "/notes/{note_id}",
    summary="Store a note",
    responses=failures(401, 413, 415, 422, 429, 500, 503),
)
async def store_note(
    note_id: NoteId, tenant_id: TenantHeader, body: NoteBody, runtime: RuntimeNow
) -> NoteOut:
    """Insert or replace; what the note said before is found no more."""
    async with runtime.database.tenant(tenant_id) as session:
        stored = await put_note(
            session, Note(tenant_id=tenant_id, id=note_id, **body.model_dump(by_alias=False))
        )
        await session.commit()
    return NoteOut.model_validate(stored.model_dump())


@router.get(
    "/notes/{note_id}", summary="Read a note", responses=failures(401, 404, 422, 429, 500, 503)
)
async def read_note(note_id: NoteId, tenant_id: TenantHeader, runtime: RuntimeNow) -> NoteOut:
    """The stored note."""
    async with runtime.database.tenant(tenant_id) as session:
        note = await find_note(session, tenant_id, note_id)
    if note is None:
        raise NoteNotFound
    return NoteOut.model_validate(note.model_dump())
