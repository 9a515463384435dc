import asyncio
import copy
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text

from app.db.engine import Database
from app.guard.review import GUARD_VERSION
from app.records.resumes import Resume
from app.records.suggestions import ResumeSuggestion
from tests.api.stored import example, store_resume
from tests.conftest import Service, StartService
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import new_key, rows

RESUME_ID = "asha-verma-base"
BASE = example("resumes", RESUME_ID)["resume"]
BULLETS = BASE["experience"][0]["bullets"]
SHEETS, TESTS, APIS = (f"experience.0.bullets.{number}" for number in (3, 2, 0))
MOVED = "Helped the team move old Excel sheets of around 2,000 customers to PostgreSQL"
MADE = "Made REST APIs in Flask for the shipment tracking page used by 14 warehouse staff"


def listed(section: str, original: str, suggested: str | None, question: str | None) -> Any:  # noqa: ANN401  a JSON object
    """A suggestion as a model says it."""
    return {
        "kind": "question" if question else "rewording",
        "section": section,
        "original": original,
        "suggested": suggested,
        "question": question,
        "reason": "It begins with what you did.",
    }


REWORDINGS = [
    listed(SHEETS, BULLETS[3], MOVED, None),
    listed(APIS, BULLETS[0], MADE, None),
]
PASSES = "projects.1.bullets.0"
QUESTION = listed(PASSES, BASE["projects"][1]["bullets"][0], None, "How long is it?")
ANSWER = json.dumps({"suggestions": [*REWORDINGS, QUESTION]})


class Desk:
    """What a page does for one student: read suggestions and decide about them."""

    def __init__(self, service: Service, tenant_id: str) -> None:
        self.client = service.client
        self.lifecycle = service.lifecycle
        self.headers = {"x-tenant-id": tenant_id}
        self.tenant_id = tenant_id

    async def run(self, resume_id: str = RESUME_ID) -> dict[str, Any]:
        """The receipt of one run."""
        payload = {
            "tenantId": self.tenant_id,
            "studentId": "asha-verma",
            "resumeId": resume_id,
        }
        given = await self.client.post(
            "/jobs/suggest-improvements", json=payload, headers={"idempotency-key": new_key()}
        )
        assert given.status_code == 200, given.text
        receipt: dict[str, Any] = given.json()
        return receipt

    async def listed(self, resume_id: str = RESUME_ID, **query: str) -> list[dict[str, Any]]:
        """The suggestions of a résumé."""
        given = await self.client.get(
            "/suggestions", params={"resumeId": resume_id, **query}, headers=self.headers
        )
        assert given.status_code == 200, given.text
        found: list[dict[str, Any]] = given.json()["suggestions"]
        return found

    async def at(self, section: str, **query: str) -> dict[str, Any]:
        """The only suggestion for a place."""
        [found] = [each for each in await self.listed(**query) if each["section"] == section]
        return found

    async def decide(self, suggestion: dict[str, Any], decision: str) -> httpx.Response:
        """The answer to accept or reject."""
        return await self.client.post(
            f"/suggestions/{suggestion['id']}/{decision}", headers=self.headers
        )

    async def resume(self, resume_id: str = RESUME_ID) -> dict[str, Any]:
        """The résumé as its route gives it."""
        given = await self.client.get(f"/resumes/{resume_id}", headers=self.headers)
        document: dict[str, Any] = given.json()
        return document

    async def put(self, resume: dict[str, Any]) -> None:
        """Store another version of the résumé, as core-api does."""
        body = {"student_id": "asha-verma", "resume": resume}
        given = await self.client.put(f"/resumes/{RESUME_ID}", json=body, headers=self.headers)
        assert given.status_code == 200, given.text


@pytest.fixture
async def desk(start_service: StartService, tenant_id: str) -> AsyncIterator[Desk]:
    """A desk on which the suggestions of one run lie."""
    async with start_service(ScriptedProvider(ANSWER), database_pool_size=10) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        desk = Desk(service, tenant_id)
        await desk.run()
        yield desk


