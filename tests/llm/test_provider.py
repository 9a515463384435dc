import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from app.errors import (
    AiWorkerError,
    ContextTooLong,
    ModelRefused,
    ModelTimeout,
    ProviderError,
    ProviderMisconfigured,
    ProviderRateLimited,
)
from app.llm.client import Block, Prompt, Usage
from app.llm.provider import LiteLLMProvider
from app.telemetry.correlation import correlated
from tests.fakes import ModelServer, Reply

STRICT = {
    "type": "object",
    "properties": {
        "edits": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"path": {"type": "string"}, "text": {"type": "string"}},
                "required": ["path", "text"],
                "additionalProperties": False,
            },
        },
        "summary": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["edits", "summary"],
    "additionalProperties": False,
}
LOOSE = {**STRICT, "required": ["edits"]}
PROMPT = Prompt("rewrite-resume", 1, "Task: rewrite-resume", (Block("RESUME", "Asha Rao"),), STRICT)
MODELS = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-6"}
BOTH = pytest.mark.parametrize("name", ["openai", "anthropic"])
SECRET = "sk-leaked-1234567890"
LIMIT_SECONDS = 1.0
DELAY_SECONDS = 0.3
# A first call on a busy machine takes a while; only the tests of the limit want a short one.
PATIENT_SECONDS = 20.0


def provider_at(
    server: ModelServer,
    name: str,
    **changes: Any,  # noqa: ANN401  any of the constructor's arguments
) -> LiteLLMProvider:
    settings: dict[str, Any] = {
        "model": MODELS.get(name, "editor"),
        "fast_model": "small",
        "api_key": "sk-test",
        "api_base": server.url,
        "timeout_seconds": PATIENT_SECONDS,
    }
    return LiteLLMProvider(name=name, **(settings | changes))


def error_body(name: str, code: str, message: str = SECRET) -> Mapping[str, Any]:
    error = {"message": message, "type": code, "code": code, "param": None}
    return {"error": error} if name == "openai" else {"type": "error", "error": error}


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        yield running


async def failure_of(provider: LiteLLMProvider, prompt: Prompt = PROMPT) -> AiWorkerError:
    with pytest.raises(AiWorkerError) as raised:
        await provider.complete(prompt)
    await provider.close()
    return raised.value


@BOTH
async def test_one_call_gives_one_completion(server: ModelServer, name: str) -> None:
    """A good answer takes one upstream request and comes with tokens, cost and model."""
    provider = provider_at(server, name)

    completion = await provider.complete(PROMPT)

    await provider.close()
    cost = {"openai": 450, "anthropic": 600}[name]
    assert len(server.requests) == 1
    assert completion.text == '{"edits": []}'
    assert completion.finish_reason == "stop"
    assert completion.model == f"{name}/{MODELS[name]}"
    assert completion.usage == Usage(100, 20, cost)


@BOTH
async def test_the_model_is_told_the_trace_and_nothing_else(server: ModelServer, name: str) -> None:
    """A gateway sees which call of ours it serves, and no id that is between us and our callers."""
    given = {
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "tracestate": "vendor=1",
        "x-request-id": "ai-jobs:1:1790000000000",
    }
    provider = provider_at(server, name)

    with correlated(given):
        await provider.complete(PROMPT)

    await provider.close()
    (request,) = server.requests
    assert request.headers["traceparent"] == given["traceparent"]
    assert not {"tracestate", "x-request-id"} & set(request.headers)


@BOTH
async def test_the_request_is_what_we_mean(server: ModelServer, name: str) -> None:
    """The request carries our key, model, temperature, limit and the fenced data."""
    provider = provider_at(server, name)

    await provider.complete(PROMPT)

    await provider.close()
    request = server.requests[0]
    key = {"openai": ("authorization", "Bearer sk-test"), "anthropic": ("x-api-key", "sk-test")}
    assert request.headers[key[name][0]] == key[name][1]
    assert request.body["model"] == MODELS[name]
    assert request.body["temperature"] == 0.3
    assert request.body["max_tokens"] == PROMPT.max_output_tokens
    assert "<<<BEGIN RESUME " in str(request.body["messages"])


