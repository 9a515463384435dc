import asyncio
import json
from typing import Any

import httpx
import pytest

from app.db.engine import Database
from app.errors import ContextTooLong
from app.jobs.generate_student_summary import PROMPT_VERSION
from app.llm import offline
from app.llm.client import Completion, Prompt
from app.llm.fence import render
from app.records.student_summaries import StudentSummary
from app.runs.tables import JobError, LlmCall, OutboxEvent, Run
from tests.api.stored import example, store_resume
from tests.conftest import StartService
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import new_key, rows

ROUTE = "/jobs/generate-student-summary"
STUDENT = "asha-verma"
RESUME = "asha-verma-base"
SUMMARY = f"/students/{STUDENT}/summary"

SENTENCES: dict[str, tuple[str, list[str]]] = {
    "academics": (
        "Asha Verma is pursuing a B.Tech at Shivneri Institute of Technology with a CGPA of 8.1.",
        ["profile.cgpa", "resume.education.0"],
    ),
    "experience": (
        "As a Software Intern at Kasturi Logistics, Asha made REST APIs for 14 warehouse staff.",
        ["resume.experience.0"],
    ),
    "skills": ("Key skills include Python, Flask, SQL and PostgreSQL.", ["resume.skills"]),
    "distinctive": (
        "Distinctively, Asha placed second out of 18 teams in the department hackathon 2025.",
        ["resume.achievements.0"],
    ),
}
LIES = {
    "a grade": ("academics", "Asha Verma is pursuing a B.Tech with a CGPA of 9.1."),
    "another's number": ("academics", "Asha Verma is pursuing a B.Tech with a CGPA of 7."),
    "a backlog hidden": ("academics", "Asha Verma never failed in the B.Tech."),
    "a degree": ("academics", "Asha Verma is pursuing an M.Tech in Computer Science."),
    "a leader": ("experience", "Asha led the team at Kasturi Logistics."),
    "an employer": ("experience", "As a Software Intern at Google, Asha made REST APIs in Flask."),
    "a title": ("experience", "Asha was a Senior Software Engineer at Kasturi Logistics."),
    "still there": ("experience", "Asha currently makes REST APIs at Kasturi Logistics."),
    "commingled": (
        "experience",
        "At Kasturi Logistics, Asha made a website where 400 students see the mess menu.",
    ),
    "a foreign skill": ("skills", "Key skills include Python, Flask and Kubernetes."),
    "an expert": ("skills", "Asha has expert knowledge of Python."),
    "a prize": ("distinctive", "Asha won the department hackathon 2025."),
    "a wish": ("distinctive", "Asha is a Backend developer."),
    "praise": ("distinctive", "Asha is an outstanding student of the department."),
    "a pronoun": ("distinctive", "She speaks English, Hindi and Marathi."),
    "first person": ("distinctive", "I speak English, Hindi and Marathi."),
    "two sentences": ("skills", "Key skills include Python. Key skills include Flask."),
    "no full stop": ("skills", "Key skills include Python and Flask"),
    "an address": ("skills", "Key skills include Python, see www.example.com."),
}
EVERYWHERE = [
    *("profile.program", "profile.cgpa", "profile.semester", "profile.activeBacklogs"),
    *("profile.preferredRoles", "resume.education.0", "resume.experience.0", "resume.projects.0"),
    *("resume.skills", "resume.achievements", "resume.languages"),
]


def written(**changed: tuple[str, list[str]] | None) -> str:
    """An answer of four sentences, of which some are replaced or left out."""
    sentences = {**SENTENCES, **changed}
    return json.dumps(
        {
            "sentences": [
                {"topic": topic, "text": sentence[0], "paths": sentence[1]}
                for topic, sentence in sentences.items()
                if sentence
            ]
        }
    )


async def put_student(client: httpx.AsyncClient, tenant_id: str, **profile: object) -> None:
    """Store the example's student, with a profile that differs in some keys."""
    body = example("students", STUDENT)
    answer = await client.put(
        f"/students/{STUDENT}",
        json={**body, "profile": {**body["profile"], **profile}},
        headers={"x-tenant-id": tenant_id},
    )
    assert answer.status_code == 200, answer.text