@contextmanager
def statements(desk: Desk) -> Iterator[list[str]]:
    """What the service asks of the tables of résumés and suggestions meanwhile."""
    engine = desk.lifecycle.runtime().database.engine.sync_engine
    seen: list[str] = []

    def note(*arguments: object) -> None:
        if "resume" in str(arguments[2]):
            seen.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def with_bullet(number: int, words: str) -> dict[str, Any]:
    """The base with one bullet of the first entry replaced."""
    changed = copy.deepcopy(BASE)
    changed["experience"][0]["bullets"][number] = words
    return dict(changed)


async def test_a_suggestion_can_be_drawn(desk: Desk) -> None:
    """Each has its place, both texts, its status and a diff whose parts make up both texts."""
    found = await desk.listed()

    assert [each["section"] for each in found] == [APIS, SHEETS, PASSES]
    moved = found[1]
    assert (moved["original"], moved["suggested"]) == (BULLETS[3], MOVED)
    assert (moved["status"], moved["isStale"], moved["decidedAt"]) == ("pending", False, None)
    assert moved["guardVersion"] == GUARD_VERSION
    assert [part for part in moved["diff"] if part["kind"] != "same"] == [
        {"kind": "removed", "text": "with moving"},
        {"kind": "added", "text": "move"},
    ]
    before = "".join(part["text"] for part in moved["diff"] if part["kind"] != "added")
    after = "".join(part["text"] for part in moved["diff"] if part["kind"] != "removed")
    assert (before, after) == (BULLETS[3], MOVED)


async def test_a_question_has_nothing_to_draw(desk: Desk) -> None:
    """A question has its words and the text it is about, and neither new text nor diff."""
    asked = await desk.at(PASSES)

    assert (asked["kind"], asked["question"]) == ("question", "How long is it?")
    assert (asked["suggested"], asked["diff"]) == (None, [])


async def test_a_set_is_what_its_run_gave(desk: Desk) -> None:
    """The result id leads to the run, the résumé and every suggestion of that run."""
    receipt = await desk.run()

    given = await desk.client.get(f"/suggestion-sets/{receipt['resultId']}", headers=desk.headers)

    whole = given.json()
    assert (whole["runId"], whole["resumeId"]) == (receipt["runId"], RESUME_ID)
    assert (whole["studentId"], whole["jobId"], whole["refusals"]) == ("asha-verma", None, [])
    assert whole["suggestions"] == await desk.listed(resultId=receipt["resultId"])
    assert {each["resultId"] for each in whole["suggestions"]} == {receipt["resultId"]}


async def test_suggestions_are_filtered(desk: Desk) -> None:
    """By status, by run, and by both."""
    receipt = await desk.run()
    await desk.decide(await desk.at(SHEETS), "accept")

    accepted = await desk.listed(status="accepted")
    pending = await desk.listed(status="pending", resultId=receipt["resultId"])
    nobodys = await desk.listed(resultId="nobody's")

    assert [each["section"] for each in accepted] == [SHEETS]
    assert [each["section"] for each in pending] == [APIS, PASSES]
    assert await desk.listed(status="rejected") == nobodys == []


async def test_what_two_runs_suggest_alike_is_listed_once(desk: Desk) -> None:
    """The newest one stands for both, whatever became of it; each run still has its own."""
    first = await desk.listed()
    receipt = await desk.run()
    await desk.decide(await desk.at(APIS), "reject")

    found = await desk.listed()

    assert [each["section"] for each in found] == [each["section"] for each in first]
    assert {each["resultId"] for each in found} == {receipt["resultId"]}
    assert [each["status"] for each in found] == ["rejected", "pending", "pending"]
    assert await desk.listed(resultId=first[0]["resultId"]) == first


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ({}, "query.resumeId"),
        ({"resumeId": ""}, "query.resumeId"),
        ({"resumeId": "r", "status": "undecided"}, "query.status"),
        ({"resumeId": "r", "resultId": "x" * 201}, "query.resultId"),
    ],
)
async def test_a_wrong_question_is_explained(
    service: Service, tenant_id: str, query: dict[str, str], at: str
) -> None:
    """A list without a résumé, or with a filter nobody knows, is a 422 that names the place."""
    given = await service.client.get(
        "/suggestions", params=query, headers={"x-tenant-id": tenant_id}
    )

    assert (given.status_code, given.json()["code"]) == (422, "invalid_payload")
    assert [error["at"] for error in given.json()["errors"]] == [at]


