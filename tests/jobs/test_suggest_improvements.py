import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from app.db.engine import Database
from app.guard.review import GUARD_VERSION
from app.records.suggestions import ResumeSuggestion, SuggestionSet
from app.resume.paths import text_at
from app.runs.tables import JobError, LlmCall, OutboxEvent, Run
from app.suggesting.guarded_suggestions import MAX_SUGGESTIONS
from tests.api.stored import example, store_resume
from tests.conftest import StartService
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import new_key, rows

ROUTE = "/jobs/suggest-improvements"
RESUME_ID = "asha-verma-base"
BASE = example("resumes", RESUME_ID)["resume"]
APIS, TESTS, SHEETS = (f"experience.0.bullets.{number}" for number in (0, 2, 3))
PORTAL, PASSES = "projects.0.bullets.0", "projects.1.bullets.0"
TRUE = {
    APIS: "Made REST APIs in Flask for the shipment tracking page used by 14 warehouse staff",
    SHEETS: "Helped the team move old Excel sheets of around 2,000 customers to PostgreSQL",
}
LIE = "Led the team with moving 20,000 customers from old Excel sheets to PostgreSQL on Kubernetes"
QUESTION = "How many people use it?"


def rewording(section: str, suggested: str | None = None, /, **changed: object) -> dict[str, Any]:
    """A suggestion as the schema wants it, true unless changed."""
    return {
        "kind": "rewording",
        "section": section,
        "original": text_at(BASE, section),
        "suggested": suggested or TRUE[section],
        "question": None,
        "reason": "It begins with what you did.",
        **changed,
    }


def question(section: str, asked: str = QUESTION, /, **changed: object) -> dict[str, Any]:
    """A question to the student as the schema wants it."""
    return rewording(section, "x") | {
        "kind": "question",
        "suggested": None,
        "question": asked,
        "reason": "A figure shows how much your work is used.",
        **changed,
    }


def answer(*suggestions: dict[str, Any]) -> str:
    """What a model that knows the schema says."""
    return json.dumps({"suggestions": suggestions})


def payload(tenant_id: str, **changed: object) -> dict[str, Any]:
    """A payload that needs only the résumé to be stored."""
    return {
        "tenant_id": tenant_id,
        "student_id": "asha-verma",
        "resume_id": RESUME_ID,
        **changed,
    }


