import asyncio

import pytest

from app.telemetry.steps import step, timed_steps


def test_repeated_steps_are_added_up() -> None:
    """A run that asks two models has one duration for both."""
    with timed_steps() as seconds:
        for _ in range(2):
            with step("model"):
                pass

    assert list(seconds) == ["model"]
    assert 0 <= seconds["model"] < 1


def test_a_step_that_fails_took_its_time_too() -> None:
    """An exception passes, and the step is counted."""
    with timed_steps() as seconds, pytest.raises(ValueError, match="no"), step("store"):
        raise ValueError("no")

    assert list(seconds) == ["store"]


async def test_runs_at_once_do_not_mix() -> None:
    """Each run's steps are its own, whatever else the process is at; its tasks' steps are its."""

    async def run(name: str) -> dict[str, float]:
        with timed_steps() as seconds:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_step(name))
            return seconds

    one, other = await asyncio.gather(run("one"), run("other"))

    assert (list(one), list(other)) == (["one"], ["other"])


async def _step(name: str) -> None:
    with step(name):
        await asyncio.sleep(0.01)


def test_outside_a_run_a_step_is_nobodys() -> None:
    """What the relay or the sweeper does is not counted as a run's."""
    with step("store"):
        pass
    with timed_steps() as seconds:
        pass

    assert seconds == {}
