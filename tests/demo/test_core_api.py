from uuid import uuid4

import httpx
import pytest

from app.demo.core_api import CoreApi
from app.demo.failure import DemoFailed


async def test_the_callback_of_a_run_is_kept_as_it_arrived() -> None:
    """Path, headers and body of the run's own callback are given; leftovers are passed over."""
    run_id, earlier = uuid4(), uuid4()

    with CoreApi() as core_api:
        async with httpx.AsyncClient(base_url=core_api.url, trust_env=False) as client:
            for path, told in [("complete", earlier), ("other", run_id), ("complete", run_id)]:
                answer = await client.post(
                    f"/internal/ai-jobs/{path}",
                    json={"runId": str(told)},
                    headers={"Webhook-Id": "event"},
                )
        callback = await core_api.callback_of(run_id)

    assert answer.status_code == 204
    assert callback.path == "/internal/ai-jobs/complete"
    assert callback.headers["webhook-id"] == "event"
    assert callback.body == {"runId": str(run_id)}


async def test_a_callback_that_does_not_come_ends_the_demo() -> None:
    """After its time, waiting for a callback ends in a sentence."""
    with (
        CoreApi() as core_api,
        pytest.raises(DemoFailed, match=r"No callback arrived within 0\.1 s\."),
    ):
        await core_api.callback_of(uuid4(), timeout_seconds=0.1)