@pytest.mark.parametrize(("schema", "is_strict"), [(STRICT, True), (LOOSE, False)])
async def test_openai_gets_the_schema(
    server: ModelServer,
    schema: dict[str, Any],
    is_strict: bool,  # noqa: FBT001  a column
) -> None:
    """OpenAI is held to the schema, strictly where the schema follows the strict rules."""
    provider = provider_at(server, "openai")

    await provider.complete(Prompt("rewrite-resume", 1, "Task: x", (), schema))

    await provider.close()
    sent = server.requests[0].body["response_format"]
    assert sent == {
        "type": "json_schema",
        "json_schema": {"name": "rewrite-resume", "schema": schema, "strict": is_strict},
    }


async def test_anthropic_gets_the_schema(server: ModelServer) -> None:
    """Anthropic is held to the same schema in its own way."""
    provider = provider_at(server, "anthropic")

    await provider.complete(PROMPT)

    await provider.close()
    assert server.requests[0].body["output_format"] == {"type": "json_schema", "schema": STRICT}


@BOTH
async def test_a_model_nobody_knows_is_asked_plainly(server: ModelServer, name: str) -> None:
    """An unknown model gets no schema, its price is unknown and not zero, its window too."""
    provider = provider_at(server, name, model="house-model")

    completion = await provider.complete(PROMPT)

    window = provider.context_window(PROMPT)
    await provider.close()
    assert {"response_format", "output_format", "tools"}.isdisjoint(server.requests[0].body)
    assert completion.usage == Usage(100, 20, None)
    assert window is None


@BOTH
async def test_a_schema_turned_down_is_not_sent_again(server: ModelServer, name: str) -> None:
    """A 400 about the answer format is followed by one plain request, and remembered."""
    complaint = error_body(name, "invalid_request_error", "response_format is not supported")
    server.answers(Reply(status=400, body=complaint), "{}")
    provider = provider_at(server, name)

    first = await provider.complete(PROMPT)
    second = await provider.complete(PROMPT)

    await provider.close()
    has_schema = [
        not {"response_format", "output_format"}.isdisjoint(request.body)
        for request in server.requests
    ]
    assert [first.text, second.text] == ["{}", "{}"]
    assert has_schema == [True, False, False]


@BOTH
async def test_cheap_steps_take_the_fast_model(server: ModelServer, name: str) -> None:
    """A cheap step is answered by the fast model."""
    provider = provider_at(server, name)
    cheap = Prompt("sort", 1, "Task: sort", (), {}, is_cheap_step=True)

    completion = await provider.complete(cheap)

    await provider.close()
    assert server.requests[0].body["model"] == "small"
    assert completion.model == f"{name}/small" == provider.model_for(cheap)


