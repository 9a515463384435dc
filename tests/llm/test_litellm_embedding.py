import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.errors import (
    AiWorkerError,
    ContextTooLong,
    ModelTimeout,
    ProviderError,
    ProviderMisconfigured,
    ProviderRateLimited,
)
from app.llm.budget import estimated_tokens
from app.llm.client import Usage
from app.llm.litellm_embedding import MAX_REQUEST_TOKENS, LiteLLMEmbedder
from tests.fakes import ModelServer, Reply

SECRET = "Asha's own words"
LIMIT_SECONDS = 20
MODELS = ("openai/our-own-model", "voyage/voyage-3-lite", "ollama/nomic-embed-text")
EACH = pytest.mark.parametrize("model", MODELS)
GOOD = [[0.6, 0.8, 0.0], [0.0, 3.0, 4.0]]


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    """A server that speaks the wire format of embeddings and does what it is told."""
    async with ModelServer() as server:
        yield server


def body(vectors: list[Any], **more: object) -> dict[str, Any]:
    """An answer as OpenAI, Voyage and Ollama's `/v1` give it."""
    data = [{"index": at, "embedding": vector} for at, vector in enumerate(vectors)]
    usage = {"prompt_tokens": 12, "total_tokens": 12}
    return {"object": "list", "model": "m", "data": data, "usage": usage, **more}


def embedder_at(server: ModelServer, model: str, **more: Any) -> LiteLLMEmbedder:  # noqa: ANN401  any argument
    """An embedder whose provider is the server."""
    given: dict[str, Any] = {"api_base": server.url, "api_key": "sk-test"}
    given |= {"timeout_seconds": LIMIT_SECONDS} | more
    return LiteLLMEmbedder(model=model, **given)


async def failure_of(embedder: LiteLLMEmbedder) -> AiWorkerError:
    """What asking for two vectors raises."""
    with pytest.raises(AiWorkerError) as raised:
        await embedder.embedded([SECRET, "b"])
    return raised.value


@EACH
async def test_vectors_come_in_the_order_asked_for(server: ModelServer, model: str) -> None:
    """Each is of length 1 and belongs to its text, whatever the order on the wire."""
    data = list(reversed(body(GOOD)["data"]))
    server.answers(Reply(body=body(GOOD, data=data)))
    embedder = embedder_at(server, model)

    embedded = await embedder.embedded(["a", "b"])

    await embedder.close()
    assert embedded.vectors == [pytest.approx([0.6, 0.8, 0.0]), pytest.approx([0.0, 0.6, 0.8])]
    assert embedded.usage.input_tokens == 12
    assert (embedder.model, embedder.dimensions) == (model, 3)
    [request] = server.requests
    assert request.path.endswith("/embeddings")
    assert request.body["input"] == ["a", "b"]
    assert model.endswith(request.body["model"])
    assert request.headers["authorization"] == "Bearer sk-test"


@EACH
@pytest.mark.parametrize(
    "answer",
    [
        body(GOOD[:1]),
        body([*GOOD, GOOD[0]]),
        body([]),
        body([[0.6, 0.8], GOOD[1]]),
        body([[], []]),
        body([[0.0, 0.0, 0.0], GOOD[1]]),
        body([["x", 0.8, 0.0], GOOD[1]]),
        body([None, GOOD[1]]),
        body([[[0.6, 0.8, 0.0]], GOOD[1]]),
        body(["AACAPwAAgD8=", GOOD[1]]),
        body([[1e39] * 3, [1e308] * 3]),
        body([[0.1] * 4_001, [0.1] * 4_001]),
        body(GOOD, data=[{"index": 0, "embedding": GOOD[0]}, {"index": 0, "embedding": GOOD[1]}]),
        body(GOOD, data=[{"index": 1, "embedding": GOOD[0]}, {"index": 2, "embedding": GOOD[1]}]),
        body(GOOD, data={"0": GOOD[0], "1": GOOD[1]}),
        body(GOOD, data=None),
        {},
        {"error": {"message": SECRET}},
    ],
    ids=lambda answer: json.dumps(answer)[:60],
)
async def test_a_wrong_answer_is_the_providers_fault(
    server: ModelServer, model: str, answer: dict[str, Any]
) -> None:
    """A wrong count, size, place or number is a 502 that may come right, and no vector at all."""
    server.answers(Reply(body=answer))
    embedder = embedder_at(server, model)

    failure = await failure_of(embedder)

    await embedder.close()
    assert isinstance(failure, ProviderError)
    assert embedder.dimensions is None
    assert SECRET not in failure.detail


