import copy
import json
from typing import Any

import httpx
import pytest

from app.db.engine import Database
from app.guard.review import GUARD_VERSION
from app.llm.client import Prompt
from app.records.resumes import Resume
from app.resume.paths import editable_paths
from app.runs.tables import JobError, LlmCall, OutboxEvent, Run
from tests.api.stored import example, payload, store_resume
from tests.conftest import StartService
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import new_key, rows

ROUTE = "/jobs/rewrite-resume"
RESUME_ID = "asha-verma-base"
SHEETS = "experience.0.bullets.3"
HONEST = "Helped the team move old Excel sheets of around 2,000 customers to PostgreSQL"
TESTS = "experience.0.bullets.2"
INVENTED = "Wrote unit tests in pytest for 40 services on Kubernetes"


def edits(proposed: dict[str, str], summary: str | None = None) -> str:
    """An answer in the schema's own form."""
    listed = [{"path": path, "text": text} for path, text in proposed.items()]
    return json.dumps({"edits": listed, "summary": summary})


async def store(client: httpx.AsyncClient, tenant_id: str, resume: dict[str, Any]) -> None:
    """Put a résumé of our own making into the tenant."""
    answer = await client.put(
        f"/resumes/{RESUME_ID}",
        json={"student_id": "asha-verma", "resume": resume},
        headers={"x-tenant-id": tenant_id},
    )
    assert answer.status_code == 200, answer.text