async def store(client: httpx.AsyncClient, tenant_id: str) -> None:
    """Store the example's student and résumé."""
    await put_student(client, tenant_id)
    await store_resume(client, tenant_id, RESUME)


async def run(client: httpx.AsyncClient, tenant_id: str, **values: object) -> httpx.Response:
    """The answer to one job under a fresh key."""
    body = {"tenant_id": tenant_id, "student_id": STUDENT, **values}
    return await client.post(ROUTE, json=body, headers={"idempotency-key": new_key()})


async def read(client: httpx.AsyncClient, tenant_id: str, path: str = SUMMARY) -> dict[str, Any]:
    """A summary as its route gives it."""
    answer = await client.get(path, headers={"x-tenant-id": tenant_id})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_a_summary_is_stored_with_what_it_rests_on(
    start_service: StartService, tenant_id: str
) -> None:
    """Four true sentences are stored in their order, each with paths to the very facts."""
    async with start_service(ScriptedProvider(written())) as service:
        await store(service.client, tenant_id)
        receipt = (await run(service.client, tenant_id)).json()
        summary = await read(service.client, tenant_id)
        by_id = await read(service.client, tenant_id, f"/student-summaries/{receipt['resultId']}")

    assert summary == by_id
    assert summary["text"] == " ".join(text for text, _ in SENTENCES.values())
    assert [sentence["topic"] for sentence in summary["sentences"]] == list(SENTENCES)
    paths = {sentence["topic"]: sentence["paths"] for sentence in summary["sentences"]}
    assert paths["skills"] == [f"resume.skills.{number}" for number in range(4)]
    assert paths["distinctive"] == ["resume.achievements.0"]
    assert {"resume.experience.0.company", "resume.experience.0.bullets.0"} <= {
        *paths["experience"]
    }
    assert {"profile.cgpa", "resume.education.0.institution"} <= {*paths["academics"]}
    assert (summary["id"], summary["aiRunId"]) == (receipt["resultId"], receipt["runId"])
    assert (summary["model"], summary["promptVersion"]) == ("scripted/model", PROMPT_VERSION)
    assert (summary["resumeId"], summary["isStale"]) == (RESUME, False)
    assert (receipt["refusals"], summary["refusals"], receipt["warnings"]) == ([], [], [])


@pytest.mark.parametrize(("topic", "lie"), LIES.values(), ids=LIES)
async def test_a_sentence_that_is_not_true_is_not_stored(
    start_service: StartService, database: Database, tenant_id: str, topic: str, lie: str
) -> None:
    """What stays wrong after it was shown to the model is dropped, and its reasons are told."""
    provider = ScriptedProvider(written(**{topic: (lie, EVERYWHERE)}))
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        receipt = (await run(service.client, tenant_id)).json()
        summary = await read(service.client, tenant_id)

    true = [each for each in SENTENCES if each != topic]
    assert [sentence["topic"] for sentence in summary["sentences"]] == true
    assert {refusal["path"] for refusal in receipt["refusals"]} == {topic}
    assert {refusal["text"] for refusal in receipt["refusals"]} == {lie}
    assert summary["refusals"] == receipt["refusals"]
    assert len(provider.prompts) == 2
    assert receipt["refusals"][0]["reason"] in provider.prompts[1].turns[0].complaint
    assert lie not in json.dumps(
        [row.sentences for row in await rows(database, tenant_id, StudentSummary)]
    )