@EACH
async def test_what_is_no_number_is_no_vector(server: ModelServer, model: str) -> None:
    """NaN and Infinity, which Python reads from JSON, are refused."""
    for word in ("NaN", "Infinity", "1e999"):
        text = json.dumps(body([["x", 1, 1], [1, 1, 1]])).replace('"x"', word)
        server.answers(Reply(body=text.encode()))
        embedder = embedder_at(server, model)

        assert isinstance(await failure_of(embedder), ProviderError)
        await embedder.close()


@EACH
async def test_another_size_than_before_is_refused(server: ModelServer, model: str) -> None:
    """A model that answers with longer vectors than it used to has become another one."""
    server.answers(Reply(body=body(GOOD)), Reply(body=body([[1.0] * 5, [1.0] * 5])))
    embedder = embedder_at(server, model)
    await embedder.embedded(["a", "b"])

    failure = await failure_of(embedder)

    await embedder.close()
    assert isinstance(failure, ProviderError)
    assert embedder.dimensions == 3


@EACH
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(body=b"<html>Gateway"), ProviderError),
        (Reply(body=b"<html>", headers={"Content-Type": "text/html"}), ProviderError),
        (Reply(body=b'{"data"', headers={"Content-Length": "500"}), ProviderError),
        (Reply(body=b"[]"), ProviderError),
        (Reply(is_reset=True), ProviderError),
        (Reply(status=500, body=b"oops"), ProviderError),
        (Reply(status=503, body=b"<html>"), ProviderError),
        (Reply(status=307, headers={"Location": "/elsewhere"}, body=b""), ProviderError),
        (Reply(status=401, body={"error": {"message": SECRET}}), ProviderMisconfigured),
        (
            Reply(status=429, body={"error": {"message": SECRET, "code": "insufficient_quota"}}),
            ProviderMisconfigured,
        ),
        (Reply(status=413, body=b"<html>"), ContextTooLong),
        (
            Reply(status=400, body={"error": {"message": "x", "code": "context_length_exceeded"}}),
            ContextTooLong,
        ),
        (Reply(delay_seconds=30), ModelTimeout),
        (Reply(body=body(GOOD), drip_seconds=0.2), ModelTimeout),
    ],
    ids=lambda value: f"{value.status} {value.body!r:.20}" if isinstance(value, Reply) else "",
)
async def test_a_provider_in_trouble_is_asked_once(
    server: ModelServer, model: str, reply: Reply, kind: type[AiWorkerError]
) -> None:
    """Each failure is one of our errors after one request, and nothing is repeated or followed."""
    server.answers(reply)
    embedder = embedder_at(server, model, timeout_seconds=0.5 if kind is ModelTimeout else 5)
    await embedder.warm_up()

    failure = await failure_of(embedder)

    await embedder.close()
    assert type(failure) is kind
    assert len(server.requests) == 1
    assert SECRET not in failure.detail
    assert failure.__cause__ is failure.__context__ is None


@EACH
async def test_a_limit_says_how_long(server: ModelServer, model: str) -> None:
    """A 429's Retry-After is kept, and nobody is charged for it."""
    server.answers(Reply(status=429, headers={"Retry-After": "7"}, body={"error": {}}))
    embedder = embedder_at(server, model)

    failure = await failure_of(embedder)

    await embedder.close()
    assert isinstance(failure, ProviderRateLimited)
    assert (failure.retry_after_seconds, failure.is_unbilled) == (7, True)
    assert len(server.requests) == 1