async def test_an_accepted_suggestion_stands_in_the_resume(desk: Desk) -> None:
    """It is there word for word, verified and said to be AI's; nothing else changed."""
    before = await desk.resume()

    given = await desk.decide(await desk.at(SHEETS), "accept")

    assert given.status_code == 200, given.text
    assert (given.json()["status"], given.json()["isStale"]) == ("accepted", False)
    after = await desk.resume()
    assert after["resume"] == with_bullet(3, "") | {
        "experience": [
            {
                **BASE["experience"][0],
                "bullets": [*BULLETS[:3], {"text": MOVED, "verified": True}, *BULLETS[4:]],
            },
            *BASE["experience"][1:],
        ]
    }
    assert after["provenance"] == {
        SHEETS: {
            "source": "ai",
            "sourcePath": SHEETS,
            "isVerified": True,
            "guardVersion": GUARD_VERSION,
        }
    }
    assert after["updatedAt"] > before["updatedAt"]
    assert await desk.at(SHEETS) == given.json()


async def test_a_second_accept_changes_nothing(desk: Desk) -> None:
    """It answers what the first one did, and what was edited since stays."""
    suggestion = await desk.at(SHEETS)
    first = await desk.decide(suggestion, "accept")
    await desk.put(with_bullet(3, "Moved on"))
    edited = await desk.resume()

    second = await desk.decide(suggestion, "accept")

    assert (second.status_code, second.json()) == (200, first.json())
    assert await desk.resume() == edited


async def test_twenty_accepts_at_once_are_one(desk: Desk) -> None:
    """Twenty simultaneous accepts get one answer, and the résumé is written once."""
    suggestion = await desk.at(SHEETS)

    with statements(desk) as seen:
        given = await asyncio.gather(*(desk.decide(suggestion, "accept") for _ in range(20)))

    assert {each.status_code for each in given} == {200}
    assert len({each.text for each in given}) == 1
    assert len([each for each in seen if each.startswith("UPDATE resumes")]) == 1
    assert (await desk.resume())["resume"]["experience"][0]["bullets"][3]["text"] == MOVED


@pytest.mark.parametrize(
    ("method", "path", "first", "again"),
    [
        ("POST", "/suggestions/{id}/accept", 4, 1),
        ("POST", "/suggestions/{id}/reject", 2, 1),
        ("GET", "/suggestions?resumeId={resumeId}", 2, 2),
        ("GET", "/suggestions?resumeId={resumeId}&resultId={resultId}", 2, 2),
        ("GET", "/suggestion-sets/{resultId}", 3, 3),
    ],
)
async def test_the_statements_are_as_many_as_is_said(
    desk: Desk, method: str, path: str, first: int, again: int
) -> None:
    """Beside the one that names the tenant, each route asks what its docstring says."""
    address = path.format(**await desk.at(SHEETS))
    counts = []

    for _ in range(2):
        with statements(desk) as seen:
            await desk.client.request(method, address, headers=desk.headers)
        counts.append(len(seen))

    assert counts == [first, again]