async def test_a_model_may_mend(start_service: StartService, tenant_id: str) -> None:
    """Of the second answer only the refused topics count; what was right stays."""
    mended = written(skills=("Key skills include Java.", ["resume.skills"]))
    provider = ScriptedProvider(written(academics=(LIES["a grade"][1], EVERYWHERE)), mended)
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        receipt = (await run(service.client, tenant_id)).json()
        summary = await read(service.client, tenant_id)

    assert summary["text"] == " ".join(text for text, _ in SENTENCES.values())
    assert receipt["refusals"] == []


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["resume.experience.7"],
        ["resume.achievements.0", "profile.patents.0"],
        ["profile"],
        ["resume"],
        ["experience.0"],
        ["resume.skills"],
        ["resume.basics.email"],
        ["resume.placementCell.rollNumber"],
    ],
)
async def test_a_sentence_needs_paths_it_rests_on(
    start_service: StartService, tenant_id: str, paths: list[str]
) -> None:
    """A true sentence that cites nothing, nowhere, everything or something else is dropped."""
    provider = ScriptedProvider(written(distinctive=(SENTENCES["distinctive"][0], paths)))
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        receipt = (await run(service.client, tenant_id)).json()

    assert {refusal["path"] for refusal in receipt["refusals"]} == {"distinctive"}
    assert "source" in {refusal["code"] for refusal in receipt["refusals"]}


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"sentences": 4}',
        '{"sentences": ["Asha studies."]}',
        '{"sentences": [{"topic": "hobbies", "text": "Asha.", "paths": []}]}',
        '{"sentences": [{"topic": "skills", "text": " ", "paths": []}]}',
        '{"sentences": [{"topic": "skills", "text": "Asha.", "paths": [1]}]}',
        json.dumps({"sentences": [{"topic": "skills", "text": "A.", "paths": ["a"] * 99}]}),
        written(distinctive=None, skills=None),
        json.dumps({"sentences": json.loads(written())["sentences"] * 2}),
        json.dumps({"sentences": json.loads(written())["sentences"][:2] * 2}),
        written()[:-20],
    ],
)
async def test_what_is_not_three_or_four_sentences_is_no_summary(
    start_service: StartService, database: Database, tenant_id: str, answer: str
) -> None:
    """Too few, too many, twice the same topic or no sentences: 422 after one repair."""
    provider = ScriptedProvider(answer)
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        refused = await run(service.client, tenant_id)

    assert (refused.status_code, refused.json()["code"]) == (422, "llm_invalid_output")
    assert len(provider.prompts) == 2
    assert await rows(database, tenant_id, StudentSummary) == []
    assert await rows(database, tenant_id, OutboxEvent) == []


@pytest.mark.parametrize("frame", ["```json\n{}\n```", "Here you are:\n{}\nBye!"])
async def test_a_framed_answer_is_read(
    start_service: StartService, tenant_id: str, frame: str
) -> None:
    """A fence or a preamble around the answer costs no second call."""
    provider = ScriptedProvider(frame.replace("{}", written()))
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        answer = await run(service.client, tenant_id)

    assert (answer.status_code, len(provider.prompts)) == (200, 1)


@pytest.mark.parametrize("second", [written(), "gone mad", "[]"])
async def test_fewer_than_three_true_sentences_are_an_error(
    start_service: StartService, database: Database, tenant_id: str, second: str
) -> None:
    """Two of four stay wrong: nothing is stored, nobody is told, and the error says why."""
    lies = {LIES[each][0]: (LIES[each][1], EVERYWHERE) for each in ("a leader", "an expert")}
    second = written(**lies) if second == written() else second
    async with start_service(ScriptedProvider(written(**lies), second)) as service:
        await store(service.client, tenant_id)
        answer = await run(service.client, tenant_id)
        absent = await service.client.get(SUMMARY, headers={"x-tenant-id": tenant_id})

    assert (answer.status_code, answer.json()["code"]) == (422, "guard_rejected")
    assert "led the team" not in answer.text
    assert (absent.status_code, absent.json()["code"]) == (404, "student_summary_not_found")
    assert await rows(database, tenant_id, StudentSummary) == []
    assert await rows(database, tenant_id, OutboxEvent) == []
    (error,) = await rows(database, tenant_id, JobError)
    assert "led the team" in (error.raw_answer or "")


async def test_two_equal_sentences_are_one(start_service: StartService, tenant_id: str) -> None:
    """A sentence that repeats another one is dropped."""
    provider = ScriptedProvider(written(distinctive=SENTENCES["skills"]))
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        receipt = (await run(service.client, tenant_id)).json()

    assert [refusal["path"] for refusal in receipt["refusals"]] == ["distinctive"]


