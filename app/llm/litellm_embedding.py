"""Embeddings from a provider, through LiteLLM: asked once per call, and what came back checked.

Source: OpenAI "Create embeddings", Voyage "Text embedding models", Ollama "Generate embeddings".
"""

import asyncio
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.db.text import storable_text
from app.db.vectors import MAX_DIMENSIONS
from app.errors import AiWorkerError, ModelTimeout, ProviderError
from app.llm.budget import estimated_tokens
from app.llm.client import Usage
from app.llm.embedding import Embedded, Vector, unit
from app.llm.failures import failure_for
from app.llm.provider import (
    FINGERPRINT_CHARS,
    NO_KEY,
    imported_litellm,
    one_request_handler,
    openai_client,
)
from app.llm.response import micro_dollars

# The least that one of them takes in one request (Voyage's large models; OpenAI takes 300,000).
MAX_REQUEST_TOKENS = 115_000

OLLAMA_BASE = "http://localhost:11434"

# Where LiteLLM does not know better; nomic-embed-text reads 2,048.
DEFAULT_INPUT_TOKENS = 2_000


class LiteLLMEmbedder:
    """A provider's embedding model; `model` is `openai/…`, `voyage/…` or `ollama/…`.

    A text that is longer than the model reads is cut: its beginning is what is embedded.
    """

    def __init__(
        self,
        *,
        model: str,
        api_key: str | None = None,
        api_base: str | None = None,
        timeout_seconds: float = 30,
    ) -> None:
        self.model = model
        self.dimensions: int | None = None
        self._api_key = api_key or NO_KEY
        self._is_ollama = model.startswith("ollama/")
        self._is_openai = self._is_ollama or model.startswith("openai/")
        self._api_base = _openai_base(api_base) if self._is_ollama else api_base
        self._timeout_seconds = timeout_seconds
        self._loading = asyncio.Lock()
        self._litellm: Any = None
        self._handler: Any = None
        self._client: Any = None
        self._max_input_tokens = DEFAULT_INPUT_TOKENS

    @property
    def quota(self) -> str:
        """The model, and a fingerprint of the key and address it is asked with."""
        access = f"{self._api_base}\n{self._api_key}"
        fingerprint = hashlib.sha256(access.encode()).hexdigest()[:FINGERPRINT_CHARS]
        return f"{self.model} {fingerprint}"

    @property
    def _asked_model(self) -> str:
        """The model for LiteLLM.

        Why: its own way to Ollama repeats requests and follows a redirect with the student's text
        wherever it leads; Ollama speaks OpenAI's protocol as well.
        """
        return self.model.replace("ollama/", "openai/", 1) if self._is_ollama else self.model

    async def warm_up(self) -> None:
        """Import LiteLLM, which takes seconds, off the event loop."""
        async with self._loading:
            if self._litellm is None:
                self._litellm = await asyncio.to_thread(self._load)

    async def close(self) -> None:
        """Close the connections to the provider."""
        if self._handler is not None:
            await self._handler.close()

    def most_usage(self, texts: Sequence[str]) -> Usage:
        """An estimate from above; the cost is `None` when LiteLLM knows no price."""
        tokens = sum(map(estimated_tokens, self._cut(texts)))
        if self._is_ollama:
            return Usage(tokens, 0, 0)
        try:
            costs = self._litellm.cost_per_token(
                model=self.model, prompt_tokens=tokens, completion_tokens=0, call_type="embedding"
            )
        except Exception:  # noqa: BLE001  LiteLLM raises several kinds for an unknown model
            return Usage(tokens, 0, None)
        return Usage(tokens, 0, micro_dollars(sum(costs)))

    async def embedded(self, texts: Sequence[str]) -> Embedded:
        """One upstream request.

        Raises:
            RunInterrupted: the provider could not answer now, or not with vectors.
            ContextTooLong: the provider says that a text does not fit.
        """
        await self.warm_up()
        failure: AiWorkerError
        try:
            # LiteLLM's own timeout is per read: a dripping answer would never reach it.
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._request(self._cut(texts))
        except TimeoutError:
            failure = ModelTimeout(
                f"The embedding model did not finish within {self._timeout_seconds:g} seconds."
            )
        except Exception as error:  # noqa: BLE001  whatever LiteLLM raises is one of our errors
            failure = failure_for(error, datetime.now(UTC))
        else:
            vectors = _vectors(response, len(texts))
            self._expect_dimensions(vectors)
            usage = _usage(response)
            return Embedded(vectors, replace(usage, cost_micro_usd=0) if self._is_ollama else usage)
        # Raised out here: a chained exception would carry the provider's text into a log.
        raise failure

    async def _request(self, texts: Sequence[str]) -> Any:  # noqa: ANN401  LiteLLM is untyped
        return await self._litellm.aembedding(
            model=self._asked_model,
            input=list(texts),
            # Not base64, which OpenAI's own client would ask for and others do not speak.
            encoding_format="float" if self._is_openai else None,
            api_key=self._api_key,
            api_base=self._api_base,
            client=self._client,
            timeout=self._timeout_seconds,
            max_retries=0,
            num_retries=0,
        )

    def _cut(self, texts: Sequence[str]) -> list[str]:
        """The texts within what the model reads of one, and of all in one request."""
        most = min(self._max_input_tokens, MAX_REQUEST_TOKENS // max(len(texts), 1))
        return [_beginning(storable_text(text), most) for text in texts]

    def _expect_dimensions(self, vectors: Sequence[Vector]) -> None:
        found = {len(vector) for vector in vectors} | {self.dimensions or len(vectors[0])}
        if len(found) > 1 or max(found) > MAX_DIMENSIONS:
            raise ProviderError("The embedding model answered with vectors of the wrong length.")
        self.dimensions = found.pop()

    def _load(self) -> Any:  # noqa: ANN401  LiteLLM is untyped
        litellm = imported_litellm()
        try:
            # It would ask a server of Ollama's.
            info = {} if self._is_ollama else litellm.get_model_info(self.model)
        except Exception:  # noqa: BLE001  LiteLLM documents a bare Exception for an unknown model
            info = {}
        self._max_input_tokens = info.get("max_input_tokens") or DEFAULT_INPUT_TOKENS
        self.dimensions = info.get("output_vector_size")
        self._handler = one_request_handler(self._timeout_seconds)
        self._client = self._handler
        if self._is_openai:
            self._client = openai_client(self._handler, self._api_key, self._api_base)
        return litellm


def _openai_base(ollama_base: str | None) -> str:
    base = (ollama_base or OLLAMA_BASE).rstrip("/")
    return base if base.endswith("/v1") else f"{base}/v1"


def _beginning(text: str, most_tokens: int) -> str:
    estimate = estimated_tokens(text)
    while estimate > most_tokens:
        # Short steps where the end is denser than the rest.
        text = text[: max(1, len(text) * most_tokens // estimate)]
        estimate = estimated_tokens(text) if len(text) > 1 else 0
    return text


def _vectors(response: Any, count: int) -> list[Vector]:  # noqa: ANN401  LiteLLM is untyped
    """One vector of unit length for each text, in the order asked for.

    Raises:
        ProviderError: there are more or fewer, or one that holds anything but finite numbers.
    """
    items = response.data if isinstance(response.data, list) else []
    by_place = {_place(item, place): item for place, item in enumerate(items)}
    if len(items) != count or by_place.keys() != set(range(count)):
        raise ProviderError("The embedding model answered with a wrong number of vectors.")
    return [_vector(by_place[place]) for place in range(count)]


def _place(item: Any, place: int) -> object:  # noqa: ANN401  LiteLLM is untyped
    index = item.get("index") if isinstance(item, Mapping) else getattr(item, "index", None)
    return place if index is None else index


def _vector(item: Any) -> Vector:  # noqa: ANN401  LiteLLM is untyped
    is_mapping = isinstance(item, Mapping)
    numbers = item.get("embedding") if is_mapping else getattr(item, "embedding", None)
    if not isinstance(numbers, list) or not all(map(_is_number, numbers)):
        raise ProviderError("The embedding model answered with something that is no vector.")
    return unit(numbers)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _usage(response: Any) -> Usage:  # noqa: ANN401  LiteLLM is untyped
    sent = getattr(getattr(response, "usage", None), "prompt_tokens", 0)
    if not sent:
        # LiteLLM writes 0 where the provider said nothing.
        return Usage()
    cost = response._hidden_params.get("response_cost")  # noqa: SLF001  where LiteLLM documents it
    return Usage(sent, 0, None if cost is None else micro_dollars(cost))
