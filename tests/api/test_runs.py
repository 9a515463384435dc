from uuid import UUID, uuid4

import pytest

from app.runs.tables import RunState
from tests.api.stored import payload, store_resume
from tests.conftest import Service, StartService
from tests.fakes import ScriptedProvider


async def _run_id(service: Service, tenant_id: str) -> str:
    await store_resume(service.client, tenant_id, "asha-verma-base")
    answer = await service.client.post(
        "/jobs/rewrite-resume",
        json=payload(tenant_id),
        headers={"idempotency-key": "ai-jobs:9:1700000000000"},
    )
    run_id: str = answer.json()["runId"]
    return run_id


@pytest.mark.parametrize("is_tenant_named", [True, False])
async def test_a_run_is_told_in_full(
    service: Service, tenant_id: str, *, is_tenant_named: bool
) -> None:
    """State, attempts, result, calls and callbacks of a run, with its tenant's name or without."""
    run_id = await _run_id(service, tenant_id)
    headers = {"x-tenant-id": tenant_id} if is_tenant_named else {}

    answer = await service.client.get(f"/runs/{run_id}", headers=headers)

    run = answer.json()
    assert answer.status_code == 200
    [call] = run.pop("calls")
    [callback] = run.pop("callbacks")
    assert run.pop("createdAt") <= run.pop("updatedAt")
    assert run.pop("resultId")
    assert run == {
        "runId": run_id,
        "jobId": "9",
        "jobType": "rewrite-resume",
        "tenantId": tenant_id,
        "state": RunState.SUCCEEDED,
        "attempts": 1,
        "problem": None,
        "model": "scripted/model",
        "prompt": "rewrite-resume/1",
        "usage": {"inputTokens": 100, "outputTokens": 20, "costUsd": 0.000045},
        "progress": 1,
        "steps": [],
    }
    assert call["outcome"] == "answered"
    assert call["usage"] == run["usage"]
    assert UUID(callback["id"])
    assert callback["path"] == "/internal/ai-jobs/complete"


async def test_another_tenants_run_does_not_exist(service: Service, tenant_id: str) -> None:
    """A run under another tenant's name is a 404 like any unknown one."""
    run_id = await _run_id(service, tenant_id)

    theirs = await service.client.get(f"/runs/{run_id}", headers={"x-tenant-id": "another"})

    nobodys = await service.client.get(f"/runs/{uuid4()}")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json() == nobodys.json()
    assert theirs.json()["code"] == "run_not_found"


@pytest.mark.parametrize(
    "run_id", ["1", "not-a-uuid", "%00", "00000000-0000-0000-0000-00000000000g"]
)
async def test_an_id_of_another_form_is_refused(service: Service, run_id: str) -> None:
    """What is no UUID is a 422 that names it."""
    answer = await service.client.get(f"/runs/{run_id}")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_payload")
    assert answer.json()["errors"][0]["at"] == "path.run_id"


async def test_unknown_cost_is_null(start_service: StartService, tenant_id: str) -> None:
    """A run whose model failed tells the call and what nobody knows of it as null."""
    async with start_service(ScriptedProvider(ValueError())) as service:
        await store_resume(service.client, tenant_id, "asha-verma-base")
        failed = await service.client.post("/jobs/rewrite-resume", json=payload(tenant_id))

        answer = await service.client.get(f"/runs/{failed.json()['runId']}")

    assert answer.json()["state"] == RunState.WAITING
    assert answer.json()["resultId"] is None
    [call] = answer.json()["calls"]
    assert call["usage"] == {"inputTokens": None, "outputTokens": None, "costUsd": None}
    assert answer.json()["callbacks"] == []
