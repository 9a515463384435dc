"""Probes: whether the process lives, and whether it can run jobs."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import ConfigDict

from app.api.wiring import LifecycleNow
from app.wire import WireModel

router = APIRouter(tags=["probes"])


class Health(WireModel):
    """Exactly the three keys of document 000, in its own spelling."""

    model_config = ConfigDict(alias_generator=None)

    status: Literal["ok"] = "ok"
    worker_active: bool
    llm_provider: str


class Readiness(WireModel):
    """Whether jobs can be run, and one line for each thing they need."""

    status: Literal["ready", "not ready"]
    checks: dict[str, str]


@router.get("/health", summary="Is the process alive?")
async def health(lifecycle: LifecycleNow) -> Health:
    """Answers from the first second; says nothing that depends on other servers."""
    return Health(worker_active=lifecycle.is_active, llm_provider=lifecycle.settings.provider)


@router.get(
    "/ready",
    summary="Can it run jobs?",
    responses={503: {"model": Readiness, "description": "Not yet, or not now"}},
)
async def ready(lifecycle: LifecycleNow, response: Response) -> Readiness:
    """200 when everything a job needs is there, else 503 and what is missing."""
    is_ready, checks = await lifecycle.readiness()
    if not is_ready:
        response.status_code = 503
    return Readiness(status="ready" if is_ready else "not ready", checks=checks)
