"""Decisions that meet: two suggestions for one place, and an accept that meets a change of it."""

import asyncio
import copy
import json

import pytest

from tests.api.stored import store_resume
from tests.api.test_suggestions import APIS, BASE, BULLETS, MADE, RESUME_ID, Desk, listed
from tests.conftest import StartService
from tests.fakes import ScriptedProvider

ALSO = "Made the REST APIs in Flask for the shipment tracking page that 14 warehouse staff used"
ANSWERS = [
    json.dumps({"suggestions": [listed(APIS, BULLETS[0], text, None)]}) for text in (MADE, ALSO)
]


async def test_of_two_suggestions_for_one_place_one_is_applied(
    start_service: StartService, tenant_id: str
) -> None:
    """Accepted ten times each at once, the first stands and the other is stale for good."""
    async with start_service(ScriptedProvider(*ANSWERS), database_pool_size=10) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        desk = Desk(service, tenant_id)
        await desk.run()
        await desk.run()
        both = [one for one in await desk.listed() if one["section"] == APIS]

        answers = await asyncio.gather(*(desk.decide(one, "accept") for one in both * 10))

        standing = (await desk.resume())["resume"]["experience"][0]["bullets"][0]
        accepted = {answer.json()["suggested"] for answer in answers if answer.status_code == 200}
        others = {answer.json()["code"] for answer in answers if answer.status_code != 200}
        text = standing if isinstance(standing, str) else standing["text"]
        assert len(both) == 2
        assert accepted == {text}
        assert others == {"suggestion_stale"}


@pytest.mark.parametrize("turn", range(5))
async def test_an_accept_that_meets_a_change_of_its_text_is_applied_or_stale(
    start_service: StartService, tenant_id: str, turn: int
) -> None:
    """The student's own new text stands in the end if it came last; nothing is a mixture."""
    async with start_service(ScriptedProvider(ANSWERS[0]), database_pool_size=10) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)
        desk = Desk(service, tenant_id)
        await desk.run()
        changed = copy.deepcopy(BASE)
        changed["experience"][0]["bullets"][0] = f"Wrote REST APIs, draft {turn}"
        suggestion = await desk.at(APIS)

        _, answer = await asyncio.gather(desk.put(changed), desk.decide(suggestion, "accept"))

        standing = (await desk.resume())["resume"]["experience"][0]["bullets"][0]
        text = standing if isinstance(standing, str) else standing["text"]
        # A PUT that comes second is the student's word and replaces what was accepted.
        assert text == f"Wrote REST APIs, draft {turn}"
        assert answer.status_code in (200, 422)
        if answer.status_code == 422:
            assert answer.json()["code"] == "suggestion_stale"


async def test_tenants_with_the_same_ids_decide_apart(
    start_service: StartService, tenant_id: str
) -> None:
    """Another tenant's résumé of the same id keeps its text, and its suggestion stays open."""
    other_tenant = f"{tenant_id}-other"
    async with start_service(
        ScriptedProvider(ANSWERS[0], ANSWERS[0]), database_pool_size=10
    ) as service:
        desks = [Desk(service, tenant) for tenant in (tenant_id, other_tenant)]
        for desk in desks:
            await store_resume(service.client, desk.tenant_id, RESUME_ID)
            await desk.run()
        mine, theirs = [await desk.at(APIS) for desk in desks]

        crossed = await desks[1].decide(mine, "accept")
        answer = await desks[0].decide(mine, "accept")

        assert (crossed.status_code, crossed.json()["code"]) == (404, "suggestion_not_found")
        assert answer.status_code == 200
        assert (await desks[1].at(APIS))["status"] == theirs["status"] == "pending"
        untouched = (await desks[1].resume())["resume"]["experience"][0]["bullets"][0]
        assert untouched == BULLETS[0]