async def test_nothing_of_a_text_is_logged(
    server: ModelServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """With every log open, neither text, key nor the provider's words are logged or printed."""
    caplog.set_level(logging.DEBUG)
    for model in MODELS:
        embedder = embedder_at(server, model, api_key="sk-ours")
        server.answers(
            Reply(body=body(GOOD)), Reply(status=500, body={"error": {"message": SECRET}})
        )
        await embedder.embedded([SECRET, "b"])
        await failure_of(embedder)
        await embedder.close()

    logged = [record for record in caplog.records if record.name.split(".")[0] != "asyncio"]
    assert logged == []
    assert capfd.readouterr() == ("", "")


async def test_a_long_text_is_cut(server: ModelServer) -> None:
    """A text is sent as far as the model reads, a batch as far as one request goes."""
    server.answers(lambda asked: Reply(body=body([[1.0, 1.0]] * len(asked["input"]))))
    embedder = embedder_at(server, "voyage/voyage-3-lite")

    await embedder.embedded(["word " * 200_000])
    await embedder.embedded(["स्टॉल " * 20_000] * 64)

    await embedder.close()
    [one], batch = (request.body["input"] for request in server.requests)
    assert 30_000 < estimated_tokens(one) <= 32_000
    assert sum(map(estimated_tokens, batch)) <= MAX_REQUEST_TOKENS


async def test_text_that_no_json_holds_is_sent_without_it(server: ModelServer) -> None:
    """NUL and lone surrogates, which core-api's rows cannot hold but a query can, break nothing."""
    server.answers(Reply(body=body([[1.0, 1.0]])))
    embedder = embedder_at(server, "openai/our-own-model")

    await embedder.embedded(["tea\x00 \ud800 seller"])

    await embedder.close()
    assert server.requests[0].body["input"] == ["tea \ufffd seller"]


async def test_what_a_call_could_take_is_known_before(server: ModelServer) -> None:
    """The estimate covers the call; Ollama is free, and a model nobody knows has no price."""
    known, local, unknown = (
        embedder_at(server, model)
        for model in ("openai/text-embedding-3-small", MODELS[2], MODELS[0])
    )
    for embedder in (known, local, unknown):
        await embedder.warm_up()

    estimates = [embedder.most_usage(["word " * 5_000]) for embedder in (known, local, unknown)]

    for embedder in (known, local, unknown):
        await embedder.close()
    assert known.dimensions == 1536
    assert (estimates[0].cost_micro_usd or 0) > 100
    assert [estimate.cost_micro_usd for estimate in estimates[1:]] == [0, None]
    assert all((estimate.input_tokens or 0) > 1_900 for estimate in estimates)


async def test_what_the_provider_does_not_count_is_unknown(server: ModelServer) -> None:
    """An answer without usage took an unknown number of tokens, which is not zero."""
    server.answers(Reply(body={key: value for key, value in body(GOOD).items() if key != "usage"}))
    embedder = embedder_at(server, MODELS[0])

    embedded = await embedder.embedded(["a", "b"])

    await embedder.close()
    assert embedded.usage == Usage()


async def test_a_quota_is_of_a_model_a_key_and_an_address(server: ModelServer) -> None:
    """Replicas that ask the same agree on its name, which gives no key away."""
    quota = embedder_at(server, MODELS[0]).quota

    others = {
        embedder_at(server, MODELS[1]).quota,
        embedder_at(server, MODELS[0], api_key="another").quota,
        embedder_at(server, MODELS[0], api_base="http://another").quota,
    }

    assert quota == embedder_at(server, MODELS[0]).quota
    assert len(others - {quota}) == 3
    assert "sk-test" not in quota


async def test_calls_share_the_loop(server: ModelServer) -> None:
    """Twenty calls at once are twenty requests."""
    server.answers(Reply(body=body([[1.0, 1.0]]), delay_seconds=0.2))
    embedder = embedder_at(server, MODELS[0], timeout_seconds=30)

    await asyncio.gather(*(embedder.embedded(["a"]) for _ in range(20)))

    await embedder.close()
    assert len(server.requests) == 20
