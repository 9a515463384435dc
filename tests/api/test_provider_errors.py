"""Every error that OpenAI and Anthropic document, in their words, and what a job answers to it.

Sources: OpenAI, "Error codes" and "Rate limits"; Anthropic, "Errors"; for messages without a code
of their own, bodies quoted in public issues (openai-python, claude-code, aider).
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from app.llm.provider import LiteLLMProvider
from tests.api.stored import payload, store_resume
from tests.conftest import StartService
from tests.fakes import ModelServer, Reply

ROUTE = "/jobs/rewrite-resume"
MODELS = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-6"}

# status, code, whether to repeat it, seconds to wait
PROVIDER_ERROR = (502, "provider_error", True, None)
MISCONFIGURED = (503, "provider_misconfigured", True, "60")
LIMITED = (429, "provider_rate_limited", True, "15")
TIMEOUT = (504, "llm_timeout", True, None)
TOO_LONG = (422, "context_too_long", False, None)
REFUSED = (422, "llm_refused", False, None)


def openai(status: int, message: str, kind: str | None, code: str | None = None) -> Reply:
    """OpenAI's error object."""
    error = {"message": message, "type": kind, "param": None, "code": code}
    return Reply(status=status, body={"error": error}, headers={"x-request-id": "req_1"})


def anthropic(status: int, kind: str, message: str) -> Reply:
    """Anthropic's error object."""
    body = {
        "type": "error",
        "error": {"details": None, "type": kind, "message": message},
        "request_id": "req_1",
    }
    return Reply(status=status, body=body, headers={"request-id": "req_1"})


QUOTA = "You exceeded your current quota, please check your plan and billing details."
TOO_MANY_TOKENS = (
    "Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, "
    "Requested 61337. The input or output tokens must be reduced in order to run successfully."
)
PER_MINUTE = (
    "Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, "
    "Used 29000, Requested 2000. Please try again in 2s."
)
WINDOW = (
    "This model's maximum context length is 128000 tokens. However, your messages resulted in "
    "142422 tokens. Please reduce the length of the messages."
)
FLAGGED = "Invalid prompt: your prompt was flagged as potentially violating our usage policy."
FILTERED = "The response was filtered due to the prompt triggering our content management policy."

