import copy
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlmodel import select

from app.db.engine import Database
from app.jobs.generate_analytics_summary import JOB
from app.llm import offline
from app.llm.client import Prompt
from app.llm.fence import render
from app.records.analytics_summaries import AnalyticsSummary
from app.runs.tables import JobError, LlmCall, OutboxEvent, Run
from tests.conftest import StartService
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import change_runs, expire_leases, new_key, rows

ROUTE = "/jobs/generate-analytics-summary"

WHOLE = ("178 of the 240 students hold an offer.", "totals.offers", "totals.students")
RATE = ("The offer rate is 74.2 percent.", "totals.offer_rate")
WRONG = ("179 of the 240 students hold an offer.", "totals.offers", "totals.students")
MOVED = ("Mechanical Engineering has an offer rate of 87.5 percent.", "branches.0.offer_rate")


def told(*sentences: tuple[str, ...], first: int = 0) -> str:
    """An answer in the schema's own form."""
    listed = [
        {"path": f"sentences.{at}", "text": text, "cells": cells}
        for at, (text, *cells) in enumerate(sentences, first)
    ]
    return json.dumps({"sentences": listed})


def payload(tenant_id: str, **changes: object) -> dict[str, Any]:
    """The demo's payload for this tenant."""
    return {**copy.deepcopy(dict(JOB.example)), "tenant_id": tenant_id, **changes}


async def run(client: httpx.AsyncClient, body: object, key: str | None = None) -> httpx.Response:
    """The answer to one job under a fresh key."""
    return await client.post(ROUTE, json=body, headers={"idempotency-key": key or new_key()})


async def read(client: httpx.AsyncClient, tenant_id: str, summary_id: str) -> dict[str, Any]:
    """A summary as its route gives it."""
    answer = await client.get(
        f"/analytics-summaries/{summary_id}", headers={"x-tenant-id": tenant_id}
    )
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def texts(summary: dict[str, Any]) -> list[str]:
    """The sentences alone."""
    return [sentence["text"] for sentence in summary["sentences"]]