@BOTH
async def test_a_local_server_needs_no_key(
    server: ModelServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key a placeholder is sent, and none from the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    provider = provider_at(server, name, api_key=None)

    await provider.complete(PROMPT)

    await provider.close()
    assert "no-key" in str(server.requests[0].headers)
    assert SECRET not in str(server.requests[0].headers)


BROKEN = {
    "no choices": Reply(has_choices=False),
    "no content": Reply(None),
    "html": Reply(body=b"<html>sk-leaked-1234567890", headers={"Content-Type": "text/html"}),
    "cut json": Reply(body=b'{"id": "x", "choices": [{"mess'),
    "cut body": Reply(body=b'{"id"', headers={"Content-Length": "500"}),
    "nothing": Reply(body=b""),
    "a list": Reply(body=b"[]"),
    "null": Reply(body=b"null"),
    "an empty object": Reply(body={}),
    "an error in a 200": Reply(body={"error": {"message": SECRET, "code": "oops"}}),
    "a reset": Reply(is_reset=True),
    "500": Reply(status=500, body={"error": {"message": SECRET}}),
    "500 html": Reply(status=500, body=b"<html>", headers={"Content-Type": "text/html"}),
    "502": Reply(status=502, body={"error": {"message": SECRET}}),
    "503": Reply(status=503, body={"error": {"message": SECRET}}),
    "529": Reply(status=529, body={"error": {"message": SECRET}}),
    "409": Reply(status=409, body={"error": {"message": SECRET}}),
    "422": Reply(status=422, body={"error": {"message": SECRET}}),
    "400": Reply(status=400, body={"error": {"message": SECRET}}),
    "a redirect": Reply(status=307, headers={"Location": "/chat/completions"}, body={}),
}


@BOTH
@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_provider_is_asked_once(
    server: ModelServer, name: str, reply: Reply
) -> None:
    """What is not an answer is a provider error after exactly one request, and says no more."""
    server.answers(reply)

    failure = await failure_of(provider_at(server, name))

    assert type(failure) is ProviderError
    assert len(server.requests) == 1
    assert SECRET not in failure.detail
    assert failure.__context__ is None


@BOTH
@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "authentication_error", ProviderMisconfigured),
        (402, "billing_error", ProviderMisconfigured),
        (403, "permission_error", ProviderMisconfigured),
        (403, "blocked", ProviderError),
        (404, "not_found_error", ProviderMisconfigured),
        (408, "timeout_error", ModelTimeout),
        (413, "request_too_large", ContextTooLong),
        (429, "rate_limit_error", ProviderRateLimited),
        (429, "insufficient_quota", ProviderMisconfigured),
        (504, "timeout_error", ModelTimeout),
    ],
)
async def test_a_status_becomes_our_error(
    server: ModelServer, name: str, status: int, code: str, expected: type[AiWorkerError]
) -> None:
    """Each status of the provider becomes one error of ours after one request."""
    server.answers(Reply(status=status, body=error_body(name, code)))

    failure = await failure_of(provider_at(server, name))

    assert type(failure) is expected
    assert len(server.requests) == 1
    assert SECRET not in failure.detail


@BOTH
@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [(429, "7", 7), (429, "0", 1), (429, "999999", 3600), (429, "soon", 15), (503, "20", 20)],
)
async def test_a_provider_says_when_to_come_back(
    server: ModelServer, name: str, status: int, header: str, seconds: float
) -> None:
    """Retry-After of a 429 or 503 is passed on within bounds."""
    server.answers(
        Reply(status=status, body=error_body(name, "x"), headers={"Retry-After": header})
    )

    failure = await failure_of(provider_at(server, name))

    assert failure.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("name", "code", "message", "expected"),
    [
        ("openai", "context_length_exceeded", "too long", ContextTooLong),
        ("openai", "x", "value='billing_error, Invalid API Key, 429'", ProviderError),
        ("anthropic", "x", "value='billing_error, Invalid API Key, 429'", ProviderError),
        ("openai", "content_policy_violation", "rejected by safety system", ModelRefused),
        ("anthropic", "invalid_request_error", "prompt is too long: 3 > 2", ContextTooLong),
        (
            "anthropic",
            "invalid_request_error",
            "Your credit balance is too low to access the Anthropic API.",
            ProviderMisconfigured,
        ),
    ],
)
async def test_a_bad_request_is_judged_by_its_code(
    server: ModelServer, name: str, code: str, message: str, expected: type[AiWorkerError]
) -> None:
    """A 400 that says what it means is not taken for a broken provider."""
    server.answers(Reply(status=400, body=error_body(name, code, message)))

    failure = await failure_of(provider_at(server, name))

    assert type(failure) is expected
    assert len(server.requests) == 1


async def test_nobody_listening_is_a_provider_error() -> None:
    """A refused connection is a provider error."""
    async with ModelServer() as closed:
        provider = provider_at(closed, "openai")

    failure = await failure_of(provider)

    assert type(failure) is ProviderError


