"""Fallbacks and the fast model through a job's route, with servers that speak both wire formats."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.llm.provider import LiteLLMProvider
from tests.api.stored import payload, store_resume
from tests.conftest import StartService
from tests.fakes import ModelServer, Reply
from tests.runs.toy_job import new_key

ROUTE = "/jobs/rewrite-resume"
MODELS = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-6"}
ORDERS = [("openai", "anthropic"), ("anthropic", "openai")]
LIMIT_SECONDS = 1.0
# For a pause of one second, on a busy machine.
LONGEST_WAIT_SECONDS = 20

# JSON that has only to be copied out.
BROKEN = '{"edits": [],}'
GOOD = '{"edits": []}'


@dataclass
class Pair:
    """Two providers, the second one to fall back on; they propose no change unless told to."""

    names: tuple[str, str]
    first: ModelServer
    second: ModelServer
    timeout_seconds: float = 20.0

    @property
    def models(self) -> list[str]:
        """The two models, and the fast one of the first."""
        first, second = (f"{name}/{MODELS[name]}" for name in self.names)
        return [first, second, f"{first}-small"]

    def provider(self) -> LiteLLMProvider:
        """The first one's model with the second one's to fall back on, each with its own key."""
        first, second = (
            self._settings(*each)
            for each in zip(self.names, (self.first, self.second), strict=True)
        )
        first["fast_model"] += "-small"
        return LiteLLMProvider(**first, fallbacks=[LiteLLMProvider(**second)])

    def error(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> Reply:
        """An error object of the first one's."""
        return error(self.names[0], status, code, headers)

    def _settings(self, name: str, server: ModelServer) -> dict[str, Any]:
        return {
            "name": name,
            "model": MODELS[name],
            "fast_model": MODELS[name],
            # Of its own, or another test's cooldown would stand where a port is used again.
            "api_key": f"sk-{name}-{uuid4()}",
            "api_base": server.url,
            "timeout_seconds": self.timeout_seconds,
        }


def error(name: str, status: int, code: str, headers: Mapping[str, str] | None = None) -> Reply:
    """The provider's error object."""
    said = {"type": code, "message": "No."}
    body = (
        {"error": {**said, "code": code}} if name == "openai" else {"type": "error", "error": said}
    )
    return Reply(status=status, body=body, headers=headers or {})


@pytest.fixture(params=ORDERS, ids=" then ".join)
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    """OpenAI and Anthropic, either first."""
    async with ModelServer() as first, ModelServer() as second:
        yield Pair(request.param, first, second)


async def run(client: httpx.AsyncClient, tenant_id: str, key: str | None = None) -> httpx.Response:
    """The answer to one job about the example's résumé."""
    await store_resume(client, tenant_id, "asha-verma-base")
    headers = {"idempotency-key": key or new_key()}
    return await client.post(ROUTE, json=payload(tenant_id), headers=headers)


