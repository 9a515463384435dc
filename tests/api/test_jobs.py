from typing import Any
from uuid import UUID

import pytest

from app.runs.claim import run_id_for
from tests.api.raw_http import AUTHORIZED, JSON, ask
from tests.api.stored import payload, store_resume
from tests.conftest import Service, StartService
from tests.fakes import ScriptedProvider

ROUTE = "/jobs/rewrite-resume"
RESUME_ID = "asha-verma-base"


def _in_camel_case(fields: dict[str, Any]) -> dict[str, Any]:
    words = {name: name.split("_") for name in fields}
    return {
        first + "".join(map(str.capitalize, rest)): fields[name]
        for name, (first, *rest) in words.items()
    }


async def test_a_receipt_has_the_documented_members(service: Service, tenant_id: str) -> None:
    """The answer to a job holds what the contract names, in camelCase, and nothing else."""
    await store_resume(service.client, tenant_id, RESUME_ID)
    headers = {"idempotency-key": "ai-jobs:17:1700000000000"}

    answer = await service.client.post(ROUTE, json=payload(tenant_id), headers=headers)

    receipt = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert UUID(receipt.pop("runId")) == run_id_for(tenant_id, "ai-jobs:17:1700000000000")
    assert receipt.pop("resultId")
    assert receipt == {
        "jobId": "17",
        "jobType": "rewrite-resume",
        "tenantId": tenant_id,
        "isReplay": False,
        "model": "scripted/model",
        "usage": {"inputTokens": 100, "outputTokens": 20, "costUsd": 0.000045},
        "refusals": [],
        "warnings": ["The model proposed no change."],
    }


async def test_a_payload_is_read_in_both_cases(service: Service, tenant_id: str) -> None:
    """The same payload in camelCase is the same payload: its second sending is a replay."""
    await store_resume(service.client, tenant_id, RESUME_ID)
    headers = {"idempotency-key": "both-cases"}
    snake = payload(tenant_id)
    first = await service.client.post(ROUTE, json=snake, headers=headers)

    second = await service.client.post(ROUTE, json=_in_camel_case(snake), headers=headers)

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == {**first.json(), "isReplay": True}