async def test_accepts_of_different_suggestions_do_not_lose_each_other(desk: Desk) -> None:
    """Two suggestions accepted at one moment, ten times each, both stand in the résumé."""
    suggestions = [await desk.at(section) for section in (SHEETS, APIS)]

    given = await asyncio.gather(*(desk.decide(each, "accept") for each in suggestions * 10))

    assert {each.status_code for each in given} == {200}
    stored = await desk.resume()
    bullets = stored["resume"]["experience"][0]["bullets"]
    assert (bullets[3]["text"], bullets[0]["text"]) == (MOVED, MADE)
    assert set(stored["provenance"]) == {SHEETS, APIS}


async def test_accepts_and_edits_at_once_do_not_lose_each_other(desk: Desk) -> None:
    """While core-api stores the résumé again and again, an accept lands whole or is stale."""
    suggestion, edited = await desk.at(SHEETS), with_bullet(0, "Made APIs")

    accepting = asyncio.create_task(desk.decide(suggestion, "accept"))
    await asyncio.gather(*(desk.put(edited) for _ in range(5)))
    given = await accepting

    assert given.status_code == 200
    stored = await desk.resume()
    is_overwritten = stored["resume"]["experience"][0]["bullets"][3] == BULLETS[3]
    assert set(stored["provenance"]) == (set() if is_overwritten else {SHEETS})
    assert stored["resume"]["experience"][0]["bullets"][0] in ("Made APIs", BULLETS[0])


async def test_accept_and_reject_at_once_have_one_winner(desk: Desk) -> None:
    """Of ten accepts and ten rejects one side wins, and the résumé is what it decided."""
    suggestion = await desk.at(SHEETS)

    given = await asyncio.gather(
        *(desk.decide(suggestion, decision) for decision in ("accept", "reject") * 10)
    )

    won = {each.json()["status"] for each in given if each.status_code == 200}
    lost = {each.json()["code"] for each in given if each.status_code != 200}
    assert lost == {"suggestion_decided"}
    [status] = won
    words = (await desk.resume())["resume"]["experience"][0]["bullets"][3]
    assert words == ({"text": MOVED, "verified": True} if status == "accepted" else BULLETS[3])


@pytest.mark.parametrize(
    "changed",
    [
        with_bullet(3, f"{BULLETS[3]}."),
        with_bullet(3, BULLETS[3].replace(" ", "  ", 1)),
        {**BASE, "experience": []},
        {**BASE, "experience": BASE["experience"][::-1]},
    ],
    ids=["a full stop", "a space", "the entry is gone", "the entries changed places"],
)
async def test_a_stale_suggestion_is_not_applied(desk: Desk, changed: dict[str, Any]) -> None:
    """If the original does not stand there to the letter, a 422 changes nothing."""
    await desk.put(changed)
    suggestion = await desk.at(SHEETS)
    edited = await desk.resume()

    given = await desk.decide(suggestion, "accept")

    assert (given.status_code, given.json()["code"]) == (422, "suggestion_stale")
    assert given.json()["retryable"] is False
    assert suggestion["isStale"] is True
    assert await desk.resume() == edited
    assert (await desk.at(SHEETS))["status"] == "pending"


async def test_edits_elsewhere_do_not_make_it_stale(desk: Desk) -> None:
    """A base that core-api edited at another place takes the suggestion and keeps the edit."""
    await desk.put(with_bullet(1, "Fixed slow SQL queries"))

    given = await desk.decide(await desk.at(SHEETS), "accept")

    assert given.status_code == 200
    bullets = (await desk.resume())["resume"]["experience"][0]["bullets"]
    assert bullets[1] == "Fixed slow SQL queries"
    assert bullets[3] == {"text": MOVED, "verified": True}


async def test_a_suggestion_whose_grounds_are_gone_is_not_applied(
    start_service: StartService, tenant_id: str
) -> None:
    """What was true by the entry's technologies is stale once the student took them out."""
    resume = {
        "projects": [
            {
                "name": "Checker",
                "technologies": ["SQLite"],
                "bullets": ["Made a tool that verifies passes from a file"],
            }
        ]
    }
    section, original = "projects.0.bullets.0", "Made a tool that verifies passes from a file"
    proposed = listed(
        section, original, "Made a tool that verifies passes from a SQLite file", None
    )
    provider = ScriptedProvider(json.dumps({"suggestions": [proposed]}))
    async with start_service(provider) as service:
        desk = Desk(service, tenant_id)
        await desk.put(resume)
        await desk.run()
        resume["projects"][0]["technologies"] = []
        await desk.put(resume)

        given = await desk.decide(await desk.at(section), "accept")

        assert (given.status_code, given.json()["code"]) == (422, "suggestion_stale")
        assert (await desk.resume())["resume"] == resume