OPENAI: Mapping[str, tuple[Reply, tuple[int, str, bool, str | None]]] = {
    "invalid request": (
        openai(400, "Unrecognized request argument supplied: seed", "invalid_request_error"),
        PROVIDER_ERROR,
    ),
    "invalid_api_key": (
        openai(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
        MISCONFIGURED,
    ),
    "no member": (
        openai(401, "You must be a member of an organization.", "invalid_request_error"),
        MISCONFIGURED,
    ),
    "country": (
        openai(
            403,
            "Country, region, or territory not supported",
            "request_forbidden",
            "unsupported_country_region_territory",
        ),
        MISCONFIGURED,
    ),
    "no access to the model": (
        openai(
            403,
            "Project `proj_1` does not have access to model `gpt-4o`",
            "invalid_request_error",
            "model_not_found",
        ),
        MISCONFIGURED,
    ),
    "model_not_found": (
        openai(
            404,
            "The model `gpt-4o` does not exist or you do not have access to it.",
            "invalid_request_error",
            "model_not_found",
        ),
        MISCONFIGURED,
    ),
    "insufficient_quota": (
        openai(429, QUOTA, "insufficient_quota", "insufficient_quota"),
        MISCONFIGURED,
    ),
    "credit_balance_exhausted": (
        openai(429, QUOTA, "insufficient_quota", "credit_balance_exhausted"),
        MISCONFIGURED,
    ),
    "organization_spend_limit_exceeded": (
        openai(429, QUOTA, "insufficient_quota", "organization_spend_limit_exceeded"),
        MISCONFIGURED,
    ),
    "organization_usage_limit_exceeded": (
        openai(429, QUOTA, "insufficient_quota", "organization_usage_limit_exceeded"),
        MISCONFIGURED,
    ),
    "project_spend_limit_exceeded": (
        openai(429, QUOTA, "insufficient_quota", "project_spend_limit_exceeded"),
        MISCONFIGURED,
    ),
    "billing_hard_limit_reached": (
        openai(400, QUOTA, "invalid_request_error", "billing_hard_limit_reached"),
        MISCONFIGURED,
    ),
    "rate_limit_exceeded": (openai(429, PER_MINUTE, "tokens", "rate_limit_exceeded"), LIMITED),
    "slow_down": (openai(429, "Slow down.", "rate_limit_error", "slow_down"), LIMITED),
    "larger than a minute's tokens": (
        openai(429, TOO_MANY_TOKENS, "tokens", "rate_limit_exceeded"),
        TOO_LONG,
    ),
    "context_length_exceeded": (
        openai(400, WINDOW, "invalid_request_error", "context_length_exceeded"),
        TOO_LONG,
    ),
    "string_above_max_length": (
        openai(400, "Invalid 'messages'.", "invalid_request_error", "string_above_max_length"),
        TOO_LONG,
    ),
    "content_policy_violation": (
        openai(400, "Your request was rejected.", "image", "content_policy_violation"),
        REFUSED,
    ),
    "content_filter": (openai(400, FILTERED, None, "content_filter"), REFUSED),
    "invalid_prompt": (
        openai(400, FLAGGED, "invalid_request_error", "invalid_prompt"),
        REFUSED,
    ),
    "a filtered answer": (Reply("{", finish_reason="content_filter"), REFUSED),
    "a refusal": (Reply(None, refusal="I cannot help with that."), REFUSED),
    "server_error": (
        openai(500, "The server had an error while processing your request.", "server_error"),
        PROVIDER_ERROR,
    ),
    "overloaded": (
        openai(503, "That model is currently overloaded with other requests.", "server_error"),
        PROVIDER_ERROR,
    ),
    "server_is_overloaded": (
        openai(503, "Overloaded.", "service_unavailable_error", "server_is_overloaded"),
        PROVIDER_ERROR,
    ),
}

ANTHROPIC: Mapping[str, tuple[Reply, tuple[int, str, bool, str | None]]] = {
    "invalid_request_error": (
        anthropic(400, "invalid_request_error", "messages: at least one message is required"),
        PROVIDER_ERROR,
    ),
    "a prompt too long": (
        anthropic(
            400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"
        ),
        TOO_LONG,
    ),
    "a window exceeded": (
        anthropic(
            400,
            "invalid_request_error",
            "input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, "
            "decrease input length or `max_tokens` and try again",
        ),
        TOO_LONG,
    ),
    "no credit": (
        anthropic(
            400,
            "invalid_request_error",
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & "
            "Billing to upgrade or purchase credits.",
        ),
        MISCONFIGURED,
    ),
    "a spend limit": (
        anthropic(
            400,
            "invalid_request_error",
            "You have reached your specified API usage limits. You will regain access on "
            "2026-12-01 at 00:00 UTC.",
        ),
        MISCONFIGURED,
    ),
    "blocked output": (
        anthropic(400, "invalid_request_error", "Output blocked by content filtering policy"),
        REFUSED,
    ),
    "authentication_error": (
        anthropic(401, "authentication_error", "invalid x-api-key"),
        MISCONFIGURED,
    ),
    "billing_error": (anthropic(402, "billing_error", "Payment is required."), MISCONFIGURED),
    "permission_error": (
        anthropic(403, "permission_error", "Your API key does not have permission."),
        MISCONFIGURED,
    ),
    "not_found_error": (
        anthropic(404, "not_found_error", "model: claude-sonnet-4-6"),
        MISCONFIGURED,
    ),
    "conflict_error": (anthropic(409, "conflict_error", "Conflict."), PROVIDER_ERROR),
    "request_too_large": (
        anthropic(413, "request_too_large", "Request exceeds the maximum size"),
        TOO_LONG,
    ),
    "rate_limit_error": (
        anthropic(
            429,
            "rate_limit_error",
            "This request would exceed your account's rate limit. Please try again later.",
        ),
        LIMITED,
    ),
    "a refusal": (Reply("No.", finish_reason="refusal"), REFUSED),
    "api_error": (anthropic(500, "api_error", "Internal server error"), PROVIDER_ERROR),
    "timeout_error": (anthropic(504, "timeout_error", "Request timed out"), TIMEOUT),
    "overloaded_error": (anthropic(529, "overloaded_error", "Overloaded"), PROVIDER_ERROR),
}

CASES = {
    f"{name}: {called}": (name, *case)
    for name, table in (("openai", OPENAI), ("anthropic", ANTHROPIC))
    for called, case in table.items()
}

# A prompt that does not fit is sent again with a half, a quarter and an eighth of the window.
REQUESTS_UNTIL_TOO_LONG = 4


@pytest.mark.parametrize(("name", "reply", "expected"), CASES.values(), ids=CASES.keys())
async def test_a_documented_error_has_one_answer(
    start_service: StartService,
    tenant_id: str,
    name: str,
    reply: Reply,
    expected: tuple[int, str, bool, str | None],
) -> None:
    """Status, code, `retryable` and Retry-After follow from the provider's own error object."""
    async with ModelServer(reply) as server:
        provider = LiteLLMProvider(
            name=name,
            model=MODELS[name],
            fast_model=MODELS[name],
            # Of its own, or another case's cooldown would stand where a port is used again.
            api_key=f"sk-{uuid4()}",
            api_base=server.url,
        )
        async with start_service(provider) as service:
            await store_resume(service.client, tenant_id, "asha-verma-base")

            answer = await service.client.post(ROUTE, json=payload(tenant_id))

        requests = len(server.requests)
    problem: dict[str, Any] = answer.json()
    given = (answer.status_code, problem["code"], problem["retryable"])
    assert (*given, answer.headers.get("retry-after")) == expected
    assert requests == (REQUESTS_UNTIL_TOO_LONG if expected is TOO_LONG else 1)
    if isinstance(reply.body, Mapping):
        assert reply.body["error"]["message"] not in answer.text
