"""The only door to models: LiteLLM, asked once per call, and what its answers amount to."""

import asyncio
import gc
import hashlib
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NoReturn

from app.errors import AiWorkerError, ModelTimeout
from app.llm import offline
from app.llm.answer_format import response_format
from app.llm.budget import most_tokens
from app.llm.client import Completion, Prompt, Usage
from app.llm.connect_limit import limit_connecting
from app.llm.failures import failure_for, is_about_schema
from app.llm.fence import Message, render
from app.llm.quiet_loggers import quiet_loggers
from app.llm.response import completion_from, micro_dollars
from app.telemetry.correlation import TRACEPARENT, trace_headers

# LiteLLM reads these while it is imported; without them it fetches prices and headers from the
# network, blocking, and copies `.env` into the environment of every child process.
LITELLM_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",
    "HF_HUB_OFFLINE": "1",
}

# Document 000: "low temp for structured output tasks".
TEMPERATURE = 0.3

# Servers that speak OpenAI's protocol without keys still want the header, and without one LiteLLM
# would look for a key in the environment.
NO_KEY = "no-key"

# What the offline editor takes.
FREE = Usage(0, 0, 0)

# Of a hash: enough to tell keys apart, of no use to whoever reads it.
FINGERPRINT_CHARS = 12


class LiteLLMProvider:
    """Models of one provider: `name` is `openai`, `anthropic` or `offline`.

    `model` and `fast_model` are the provider's own names; the fast one takes the cheap steps.
    `fallbacks` live and end with it; who is asked when is the journal's to decide.
    """

    def __init__(  # noqa: PLR0913  one argument per setting, each by name
        self,
        *,
        name: str,
        model: str,
        fast_model: str,
        api_key: str | None = None,
        api_base: str | None = None,
        timeout_seconds: float = 30,
        fallbacks: "Sequence[LiteLLMProvider]" = (),
    ) -> None:
        self.fallbacks = fallbacks
        self._name = name
        self._model = model
        self._fast_model = fast_model
        self._api_key = api_key or NO_KEY
        self._api_base = api_base
        self._timeout_seconds = timeout_seconds
        self._loading = asyncio.Lock()
        self._litellm: Any = None
        self._handler: Any = None
        self._client: Any = None
        self._models_without_schema: set[str] = set()

    @property
    def is_ready(self) -> bool:
        """Whether LiteLLM is imported, so that a call starts at once."""
        return self._litellm is not None

    async def warm_up(self) -> None:
        """Import LiteLLM, which takes seconds, off the event loop."""
        async with self._loading:
            self._litellm = self._litellm or await asyncio.to_thread(self._load)
        for fallback in self.fallbacks:
            await fallback.warm_up()

    async def close(self) -> None:
        """Close the connections to the provider, and the fallbacks'."""
        if self._handler is not None:
            await self._handler.close()
        for fallback in self.fallbacks:
            await fallback.close()

    def model_for(self, prompt: Prompt) -> str:
        """The model that will answer this prompt, as `provider/model`."""
        return f"{self._name}/{self._fast_model if prompt.is_cheap_step else self._model}"

    def context_window(self, prompt: Prompt) -> int | None:
        """How many tokens the model reads; `None` if LiteLLM does not know it or is not loaded."""
        if not self.is_ready:
            return None
        try:
            tokens = self._litellm.get_model_info(self.model_for(prompt))["max_input_tokens"]
        except Exception:  # noqa: BLE001  LiteLLM documents a bare Exception for an unknown model
            return None
        return tokens if isinstance(tokens, int) else None

    def quota_for(self, prompt: Prompt) -> str:
        """The model, and a fingerprint of the key and address it is asked with.

        Why: providers limit a model for a key, so a new key is free of the old one's cooldown.
        """
        access = f"{self._api_base}\n{self._api_key}"
        fingerprint = hashlib.sha256(access.encode()).hexdigest()[:FINGERPRINT_CHARS]
        return f"{self.model_for(prompt)} {fingerprint}"

    def most_usage(self, prompt: Prompt) -> Usage:
        """What the call could consume at most; the cost is `None` when LiteLLM knows no price."""
        if self._name == "offline":
            return FREE
        sent, received = most_tokens(prompt)
        return Usage(sent, received, self._most_cost(self.model_for(prompt), sent, received))

    def _most_cost(self, model: str, sent: int, received: int) -> int | None:
        if not self.is_ready:
            return None
        try:
            costs = self._litellm.cost_per_token(
                model=model, prompt_tokens=sent, completion_tokens=received
            )
        except Exception:  # noqa: BLE001  LiteLLM raises several kinds for an unknown model
            return None
        return micro_dollars(sum(costs))

    async def complete(self, prompt: Prompt) -> Completion:
        """One upstream request; a second one only if the first was turned down for its schema.

        Raises:
            RunInterrupted: the provider could not answer now.
            ContextTooLong: the provider says that the prompt does not fit.
            ModelRefused: the provider's content policy stopped it.
        """
        await self.warm_up()
        failure: AiWorkerError
        try:
            # LiteLLM's own timeout is per read: a dripping answer would never reach it.
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._ask(prompt)
        except TimeoutError:
            failure = ModelTimeout(
                f"The model did not finish {prompt.name} within {self._timeout_seconds:g} seconds."
            )
        except Exception as error:  # noqa: BLE001  whatever LiteLLM raises is one of our errors
            failure = failure_for(error, datetime.now(UTC))
        else:
            return self._completion(prompt, response)
        # Raised out here: a chained exception would carry the provider's text into a log.
        raise failure

    async def _ask(self, prompt: Prompt) -> Any:  # noqa: ANN401  LiteLLM's response is untyped
        model = self.model_for(prompt)
        if self._takes_schema(model):
            try:
                return await self._request(prompt, response_format=response_format(prompt))
            except Exception as error:
                if not is_about_schema(error):
                    raise
            response = await self._request(prompt)
            # Remembered for all prompts, so not on the word of an error that may speak of this one.
            self._models_without_schema.add(model)
            return response
        return await self._request(prompt)

    def _takes_schema(self, model: str) -> bool:
        return model not in self._models_without_schema and bool(
            self._litellm.supports_response_schema(model)
        )

    async def _request(
        self, prompt: Prompt, response_format: Mapping[str, object] | None = None
    ) -> Any:  # noqa: ANN401  LiteLLM's response is untyped
        return await self._litellm.acompletion(
            model=self.model_for(prompt),
            messages=render(prompt),
            response_format=response_format,
            max_tokens=prompt.max_output_tokens,
            temperature=TEMPERATURE,
            drop_params=True,
            api_key=self._api_key,
            api_base=self._api_base,
            client=self._client,
            timeout=self._timeout_seconds,
            extra_headers=_trace_context(),
            # Each of the two makes LiteLLM repeat, and pay for, a request on its own account.
            max_retries=0,
            num_retries=0,
        )

    def _completion(self, prompt: Prompt, response: Any) -> Completion:  # noqa: ANN401  as above
        completion = completion_from(response, self.model_for(prompt))
        # LiteLLM counts tokens for the editor, whom nobody pays.
        return replace(completion, usage=FREE) if self._name == "offline" else completion

    def _load(self) -> Any:  # noqa: ANN401  LiteLLM is untyped
        litellm = imported_litellm()
        self._handler = one_request_handler(self._timeout_seconds)
        self._client = self._handler
        if self._name == "openai":
            self._client = openai_client(self._handler, self._api_key, self._api_base)
        return litellm