async def test_without_a_key_every_request_is_a_new_run(service: Service, tenant_id: str) -> None:
    """A request without Idempotency-Key gets a key of its own, which is its job's id."""
    await store_resume(service.client, tenant_id, RESUME_ID)

    answers = [await service.client.post(ROUTE, json=payload(tenant_id)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    first, second = (answer.json() for answer in answers)
    assert first["runId"] != second["runId"]
    assert first["resultId"] != second["resultId"]
    assert UUID(first["jobId"]) != UUID(second["jobId"])


@pytest.mark.parametrize(
    "keys",
    [
        (b"",),
        (b"x" * 256,),
        (b"k\xc3\xa9y",),
        (b"\xff",),
        (b"a\tb",),
        (b"a\x7fb",),
        (b"one", b"two"),
        (b"one", b"one"),
    ],
    ids=["empty", "256", "UTF-8", "no UTF-8", "tab", "delete", "two", "twice"],
)
async def test_a_malformed_key_is_refused(port: int, keys: tuple[bytes, ...]) -> None:
    """A key that is empty, too long, not printable ASCII or not alone is a 400."""
    headers = [b"idempotency-key: " + key for key in keys]

    answer = await ask(
        port,
        b"POST /jobs/rewrite-resume",
        AUTHORIZED,
        JSON,
        b"content-length: 2",
        *headers,
        body=b"{}",
    )

    assert (answer.status, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert answer.json()["retryable"] is False


@pytest.mark.parametrize("control", [b"\x00", b"\x01", b"\x0b", b"\n"])
async def test_a_key_no_header_may_hold_is_refused(port: int, control: bytes) -> None:
    """A control character in the key is a bad request, to the server or to us."""
    header = b"idempotency-key: a" + control + b"b"

    answer = await ask(
        port,
        b"POST /jobs/rewrite-resume",
        AUTHORIZED,
        JSON,
        b"content-length: 2",
        header,
        body=b"{}",
    )

    assert answer.status == 400


@pytest.mark.parametrize("key", ["k", "x" * 255, "~ !\"'#", ":::", "a:b:c", "a:b:1", "::1"])
async def test_every_other_key_is_taken(service: Service, tenant_id: str, key: str) -> None:
    """1 to 255 printable ASCII characters are a key, whatever they are."""
    await store_resume(service.client, tenant_id, RESUME_ID)
    headers = {"idempotency-key": key}

    answer = await service.client.post(ROUTE, json=payload(tenant_id), headers=headers)

    assert answer.status_code == 200
    assert answer.json()["jobId"] == ("b" if key == "a:b:1" else key)


@pytest.mark.parametrize("field", ["tenant_id", "student_id", "resume_id", "job_id", "tone"])
async def test_a_missing_field_is_named(service: Service, tenant_id: str, field: str) -> None:
    """Each field that must be there is named when it is not."""
    body = payload(tenant_id)
    del body[field]

    answer = await service.client.post(ROUTE, json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_payload")
    [camel] = _in_camel_case({field: None})
    assert answer.json()["errors"] == [{"at": f"body.{camel}", "message": "Field required"}]


@pytest.mark.parametrize("field", ["tenant_id", "student_id", "resume_id", "job_id"])
@pytest.mark.parametrize(
    "value", [None, "", 7, 1.5, True, [], {}, "x" * 201, "a\nb", "a\x1fb", "\x7f", "\x00"]
)
async def test_a_wrong_id_is_named(
    service: Service, tenant_id: str, field: str, value: object
) -> None:
    """An id that is no text of 1 to 200 characters is named as it was sent."""
    body = payload(tenant_id) | {field: value}

    answer = await service.client.post(ROUTE, json=body)

    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["at"] == f"body.{field}"
    assert answer.json()["detail"].startswith(f"body.{field}: ")
    assert "runId" not in answer.json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tone", "loud"),
        ("tone", None),
        ("tone", ["concise"]),
        ("tone", "Concise"),
        ("job_title", 3),
        ("job_title", "x" * 501),
        ("job_description", {"text": "x"}),
        ("job_description", "x" * 50_001),
    ],
)
async def test_a_wrong_field_is_named(
    service: Service, tenant_id: str, field: str, value: object
) -> None:
    """A tone nobody knows and a posting that is no text, or too long a one, are named."""
    answer = await service.client.post(ROUTE, json=payload(tenant_id) | {field: value})

    assert answer.status_code == 422
    assert [error["at"] for error in answer.json()["errors"]] == [f"body.{field}"]


async def test_every_wrong_field_is_named(service: Service) -> None:
    """One answer names everything that is wrong."""
    body = {"tenantId": 1, "studentId": "s", "resume_id": "", "tone": "loud"}

    answer = await service.client.post(ROUTE, json=body)

    assert [error["at"] for error in answer.json()["errors"]] == [
        "body.tenantId",
        "body.resume_id",
        "body.jobId",
        "body.tone",
    ]


async def test_an_unknown_job_type_is_named(service: Service) -> None:
    """A job type nobody knows is a 404 that says which ones there are."""
    answer = await service.client.post("/jobs/write-novel", json={})

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job_type")
    assert "rewrite-resume" in answer.json()["detail"]
    assert answer.json()["retryable"] is False


@pytest.mark.parametrize("path", [ROUTE, "/jobs/write-novel"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "BREW"])
async def test_jobs_are_posted(service: Service, method: str, path: str) -> None:
    """Any other method is a 405 that names POST."""
    answer = await service.client.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert method == "HEAD" or answer.json()["code"] == "method_not_allowed"


async def test_a_failed_run_names_itself(service: Service, tenant_id: str) -> None:
    """A record that is not there ends the run; its problem leads to it, then and on a repeat."""
    headers = {"idempotency-key": "no-resume"}

    answers = [
        await service.client.post(ROUTE, json=payload(tenant_id), headers=headers) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    problem = answers[0].json()
    assert (problem["code"], problem["retryable"]) == ("resume_not_found", False)
    run = await service.client.get(f"/runs/{problem['runId']}")
    assert run.json()["problem"]["code"] == "resume_not_found"


async def test_a_key_used_for_something_else_is_a_mismatch(
    service: Service, tenant_id: str
) -> None:
    """The same key with another payload is a 422 of its own code."""
    headers = {"idempotency-key": "used-twice"}
    await service.client.post(ROUTE, json=payload(tenant_id), headers=headers)

    answer = await service.client.post(
        ROUTE, json=payload(tenant_id) | {"tone": "detailed"}, headers=headers
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert answer.json()["retryable"] is False


async def test_a_crash_tells_nothing(start_service: StartService, tenant_id: str) -> None:
    """A bug is a 500 that may be repeated, names its run, and repeats nothing of what broke."""
    async with start_service(ScriptedProvider(ValueError("Asha's secret phone"))) as service:
        await store_resume(service.client, tenant_id, RESUME_ID)

        answer = await service.client.post(ROUTE, json=payload(tenant_id))

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert answer.json()["retryable"] is True
    assert UUID(answer.json()["runId"])
    assert "secret phone" not in answer.text