@BOTH
@pytest.mark.parametrize("reply", [Reply(drip_seconds=0.05), Reply(delay_seconds=5)])
async def test_a_slow_answer_ends_at_the_limit(
    server: ModelServer, name: str, reply: Reply
) -> None:
    """A dripping or silent model is given up within a second of the limit, naming the step."""
    server.answers(reply)
    provider = provider_at(server, name, timeout_seconds=LIMIT_SECONDS)
    await provider.warm_up()

    started = time.perf_counter()
    failure = await failure_of(provider)
    seconds = time.perf_counter() - started

    assert type(failure) is ModelTimeout
    assert LIMIT_SECONDS - 0.1 <= seconds < LIMIT_SECONDS + 1
    assert len(server.requests) == 1


async def test_a_timeout_names_the_step(server: ModelServer) -> None:
    """The timeout says which step was too slow."""
    server.answers(Reply(drip_seconds=0.05))

    failure = await failure_of(provider_at(server, "openai", timeout_seconds=0.3))

    assert failure.detail == "The model did not finish rewrite-resume within 0.3 seconds."


async def test_a_cancelled_call_is_cancelled(server: ModelServer) -> None:
    """Cancellation is not turned into a failure of the provider."""
    server.answers(Reply(delay_seconds=5))
    provider = provider_at(server, "openai", timeout_seconds=30)
    await provider.warm_up()
    call = asyncio.create_task(provider.complete(PROMPT))
    await asyncio.sleep(0.5)

    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    await provider.close()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("name", "reply", "text", "reason"),
    [
        ("openai", Reply("{", finish_reason="length"), "{", "length"),
        ("openai", Reply(None, finish_reason="length"), "", "length"),
        ("openai", Reply("x", finish_reason="content_filter"), "x", "refusal"),
        ("openai", Reply(None, refusal="I can't."), "I can't.", "refusal"),
        ("openai", Reply(None, finish_reason="content_filter"), "", "refusal"),
        ("openai", Reply(""), "", "stop"),
        ("anthropic", Reply("{", finish_reason="length"), "{", "length"),
        ("anthropic", Reply("No.", finish_reason="refusal"), "No.", "refusal"),
    ],
)
async def test_an_answer_says_how_it_ended(
    server: ModelServer, name: str, reply: Reply, text: str, reason: str
) -> None:
    """A cut answer and a refusal are completions, paid for and labelled."""
    server.answers(reply)
    provider = provider_at(server, name)

    completion = await provider.complete(PROMPT)

    await provider.close()
    assert (completion.text, completion.finish_reason) == (text, reason)
    assert completion.usage.cost_micro_usd


@BOTH
async def test_what_postgres_refuses_is_cleaned(server: ModelServer, name: str) -> None:
    """NUL is dropped and half a surrogate pair replaced in what the model said."""
    server.answers(Reply("a\x00b\ud800c😀"))
    provider = provider_at(server, name)

    completion = await provider.complete(PROMPT)

    await provider.close()
    assert completion.text == "ab\ufffdc😀"


@BOTH
async def test_tokens_nobody_counted_are_unknown(server: ModelServer, name: str) -> None:
    """A provider that reports no usage leaves tokens and cost unknown, not zero."""
    server.answers(Reply(tokens=None))
    provider = provider_at(server, name)

    completion = await provider.complete(PROMPT)

    await provider.close()
    assert completion.usage == Usage(None, None, None)


async def test_known_models_have_a_window(server: ModelServer) -> None:
    """The window of a known model is known once LiteLLM is loaded, and not before."""
    provider = provider_at(server, "openai")

    before = provider.context_window(PROMPT)
    await provider.warm_up()
    after = provider.context_window(PROMPT)

    await provider.close()
    assert (before, after) == (None, 128_000)


async def test_warming_up_makes_it_ready(server: ModelServer) -> None:
    """A provider is ready after its warm-up, however many ask for it at once."""
    provider = provider_at(server, "anthropic")
    was_ready = provider.is_ready

    await asyncio.gather(*(provider.warm_up() for _ in range(5)))

    await provider.close()
    assert (was_ready, provider.is_ready) == (False, True)
    assert server.requests == []