def _trace_context() -> dict[str, str]:
    """Which call of ours this is, for a gateway of ours; what others know of it stays here."""
    return {name: value for name, value in trace_headers().items() if name == TRACEPARENT}


def imported_litellm() -> Any:  # noqa: ANN401  LiteLLM is untyped
    """LiteLLM, quiet and off the network; blocks for seconds the first time."""
    os.environ.update(LITELLM_ENVIRONMENT)
    quiet_loggers()
    # Almost nothing of it is garbage, and to look for some takes a quarter of the import's time.
    gc.disable()
    try:
        with warnings.catch_warnings():
            # Pydantic warns of LiteLLM's types when the first response is built; both belong here.
            warnings.simplefilter("ignore")
            import litellm  # noqa: PLC0415  takes seconds, and the port must open meanwhile

            litellm.ModelResponse()
    finally:
        gc.enable()

    litellm.suppress_debug_info = True  # it prints to stdout
    litellm.telemetry = False
    # What the import made stays for good. A full collection would walk through its 450,000 objects,
    # every few hundred jobs, for 0.2 s in which nothing else moves.
    gc.freeze()
    quiet_loggers()  # once more: the import sets levels of its own, by LITELLM_LOG

    class OfflineEditor(litellm.CustomLLM):  # type: ignore[misc]  # LiteLLM is untyped
        async def acompletion(
            self,
            *,
            messages: list[Message],
            model_response: Any,  # noqa: ANN401  LiteLLM's response is untyped
            **_: object,
        ) -> object:
            model_response.choices[0].message.content = offline.answer(messages)
            model_response.choices[0].finish_reason = "stop"
            return model_response

    litellm.custom_provider_map = [
        {"provider": "offline", "custom_handler": OfflineEditor()},
    ]
    litellm.utils.custom_llm_setup()
    return litellm


def openai_client(handler: Any, api_key: str, api_base: str | None) -> object:  # noqa: ANN401  as below
    """OpenAI's client over this handler's connections, repeating nothing."""
    import openai  # noqa: PLC0415  comes with LiteLLM and is as slow to import

    class OneRequestClient(openai.AsyncOpenAI):
        # LiteLLM sets 2 before it asks for embeddings, whatever it is told.
        max_retries = property(lambda _: 0, lambda _, __: None)

    client = OneRequestClient(api_key=api_key, base_url=api_base, http_client=handler.client)
    # Imports what a call needs, for which the first job would hold up the event loop.
    _ = client.chat.completions
    return client


def one_request_handler(timeout_seconds: float) -> Any:  # noqa: ANN401  LiteLLM is untyped
    """An HTTP client of LiteLLM's that sends each request once and follows no redirect."""
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler  # noqa: PLC0415  as above

    class OneRequestHandler(AsyncHTTPHandler):  # type: ignore[misc]  # LiteLLM is untyped
        """LiteLLM's HTTP client without its repeat of a request whose connection broke.

        Why: the provider may have answered, and charged for, the first one.
        """

        async def single_connection_post_request(self, *_: object, **__: object) -> NoReturn:
            raise ConnectionError

    # A redirect would send the prompt, and the key, to wherever it points.
    return OneRequestHandler(
        timeout=timeout_seconds,
        follow_redirects=False,
        event_hooks={"request": [limit_connecting]},
    )
