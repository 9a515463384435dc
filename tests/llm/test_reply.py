import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidOutput, ModelRefused, ProviderError
from app.llm.client import Completion, Prompt
from app.llm.reply import UnreadableAnswer, ask, extract_json
from tests.effort import LINEAR_IN_TEN, effort
from tests.fakes import ScriptedProvider

PROMPT = Prompt("rewrite-resume", 1, "Task: rewrite-resume", (), {"type": "object"})
GOOD = '{"edits": [{"path": "summary", "text": "x"}]}'
EDITS = {"edits": [{"path": "summary", "text": "x"}]}

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), inner
        )
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}```",
        f"\ufeff{GOOD}",
        f"Here is the résumé you asked for:\n\n{GOOD}\n\nLet me know if I can help [further]!",
        f"I kept {{names}} and [dates] as they were. {GOOD} {{done}}",
        f"as in [1: below] {GOOD}",
        f"\x00{GOOD}\x00",
        f"{{}} {GOOD} [1, 2]",
        f"{GOOD}\n{GOOD.replace('x', 'y')}",
        GOOD.replace("x", "\\u0000x\\u0000"),
    ],
)
def test_json_is_found_wherever_it_stands(text: str) -> None:
    """The answer is found through fences, preambles, epilogues, marks and stray braces."""
    assert extract_json(text) == EDITS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON object"),
        ("I am sorry, I cannot do that.", "no JSON object"),
        ('"just a string"', "no JSON object"),
        ('{"edits": [{"path": "summary", "text": "a"}, {"path": "sk', "before it is complete"),
        ('{"edits": [{"path": "summary", "text": "a"}', "before it is complete"),
        ('{"edits": [{"path": "summary", "text": "a"},]}', "broken at character 44"),
        ("{'edits': []}", "broken at character 1"),
        ('{\'edits\': [{"path": "summary", "text": "a"}]}', "broken at character 1"),
        (f"see [1: {GOOD}", "broken at character 6"),
        ('{"edits": [], "edits": []}', "same key twice"),
        ('{"score": NaN}', "NaN is not"),
        ('{"score": -Infinity}', "-Infinity is not"),
        ('{"score": 1e999}', "too large"),
        (f'{{"score": {"9" * 5000}}}', "cannot be read"),
        ('{"edits": ["\\ud800"]}', "surrogate"),
        ('{"\\udc00": 1}', "surrogate"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("[" * 700 + "]" * 700, "nested too deeply"),
    ],
)
def test_what_cannot_be_used_says_why(text: str, reason: str) -> None:
    """An unusable answer is refused with a reason the model can act on."""
    with pytest.raises(UnreadableAnswer, match=reason):
        extract_json(text)


def test_numbers_are_read() -> None:
    """Whole and broken numbers are read as they are."""
    assert extract_json('{"score": 0.25, "count": 3}') == {"score": 0.25, "count": 3}


def test_a_raw_line_break_in_a_string_is_read() -> None:
    """Models break lines inside strings; that much is forgiven."""
    assert extract_json('{"text": "a\nb"}') == {"text": "a\nb"}


@given(
    JSON.filter(lambda value: isinstance(value, dict | list)),
    st.sampled_from(["", "Sure: ", "```json\n"]),
)
def test_every_json_value_survives(value: object, preamble: str) -> None:
    """Whatever object or array a model writes is read as it was written."""
    assert extract_json(f"{preamble}{json.dumps(value)}\n```") == value


@given(st.text())
def test_no_text_breaks_the_search(text: str) -> None:
    """Any text at all is either read or refused as unreadable."""
    try:
        value = extract_json(text)
    except UnreadableAnswer as error:
        value = str(error)

    assert value is not None


@pytest.mark.parametrize("piece", ["{", "[", '{"', '{"a', '{"a":', "[1,", '["{', "{]", '{"a":1}'])
def test_a_hostile_answer_takes_no_time(piece: str) -> None:
    """Ten times as many repetitions of a fragment are about ten times the work, not a hundred."""

    def read(repetitions: int) -> object:
        try:
            return extract_json(piece * repetitions)
        except UnreadableAnswer as error:
            return str(error)

    few, many = effort(lambda: read(10_000)), effort(lambda: read(100_000))

    assert read(10_000) is not None
    assert many < LINEAR_IN_TEN * few


