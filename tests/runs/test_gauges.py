import math

from app.db.engine import Database
from app.runs.execute import execute
from app.runs.gauges import read_gauges
from app.telemetry.metrics import REGISTRY
from tests.fakes import ScriptedProvider
from tests.runs.toy_job import ToyPayload, change_runs, new_key, toy_job, toy_runtime

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def gauge(name: str, **labels: str) -> float:
    """A gauge as it would be served."""
    value = REGISTRY.get_sample_value(f"ai_worker_{name}", labels)
    assert value is not None
    return value


async def test_what_waits_is_counted(database: Database, tenant_id: str) -> None:
    """A callback and an open run more in the database are one more each, and the oldest ages."""
    await read_gauges(database)
    before = [gauge("outbox_events", state="waiting"), gauge("runs_open", state="waiting")]
    runtime = toy_runtime(database, ScriptedProvider("hi"))
    await execute(toy_job(), ToyPayload(tenant_id=tenant_id), new_key(), runtime)
    await change_runs(database, tenant_id, "state = 'waiting'")

    await read_gauges(database)

    after = [gauge("outbox_events", state="waiting"), gauge("runs_open", state="waiting")]
    assert [a - b for a, b in zip(after, before, strict=True)] == [1, 1]
    assert gauge("outbox_oldest_seconds") > 0
    assert gauge("database_up") == 1


async def test_a_database_that_is_away_is_said() -> None:
    """Nothing is told of callbacks and runs that cannot be seen, and nothing is raised."""
    away = Database(NOWHERE, pool_size=1)

    await read_gauges(away)

    await away.close()
    assert gauge("database_up") == 0
    assert math.isnan(gauge("outbox_events", state="dead"))
