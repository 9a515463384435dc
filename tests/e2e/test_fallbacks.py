from pathlib import Path
from typing import Any

from tests.api.stored import payload, store_resume
from tests.e2e.service_process import KEY, ServiceProcess
from tests.fakes import ModelServer, Reply


def busy_unless_small(request: dict[str, Any]) -> Reply:
    """A provider whose large model is overloaded."""
    return Reply() if request["model"] == "gpt-4o-mini" else Reply(status=503, body={})


async def test_a_service_falls_back_on_what_its_settings_name(tmp_path: Path) -> None:
    """LLM_FALLBACK_MODELS in the environment is all that an operator has to set."""
    async with (
        ModelServer(busy_unless_small) as server,
        ServiceProcess(
            tmp_path,
            DATA_DIR=str(tmp_path / "data"),
            LLM_PROVIDER="openai",
            OPENAI_API_KEY=KEY,
            LLM_API_BASE=server.url,
            LLM_FALLBACK_MODELS="openai/gpt-4o-mini",
        ) as service,
    ):
        await service.answers("/ready")
        await store_resume(service.client, "demo", "asha-verma-base")

        answer = await service.client.post("/jobs/rewrite-resume", json=payload("demo"))

    assert (answer.status_code, answer.json()["model"]) == (200, "openai/gpt-4o-mini")
    assert [request.body["model"] for request in server.requests] == ["gpt-4o", "gpt-4o-mini"]
    assert "model_fallback" in service.log
    assert KEY not in service.log


async def test_a_fallback_without_a_key_is_refused_in_one_line(tmp_path: Path) -> None:
    """A process that could never ask a fallback does not start, and says which key is missing."""
    async with ServiceProcess(
        tmp_path, OPENAI_API_KEY=KEY, LLM_FALLBACK_MODELS="anthropic/claude-sonnet-4-6"
    ) as service:
        code = await service.exit_code()

    assert code == 1
    assert service.log.strip() == (
        "ai-worker: LLM_FALLBACK_MODELS names a model of anthropic: set ANTHROPIC_API_KEY"
    )