async def calls(client: httpx.AsyncClient, answer: httpx.Response) -> list[tuple[str, str]]:
    """The model calls of a job's run: who was asked, and how it ended."""
    shown = await client.get(f"/runs/{answer.json()['runId']}")
    return [(call["model"], call["outcome"]) for call in shown.json()["calls"]]


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ((429, "rate_limit_error"), "provider_rate_limited"),
        ((500, "api_error"), "provider_error"),
        ((503, "server_error"), "provider_error"),
        ((529, "overloaded_error"), "provider_error"),
        ((504, "timeout_error"), "llm_timeout"),
        (Reply(status=502, body=b"<html>"), "provider_error"),
        (Reply(is_reset=True), "provider_error"),
        (Reply(has_choices=False), "provider_error"),
        (Reply(body=b"<html>welcome"), "provider_error"),
    ],
    ids=repr,
)
async def test_what_another_provider_cures_succeeds_there(
    start_service: StartService,
    tenant_id: str,
    pair: Pair,
    reply: Reply | tuple[int, str],
    outcome: str,
) -> None:
    """The job succeeds at once: each was asked once, with its own key, and all is shown."""
    pair.first.answers(reply if isinstance(reply, Reply) else pair.error(*reply))

    async with start_service(pair.provider()) as service:
        answer = await run(service.client, tenant_id)
        ledger = await calls(service.client, answer)

    first, second, _ = pair.models
    assert (answer.status_code, answer.json().get("model")) == (200, second), answer.text
    assert ledger == [(first, outcome), (second, "answered")]
    for name, server in zip(pair.names, (pair.first, pair.second), strict=True):
        (request,) = server.requests
        assert request.body["model"] == MODELS[name]
        assert f"sk-{name}" in str(request.headers)


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        ((400, "invalid_request_error"), 502, "provider_error"),
        ((422, "invalid_request_error"), 502, "provider_error"),
        ((413, "request_too_large"), 422, "context_too_long"),
        ((400, "content_filter"), 422, "llm_refused"),
        ((401, "authentication_error"), 503, "provider_misconfigured"),
        ((402, "billing_error"), 503, "provider_misconfigured"),
        ((404, "not_found_error"), 503, "provider_misconfigured"),
        ((429, "insufficient_quota"), 503, "provider_misconfigured"),
        (Reply(status=403, body=b"<html>no"), 502, "provider_error"),
        (Reply("No.", finish_reason="refusal"), 422, "llm_refused"),
    ],
    ids=repr,
)
async def test_what_another_provider_does_not_cure_is_asked_nowhere_else(
    start_service: StartService,
    pair: Pair,
    reply: Reply | tuple[int, str],
    status: int,
    code: str,
) -> None:
    """A bad request, a refusal, a prompt too long and a rejected key go to nobody else."""
    pair.first.answers(reply if isinstance(reply, Reply) else pair.error(*reply))

    async with start_service(pair.provider()) as service:
        answer = await run(service.client, f"tenant-{uuid4()}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert pair.first.requests
    assert pair.second.requests == []


async def test_silence_is_given_up_after_its_time(
    start_service: StartService, tenant_id: str, pair: Pair
) -> None:
    """A provider that says nothing has LLM_TIMEOUT_SECONDS, and the next one has its own."""
    pair.timeout_seconds = LIMIT_SECONDS
    pair.first.answers(Reply(delay_seconds=5))

    async with start_service(pair.provider()) as service:
        answer = await run(service.client, tenant_id)
        ledger = await calls(service.client, answer)

    assert answer.status_code == 200, answer.text
    assert [outcome for _, outcome in ledger] == ["llm_timeout", "answered"]


async def test_nobody_listening_is_cured(
    start_service: StartService, tenant_id: str, pair: Pair
) -> None:
    """A provider that cannot be reached is stood in for."""
    provider = pair.provider()
    pair.first._server.close()  # noqa: SLF001  from here on it refuses

    async with start_service(provider) as service:
        answer = await run(service.client, tenant_id)
        ledger = await calls(service.client, answer)

    assert answer.status_code == 200, answer.text
    assert ledger == list(zip(pair.models, ["provider_error", "answered"], strict=False))


async def test_when_nobody_can_answer_the_job_waits(
    start_service: StartService, tenant_id: str, pair: Pair
) -> None:
    """Both limited: 429 with the shorter wait, nobody is asked meanwhile, and then it succeeds."""
    pair.first.answers(pair.error(429, "rate_limit_error", {"Retry-After": "600"}))
    pair.second.answers(error(pair.names[1], 429, "rate_limit_error", {"Retry-After": "1"}), GOOD)
    key = new_key()

    async with start_service(pair.provider()) as service:
        answers = [await run(service.client, tenant_id, key)]
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            while answers[-1].status_code == httpx.codes.TOO_MANY_REQUESTS:
                answers.append(await run(service.client, tenant_id, key))
        ledger = await calls(service.client, answers[-1])

    waited, done = answers[0], answers[-1]
    assert (waited.json()["code"], waited.headers["retry-after"]) == ("provider_rate_limited", "1")
    assert (done.status_code, done.json()["isReplay"]) == (200, False)
    assert [outcome for _, outcome in ledger] == [*["provider_rate_limited"] * 2, "answered"]


async def test_a_later_delivery_does_not_pay_again(
    start_service: StartService, tenant_id: str, pair: Pair
) -> None:
    """What the fallback answered is kept when the attempt fails later, and the next goes on."""
    fault = error(pair.names[1], 500, "api_error")
    pair.first.answers(pair.error(500, "api_error"))
    pair.second.answers(BROKEN, fault, GOOD)
    key = new_key()

    async with start_service(pair.provider()) as service:
        failed = await run(service.client, tenant_id, key)
        answer = await run(service.client, tenant_id, key)

    assert (failed.status_code, answer.status_code) == (502, 200)
    assert answer.json()["usage"]["inputTokens"] == 200
    # The question and its repair, and the repair again.
    assert (len(pair.first.requests), len(pair.second.requests)) == (3, 3)


async def test_broken_json_is_mended_by_the_fast_model(
    start_service: StartService, tenant_id: str, pair: Pair
) -> None:
    """What has only to be copied out is asked of the fast model, and the ledger says so."""
    pair.first.answers(BROKEN, GOOD)

    async with start_service(pair.provider()) as service:
        answer = await run(service.client, tenant_id)
        ledger = await calls(service.client, answer)

    model = MODELS[pair.names[0]]
    assert answer.status_code == 200, answer.text
    assert [request.body["model"] for request in pair.first.requests] == [model, f"{model}-small"]
    assert ledger == [(pair.models[0], "answered"), (pair.models[2], "answered")]


async def test_a_cheap_step_falls_back_too(
    start_service: StartService, tenant_id: str, pair: Pair
) -> None:
    """Where the fast model cannot answer, the fallback does, under the one name it has."""
    pair.first.answers(BROKEN, pair.error(503, "server_error"))

    async with start_service(pair.provider()) as service:
        answer = await run(service.client, tenant_id)
        ledger = await calls(service.client, answer)

    first, second, fast = pair.models
    assert answer.status_code == 200, answer.text
    assert ledger == [(first, "answered"), (fast, "provider_error"), (second, "answered")]