async def run(client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    """The answer to one job under a fresh key."""
    return await client.post(ROUTE, json=body, headers={"idempotency-key": new_key()})


async def read(client: httpx.AsyncClient, tenant_id: str, resume_id: str) -> dict[str, Any]:
    """A résumé as its route gives it."""
    answer = await client.get(f"/resumes/{resume_id}", headers={"x-tenant-id": tenant_id})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_a_variant_is_stored_beside_its_base(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """An accepted edit is in the variant, verified, with its provenance; all else is as it was."""
    base = example("resumes", RESUME_ID)["resume"]
    async with start_service(ScriptedProvider(edits({SHEETS: HONEST}))) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        receipt = (await run(service.client, payload(tenant_id))).json()
        variant = await read(service.client, tenant_id, receipt["resultId"])
        untouched = await read(service.client, tenant_id, RESUME_ID)

    expected = copy.deepcopy(base)
    expected["experience"][0]["bullets"][3] = {"text": HONEST, "verified": True}
    assert variant["resume"] == expected
    assert untouched["resume"] == base
    assert (variant["isAiVariant"], variant["baseResumeId"]) == (True, RESUME_ID)
    assert (variant["studentId"], variant["aiRunId"]) == ("asha-verma", receipt["runId"])
    (stored,) = [row for row in await rows(database, tenant_id, Resume) if row.is_ai_variant]
    assert stored.id == receipt["resultId"]


async def test_provenance_is_kept_per_text(start_service: StartService, tenant_id: str) -> None:
    """Each text a rewrite may change says who wrote it; only the AI's are verified."""
    base = example("resumes", RESUME_ID)["resume"]
    async with start_service(ScriptedProvider(edits({SHEETS: HONEST}))) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        receipt = (await run(service.client, payload(tenant_id))).json()
        variant = await read(service.client, tenant_id, receipt["resultId"])

    provenance = variant["provenance"]
    assert set(provenance) == set(editable_paths(base))
    assert {path for path, text in provenance.items() if text["source"] == "ai"} == {SHEETS}
    assert {path for path, text in provenance.items() if text["isVerified"]} == {SHEETS}
    assert provenance[SHEETS] == {
        "source": "ai",
        "sourcePath": SHEETS,
        "isVerified": True,
        "guardVersion": GUARD_VERSION,
    }


async def test_what_ai_wrote_before_is_not_called_original(
    start_service: StartService, tenant_id: str
) -> None:
    """A text that stays as it was in the base keeps the base's provenance."""
    provider = ScriptedProvider(edits({SHEETS: HONEST}), edits({}))
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        first = (await run(service.client, payload(tenant_id))).json()["resultId"]

        again = await run(service.client, payload(tenant_id) | {"resume_id": first})

        variant = await read(service.client, tenant_id, again.json()["resultId"])
    provenance = variant["provenance"]
    assert set(provenance) == set(editable_paths(variant["resume"]))
    assert {path for path, text in provenance.items() if text["source"] == "ai"} == {SHEETS}
    assert provenance[SHEETS]["isVerified"] is True


async def test_what_was_refused_is_returned_and_stored(
    start_service: StartService, tenant_id: str
) -> None:
    """An untrue edit leaves the student's own words, and its reason is in receipt and variant."""
    base = example("resumes", RESUME_ID)["resume"]
    provider = ScriptedProvider(edits({SHEETS: HONEST, TESTS: INVENTED}))
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        receipt = (await run(service.client, payload(tenant_id))).json()
        variant = await read(service.client, tenant_id, receipt["resultId"])

    assert variant["resume"]["experience"][0]["bullets"][2] == base["experience"][0]["bullets"][2]
    assert {refusal["path"] for refusal in receipt["refusals"]} == {TESTS}
    assert {refusal["code"] for refusal in receipt["refusals"]} >= {"skill"}
    assert all(refusal["text"] == INVENTED for refusal in receipt["refusals"])
    assert variant["refusals"] == receipt["refusals"]


async def test_a_rewrite_that_is_refused_in_full_fails(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """Nothing is stored but the error, and the student is told in a sentence."""
    async with start_service(ScriptedProvider(edits({TESTS: INVENTED}))) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        answer = await run(service.client, payload(tenant_id))

    assert (answer.status_code, answer.json()["code"]) == (422, "guard_rejected")
    assert answer.json()["retryable"] is False
    assert "Kubernetes" not in answer.text
    assert [row.id for row in await rows(database, tenant_id, Resume)] == [RESUME_ID]
    assert await rows(database, tenant_id, OutboxEvent) == []
    (error,) = await rows(database, tenant_id, JobError)
    assert error.message == "AI rewrite failed, please try again"
    assert INVENTED in (error.raw_answer or "")


@pytest.mark.parametrize("frame", ["```json\n{}\n```", "{}", "Here you are:\n```\n{}\n```\nBye!"])
async def test_a_whole_resume_is_read_as_edits(
    start_service: StartService, tenant_id: str, frame: str
) -> None:
    """A whole résumé, fenced, as document 000's prompt would get it, changes texts and no fact."""
    base = example("resumes", RESUME_ID)["resume"]

    def answer(_: Prompt) -> str:
        whole = copy.deepcopy(base)
        whole["experience"][0]["bullets"][3] = HONEST
        del whole["placementCell"]
        return frame.replace("{}", json.dumps(whole))

    async with start_service(ScriptedProvider(answer)) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        receipt = (await run(service.client, payload(tenant_id))).json()
        variant = await read(service.client, tenant_id, receipt["resultId"])

    expected = copy.deepcopy(base)
    expected["experience"][0]["bullets"][3] = {"text": HONEST, "verified": True}
    assert variant["resume"] == expected


async def test_unknown_keys_survive(start_service: StartService, tenant_id: str) -> None:
    """Keys nobody here knows, odd characters and key order come through a rewrite untouched."""
    resume = {
        "zeta": {"b": 1, "a": [None, True, 0.5, "é\u200bß"]},
        "experience": [
            {
                "hiddenNote": "keep",
                "company": "Kasturi Logistics",
                "bullets": [
                    "Helped the team with moving old Excel sheets to PostgreSQL",
                    {"text": "Served guests", "x-rank": 3},
                ],
            }
        ],
        "skills": [{"name": "Tools", "keywords": ["PostgreSQL"], "years": 2}],
    }
    moved = "Helped the team move old Excel sheets to PostgreSQL"
    provider = ScriptedProvider(edits({"experience.0.bullets.0": moved}))
    async with start_service(provider) as service:
        await store(service.client, tenant_id, resume)
        receipt = (await run(service.client, payload(tenant_id))).json()
        variant = await read(service.client, tenant_id, receipt["resultId"])

    expected: dict[str, Any] = copy.deepcopy(resume)
    expected["experience"][0]["bullets"][0] = {"text": moved, "verified": True}
    assert variant["resume"] == expected


async def test_a_bullet_with_keys_of_its_own_is_reworded(
    start_service: StartService, tenant_id: str
) -> None:
    """A bullet that carries a key nobody knows is judged by its text, and keeps the key."""
    text = "Helped the team with moving old Excel sheets to PostgreSQL"
    resume = {"experience": [{"bullets": [{"text": text, "x-rank": 3, "x-note": "first"}]}]}
    moved = "Helped the team move old Excel sheets to PostgreSQL"
    provider = ScriptedProvider(edits({"experience.0.bullets.0": moved}))
    async with start_service(provider) as service:
        await store(service.client, tenant_id, resume)
        answer = await run(service.client, payload(tenant_id))
        assert answer.status_code == 200, answer.text
        variant = await read(service.client, tenant_id, answer.json()["resultId"])

    assert variant["resume"]["experience"][0]["bullets"] == [
        {"text": moved, "x-rank": 3, "x-note": "first", "verified": True}
    ]


async def test_a_posting_that_is_stored_need_not_be_sent(
    start_service: StartService, tenant_id: str
) -> None:
    """Title and description come from the stored posting, and what is sent goes before it."""
    provider = ScriptedProvider()
    body = payload(tenant_id)
    bare = {key: body[key] for key in body if key not in {"job_title", "job_description"}}
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        stored = await service.client.put(
            f"/postings/{body['job_id']}",
            json=example("postings", body["job_id"]),
            headers={"x-tenant-id": tenant_id},
        )
        answers = [
            await run(service.client, bare),
            await run(service.client, {**bare, "job_title": "Title as sent"}),
            await run(service.client, {**bare, "job_description": "Text as sent"}),
            await run(service.client, body),
        ]

    assert stored.status_code == 200
    assert [answer.status_code for answer in answers] == [200] * 4
    shown = [prompt.blocks[0].text for prompt in provider.prompts]
    assert ["Kafka" in text for text in shown] == [True, True, False, False]
    assert ["Title as sent" in text for text in shown] == [False, True, False, False]
    assert "Text as sent" in shown[2]
    assert shown[3] == "Backend Engineering Intern\n\nBuild and test REST APIs."


@pytest.mark.parametrize("half", [{}, {"job_title": "Intern"}, {"job_description": "APIs"}])
async def test_an_absent_posting_is_named(
    start_service: StartService, database: Database, tenant_id: str, half: dict[str, str]
) -> None:
    """Without a stored posting half an ad is none: 404, for good, and no model is asked."""
    provider = ScriptedProvider()
    body = {
        key: value
        for key, value in payload(tenant_id).items()
        if key not in {"job_title", "job_description"}
    }
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        answer = await run(service.client, {**body, **half})

    assert (answer.status_code, answer.json()["code"]) == (404, "posting_not_found")
    assert answer.json()["retryable"] is False
    assert provider.prompts == []
    assert len(await rows(database, tenant_id, JobError)) == 1


@pytest.mark.parametrize("wrong", ["student_id", "resume_id", "tenant_id"])
async def test_a_resume_of_somebody_else_does_not_exist(
    start_service: StartService, tenant_id: str, wrong: str
) -> None:
    """A résumé of another student or tenant is answered like one that was never there."""
    provider = ScriptedProvider()
    body = payload(tenant_id)
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        answer = await run(service.client, {**body, wrong: f"{body[wrong]}-other"})

    assert (answer.status_code, answer.json()["code"]) == (404, "resume_not_found")
    assert provider.prompts == []


async def test_a_variant_can_be_rewritten(start_service: StartService, tenant_id: str) -> None:
    """A variant is a résumé: it can be the base of the next one, and stays as it is."""
    async with start_service(ScriptedProvider(edits({SHEETS: HONEST}), edits({}))) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        first = (await run(service.client, payload(tenant_id))).json()["resultId"]
        second = (await run(service.client, {**payload(tenant_id), "resume_id": first})).json()
        variant = await read(service.client, tenant_id, second["resultId"])
        base = await read(service.client, tenant_id, first)

    assert variant["baseResumeId"] == first
    assert variant["resume"] == base["resume"]
    assert second["warnings"] == ["The model proposed no change."]


async def test_an_answer_that_stays_unusable_ends_the_run(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """After one repair, 422 with the raw answer kept in the error row and told to nobody."""
    provider = ScriptedProvider("<html>first</html>", "<html>canary</html>")
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        answer = await run(service.client, payload(tenant_id))

    assert (answer.status_code, answer.json()["code"]) == (422, "llm_invalid_output")
    assert "canary" not in answer.text
    assert len(provider.prompts) == 2
    (error,) = await rows(database, tenant_id, JobError)
    assert error.raw_answer == "<html>canary</html>"


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a\x00b \udfff"])
async def test_an_answer_postgresql_cannot_hold_is_held(
    start_service: StartService, database: Database, tenant_id: str, text: str
) -> None:
    """NUL and lone surrogates, escaped in an answer's JSON, break neither variant nor error row."""
    poisoned = json.dumps({"edits": [{"path": SHEETS, "text": HONEST + text}], "summary": None})
    async with start_service(ScriptedProvider(poisoned)) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        answer = await run(service.client, payload(tenant_id))

    assert answer.status_code in {200, 422}, answer.text
    (stored,) = await rows(database, tenant_id, Run)
    assert stored.state in {"succeeded", "failed"}


async def test_left_out_bullets_stay_and_are_told(
    start_service: StartService, tenant_id: str
) -> None:
    """Bullets the window did not take are unchanged in the variant; the receipt says how many."""
    resume = {
        "experience": [{"bullets": [f"Wrote tests number {n} for the billing" for n in range(99)]}]
    }
    async with start_service(ScriptedProvider(window_tokens=4_000)) as service:
        await store(service.client, tenant_id, resume)
        receipt = (await run(service.client, payload(tenant_id))).json()
        variant = await read(service.client, tenant_id, receipt["resultId"])

    assert variant["resume"] == resume
    assert any("did not fit the model's window" in warning for warning in receipt["warnings"])


async def test_the_run_names_its_prompt(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A stored run and each of its calls name the prompt and its version."""
    async with start_service(ScriptedProvider(edits({TESTS: INVENTED, SHEETS: HONEST}))) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        await run(service.client, payload(tenant_id))

    (stored,) = await rows(database, tenant_id, Run)
    calls = await rows(database, tenant_id, LlmCall)
    assert stored.prompt
    assert stored.prompt.startswith("rewrite-resume/")
    assert {call.prompt for call in calls} == {stored.prompt}
    assert (len(calls), stored.input_tokens, stored.cost_micro_usd) == (2, 200, 90)


@pytest.mark.parametrize("tone", ["concise", "detailed", "professional"])
async def test_the_tone_reaches_the_model(
    start_service: StartService, tenant_id: str, tone: str
) -> None:
    """The tone is part of the instructions; the student's text is not."""
    provider = ScriptedProvider()
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        await run(service.client, {**payload(tenant_id), "tone": tone})

    assert f"Tone: {tone}" in provider.prompts[0].instructions
    assert "Asha" not in provider.prompts[0].instructions
    assert "Excel" not in provider.prompts[0].instructions
