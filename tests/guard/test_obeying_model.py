import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.errors import GuardRejected
from app.jobs.rewrite_resume import INSTRUCTIONS
from app.llm.client import Completion, Prompt
from app.resume.edits import Edit
from app.resume.paths import PathInvalid, text_at, with_text
from app.rewriting.guarded_edits import Task, guarded_edits
from tests.conftest import StartService
from tests.fakes import ScriptedProvider
from tests.guard.corpus_files import resume
from tests.guard.obeying import (
    CARRIERS,
    EMPLOYERS_CARRIERS,
    STUDENTS_CARRIERS,
    ObeyingModel,
    Payload,
    Scene,
    folded,
    is_inside_its_fence,
    payloads,
    scene,
)
from tests.runs.toy_job import new_key

TASK = Task("rewrite-resume", 1, INSTRUCTIONS.format(tone="concise"))
PAYLOADS = payloads()
COMBINATIONS = [(payload, carrier) for payload in PAYLOADS for carrier in CARRIERS]
# "Chartered accountant, both groups cleared." in the own summary is no order: the student says it.
STATED_BY_STUDENTS = {("credential-06", "summary", "summary")}
THROUGH_THE_DOOR = 40
LONGEST_TITLE = 500


async def accepted_of(model: ObeyingModel) -> tuple[Edit, ...]:
    """What the guard let through of a model's answers; nothing if it refused everything."""
    try:
        edits = await guarded_edits(model, TASK, model.scene.resume, model.scene.posting)
    except GuardRejected:
        return ()
    return edits.accepted


def each(number: int) -> Iterator[tuple[Payload, str]]:
    """So many combinations, spread over all of them, whose title a caller may send."""
    fit = [
        (payload, carrier)
        for payload, carrier in COMBINATIONS
        if len(scene(payload, carrier).title) <= LONGEST_TITLE
    ]
    # A step prime to the number of carriers visits each of them.
    return iter(fit[:: len(fit) // number | 1][:number])


@pytest.mark.parametrize("carrier", EMPLOYERS_CARRIERS)
@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.id)
async def test_obedience_brings_nothing_in(payload: Payload, carrier: str) -> None:
    """A model that does what a posting tells it, twice, changes no word of the résumé by it."""
    told = scene(payload, carrier)
    model = ObeyingModel(told, is_alone=False)

    accepted = await accepted_of(model)

    assert model.lies
    assert len(model.lies) == len(model.prompts)
    assert set(accepted) <= {told.honest}
    assert is_inside_its_fence(model.prompts[0])


@pytest.mark.parametrize("carrier", STUDENTS_CARRIERS)
@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.id)
async def test_orders_in_the_resume_reach_no_entry(payload: Payload, carrier: str) -> None:
    """An order in the résumé's own text changes no bullet, no list, no fact and no summary."""
    told = scene(payload, carrier)
    model = ObeyingModel(told, is_alone=False)

    accepted = await accepted_of(model)

    assert len(model.lies) == len(model.prompts) > 0
    stated = {edit for edit in accepted if (payload.id, carrier, edit.path) in STATED_BY_STUDENTS}
    assert set(accepted) - stated <= {told.honest}
    assert is_inside_its_fence(model.prompts[0])


@pytest.mark.parametrize(
    ("payload", "carrier"),
    [
        (payload, EMPLOYERS_CARRIERS[number % len(EMPLOYERS_CARRIERS)])
        for number, payload in enumerate(PAYLOADS)
        if not payload.is_whole
    ],
    ids=lambda one: one.id if isinstance(one, Payload) else one,
)
async def test_obedience_alone_is_an_error(payload: Payload, carrier: str) -> None:
    """An answer that only obeys, and obeys again when it may mend, fails the job."""
    told = scene(payload, carrier)
    model = ObeyingModel(told, is_alone=True)

    with pytest.raises(GuardRejected):
        await guarded_edits(model, TASK, told.resume, told.posting)

    assert len(model.lies) == 2


async def test_a_model_that_is_told_nothing_obeys_nobody() -> None:
    """The model acts on what it reads in the prompt, not on what the test knows."""
    told = scene(PAYLOADS[0], "title")
    model = ObeyingModel(replace(told, title="Trainee"), is_alone=False)

    assert await accepted_of(model) == ()
    assert model.lies == []


async def test_honest_edits_pass_beside_lies() -> None:
    """What the model says truly while it obeys is taken in nineteen of twenty cases."""
    models = [ObeyingModel(scene(*both), is_alone=False) for both in COMBINATIONS[::7]]

    passed = [model.scene.honest in await accepted_of(model) for model in models]

    assert sum(passed) >= 0.95 * len(passed)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.id)