def edits(value: object) -> object:
    if not isinstance(value, dict) or "edits" not in value:
        raise ValueError(f"edits is missing {'x' * 5000}")
    return value["edits"]


async def test_a_good_answer_is_asked_for_once() -> None:
    """An answer that can be used costs one request."""
    provider = ScriptedProvider(GOOD)

    answer = await ask(provider, PROMPT, edits)

    assert answer == EDITS["edits"]
    assert len(provider.prompts) == 1


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("not json", "no JSON object"),
        ('{"foo": 1}', "edits is missing"),
        (Completion(GOOD, "length", "m"), "cut off at the limit of 4096 tokens"),
    ],
)
async def test_one_repair_shows_the_model_its_error(bad: str | Completion, reason: str) -> None:
    """An unusable answer is shown to the model once, with what was wrong with it."""
    provider = ScriptedProvider(bad, GOOD)

    answer = await ask(provider, PROMPT, edits)

    turn = provider.prompts[1].turns[0]
    assert answer == EDITS["edits"]
    assert turn.answer == (bad if isinstance(bad, str) else bad.text)
    assert reason in turn.complaint
    assert len(turn.complaint) < 1200


@pytest.mark.parametrize(
    ("bad", "is_cheap"),
    [
        (GOOD.replace("}]", "},]"), True),
        (GOOD.replace('"x"', "NaN"), True),
        (GOOD.replace('"x"', '"x", "text": "x"'), True),
        ("", False),
        ("I would rather talk.", False),
        (GOOD[:-3], False),
        (Completion(GOOD, "length", "m"), False),
        ('{"foo": 1}', False),
    ],
)
async def test_copying_out_is_a_cheap_step(bad: str | Completion, *, is_cheap: bool) -> None:
    """The fast model mends broken JSON; what was never written the model itself has to think of."""
    provider = ScriptedProvider(bad, GOOD)

    await ask(provider, PROMPT, edits)

    assert [prompt.is_cheap_step for prompt in provider.prompts] == [False, is_cheap]


async def test_a_cheap_step_stays_cheap() -> None:
    """The repair of a cheap step is one, whatever was wrong."""
    provider = ScriptedProvider("", GOOD)

    await ask(provider, replace(PROMPT, is_cheap_step=True), edits)

    assert [prompt.is_cheap_step for prompt in provider.prompts] == [True, True]


async def test_a_second_bad_answer_ends_the_run() -> None:
    """Two unusable answers are an invalid output that keeps the last one and no traceback of it."""
    provider = ScriptedProvider("bad", "worse")

    with pytest.raises(InvalidOutput) as failure:
        await ask(provider, PROMPT, edits)

    assert failure.value.raw_answer == "worse"
    assert failure.value.__context__ is None
    assert len(provider.prompts) == 2


async def test_a_refusal_is_not_argued_with() -> None:
    """A refusal ends the run at once."""
    provider = ScriptedProvider(Completion("I can't help with that.", "refusal", "m"))

    with pytest.raises(ModelRefused) as failure:
        await ask(provider, PROMPT, edits)

    assert failure.value.raw_answer == "I can't help with that."
    assert len(provider.prompts) == 1


async def test_a_refusal_to_repair_is_a_refusal() -> None:
    """A model that refuses when asked again has refused."""
    provider = ScriptedProvider("bad", Completion("No.", "refusal", "m"))

    with pytest.raises(ModelRefused):
        await ask(provider, PROMPT, edits)

    assert len(provider.prompts) == 2


async def test_a_failing_provider_is_not_asked_again() -> None:
    """What the provider raises passes through; the queue decides about another try."""
    provider = ScriptedProvider(ProviderError(), GOOD)

    with pytest.raises(ProviderError):
        await ask(provider, PROMPT, edits)

    assert len(provider.prompts) == 1