async def test_the_same_facts_ask_no_model_again(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """The stored summary is the result, at no cost, with receipt and callback as ever."""
    provider = ScriptedProvider(written())
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        first = (await run(service.client, tenant_id)).json()
        second = (await run(service.client, tenant_id)).json()

    assert second["resultId"] == first["resultId"]
    assert second["runId"] != first["runId"]
    assert (second["isReplay"], second["model"]) == (False, None)
    assert second["usage"] == {"inputTokens": 0, "outputTokens": 0, "costUsd": 0}
    assert "no model was asked" in second["warnings"][0]
    assert len(provider.prompts) == len(await rows(database, tenant_id, LlmCall)) == 1
    assert len(await rows(database, tenant_id, StudentSummary)) == 1
    told = [event.body["resultId"] for event in await rows(database, tenant_id, OutboxEvent)]
    assert told == [first["resultId"]] * 2
    assert {row.state for row in await rows(database, tenant_id, Run)} == {"succeeded"}


async def test_a_summary_can_be_forced(start_service: StartService, tenant_id: str) -> None:
    """`force` asks the model again; the former summary stays readable by its id."""
    provider = ScriptedProvider(written(), written(distinctive=None))
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        first = (await run(service.client, tenant_id)).json()
        second = (await run(service.client, tenant_id, force=True)).json()
        current = await read(service.client, tenant_id)
        former = await read(service.client, tenant_id, f"/student-summaries/{first['resultId']}")

    assert second["resultId"] != first["resultId"]
    assert (current["id"], len(current["sentences"])) == (second["resultId"], 3)
    assert len(former["sentences"]) == 4


async def test_a_change_makes_the_summary_stale(
    start_service: StartService, tenant_id: str
) -> None:
    """A new grade or résumé is told and written of by the next run; a phone number is not."""
    provider = ScriptedProvider(written(), written(academics=None))
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        first = (await run(service.client, tenant_id)).json()
        await put_student(service.client, tenant_id, phone="+91 00000 00000")
        after_phone = await read(service.client, tenant_id)
        await put_student(service.client, tenant_id, cgpa=8.3)
        after_grade = await read(service.client, tenant_id)
        second = (await run(service.client, tenant_id)).json()
        fresh = await read(service.client, tenant_id)
        await store_resume(service.client, tenant_id, RESUME)
        rewritten = await read(service.client, tenant_id)
        await service.client.put(
            "/resumes/another",
            json={"student_id": STUDENT, "resume": {"skills": ["Rust"]}},
            headers={"x-tenant-id": tenant_id},
        )
        after_resume = await read(service.client, tenant_id)

    assert (after_phone["isStale"], after_grade["isStale"]) == (False, True)
    assert after_grade["id"] == first["resultId"]
    assert (fresh["id"], fresh["isStale"]) == (second["resultId"], False)
    assert (rewritten["isStale"], after_resume["isStale"]) == (False, True)


async def test_the_newest_resume_that_is_no_variant_counts(
    start_service: StartService, tenant_id: str
) -> None:
    """A variant made for a posting, though newer, is not what a summary is written from."""
    rewritten = "Made REST APIs in Flask for the shipment tracking page used by 14 warehouse staff"
    edits = [{"path": "experience.0.bullets.0", "text": rewritten}]
    provider = ScriptedProvider(json.dumps({"edits": edits}), written())
    rewrite = {
        "tenant_id": tenant_id,
        "student_id": STUDENT,
        "resume_id": RESUME,
        "job_id": "p",
        "job_title": "Intern",
        "job_description": "APIs",
        "tone": "concise",
    }
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        variant = await service.client.post("/jobs/rewrite-resume", json=rewrite)
        await run(service.client, tenant_id)
        summary = await read(service.client, tenant_id)

    assert variant.status_code == 200
    assert (summary["resumeId"], summary["isStale"]) == (RESUME, False)


class MeetingProvider(ScriptedProvider):
    """A provider that answers nobody before two have asked."""

    def __init__(self, *answers: str) -> None:
        super().__init__(*answers)
        self.both = asyncio.Barrier(2)

    async def complete(self, prompt: Prompt) -> Completion:
        """The next answer, once the other run has asked as well."""
        await self.both.wait()
        return await super().complete(prompt)


async def test_of_two_runs_at_once_one_summary_stays(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """Both runs ask, one row is stored, and both receipts name it."""
    provider = MeetingProvider(written())
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        both = await asyncio.gather(run(service.client, tenant_id), run(service.client, tenant_id))

    assert [answer.status_code for answer in both] == [200, 200]
    (stored,) = await rows(database, tenant_id, StudentSummary)
    assert {answer.json()["resultId"] for answer in both} == {stored.id}
    assert str(stored.ai_run_id) in {answer.json()["runId"] for answer in both}


async def test_facts_read_later_are_the_current_ones(
    start_service: StartService, tenant_id: str
) -> None:
    """A slow run that read the old profile does not overtake a quick one that read the new."""
    go_on = asyncio.Event()

    class SlowFirst(ScriptedProvider):
        async def complete(self, prompt: Prompt) -> Completion:
            is_first = not self.prompts
            completion = await super().complete(prompt)
            if is_first:
                await go_on.wait()
            return completion

    provider = SlowFirst(written(), written(academics=None))
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        slow = asyncio.create_task(run(service.client, tenant_id))
        while not provider.prompts:  # noqa: ASYNC110  a script tells nobody
            await asyncio.sleep(0.01)
        await put_student(service.client, tenant_id, cgpa=8.3)
        quick = (await run(service.client, tenant_id)).json()
        go_on.set()
        late = (await slow).json()
        current = await read(service.client, tenant_id)
        overtaken = await read(service.client, tenant_id, f"/student-summaries/{late['resultId']}")

    assert (current["id"], current["isStale"]) == (quick["resultId"], False)
    assert overtaken["isStale"]


async def test_a_models_summary_replaces_the_offline_editors(
    start_service: StartService, tenant_id: str
) -> None:
    """What was written by rule gives way once there is a model, and not the other way round."""

    def by_rule(prompt: Prompt) -> str:
        return offline.answer(render(prompt))

    editor = ScriptedProvider(by_rule, model="offline/editor")
    model = ScriptedProvider(written())
    async with start_service(editor) as service:
        await store(service.client, tenant_id)
        first = await run(service.client, tenant_id)
        ruled = await read(service.client, tenant_id)
    async with start_service(model) as service:
        await run(service.client, tenant_id)
        asked = await read(service.client, tenant_id)
    async with start_service(editor) as service:
        third = await run(service.client, tenant_id)

    assert first.status_code == 200, first.text
    assert (ruled["model"], len(ruled["sentences"])) == ("offline/editor", 4)
    assert (asked["model"], asked["isStale"]) == ("scripted/model", False)
    assert third.json()["resultId"] == asked["id"]
    assert len(editor.prompts) == 1


async def test_a_student_without_a_resume_has_no_summary(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """No student, no résumé, nothing in either: for good, in words, and no model is asked."""
    headers = {"x-tenant-id": tenant_id}
    provider = ScriptedProvider(written())
    async with start_service(provider) as service:
        put = service.client.put
        answers = [await run(service.client, tenant_id)]
        await put_student(service.client, tenant_id)
        answers.append(await run(service.client, tenant_id))
        body: dict[str, object] = {"student_id": STUDENT, "resume": {"skills": []}}
        await put(f"/resumes/{RESUME}", json=body, headers=headers)
        answers.append(await run(service.client, tenant_id))
        await store_resume(service.client, tenant_id, RESUME)
        unknown = {"name": "Asha", "profile": {"email": "a@example.com", "isActive": True}}
        await put(f"/students/{STUDENT}", json=unknown, headers=headers)
        answers.append(await run(service.client, tenant_id))

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (404, "student_not_found"),
        (404, "resume_not_found"),
        (422, "nothing_to_summarise"),
        (422, "nothing_to_summarise"),
    ]
    assert [answer.json()["detail"] for answer in answers[2:]] == [
        "The student's résumé says nothing to summarise.",
        "The student's profile says nothing to summarise.",
    ]
    assert not any(answer.json()["retryable"] for answer in answers)
    assert provider.prompts == []
    assert len(await rows(database, tenant_id, JobError)) == 4


async def test_a_student_of_another_tenant_does_not_exist(
    start_service: StartService, tenant_id: str
) -> None:
    """Neither the student nor the summary is there for anybody else."""
    other = f"{tenant_id}-other"
    async with start_service(ScriptedProvider(written())) as service:
        await store(service.client, tenant_id)
        receipt = (await run(service.client, tenant_id)).json()
        refused = await run(service.client, other)
        hidden = [
            await service.client.get(path, headers={"x-tenant-id": other})
            for path in (SUMMARY, f"/student-summaries/{receipt['resultId']}")
        ]

    assert refused.json()["code"] == "student_not_found"
    assert {answer.json()["code"] for answer in hidden} == {"student_summary_not_found"}


async def test_a_summary_outlives_its_resume_as_stale(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """A student who is removed, or whose résumé is, has a summary that says it is stale."""
    async with start_service(ScriptedProvider(written())) as service:
        await store(service.client, tenant_id)
        await run(service.client, tenant_id)
        async with database.tenant(tenant_id) as session:
            connection = await session.connection()
            await connection.exec_driver_sql("delete from resumes")
            await session.commit()
        summary = await read(service.client, tenant_id)

    assert summary["isStale"]


async def test_a_student_who_is_removed_meanwhile_gets_no_summary(
    start_service: StartService, database: Database, tenant_id: str
) -> None:
    """What was asked for somebody who is gone by then is not stored."""

    class Removing(ScriptedProvider):
        async def complete(self, prompt: Prompt) -> Completion:
            async with database.tenant(tenant_id) as session:
                connection = await session.connection()
                await connection.exec_driver_sql("delete from students")
                await session.commit()
            return await super().complete(prompt)

    async with start_service(Removing(written())) as service:
        await store(service.client, tenant_id)
        answer = await run(service.client, tenant_id)

    assert answer.json()["code"] == "student_not_found"
    assert await rows(database, tenant_id, StudentSummary) == []


async def test_what_does_not_fit_the_window_is_left_out_and_told(
    start_service: StartService, tenant_id: str
) -> None:
    """Facts at the end are not shown to a model with a small window; the receipt says how many."""
    provider = ScriptedProvider(written(), window_tokens=6_500)
    async with start_service(provider) as service:
        await store(service.client, tenant_id)
        receipt = (await run(service.client, tenant_id)).json()

    shown = {block.label: block.text for block in provider.prompts[0].blocks}
    assert shown["NAME"] == "Asha Verma"
    assert "profile.program" in shown["PROFILE"]
    assert "resume.basics.label" not in shown["RESUME"]
    assert "did not fit the model's window" in receipt["warnings"][0]


async def test_a_window_guessed_wrong_is_found(start_service: StartService, tenant_id: str) -> None:
    """A model that reads less than was thought is shown less; one that reads nothing ends it."""
    provider = ScriptedProvider(ContextTooLong(), ContextTooLong(), written())
    deaf = ScriptedProvider(ContextTooLong())
    async with start_service(provider, max_attempts=1) as service:
        await store(service.client, tenant_id)
        answer = await run(service.client, tenant_id)
    async with start_service(deaf) as service:
        refused = await run(service.client, tenant_id, force=True)

    assert (answer.status_code, len(provider.prompts)) == (200, 3)
    assert (refused.status_code, refused.json()["code"]) == (422, "context_too_long")
    assert len(deaf.prompts) == 4


async def test_nothing_private_reaches_the_model(
    start_service: StartService, tenant_id: str
) -> None:
    """Contact data, ids and what the law protects are not shown to the model."""
    private: dict[str, object] = {
        "gender": "canary",
        "Caste": "canary",
        "family_income": 77123,
        "emails": ["canary@example.com"],
        "father": {"name": "canary"},
    }
    provider = ScriptedProvider(written())
    async with start_service(provider) as service:
        await store_resume(service.client, tenant_id, RESUME)
        await put_student(service.client, tenant_id, **private)
        await run(service.client, tenant_id)

    shown = json.dumps([vars(block) for block in provider.prompts[0].blocks])
    assert not [word for word in ("canary", "77123", "SIT23CS041", "00101") if word in shown]