async def test_sentences_are_stored_with_their_table(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A summary holds its sentences, the cells each rests on, and the table with its methods."""
    async with start_service(ScriptedProvider(told(WHOLE, RATE))) as service:
        receipt = (await run(service.client, payload(tenant_id))).json()
        summary = await read(service.client, tenant_id, receipt["resultId"])

    assert texts(summary) == [WHOLE[0], RATE[0]]
    assert summary["sentences"][0]["cells"] == list(WHOLE[1:])
    cells = {cell["id"]: cell for cell in summary["figures"]["cells"]}
    assert cells["totals.offer_rate"]["value"] == "74.2"
    assert cells["totals.offer_rate.change"]["value"] == "5.4"
    assert any("one to four students" in method for method in summary["figures"]["methods"])
    assert (summary["aiRunId"], summary["prompt"]) == (receipt["runId"], f"{JOB.name}/1")
    assert (summary["periodLabel"], summary["audience"]) == (
        "placement season 2025-26",
        "placement_officer",
    )
    assert len(await rows(database, tenant_id, AnalyticsSummary)) == 1


async def test_the_model_is_not_shown_small_groups(
    start_service: StartService, tenant_id: str
) -> None:
    """Names and figures of groups under five, and what would give them away, are not sent."""
    provider = ScriptedProvider(told(WHOLE))
    async with start_service(provider) as service:
        await run(service.client, payload(tenant_id))

    (prompt,) = provider.prompts
    (block,) = prompt.blocks
    assert block.label == "TABLE"
    ids = {cell["id"] for cell in json.loads(block.text)["cells"]}
    assert {"Bluepeak Labs", "Vindhya Cement", "Palash Textiles"} & set(block.text.split('"')) == (
        set()
    )
    assert "Northwind" not in prompt.instructions
    # Three of six in Biotechnology hold an offer; Civil Engineering's would give that away.
    assert {"branches.5.students", "branches.4.students"} <= ids
    assert not {f"branches.{at}.offers" for at in (4, 5)} & ids
    assert not {f"branches.{at}.offer_rate" for at in (4, 5)} & ids


async def test_a_wrong_sentence_is_mended_once(start_service: StartService, tenant_id: str) -> None:
    """The model sees what was refused and why; its mended sentence stands at its old place."""
    provider = ScriptedProvider(told(WRONG, RATE), told(WHOLE))
    async with start_service(provider) as service:
        receipt = (await run(service.client, payload(tenant_id))).json()
        summary = await read(service.client, tenant_id, receipt["resultId"])

    assert texts(summary) == [WHOLE[0], RATE[0]]
    assert receipt["refusals"] == []
    turn = provider.prompts[1].turns[0]
    assert "'179' is not in a cell" in turn.complaint
    assert RATE[0] not in turn.answer


@pytest.mark.parametrize("lie", [WRONG, MOVED])
async def test_a_sentence_that_stays_wrong_is_dropped(
    start_service: StartService, tenant_id: str, lie: tuple[str, ...]
) -> None:
    """What is refused twice is told to nobody, and its reason is in receipt and summary."""
    async with start_service(ScriptedProvider(told(lie, RATE))) as service:
        receipt = (await run(service.client, payload(tenant_id))).json()
        summary = await read(service.client, tenant_id, receipt["resultId"])

    assert texts(summary) == [RATE[0]]
    assert {refusal["path"] for refusal in receipt["refusals"]} == {"sentences.0"}
    assert all(refusal["text"] == lie[0] for refusal in receipt["refusals"])
    assert summary["refusals"] == receipt["refusals"]


async def test_nothing_left_is_an_error(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """Where every sentence was wrong nothing is stored but the error."""
    async with start_service(ScriptedProvider(told(WRONG, MOVED))) as service:
        answer = await run(service.client, payload(tenant_id))

    assert (answer.status_code, answer.json()["code"]) == (422, "guard_rejected")
    assert "179" not in answer.text
    assert await rows(database, tenant_id, AnalyticsSummary) == []
    assert await rows(database, tenant_id, OutboxEvent) == []
    (error,) = await rows(database, tenant_id, JobError)
    assert WRONG[0] in (error.raw_answer or "")


@pytest.mark.parametrize(
    "unusable",
    [
        "The offer rate is 74.2 percent.",
        "[]",
        '{"sentences": []}',
        '{"sentences": "none"}',
        '{"sentences": [{"text": "x"}]}',
        '{"sentences": [{"path": "sentences.0", "text": "x", "cells": [3]}]}',
        '{"edits": []}',
        told(*[RATE] * 9),
        told(RATE).replace("}]", '}, {"path": "sentences.0", "text": "x", "cells": []}]'),
    ],
)
async def test_an_unusable_answer_is_repaired_once(
    start_service: StartService, database: Database, tenant_id: str, unusable: str
) -> None:
    """Prose, nothing, another shape, too many sentences, one path twice: one repair, then 422."""
    async with start_service(ScriptedProvider(unusable, told(RATE))) as service:
        repaired = await run(service.client, payload(tenant_id))
    async with start_service(ScriptedProvider(unusable)) as service:
        failed = await run(service.client, payload(tenant_id))

    assert repaired.status_code == 200, repaired.text
    assert (failed.status_code, failed.json()["code"]) == (422, "llm_invalid_output")
    assert len(await rows(database, tenant_id, AnalyticsSummary)) == 1


@pytest.mark.parametrize("frame", ["```json\n{}\n```", "Here it is: {} I hope it helps."])
async def test_a_fenced_answer_is_read(
    start_service: StartService, tenant_id: str, frame: str
) -> None:
    """A fence or a preamble around the JSON costs no repair."""
    provider = ScriptedProvider(frame.replace("{}", told(RATE)))
    async with start_service(provider) as service:
        answer = await run(service.client, payload(tenant_id))

    assert answer.status_code == 200
    assert len(provider.prompts) == 1


async def test_a_repeated_sentence_is_told_once(
    start_service: StartService, tenant_id: str
) -> None:
    """The second of two equal sentences is dropped, mended into one or not."""
    shouted = (RATE[0].replace("The", "THE").lower().capitalize(), RATE[1])
    provider = ScriptedProvider(told(RATE, WRONG, shouted), told(RATE, first=1))
    async with start_service(provider) as service:
        receipt = (await run(service.client, payload(tenant_id))).json()
        summary = await read(service.client, tenant_id, receipt["resultId"])

    assert texts(summary) == [RATE[0]]
    assert {refusal["code"] for refusal in receipt["refusals"]} == {"repeat"}


async def test_the_mending_reaches_refused_sentences_only(
    start_service: StartService, tenant_id: str
) -> None:
    """A second answer changes nothing that stood, adds nothing, and need not be readable."""
    new = told(WHOLE, ("62 students are without an offer.", "totals.without_offer"), RATE, first=1)
    for second in (new.replace("sentences.1", "sentences.7"), "not json"):
        async with start_service(ScriptedProvider(told(WRONG, RATE), second)) as service:
            receipt = (await run(service.client, payload(tenant_id))).json()
            summary = await read(service.client, tenant_id, receipt["resultId"])

        assert texts(summary) == [RATE[0]]


async def test_no_student_is_told(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A cohort is no student: core-api gets the completion and no notification."""
    provider = ScriptedProvider(told(RATE))
    async with start_service(provider, notify_student_directly=True) as service:
        await run(service.client, payload(tenant_id))

    (event,) = await rows(database, tenant_id, OutboxEvent)
    assert event.path == "/internal/ai-jobs/complete"
    (stored,) = await rows(database, tenant_id, Run)
    assert stored.student_id is None


async def test_a_redelivery_is_not_paid_again(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A run that died after its answers came is finished from the journal."""
    key, body = new_key(), payload(tenant_id)
    provider = ScriptedProvider(told(WRONG, RATE), told(WHOLE))
    async with start_service(provider) as service:
        first = (await run(service.client, body, key)).json()
        again = (await run(service.client, body, key)).json()
        async with database.tenant(tenant_id) as session:
            for row in await session.exec(select(AnalyticsSummary)):
                await session.delete(row)
            await session.commit()
        await change_runs(database, tenant_id, "state = 'running', receipt = null")
        await expire_leases(database, tenant_id)
        finished = (await run(service.client, body, key)).json()
        summary = await read(service.client, tenant_id, finished["resultId"])

    assert (again["isReplay"], again["resultId"]) == (True, first["resultId"])
    assert texts(summary) == [WHOLE[0], RATE[0]]
    assert len(provider.prompts) == 2
    assert len(await rows(database, tenant_id, LlmCall)) == 2


@pytest.mark.parametrize("audience", ["placement_officer", "management", "students"])
async def test_the_offline_editor_tells_the_truth(
    start_service: StartService, tenant_id: str, audience: str
) -> None:
    """Without a key the table is narrated by template, and every sentence passes the same check."""
    provider = ScriptedProvider(lambda prompt: offline.answer(render(prompt)))
    async with start_service(provider) as service:
        receipt = (await run(service.client, payload(tenant_id, audience=audience))).json()
        summary = await read(service.client, tenant_id, receipt["resultId"])

    assert receipt["refusals"] == []
    assert len(provider.prompts) == 1
    assert len(summary["sentences"]) >= 4
    assert texts(summary)[0] == (
        "Of 240 students, 178 hold an offer, an offer rate of 74.2 percent."
    )


async def test_students_see_less(start_service: StartService, tenant_id: str) -> None:
    """The table for students has no branches, statuses, series, places or outliers."""

    def narrate(prompt: Prompt) -> str:
        assert "at most 5 sentences" in prompt.instructions
        return told(RATE, ("Computer Science has 80 students.", "branches.0.students"))

    async with start_service(ScriptedProvider(narrate)) as service:
        receipt = (await run(service.client, payload(tenant_id, audience="students"))).json()
        summary = await read(service.client, tenant_id, receipt["resultId"])

    cells = summary["figures"]["cells"]
    assert {cell["section"] for cell in cells} == {"totals", "companies", "months"}
    assert {(cell["rank"], cell["outlier"]) for cell in cells} == {(None, None)}
    assert texts(summary) == [RATE[0]]


def _set(body: dict[str, Any], at: str, value: object) -> None:
    *way, last = at.split(".")
    place: Any = body
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value


@pytest.mark.parametrize(
    "wrong",
    [
        ("figures.offers", 241, "figures.offers"),
        ("figures.offers", 170, "figures.branches"),
        ("figures.offers", -1, "figures.offers"),
        ("figures.offers", 3.5, "figures.offers"),
        ("figures.offers", "178", "figures.offers"),
        ("figures.offers", True, "figures.offers"),
        ("figures.students", 4, "figures.students"),
        ("figures.students", 239, "figures.branches"),
        ("figures.branches.2.offers", 45, "figures.branches.2.offers"),
        ("figures.branches.1.name", "computer  SCIENCE", "figures.branches.1.name"),
        ("figures.branches.1.name", "", "figures.branches.1.name"),
        ("figures.branches.1.name", "a\nb", "figures.branches.1.name"),
        ("figures.branches.4.packages", [5.5] * 10, "figures.branches.4.packages"),
        ("figures.branches.4.packages", [0], "figures.branches.4.packages.0"),
        ("figures.branches.4.packages", [1.00001], "figures.branches.4.packages.0"),
        ("figures.branches.4.packages", ["NaN"], "figures.branches.4.packages.0"),
        ("figures.companies.1.name", "Northwind Systems", "figures.companies.1.name"),
        ("figures.companies.0.offers", 90, "figures.companies"),
        ("figures.statuses.0.students", 200, "figures.statuses"),
        ("figures.months.0.month", "2025-13", "figures.months.0.month"),
        ("figures.months.0.month", "2025-07", "figures.months.0.month"),
        ("figures.months.0.month", "2025-09", "figures.months.1.month"),
        ("figures.months.0.offers", 100, "figures.months"),
        ("figures.series.0.points.0.value", 2.5, "figures.series.0.points.0.value"),
        ("figures.series.0.points.1.name", "on campus", "figures.series.0.points.1.name"),
        ("figures.series.0.points", [], "figures.series.0.points"),
        ("figures.series.0.counts", "percent", "figures.series.0.points.0.students"),
        ("figures.packageUnit", "LAKH", "figures.packageUnit"),
        ("period.end", "2025-07-31", "period.end"),
        ("period.start", "yesterday", "period.start"),
        ("previous.period.end", "2025-08-01", "previous.period.end"),
        ("previous.figures.packageUnit", "USD", "previous.figures.packageUnit"),
        ("previous.figures.months.0.month", "2025-08", "previous.figures.months.0.month"),
        ("audience", "everybody", "audience"),
        ("student_id", "asha-verma", "student_id"),
    ],
)
async def test_figures_that_cannot_be_are_refused(
    start_service: StartService,
    database: Database,
    tenant_id: str,
    wrong: tuple[str, object, str],
) -> None:
    """A contradiction is a 422 that names its place; no run is begun and no model is asked."""
    at, value, named = wrong
    body, provider = payload(tenant_id), ScriptedProvider(told(RATE))
    _set(body, at, value)
    async with start_service(provider) as service:
        answer = await run(service.client, body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_payload"), answer.text
    assert f"body.{named}" in {error["at"] for error in answer.json()["errors"]}
    assert provider.prompts == []
    assert await rows(database, tenant_id, Run) == []


async def test_a_percentage_is_at_most_a_hundred(
    start_service: StartService, tenant_id: str
) -> None:
    """A point over 100 percent, and every other one that is wrong, is named at its place."""
    body = payload(tenant_id)
    points = [
        {"name": "women", "value": 100.5, "students": 98},
        {"name": "men", "value": 71, "students": 142},
        {"name": "others", "value": 101, "students": 0},
    ]
    body["figures"]["series"] = [
        {"name": "Offer rate by gender", "counts": "percent", "points": points}
    ]
    async with start_service(ScriptedProvider()) as service:
        answer = await run(service.client, body)

    assert [error["at"] for error in answer.json()["errors"]] == [
        "body.figures.series.0.points.0.value",
        "body.figures.series.0.points.2.value",
    ]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "1e999"])
async def test_numbers_that_are_none_are_refused(
    start_service: StartService, tenant_id: str, literal: str
) -> None:
    """NaN and infinities are no JSON, wherever they stand."""
    text = json.dumps(payload(tenant_id)).replace('"offers": 178', f'"offers": {literal}')
    headers = {"content-type": "application/json"}
    async with start_service(ScriptedProvider()) as service:
        answer = await service.client.post(ROUTE, content=text, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_payload")


@pytest.mark.parametrize(
    "change",
    [
        lambda figures: figures.pop("branches"),
        lambda figures: figures.update(
            branches=[], companies=[], months=[], statuses=[], series=[]
        ),
        lambda figures: figures.update(offers=3, branches=[], companies=[], months=[]),
        lambda figures: figures.update(offers=0, branches=[], companies=[], months=[]),
    ],
)
async def test_the_least_is_enough(
    start_service: StartService, tenant_id: str, change: Callable[[dict[str, Any]], object]
) -> None:
    """A cohort without breakdowns, previous period or offers is narrated as far as it goes."""
    body = payload(tenant_id)
    del body["previous"]
    change(body["figures"])
    provider = ScriptedProvider(lambda prompt: offline.answer(render(prompt)))
    async with start_service(provider) as service:
        answer = await run(service.client, body)

    assert answer.status_code == 200, answer.text
    assert answer.json()["refusals"] == []
