"""What the tests of routes store first: the demo's student, posting and résumé."""

import json
from pathlib import Path
from typing import Any

import httpx

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(kind: str, record_id: str) -> dict[str, Any]:
    """The body of an example as its PUT takes it."""
    record: dict[str, Any] = json.loads((EXAMPLES / kind / f"{record_id}.json").read_text("utf-8"))
    return {key: value for key, value in record.items() if key not in {"id", "tenantId"}}


async def store_resume(client: httpx.AsyncClient, tenant_id: str, resume_id: str) -> None:
    """Put an example résumé into the tenant."""
    answer = await client.put(
        f"/resumes/{resume_id}",
        json=example("resumes", resume_id),
        headers={"x-tenant-id": tenant_id},
    )
    assert answer.status_code == 200, answer.text


def payload(tenant_id: str) -> dict[str, Any]:
    """A rewrite-resume payload that needs only the résumé to be stored."""
    return {
        "tenant_id": tenant_id,
        "student_id": "asha-verma",
        "resume_id": "asha-verma-base",
        "job_id": "backend-intern-northwind",
        "job_title": "Backend Engineering Intern",
        "job_description": "Build and test REST APIs.",
        "tone": "concise",
    }