async def run(client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    """The answer to one job under a fresh key."""
    return await client.post(ROUTE, json=body, headers={"idempotency-key": new_key()})


async def suggest(
    start_service: StartService, own_tenant: str, /, *answers: str, **changed: object
) -> tuple[httpx.Response, ScriptedProvider]:
    """The answer to one job whose model says this."""
    provider = ScriptedProvider(*answers)
    async with start_service(provider) as service:
        await store_resume(service.client, own_tenant, RESUME_ID)
        return await run(service.client, payload(own_tenant) | changed), provider


async def stored(database: Database, tenant_id: str) -> list[ResumeSuggestion]:
    """The tenant's suggestions in the order of their set."""
    found = await rows(database, tenant_id, ResumeSuggestion)
    return sorted(found, key=lambda each: each.position)


async def sections(database: Database, tenant_id: str) -> Sequence[str]:
    """Where the stored suggestions are, in order."""
    return [each.section for each in await stored(database, tenant_id)]


async def test_suggestions_are_stored_in_the_set_of_their_run(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A true rewording and a question are stored as they are; the result's id is their set's."""
    given, _ = await suggest(
        start_service, tenant_id, answer(rewording(APIS), question(PASSES)), job_id=None
    )

    assert given.status_code == 200, given.text
    receipt = given.json()
    [whole] = await rows(database, tenant_id, SuggestionSet)
    assert (whole.id, str(whole.ai_run_id)) == (receipt["resultId"], receipt["runId"])
    assert (whole.student_id, whole.resume_id, whole.job_id) == ("asha-verma", RESUME_ID, None)
    first, second = await stored(database, tenant_id)
    assert first.model_dump(include={"kind", "section", "original", "suggested", "question"}) == {
        "kind": "rewording",
        "section": APIS,
        "original": text_at(BASE, APIS),
        "suggested": TRUE[APIS],
        "question": None,
    }
    assert (second.kind, second.suggested, second.question) == ("question", None, QUESTION)
    assert {each.set_id for each in (first, second)} == {whole.id}
    assert {each.status for each in (first, second)} == {"pending"}
    assert {each.guard_version for each in (first, second)} == {GUARD_VERSION}
    assert first.reason == "It begins with what you did."


async def test_the_callback_names_the_set(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """core-api is told the set's id, for an empty set too."""
    given, _ = await suggest(start_service, tenant_id, answer())

    [event] = await rows(database, tenant_id, OutboxEvent)
    assert event.body["resultId"] == given.json()["resultId"]
    assert event.body["jobType"] == "suggest-improvements"


@pytest.mark.parametrize("empty", ['{"suggestions": []}', "[]", '```json\n{"suggestions":[]}\n```'])
async def test_nothing_to_improve_is_a_valid_answer(
    start_service: StartService, database: Database, tenant_id: str, empty: str
) -> None:
    """A run without a suggestion succeeds, with a result that can be read."""
    async with start_service(ScriptedProvider(empty)) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        receipt = (await run(service.client, payload(tenant_id))).json()
        read = await service.client.get(
            f"/suggestion-sets/{receipt['resultId']}", headers={"x-tenant-id": tenant_id}
        )

    assert receipt["warnings"] == ["There is nothing to improve."]
    assert (read.status_code, read.json()["suggestions"]) == (200, [])
    assert await stored(database, tenant_id) == []


@pytest.mark.parametrize("frame", ["{}", "```json\n{}\n```", "Here you are:\n```\n{}\n```\nBye!"])
async def test_a_list_in_any_frame_is_read(
    start_service: StartService, database: Database, tenant_id: str, frame: str
) -> None:
    """Document 000's bare list of {section, original, suggested, reason} is read, fenced or not."""
    bare = {key: rewording(APIS)[key] for key in ("section", "original", "suggested", "reason")}

    await suggest(start_service, tenant_id, frame.replace("{}", json.dumps([bare])))

    assert [each.suggested for each in await stored(database, tenant_id)] == [TRUE[APIS]]


WRONG = {
    "a lie": rewording(SHEETS, LIE),
    "a place that is not there": rewording(APIS, section="experience.0.bullets.99"),
    "a place that is never written": rewording(
        APIS, "Northwind", section="experience.0.company", original="Kasturi Logistics"
    ),
    "a stale original": rewording(APIS, original="Responsible for making REST APIs in Django"),
    "an original that lost a word": rewording(
        APIS, original=str(text_at(BASE, APIS)).replace("warehouse ", "")
    ),
    "an original of another place": rewording(APIS, original=text_at(BASE, TESTS)),
    "a wrong figure": rewording(APIS, TRUE[APIS].replace("14", "140")),
    "a reason that boasts": rewording(APIS, reason="It shows that you led a team of 12."),
    "a reason with an address": rewording(APIS, reason="See https://example.com for more."),
    "a reason without an end": rewording(APIS, reason="It reads better. " * 40),
    "a reason with a skill": rewording(APIS, reason="It shows what you know of Kubernetes."),
    "a question with a figure": question(PASSES, "How many of the 500 users use it daily?"),
    "a question with a tool": question(PASSES, "Did you deploy it with Kubernetes?"),
    "a question with a name": question(PASSES, "What did Infosys say about it?"),
    "a question with an award": question(PASSES, "How did your award-winning tool help?"),
    "a question about leading": question(PASSES, "How many people did you lead?"),
    "a question that is none": question(PASSES, "Say how many people use it."),
    "a statement with a question mark": question(PASSES, "It was used by many people?"),
    "a statement before a question": question(PASSES, "Many use it. How many people use it?"),
    "a question about an employer": question(
        PASSES, section="experience.0.company", original="Kasturi Logistics"
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_nothing_wrong_is_stored(
    start_service: StartService, database: Database, tenant_id: str, wrong: dict[str, Any]
) -> None:
    """What is untrue or misplaced is refused, said and kept aside; what is right stays."""
    right = rewording(SHEETS) if wrong["section"] == APIS else rewording(APIS)

    given, provider = await suggest(start_service, tenant_id, answer(wrong, right))

    assert given.status_code == 200, given.text
    assert await sections(database, tenant_id) == [right["section"]]
    assert {refusal["path"] for refusal in given.json()["refusals"]} == {wrong["section"]}
    [whole] = await rows(database, tenant_id, SuggestionSet)
    assert [refusal["code"] for refusal in whole.refusals] == [
        refusal["code"] for refusal in given.json()["refusals"]
    ]
    [mending] = provider.prompts[1].turns
    assert wrong["section"] in mending.complaint


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_run_in_which_everything_is_wrong_fails(
    start_service: StartService, database: Database, tenant_id: str, wrong: dict[str, Any]
) -> None:
    """Nothing is stored but the error with the raw answer; its code tells lies from misses."""
    given, _ = await suggest(start_service, tenant_id, answer(wrong))

    refused = given.json()
    assert (given.status_code, refused["retryable"]) == (422, False)
    assert refused["code"] in {"guard_rejected", "llm_invalid_output"}
    assert await rows(database, tenant_id, SuggestionSet) == []
    assert await stored(database, tenant_id) == []
    assert await rows(database, tenant_id, OutboxEvent) == []
    [error] = await rows(database, tenant_id, JobError)
    assert json.loads(error.raw_answer or "")["suggestions"][0]["reason"] == " ".join(
        wrong["reason"].split()
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [("a lie", "guard_rejected"), ("a stale original", "llm_invalid_output")],
)
async def test_a_lie_is_told_from_a_miss(
    start_service: StartService, tenant_id: str, name: str, code: str
) -> None:
    """A run of lies is guard_rejected, one of misplaced suggestions llm_invalid_output."""
    given, _ = await suggest(start_service, tenant_id, answer(WRONG[name]))

    assert given.json()["code"] == code


async def test_a_refused_suggestion_can_be_mended(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """The second round replaces what was refused, and reaches no other place."""
    second = answer(rewording(SHEETS), rewording(APIS, "Made REST APIs in Flask"))

    given, provider = await suggest(start_service, tenant_id, answer(WRONG["a lie"]), second)

    assert [each.suggested for each in await stored(database, tenant_id)] == [TRUE[SHEETS]]
    assert given.json()["refusals"] == []
    assert len(provider.prompts) == 2


@pytest.mark.parametrize(
    "listed",
    [
        [rewording(APIS), rewording(APIS, "Made the REST APIs in Flask for the tracking page")],
        [rewording(APIS), question(APIS)],
        [rewording(APIS), rewording(APIS, section=f"{APIS}.text")],
        [question(PORTAL), question(PASSES, " how many people  USE it?")],
        [rewording(APIS), rewording(SHEETS, str(text_at(BASE, SHEETS)))],
    ],
    ids=["one place", "one place, two kinds", "one place, two spellings", "one text", "unchanged"],
)
async def test_nothing_is_suggested_twice(
    start_service: StartService,
    database: Database,
    tenant_id: str,
    listed: list[dict[str, Any]],
) -> None:
    """Of two suggestions for one place or with one text the first counts; no change is none."""
    await suggest(start_service, tenant_id, answer(*listed))

    assert await sections(database, tenant_id) == [listed[0]["section"]]


async def test_two_that_meet_after_mending_are_one(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A mended question that repeats an accepted one is left out."""
    first = answer(question(PASSES), question(PORTAL, "How many of the 900 users are students?"))

    await suggest(start_service, tenant_id, first, answer(question(PORTAL)))

    assert await sections(database, tenant_id) == [PORTAL]


async def test_the_weakest_texts_come_first(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A duty with a filler, then duties, then the others, whatever the model's order."""
    club = rewording("experience.1.bullets.0", "Conducted weekly Python sessions")
    listed = [question(PASSES), club, rewording(SHEETS), rewording(APIS)]
    tests = rewording(
        TESTS,
        "Worked on writing unit tests in pytest for the billing module to raise coverage from 35% "
        "to 62%",
    )

    await suggest(start_service, tenant_id, answer(*listed, tests))

    found = await sections(database, tenant_id)
    assert found[0] == TESTS
    assert found[1:] == [APIS, SHEETS, club["section"], PASSES]


async def test_no_more_than_a_student_reads(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """Of too many suggestions the weakest texts' are kept, and the receipt says how many went."""
    bullets = [f"Responsible for drawing map {number} of the hills" for number in range(30)]
    resume = {"experience": [{"bullets": ["Drew maps of the hills", *bullets]}]}
    listed = [
        {
            "section": f"experience.0.bullets.{number}",
            "original": f"Responsible for drawing map {number - 1} of the hills",
            "suggested": f"Drew map {number - 1} of the hills",
            "reason": "It begins with what you did.",
        }
        for number in range(1, 31)
    ]
    strong = question("experience.0.bullets.0", original="Drew maps of the hills")
    async with start_service(ScriptedProvider(answer(strong, *listed))) as service:
        await service.client.put(
            f"/resumes/{RESUME_ID}",
            json={"student_id": "asha-verma", "resume": resume},
            headers={"x-tenant-id": tenant_id},
        )
        receipt = (await run(service.client, payload(tenant_id))).json()

    found = await sections(database, tenant_id)
    assert found == [f"experience.0.bullets.{number}" for number in range(1, MAX_SUGGESTIONS + 1)]
    assert receipt["warnings"] == ["11 suggestions for the best texts were left out."]


async def test_hidden_characters_of_the_original_are_kept(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A model cannot see them; what is stored as the original is the résumé's, to the letter."""
    seen = "Helped the team with moving old Excel sheets to PostgreSQL"
    written = seen.replace("old", "o\u00adld")
    moved = rewording(APIS, "Helped the team move old Excel sheets to PostgreSQL", original=seen)
    async with start_service(ScriptedProvider(answer(moved))) as service:
        await service.client.put(
            f"/resumes/{RESUME_ID}",
            json={"student_id": "asha-verma", "resume": {"experience": [{"bullets": [written]}]}},
            headers={"x-tenant-id": tenant_id},
        )
        given = await run(service.client, payload(tenant_id))

    assert given.status_code == 200, given.text
    assert [each.original for each in await stored(database, tenant_id)] == [written]


@pytest.mark.parametrize(
    "unusable",
    [
        "<html>canary</html>",
        '{"edits": []}',
        '{"suggestions": {"section": "summary"}}',
        '{"suggestions": ["canary"]}',
        answer(rewording(APIS, reason=" ")),
        answer(rewording(APIS, kind="canary")),
        answer(question(PASSES, question=None)),
        answer(rewording(APIS, section="x" * 501)),
        answer(rewording(APIS, original=7)),
        json.dumps([rewording(APIS)] * 1_001),
        json.dumps({"suggestions": [{"deep": [[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]}]}),
    ],
    ids=range(11),
)
async def test_an_answer_that_stays_unusable_ends_the_run(
    start_service: StartService, database: Database, tenant_id: str, unusable: str
) -> None:
    """After one repair, 422 with the raw answer kept in the error row and told to nobody."""
    given, provider = await suggest(start_service, tenant_id, unusable)

    assert (given.status_code, given.json()["code"]) == (422, "llm_invalid_output")
    assert "canary" not in given.text
    assert len(provider.prompts) == 2
    [error] = await rows(database, tenant_id, JobError)
    assert error.raw_answer == unusable


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "a\x00b \udfff"])
async def test_an_answer_postgresql_cannot_hold_is_held(
    start_service: StartService, database: Database, tenant_id: str, odd: str
) -> None:
    """NUL and lone surrogates in any field break neither set nor error row."""
    poisoned = rewording(APIS, TRUE[APIS] + odd, reason=f"It reads better{odd}.")

    given, _ = await suggest(start_service, tenant_id, answer(rewording(SHEETS), poisoned))

    assert given.status_code in {200, 422}, given.text
    [ended] = await rows(database, tenant_id, Run)
    assert ended.state in {"succeeded", "failed"}


async def test_a_posting_is_shown_where_one_is_named(
    start_service: StartService, tenant_id: str
) -> None:
    """The stored posting's title and description reach the model as data, or nothing does."""
    posting = example("postings", "backend-intern-northwind")
    provider = ScriptedProvider(answer())
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        await service.client.put("/postings/here", json=posting, headers={"x-tenant-id": tenant_id})
        for job_id in ("here", None):
            given = await run(service.client, payload(tenant_id, job_id=job_id))
            assert given.status_code == 200

    shown = [prompt.blocks[0].text for prompt in provider.prompts]
    assert shown == [f"{posting['title']}\n\n{posting['description']}", ""]
    assert not any("Asha" in prompt.instructions for prompt in provider.prompts)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"resume_id": "nobody's"}, "resume_not_found"),
        ({"student_id": "ravi-kulkarni"}, "resume_not_found"),
        ({"tenant_id": "another"}, "resume_not_found"),
        ({"job_id": "never-stored"}, "posting_not_found"),
    ],
)
async def test_what_is_not_there_is_named(
    start_service: StartService, tenant_id: str, changed: dict[str, str], code: str
) -> None:
    """A résumé of somebody else and a posting nobody stored are 404, and no model is asked."""
    given, provider = await suggest(start_service, tenant_id, answer(), **changed)

    assert (given.status_code, given.json()["code"]) == (404, code)
    assert provider.prompts == []


async def test_a_redelivery_gives_the_same_set_unasked(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """The same key gives the same result, from one model call and in one set."""
    provider, key = ScriptedProvider(answer(rewording(APIS))), {"idempotency-key": new_key()}
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        first, second = [
            await service.client.post(ROUTE, json=payload(tenant_id), headers=key) for _ in "12"
        ]

    assert first.json()["resultId"] == second.json()["resultId"]
    assert [first.json()["isReplay"], second.json()["isReplay"]] == [False, True]
    assert len(provider.prompts) == 1
    assert len(await rows(database, tenant_id, SuggestionSet)) == 1


async def test_the_run_names_its_prompt(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A run and each of its calls, the mending too, name the prompt and its version."""
    await suggest(start_service, tenant_id, answer(WRONG["a lie"], rewording(APIS)))

    [ended] = await rows(database, tenant_id, Run)
    calls = await rows(database, tenant_id, LlmCall)
    assert ended.prompt == "suggest-improvements/1"
    assert [call.prompt for call in calls] == [ended.prompt] * 2


async def test_left_out_bullets_are_told(start_service: StartService, tenant_id: str) -> None:
    """What the window did not take is said in the receipt."""
    bullets = [f"Wrote tests number {number} for the billing" for number in range(99)]
    provider = ScriptedProvider(answer(), window_tokens=4_000)
    async with start_service(provider) as service:
        await service.client.put(
            f"/resumes/{RESUME_ID}",
            json={"student_id": "asha-verma", "resume": {"experience": [{"bullets": bullets}]}},
            headers={"x-tenant-id": tenant_id},
        )
        receipt = (await run(service.client, payload(tenant_id))).json()

    assert "did not fit the model's window" in receipt["warnings"][0]