async def test_fallbacks_live_and_end_with_the_first(server: ModelServer) -> None:
    """One warm-up makes all ready, so that a fallback's price is known; one close closes all."""
    fallback = provider_at(server, "openai", model="gpt-4o-mini")
    provider = provider_at(server, "openai", fallbacks=[fallback])

    await provider.warm_up()

    assert fallback.is_ready
    assert fallback.most_usage(PROMPT).cost_micro_usd
    await provider.close()
    with pytest.raises(ProviderError):
        await fallback.complete(PROMPT)
    assert server.requests == []


async def test_closing_what_was_never_used_is_fine(server: ModelServer) -> None:
    """A provider that was never warmed up closes without a word."""
    provider = provider_at(server, "openai")

    await provider.close()

    assert not provider.is_ready


async def test_the_offline_editor_costs_nothing(server: ModelServer) -> None:
    """The offline editor answers by rule, says who it is and asks nobody."""
    provider = provider_at(server, "offline", api_key=None, api_base=None)
    resume = (
        '{"entries": [{"heading": "2024", "bullets": '
        '[{"path": "experience.0.bullets.0", "text": "Responsible for managing the stock"}]}]}'
    )
    prompt = Prompt("rewrite-resume", 1, "Task: rewrite-resume", (Block("RESUME", resume),), STRICT)

    completion = await provider.complete(prompt)

    window = provider.context_window(prompt)
    await provider.close()
    assert completion.model == "offline/editor"
    assert completion.text == (
        '{"edits": [{"path": "experience.0.bullets.0", "text": "Managed the stock"}]}'
    )
    assert completion.usage == Usage(0, 0, 0)
    assert window is None
    assert server.requests == []


