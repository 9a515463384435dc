from collections.abc import Iterator, MutableMapping
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from app.db.engine import Database
from app.errors import StoredFailure
from app.llm.client import Completion, Usage
from app.runs.execute import execute
from app.runs.report import reported
from app.telemetry.metrics import REGISTRY
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import ToyPayload, new_key, toy_job, toy_runtime

Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is logged meanwhile, oldest first."""
    with capture_logs() as captured:
        yield captured


def ended(lines: Lines) -> Lines:
    """The lines of requests that ended."""
    return [line for line in lines if line["event"] == "run_request_ended"]


def counted(outcome: str) -> float:
    """How many toy runs ended like this in this process."""
    labels = {"job_type": "toy", "outcome": outcome}
    return REGISTRY.get_sample_value("ai_worker_runs_total", labels) or 0.0


async def test_a_run_is_one_line(database: Database, tenant_id: str, lines: Lines) -> None:
    """It says which attempt it was, what was asked and used, and where the time went."""
    answer = Completion("hi", "stop", "scripted/model", Usage(100, 20, None))
    runtime = toy_runtime(database, ScriptedProvider(answer))
    before = counted("succeeded")

    await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)

    (line,) = ended(lines)
    assert (line["code"], line["is_replay"], line["attempt"]) == ("ok", False, 1)
    assert (line["model"], line["input_tokens"], line["output_tokens"]) == (
        *("scripted/model", 100),
        20,
    )
    assert (line["cost_usd"], line["refusals"]) == (None, 0)
    assert list(line["steps"]) == ["claim", "journal", "model", "store", "rest"]
    assert sum(line["steps"].values()) == pytest.approx(line["seconds"], abs=0.001)
    assert counted("succeeded") == before + 1


async def test_a_replay_is_a_line_of_its_own_kind(
    database: Database, tenant_id: str, lines: Lines
) -> None:
    """A repeat is told from the run: it has no steps and uses nothing."""
    runtime, key = toy_runtime(database, ScriptedProvider("hi")), new_key()
    payload = ToyPayload(tenant_id=tenant_id)
    before = counted("replayed")

    for _ in range(2):
        await execute(toy_job(), payload, key, runtime)

    _, line = ended(lines)
    assert (line["code"], line["is_replay"]) == ("ok", True)
    assert not {"steps", "attempt", "model"} & set(line)
    assert counted("replayed") == before + 1


def test_a_stored_failure_is_a_replay_too(lines: Lines) -> None:
    """The failure given again is not counted as one more run that failed."""
    before, failed = counted("replayed"), counted("guard_rejected")
    again = StoredFailure(status=422, code="guard_rejected", title="No.", detail="No.")
    run_id = uuid4()

    with pytest.raises(StoredFailure) as raised, reported(run_id, "toy"):
        raise again

    (line,) = ended(lines)
    assert (line["code"], line["is_replay"]) == ("guard_rejected", True)
    assert (counted("replayed"), counted("guard_rejected")) == (before + 1, failed)
    assert raised.value.run_id == run_id


def test_a_request_that_is_cut_off_is_told_of(lines: Lines) -> None:
    """Whatever ends a request, there is a line and a count."""
    before = counted("crashed")

    with pytest.raises(KeyboardInterrupt), reported(uuid4(), "toy"):
        raise KeyboardInterrupt

    assert [line["code"] for line in ended(lines)] == ["crashed"]
    assert counted("crashed") == before + 1
