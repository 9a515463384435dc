import json
from typing import Any

import httpx
import pytest

from app.jobs.generate_analytics_summary import JOB
from tests.api.stored import EXAMPLES
from tests.conftest import StartService
from tests.fakes import ScriptedProvider

ROUTE = "/analytics-summaries"
TOLD = json.dumps(
    {
        "sentences": [
            {
                "path": "sentences.0",
                "text": "The offer rate is 74.2 percent.",
                "cells": ["totals.offer_rate"],
            }
        ]
    }
)


async def summarise(client: httpx.AsyncClient, tenant_id: str, **changes: object) -> str:
    """The id of a new summary of the demo's cohort."""
    body = {**JOB.example, "tenant_id": tenant_id, **changes}
    answer = await client.post(f"/jobs/{JOB.name}", json=body)
    assert answer.status_code == 200, answer.text
    result: str = answer.json()["resultId"]
    return result


async def listed(client: httpx.AsyncClient, tenant_id: str, **query: str) -> list[dict[str, Any]]:
    """The summaries that the list gives."""
    answer = await client.get(ROUTE, params=query, headers={"x-tenant-id": tenant_id})
    assert answer.status_code == 200, answer.text
    summaries: list[dict[str, Any]] = answer.json()["summaries"]
    return summaries


async def test_the_newest_is_first(start_service: StartService, tenant_id: str) -> None:
    """The list holds what single reads give, the last written first, up to its limit."""
    async with start_service(ScriptedProvider(TOLD)) as service:
        ids = [await summarise(service.client, tenant_id) for _ in range(3)]
        found = await listed(service.client, tenant_id)
        two = await listed(service.client, tenant_id, limit="2")
        single = await service.client.get(f"{ROUTE}/{ids[2]}", headers={"x-tenant-id": tenant_id})

    assert [summary["id"] for summary in found] == ids[::-1]
    assert [summary["id"] for summary in two] == ids[:0:-1]
    assert single.json() == found[0]


async def test_summaries_are_chosen_by_period_and_audience(
    start_service: StartService, tenant_id: str
) -> None:
    """A period is chosen if it has a day in common with what is asked for."""
    async with start_service(ScriptedProvider(TOLD)) as service:
        client = service.client
        officer = await summarise(client, tenant_id)
        students = await summarise(client, tenant_id, audience="students")
        touching = [
            await listed(client, tenant_id, **query)
            for query in (
                {"from": "2026-03-31"},
                {"to": "2025-08-01"},
                {"from": "2025-10-01", "to": "2025-10-02", "audience": "students"},
            )
        ]
        apart = [
            await listed(client, tenant_id, **query)
            for query in ({"from": "2026-04-01"}, {"to": "2025-07-31"}, {"audience": "management"})
        ]

    assert [[one["id"] for one in found] for found in touching] == [
        [students, officer],
        [students, officer],
        [students],
    ]
    assert apart == [[], [], []]


async def test_another_tenants_summary_does_not_exist(
    start_service: StartService, tenant_id: str
) -> None:
    """It is neither read nor listed, and answered like one that never was."""
    async with start_service(ScriptedProvider(TOLD)) as service:
        summary_id = await summarise(service.client, tenant_id)
        other = {"x-tenant-id": f"{tenant_id}-other"}
        theirs = await service.client.get(f"{ROUTE}/{summary_id}", headers=other)
        nobodys = await service.client.get(f"{ROUTE}/none", headers={"x-tenant-id": tenant_id})
        found = await listed(service.client, f"{tenant_id}-other")

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json() == nobodys.json()
    assert theirs.json()["code"] == "analytics_summary_not_found"
    assert found == []


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ({"from": "yesterday"}, "query.from"),
        ({"to": "2026-02-30"}, "query.to"),
        ({"audience": "parents"}, "query.audience"),
        ({"limit": "0"}, "query.limit"),
        ({"limit": "101"}, "query.limit"),
    ],
)
async def test_a_query_is_checked(
    start_service: StartService, tenant_id: str, query: dict[str, str], at: str
) -> None:
    """What cannot be asked for is a 422 that names the parameter."""
    async with start_service(ScriptedProvider(TOLD)) as service:
        answer = await service.client.get(ROUTE, params=query, headers={"x-tenant-id": tenant_id})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_payload")
    assert answer.json()["errors"][0]["at"] == at


async def test_the_tenant_must_be_named(start_service: StartService) -> None:
    """A list without a tenant is nobody's."""
    async with start_service(ScriptedProvider(TOLD)) as service:
        answer = await service.client.get(ROUTE)

    assert answer.status_code == 422


def test_the_example_on_the_page_is_the_one_in_examples() -> None:
    """What the docs page sends is what lies under examples/cohorts."""
    file = EXAMPLES / "cohorts" / "placement-season-2025-26.json"

    assert json.loads(file.read_text("utf-8")) == JOB.example