@BOTH
async def test_nothing_is_logged_or_printed(
    server: ModelServer,
    name: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """With every log open, neither prompt, key nor upstream text is logged or printed."""
    caplog.set_level(logging.DEBUG)
    server.answers("{}", Reply(status=500, body=error_body(name, "x")), Reply(is_reset=True))
    provider = provider_at(server, name, api_key="sk-ours")

    await provider.complete(PROMPT)
    with pytest.raises(ProviderError):
        await provider.complete(PROMPT)
    await failure_of(provider)

    logged = [record for record in caplog.records if record.name.split(".")[0] != "asyncio"]
    assert logged == []
    assert "Asha" not in caplog.text
    assert capfd.readouterr() == ("", "")


async def test_fifty_calls_share_the_loop(server: ModelServer) -> None:
    """Fifty calls at once are fifty requests, and they overlap."""
    server.answers(Reply(delay_seconds=DELAY_SECONDS))
    provider = provider_at(server, "openai", timeout_seconds=30)
    await provider.complete(PROMPT)

    started = time.perf_counter()
    await asyncio.gather(*(provider.complete(PROMPT) for _ in range(50)))
    seconds = time.perf_counter() - started

    await provider.close()
    assert len(server.requests) == 51
    # One after another they would take fifty times the delay, however slow the machine.
    assert seconds < 50 * DELAY_SECONDS / 2


@pytest.mark.parametrize("name", ["openai", "anthropic"])
async def test_an_estimate_is_above_what_a_call_takes(server: ModelServer, name: str) -> None:
    """What a budget goes by before the call is at least what the ledger shows after it."""
    provider = provider_at(server, name)
    await provider.warm_up()

    most = provider.most_usage(PROMPT)
    completion = await provider.complete(PROMPT)

    await provider.close()
    assert most.input_tokens is not None
    assert most.cost_micro_usd is not None
    assert completion.usage.cost_micro_usd is not None
    assert most.input_tokens > 100
    assert most.output_tokens == PROMPT.max_output_tokens
    assert most.cost_micro_usd > completion.usage.cost_micro_usd


async def test_a_price_nobody_knows_is_unknown(server: ModelServer) -> None:
    """A model that LiteLLM has no price for, or LiteLLM not being there, is not a price of zero."""
    cold, unknown = provider_at(server, "openai"), provider_at(server, "openai", model="our-own")
    await unknown.warm_up()

    prices = [provider.most_usage(PROMPT).cost_micro_usd for provider in (cold, unknown)]

    await unknown.close()
    assert prices == [None, None]


async def test_the_cheap_step_is_estimated_for_its_own_model(server: ModelServer) -> None:
    """The price is the one of the model that will really answer."""
    provider = provider_at(server, "openai", fast_model="gpt-4o-mini")
    await provider.warm_up()

    dear = provider.most_usage(PROMPT).cost_micro_usd
    cheap = provider.most_usage(replace(PROMPT, is_cheap_step=True)).cost_micro_usd

    await provider.close()
    assert dear is not None
    assert cheap is not None
    assert cheap < dear / 10


async def test_the_editor_is_free_of_charge(server: ModelServer) -> None:
    """The built-in editor takes no tokens and no money, and nobody limits it."""
    assert provider_at(server, "offline").most_usage(PROMPT) == Usage(0, 0, 0)


async def test_a_quota_is_of_a_model_a_key_and_an_address(server: ModelServer) -> None:
    """Replicas that ask the same agree on its name, which gives no key away."""
    quota = provider_at(server, "openai").quota_for(PROMPT)

    others = {
        provider_at(server, "openai", **{change: "another"}).quota_for(PROMPT)
        for change in ("model", "api_key", "api_base")
    }

    assert quota == provider_at(server, "openai").quota_for(PROMPT)
    assert len(others - {quota}) == 3
    assert "sk-test" not in quota


UNREACHABLE = "http://no-such-host.invalid"


@asynccontextmanager
async def full_backlog() -> AsyncIterator[str]:
    """The address of a server that neither takes nor turns down a connection."""
    with socket.socket() as listening, ExitStack() as waiting:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(3):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@BOTH
@pytest.mark.parametrize(
    ("reply", "is_unbilled"),
    [
        (Reply(status=500, body={"error": {"message": SECRET}}), True),
        (Reply(status=403, body=b"<html>"), True),
        (Reply(is_reset=True), False),
        (Reply(body=b"<html>"), False),
        (Reply(body=b'{"id"', headers={"Content-Length": "500"}), False),
        (Reply(delay_seconds=5), False),
    ],
    ids=["500", "403 page", "reset", "page in a 200", "cut body", "silence"],
)
async def test_what_the_provider_may_have_answered_may_cost(
    server: ModelServer,
    name: str,
    reply: Reply,
    is_unbilled: bool,  # noqa: FBT001  a column
) -> None:
    """An error answer is free; where nobody knows whether it worked, it may be charged."""
    server.answers(reply)
    provider = provider_at(server, name, timeout_seconds=LIMIT_SECONDS)
    await provider.warm_up()

    failure = await failure_of(provider)

    assert failure.is_unbilled is is_unbilled


@BOTH
async def test_a_provider_that_was_not_reached_charges_nothing(
    server: ModelServer, name: str
) -> None:
    """Refused, unknown to DNS or not answering its door: nothing was sent."""
    async with ModelServer() as closed, full_backlog() as silent:
        addresses = [UNREACHABLE, silent]
        providers = [
            provider_at(server, name, api_base=address, timeout_seconds=LIMIT_SECONDS)
            for address in (closed.url, *addresses)
        ]
        for provider in providers:
            await provider.warm_up()
        closed._server.close()  # noqa: SLF001  from here on it refuses

        failures = [await failure_of(provider) for provider in providers]

    assert [failure.is_unbilled for failure in failures] == [True, True, True]
    assert [type(failure) for failure in failures] == [ProviderError, ProviderError, ModelTimeout]


@BOTH
async def test_a_prompt_that_speaks_of_schemas_costs_nobody_theirs(
    server: ModelServer, name: str
) -> None:
    """A 400 that repeats a résumé's words, with a schema and without, is not remembered."""
    complaint = error_body(name, "invalid_request_error", "input_value='JSON Schema, Kafka'")
    refused = Reply(status=400, body=complaint)
    server.answers(refused, refused, "{}")
    provider = provider_at(server, name)
    with pytest.raises(ProviderError):
        await provider.complete(PROMPT)

    await provider.complete(PROMPT)

    await provider.close()
    assert not {"response_format", "output_format"}.isdisjoint(server.requests[-1].body)