async def test_a_later_edit_takes_the_provenance_of_its_text_along(desk: Desk) -> None:
    """A PUT keeps the provenance of a text that stayed, and drops that of one that changed."""
    for section in (SHEETS, APIS):
        await desk.decide(await desk.at(section), "accept")
    resume = (await desk.resume())["resume"]
    resume["experience"][0]["bullets"][0] = "Made APIs"

    await desk.put(resume)
    kept = (await desk.resume())["provenance"]
    await desk.put({"summary": "A new one."})

    assert set(kept) == {SHEETS}
    assert (await desk.resume())["provenance"] == {}


async def test_a_rejected_suggestion_changes_nothing(desk: Desk) -> None:
    """Rejecting, once or twice, answers the same and leaves the résumé alone."""
    suggestion, before = await desk.at(SHEETS), await desk.resume()

    first = await desk.decide(suggestion, "reject")
    second = await desk.decide(suggestion, "reject")

    assert first.json()["status"] == "rejected"
    assert (second.status_code, second.json()) == (200, first.json())
    assert await desk.resume() == before


@pytest.mark.parametrize(("first", "second"), [("accept", "reject"), ("reject", "accept")])
async def test_a_decision_is_not_turned_round(desk: Desk, first: str, second: str) -> None:
    """Whoever decided once gets a 422 for the opposite, and the first decision stands."""
    suggestion = await desk.at(SHEETS)
    decided = await desk.decide(suggestion, first)
    before = await desk.resume()

    given = await desk.decide(suggestion, second)

    assert (given.status_code, given.json()["code"]) == (422, "suggestion_decided")
    assert await desk.at(SHEETS) == decided.json()
    assert await desk.resume() == before


@pytest.mark.parametrize("decided", [False, True])
async def test_a_question_cannot_be_accepted(desk: Desk, *, decided: bool) -> None:
    """There is nothing to apply; it can be put aside, and stays unacceptable."""
    asked = await desk.at(PASSES)
    if decided:
        assert (await desk.decide(asked, "reject")).json()["status"] == "rejected"

    given = await desk.decide(asked, "accept")

    assert (given.status_code, given.json()["code"]) == (422, "suggestion_is_question")


async def test_an_answered_question_is_stale(desk: Desk) -> None:
    """When the student edited the text that a question is about, the page need not ask again."""
    changed = copy.deepcopy(BASE)
    changed["projects"][1]["bullets"][0] += " of 300 lines"

    await desk.put(changed)

    assert (await desk.at(PASSES))["isStale"] is True


async def test_a_stale_suggestion_can_be_put_aside(desk: Desk) -> None:
    """What cannot be accepted any more can be rejected."""
    await desk.put(with_bullet(3, "Moved sheets"))

    given = await desk.decide(await desk.at(SHEETS), "reject")

    assert (given.status_code, given.json()["status"]) == (200, "rejected")


