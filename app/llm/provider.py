"""The only door to models: LiteLLM, asked once per call, and what its answers amount to."""

import asyncio
import logging
import math
import os
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from app.db.text import storable_text
from app.errors import AiWorkerError, ModelTimeout, ProviderError
from app.llm import offline
from app.llm.client import Completion, Prompt, Usage
from app.llm.failures import failure_for, is_about_schema
from app.llm.fence import Message, render

# LiteLLM reads these while it is imported; without them it fetches prices and headers from the
# network, blocking, and copies `.env` into the environment of every child process.
LITELLM_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",
    "HF_HUB_OFFLINE": "1",
}

# At DEBUG and INFO these write prompts and keys.
CHATTY_LOGGERS = ("aiohttp", "httpcore", "httpx", "openai")
# LiteLLM's warnings and errors repeat what the provider answered; our errors say what matters.
LEAKY_LOGGERS = ("LiteLLM", "LiteLLM Proxy", "LiteLLM Proxy.stdout", "LiteLLM Router")

# Document 000: "low temp for structured output tasks".
TEMPERATURE = 0.3

# Servers that speak OpenAI's protocol without keys still want the header, and without one LiteLLM
# would look for a key in the environment.
NO_KEY = "no-key"

REFUSALS = frozenset({"content_filter", "refusal"})


class LiteLLMProvider:
    """Models of one provider: `name` is `openai`, `anthropic` or `offline`.

    `model` and `fast_model` are the provider's own names; the fast one takes the cheap steps.
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
    ) -> None:
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

    async def close(self) -> None:
        """Close the connections to the provider."""
        if self._handler is not None:
            await self._handler.close()

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
                return await self._request(prompt, response_format=_response_format(prompt))
            except Exception as error:
                if not is_about_schema(error):
                    raise
                self._models_without_schema.add(model)
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
            # Each of the two makes LiteLLM repeat, and pay for, a request on its own account.
            max_retries=0,
            num_retries=0,
        )

    def _completion(self, prompt: Prompt, response: Any) -> Completion:  # noqa: ANN401  as above
        if not response.choices:
            raise ProviderError("The model provider sent no answer.")
        choice = response.choices[0]
        extras = getattr(choice.message, "provider_specific_fields", None) or {}
        refusal = extras.get("refusal")
        text, finish_reason = choice.message.content, str(choice.finish_reason)
        if refusal or finish_reason in REFUSALS:
            text, finish_reason = text or refusal or "", "refusal"
        elif text is None and finish_reason == "length":
            # The limit was spent on thinking.
            text = ""
        if not isinstance(text, str):
            raise ProviderError("The model provider sent an answer without text.")
        usage = Usage(0, 0, 0) if self._name == "offline" else _usage(response)
        return Completion(storable_text(text), finish_reason, self.model_for(prompt), usage)

    def _load(self) -> Any:  # noqa: ANN401  LiteLLM is untyped
        litellm = _imported_litellm()
        self._handler = _one_request_handler(self._timeout_seconds)
        self._client = self._handler
        if self._name == "openai":
            self._client = self._openai_client()
        return litellm

    def _openai_client(self) -> object:
        import openai  # noqa: PLC0415  comes with LiteLLM and is as slow to import

        return openai.AsyncOpenAI(
            api_key=self._api_key,
            base_url=self._api_base,
            http_client=self._handler.client,
            max_retries=0,
        )


def _imported_litellm() -> Any:  # noqa: ANN401  LiteLLM is untyped
    os.environ.update(LITELLM_ENVIRONMENT)
    _quiet_loggers()
    with warnings.catch_warnings():
        # Pydantic warns of LiteLLM's types when the first response is built; both belong here.
        warnings.simplefilter("ignore")
        import litellm  # noqa: PLC0415  takes seconds, and the port must open meanwhile

        litellm.ModelResponse()

    litellm.suppress_debug_info = True  # it prints to stdout
    litellm.telemetry = False
    _quiet_loggers()  # once more: the import sets levels of its own, by LITELLM_LOG

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


def _quiet_loggers() -> None:
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in LEAKY_LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        # LiteLLM's own print to stderr, for child loggers of any level as well.
        logger.handlers.clear()


def _one_request_handler(timeout_seconds: float) -> Any:  # noqa: ANN401  LiteLLM is untyped
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler  # noqa: PLC0415  as above

    class OneRequestHandler(AsyncHTTPHandler):  # type: ignore[misc]  # LiteLLM is untyped
        """LiteLLM's HTTP client without its repeat of a request whose connection broke.

        Why: the provider may have answered, and charged for, the first one.
        """

        async def single_connection_post_request(self, *_: object, **__: object) -> NoReturn:
            raise ConnectionError

    # A redirect would send the prompt, and the key, to wherever it points.
    return OneRequestHandler(timeout=timeout_seconds, follow_redirects=False)


def _response_format(prompt: Prompt) -> Mapping[str, object]:
    return {
        "type": "json_schema",
        "json_schema": {
            # OpenAI: letters, digits, dashes and underscores, at most 64.
            "name": prompt.name[:64],
            "schema": prompt.answer_schema,
            "strict": _is_strict(prompt.answer_schema),
        },
    }


def _is_strict(schema: object) -> bool:
    """Whether OpenAI accepts the schema in strict mode: closed objects, every property required.

    Source: OpenAI, "Structured model outputs", supported schemas.
    """
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if properties is not None and (
            schema.get("additionalProperties") is not False
            or set(schema.get("required", ())) != set(properties)
        ):
            return False
        return all(_is_strict(inner) for inner in schema.values())
    if isinstance(schema, list | tuple):
        return all(_is_strict(inner) for inner in schema)
    return True


def _usage(response: Any) -> Usage:  # noqa: ANN401  LiteLLM's response is untyped
    usage = getattr(response, "usage", None)
    sent, received = getattr(usage, "prompt_tokens", 0), getattr(usage, "completion_tokens", 0)
    if not sent:
        # No prompt has no tokens: LiteLLM writes 0 where the provider said nothing.
        return Usage()
    cost = response._hidden_params.get("response_cost")  # noqa: SLF001  where LiteLLM documents it
    return Usage(sent, received, None if cost is None else math.ceil(round(cost * 1_000_000, 3)))