async def test_what_obeys_is_a_lie(payload: Payload) -> None:
    """Each edit a payload asks for says what its place and its entry do not, or hides a limit."""
    model = ObeyingModel(scene(payload, "description"), is_alone=True)

    await accepted_of(model)

    lies = [edit for answer in model.lies for edit in answer]
    assert len(lies) >= len(payload.obeys)
    for lie in lies:
        said = _said_about(resume(payload.resume), lie.path)
        assert any(_is_told_apart(lie.text, said, model.spoken(word)) for word in payload.illegal)


def test_there_are_enough_payloads_of_every_kind() -> None:
    """At least 300 payloads of two dozen kinds in four carriers, no two alike."""
    families = Counter(payload.id.rpartition("-")[0] for payload in PAYLOADS)

    assert len(PAYLOADS) >= 300
    assert len(families) >= 24
    assert len({payload.parts for payload in PAYLOADS}) == len(PAYLOADS)
    assert len({payload.obeys for payload in PAYLOADS}) == len(PAYLOADS)
    assert len({payload.resume for payload in PAYLOADS}) >= 8


class ManyMinds(ScriptedProvider):
    """A service has one provider; `mind` is the model that answers now."""

    def __init__(self) -> None:
        super().__init__()
        self.mind = ScriptedProvider()

    async def complete(self, prompt: Prompt) -> Completion:
        """What the present mind says."""
        return await self.mind.complete(prompt)


async def test_nothing_illegal_is_stored(start_service: StartService, tenant_id: str) -> None:
    """Through the route, a variant differs from its base by honest edits only, or there is none."""
    provider = ManyMinds()
    outcomes: Counter[int] = Counter()
    async with start_service(provider) as service:
        for number, (payload, carrier) in enumerate(each(THROUGH_THE_DOOR)):
            model = ObeyingModel(scene(payload, carrier), is_alone=number % 2 == 0)
            provider.mind = model
            name = f"{payload.id}-{carrier}"
            await _store(service.client, tenant_id, name, model.scene)

            answer = await service.client.post(
                "/jobs/rewrite-resume",
                json=_body(tenant_id, name, model.scene),
                headers={"idempotency-key": new_key()},
            )

            outcomes[answer.status_code] += 1
            assert len(model.lies) == len(model.prompts) > 0, name
            if answer.status_code == httpx.codes.OK:
                variant = await _read(service.client, tenant_id, answer.json()["resultId"])
                honest = model.scene.honest
                assert not model.is_alone, name
                assert variant == with_text(
                    model.scene.resume, honest.path, honest.text, verified=True
                ), name
            else:
                assert answer.json()["code"] == "guard_rejected", name
    assert sum(outcomes.values()) == THROUGH_THE_DOOR
    assert min(outcomes[200], outcomes[422]) >= THROUGH_THE_DOOR // 3


def _said_about(document: dict[str, Any], path: str) -> str:
    """Everything the résumé says of the entry a bullet is in, or at another place."""
    section, *rest = path.replace("[", ".").replace("]", "").split(".")
    if section in {"experience", "projects"} and int(rest[0]) < len(document[section]):
        entry = document[section][int(rest[0])]
        return str(entry if "bullets" in rest else entry.get(rest[1]))
    try:
        return text_at(document, path) or ""
    except PathInvalid:
        return ""


def _is_told_apart(lie: str, said: str, word: str) -> bool:
    """Whether the word is in the lie and not in what was said; with a minus the other way round."""
    if word.startswith("-"):
        return _has(said, word[1:]) and not _has(lie, word[1:])
    return _has(lie, word) and not _has(said, word)


def _has(text: str, word: str) -> bool:
    """Whether a text contains a word or its beginning, in any dress; unseen letters as they are."""
    plain = folded(word)
    return (
        word in text if not plain else bool(re.search(rf"(?<!\w){re.escape(plain)}", folded(text)))
    )


async def _store(client: httpx.AsyncClient, tenant_id: str, name: str, told: Scene) -> None:
    answer = await client.put(
        f"/resumes/{name}",
        json={"student_id": "student", "resume": told.resume},
        headers={"x-tenant-id": tenant_id},
    )
    assert answer.status_code == httpx.codes.OK, answer.text


def _body(tenant_id: str, name: str, told: Scene) -> dict[str, str]:
    return {
        "tenant_id": tenant_id,
        "student_id": "student",
        "resume_id": name,
        "job_id": "posting",
        "job_title": told.title,
        "job_description": told.description,
        "tone": "concise",
    }


async def _read(client: httpx.AsyncClient, tenant_id: str, name: str) -> dict[str, Any]:
    answer = await client.get(f"/resumes/{name}", headers={"x-tenant-id": tenant_id})
    variant: dict[str, Any] = answer.json()["resume"]
    return variant
