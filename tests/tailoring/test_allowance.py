import pytest

from app.errors import ContextTooLong, InvalidOutput
from app.llm.client import Prompt
from app.tailoring.allowance import Allowance
from tests.fakes import ScriptedProvider

PROMPT = Prompt("task", 1, "Do it.", (), {})


def fitted(shrink: int) -> Prompt:
    """The same prompt for every part of the window."""
    del shrink
    return PROMPT


@pytest.mark.parametrize(("calls", "kept", "asked"), [(2, 0, 2), (1, 0, 1), (2, 1, 1), (3, 1, 2)])
async def test_a_repair_is_asked_for_where_it_is_affordable(
    calls: int, kept: int, asked: int
) -> None:
    """Calls that are kept for what comes after are not spent on a repair."""
    provider = ScriptedProvider("no JSON")
    allowance = Allowance(provider, calls)

    with pytest.raises(InvalidOutput):
        await allowance.ask(fitted, lambda answer: answer, kept=kept)

    assert len(provider.prompts) == asked
    assert allowance.left == calls - asked


async def test_a_prompt_that_does_not_fit_costs_nothing() -> None:
    """A request that was turned down is no answer; the next smaller one is asked."""
    provider = ScriptedProvider(ContextTooLong(), ContextTooLong(), '{"a": 1}')
    allowance = Allowance(provider, 2)

    read = await allowance.ask(fitted, lambda answer: answer, kept=0)

    assert (read, allowance.left) == ({"a": 1}, 1)


async def test_what_never_fits_fails() -> None:
    """An eighth of the window is the least that is tried."""
    provider = ScriptedProvider(ContextTooLong())

    with pytest.raises(ContextTooLong):
        await Allowance(provider).ask(fitted, lambda answer: answer, kept=0)

    assert len(provider.prompts) == 4


def test_it_speaks_for_its_provider() -> None:
    """Model and window are the provider's."""
    allowance = Allowance(ScriptedProvider(model="a/b", window_tokens=7))

    assert (allowance.model_for(PROMPT), allowance.context_window(PROMPT)) == ("a/b", 7)