async def test_a_variant_takes_its_own_suggestions(
    start_service: StartService, tenant_id: str
) -> None:
    """Accepted on a variant, the variant has it with its provenance; the base is as it was."""
    rewrite = json.dumps({"edits": [{"path": APIS, "text": MADE}], "summary": None})
    provider = ScriptedProvider(rewrite, json.dumps({"suggestions": REWORDINGS[:1]}))
    async with start_service(provider) as service:
        desk = Desk(service, tenant_id)
        await store_resume(service.client, tenant_id, RESUME_ID)
        body = {
            "tenant_id": tenant_id,
            "student_id": "asha-verma",
            "resume_id": RESUME_ID,
            "job_id": "j",
            "job_title": "Intern",
            "job_description": "Builds APIs.",
            "tone": "concise",
        }
        variant_id = (await service.client.post("/jobs/rewrite-resume", json=body)).json()[
            "resultId"
        ]
        base = await desk.resume()
        await desk.run(variant_id)
        [suggestion] = await desk.listed(variant_id)

        given = await desk.decide(suggestion, "accept")

        variant = await desk.resume(variant_id)
        assert given.status_code == 200, given.text
        assert await desk.resume() == base
    bullets = variant["resume"]["experience"][0]["bullets"]
    assert (bullets[0]["text"], bullets[3]["text"]) == (MADE, MOVED)
    by_ai = {path for path, told in variant["provenance"].items() if told["source"] == "ai"}
    assert by_ai == {APIS, SHEETS}
    assert variant["isAiVariant"] is True


async def test_a_resume_that_is_gone_takes_nothing(desk: Desk, database: Database) -> None:
    """When core-api deleted the résumé, the list is a 404, the set is stale, accepting a 422."""
    suggestion = await desk.at(SHEETS)
    async with database.tenant(desk.tenant_id) as session:
        await (await session.connection()).execute(text("delete from resumes"))
        await session.commit()

    given = await desk.decide(suggestion, "accept")
    whole = await desk.client.get(
        f"/suggestion-sets/{suggestion['resultId']}", headers=desk.headers
    )
    found = await desk.client.get(
        "/suggestions", params={"resumeId": RESUME_ID}, headers=desk.headers
    )

    assert (given.status_code, given.json()["code"]) == (422, "suggestion_stale")
    assert {each["isStale"] for each in whole.json()["suggestions"]} == {True}
    assert (found.status_code, found.json()["code"]) == (404, "resume_not_found")


async def test_another_tenants_suggestions_do_not_exist(desk: Desk, database: Database) -> None:
    """Another tenant reads, accepts and rejects nothing; each is a 404 like any unknown id."""
    suggestion = await desk.at(SHEETS)
    theirs = {"x-tenant-id": f"{desk.tenant_id}-x"}
    requests = [
        ("POST", f"/suggestions/{suggestion['id']}/accept", "suggestion_not_found"),
        ("POST", f"/suggestions/{suggestion['id']}/reject", "suggestion_not_found"),
        ("GET", f"/suggestion-sets/{suggestion['resultId']}", "suggestion_set_not_found"),
        ("GET", f"/suggestions?resumeId={RESUME_ID}", "resume_not_found"),
    ]

    for method, path, code in requests:
        given = await desk.client.request(method, path, headers=theirs)

        assert (given.status_code, given.json()["code"]) == (404, code)
    assert {each.status for each in await rows(database, desk.tenant_id, ResumeSuggestion)} == {
        "pending"
    }
    assert [each.resume for each in await rows(database, desk.tenant_id, Resume)] == [BASE]


@pytest.mark.parametrize("suggestion_id", ["%00", "a%0Ab", "x" * 201, "nobody's", "'; drop"])
@pytest.mark.parametrize("decision", ["accept", "reject"])
async def test_any_other_id_is_answered(
    service: Service, tenant_id: str, suggestion_id: str, decision: str
) -> None:
    """An id nobody gave is a 404, one that cannot be an id a 422."""
    given = await service.client.post(
        f"/suggestions/{suggestion_id}/{decision}", headers={"x-tenant-id": tenant_id}
    )

    assert given.status_code in {404, 422}
    assert given.json()["code"] in {"suggestion_not_found", "invalid_payload"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_decision_is_posted(service: Service, tenant_id: str, method: str) -> None:
    """No other method decides anything."""
    given = await service.client.request(
        method, "/suggestions/s/accept", headers={"x-tenant-id": tenant_id}
    )

    assert given.status_code == 405
