"""The posting a job is about: as it was sent, else as it is stored."""

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator
from sqlmodel.ext.asyncio.session import AsyncSession

from app.errors import PostingNotFound
from app.records.postings import find_posting
from app.runs.job import JobPayload
from app.wire import Identifier

PROMPT_VERSION = 1

# Stored with every analysis. Raise it when what is kept of an answer can change.
CHECK_VERSION = "1"

# Document 002: "min_length=1, max_length=50000"; a posting of spaces says nothing.
Description = Annotated[str, StringConstraints(min_length=1, max_length=50_000, pattern=r"\S")]


class PostingPayload(JobPayload):
    """A posting as it was sent, or the id of a stored one, whose missing parts are read there."""

    job_id: Identifier | None = None
    job_title: Annotated[str, StringConstraints(max_length=500)] | None = None
    job_description: Description | None = None

    @model_validator(mode="after")
    def _must_name_a_posting(self) -> Self:
        if self.job_id is None and self.job_description is None:
            raise ValueError("job_id or job_description is needed")
        return self


@dataclass(frozen=True)
class PostingText:
    """A posting as an employer wrote it; the title may be empty."""

    title: str
    description: str

    @property
    def whole(self) -> str:
        """Title and description in one text."""
        return f"{self.title}\n\n{self.description}".strip()

    @property
    def fingerprint(self) -> str:
        """SHA-256 over what decides an analysis; equal postings have one, whoever stored them."""
        decisive = [self.title, self.description, PROMPT_VERSION, CHECK_VERSION]
        canonical = json.dumps(decisive, ensure_ascii=False)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


async def read_posting(session: AsyncSession, payload: PostingPayload) -> PostingText:
    """The payload's posting; one statement where a part of it was not sent.

    Raises:
        PostingNotFound: the tenant has no such posting, or it says nothing.
    """
    title, description = payload.job_title, payload.job_description
    if payload.job_id and not (title and description):
        stored = await find_posting(session, payload.tenant_id, payload.job_id)
        if stored:
            title, description = title or stored.title, description or stored.description
    # A title alone, which core-api may have written without a description, is nothing to go by.
    if not (description and description.strip()):
        raise PostingNotFound
    return PostingText((title or "").strip(), description)
