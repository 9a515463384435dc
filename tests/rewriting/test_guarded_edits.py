import json

import pytest
from structlog.testing import capture_logs

from app.errors import ContextTooLong, GuardRejected, InvalidOutput, ModelRefused, ProviderError
from app.llm.client import Completion
from app.resume.edits import Edit
from app.rewriting.guarded_edits import (
    MAX_ANSWER_TOKENS,
    SHRINKS,
    GuardedEdits,
    Task,
    guarded_edits,
)
from tests.fakes import ScriptedAnswer, ScriptedProvider

TASK = Task("rewrite-resume", 1, "Reword.")
POSTING = "We ship services with Kubernetes."
SHEETS, TESTS = "experience.0.bullets.0", "experience.0.bullets.1"
RESUME = {
    "experience": [
        {
            "company": "Kasturi Logistics",
            "title": "Intern",
            "bullets": [
                "Helped the team with moving old Excel sheets to PostgreSQL",
                "Wrote unit tests for the billing module in order to raise coverage",
            ],
        }
    ],
    "skills": ["Python"],
}
HONEST_SHEETS = "Helped the team move old Excel sheets to PostgreSQL"
HONEST_TESTS = "Wrote unit tests for the billing module to raise coverage"
INFLATED_SHEETS = "Helped the team with moving 500 old Excel sheets to PostgreSQL"
INVENTED_TESTS = "Wrote unit tests in Kubernetes for the billing module"


def answer(edits: dict[str, str], summary: str | None = None) -> str:
    """What a model that knows the schema says."""
    listed = [{"path": path, "text": text} for path, text in edits.items()]
    return json.dumps({"edits": listed, "summary": summary})


async def rewrite(
    *answers: ScriptedAnswer, window_tokens: int | None = None
) -> tuple[GuardedEdits, ScriptedProvider]:
    """The edits that came out, and the model that was asked."""
    provider = ScriptedProvider(*answers, window_tokens=window_tokens)
    return await guarded_edits(provider, TASK, RESUME, POSTING), provider


async def test_honest_edits_are_accepted_at_once() -> None:
    """Edits that say nothing new cost one call."""
    edits, provider = await rewrite(answer({SHEETS: HONEST_SHEETS, TESTS: HONEST_TESTS}))

    assert edits == GuardedEdits(
        (Edit(SHEETS, HONEST_SHEETS), Edit(TESTS, HONEST_TESTS)), refusals=(), left_out=()
    )
    assert len(provider.prompts) == 1


async def test_a_refused_edit_can_be_mended() -> None:
    """The model is shown what was refused and why, and its true second version is taken."""
    edits, provider = await rewrite(
        answer({SHEETS: INFLATED_SHEETS, TESTS: HONEST_TESTS}), answer({SHEETS: HONEST_SHEETS})
    )

    assert set(edits.accepted) == {Edit(SHEETS, HONEST_SHEETS), Edit(TESTS, HONEST_TESTS)}
    assert edits.refusals == ()
    (mending,) = provider.prompts[1].turns
    assert SHEETS in mending.complaint
    assert "500" in mending.complaint
    assert json.loads(mending.answer) == {"edits": [{"path": SHEETS, "text": INFLATED_SHEETS}]}


async def test_an_edit_refused_twice_leaves_the_original() -> None:
    """What the model cannot say truly stays as the student said it, with the last reason."""
    still_false = INFLATED_SHEETS.replace("500", "600")

    edits, provider = await rewrite(
        answer({SHEETS: INFLATED_SHEETS, TESTS: HONEST_TESTS}), answer({SHEETS: still_false})
    )

    assert edits.accepted == (Edit(TESTS, HONEST_TESTS),)
    assert [(each.path, each.code, each.text) for each in edits.refusals] == [
        (SHEETS, "number", still_false)
    ]
    assert len(provider.prompts) == 2


async def test_an_edit_that_is_not_mended_keeps_its_refusal() -> None:
    """A model that leaves a refused edit out has withdrawn it; the student still sees why."""
    edits, _ = await rewrite(answer({SHEETS: INFLATED_SHEETS, TESTS: HONEST_TESTS}), answer({}))

    assert edits.accepted == (Edit(TESTS, HONEST_TESTS),)
    assert [(each.path, each.text) for each in edits.refusals] == [(SHEETS, INFLATED_SHEETS)]


async def test_mending_reaches_refused_places_only() -> None:
    """A second answer cannot touch what was accepted or bring in a new place."""
    edits, _ = await rewrite(
        answer({SHEETS: INFLATED_SHEETS}), answer({SHEETS: HONEST_SHEETS, TESTS: HONEST_TESTS})
    )

    assert edits.accepted == (Edit(SHEETS, HONEST_SHEETS),)


@pytest.mark.parametrize(
    "second",
    ["I am sorry, here you go", '{"edits": 7}', Completion("[", "length", "m")],
    ids=["prose", "wrong shape", "cut off"],
)
async def test_a_mending_that_cannot_be_read_changes_nothing(second: str | Completion) -> None:
    """The job goes on with what it has; a third call would cost more than it brings."""
    with capture_logs() as logs:
        edits, provider = await rewrite(
            answer({SHEETS: INFLATED_SHEETS, TESTS: HONEST_TESTS}), second
        )

    assert edits.accepted == (Edit(TESTS, HONEST_TESTS),)
    assert [each.path for each in edits.refusals] == [SHEETS]
    assert len(provider.prompts) == 2
    assert "mending_unreadable" in [line["event"] for line in logs]


async def test_a_rewrite_in_which_everything_is_refused_is_an_error() -> None:
    """A variant that equals its base is not sold as a success; the proposals are kept aside."""
    provider = ScriptedProvider(answer({SHEETS: INFLATED_SHEETS, TESTS: INVENTED_TESTS}))

    with pytest.raises(GuardRejected) as caught:
        await guarded_edits(provider, TASK, RESUME, POSTING)

    assert (caught.value.status, caught.value.code) == (422, "guard_rejected")
    assert caught.value.detail == "Every proposed change was refused: number, skill."
    assert INVENTED_TESTS in (caught.value.raw_answer or "")


async def test_no_proposal_is_no_error() -> None:
    """A résumé that is good already is left alone."""
    edits, provider = await rewrite(answer({}))

    assert edits == GuardedEdits((), (), ())
    assert len(provider.prompts) == 1


async def test_identity_is_out_of_reach() -> None:
    """An edit at an employer's name is refused like any other untruth."""
    edits, _ = await rewrite(
        answer({"experience.0.company": "Northwind", TESTS: HONEST_TESTS}),
        answer({"experience.0.company": "Northwind"}),
    )

    assert [each.code for each in edits.refusals] == ["identity"]
    assert edits.accepted == (Edit(TESTS, HONEST_TESTS),)


async def test_an_unreadable_answer_is_repaired_and_then_mended() -> None:
    """The repair of a format and the mending of a fact are two calls; there is no fourth."""
    edits, provider = await rewrite(
        "not json", answer({SHEETS: INFLATED_SHEETS}), answer({SHEETS: HONEST_SHEETS})
    )

    assert edits.accepted == (Edit(SHEETS, HONEST_SHEETS),)
    assert len(provider.prompts) == 3


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        (["not json", "still not"], InvalidOutput),
        ([Completion("I cannot help", "refusal", "m")], ModelRefused),
        ([answer({SHEETS: INFLATED_SHEETS}), ProviderError()], ProviderError),
    ],
    ids=["unreadable twice", "refused", "provider fails at the mending"],
)
async def test_failures_pass_through(
    answers: list[ScriptedAnswer], failure: type[Exception]
) -> None:
    """What ends the call ends the job, under its own name."""
    with pytest.raises(failure):
        await rewrite(*answers)


async def test_a_prompt_that_does_not_fit_is_shortened() -> None:
    """A model that reads less than it is said to is asked with half, a quarter, an eighth."""
    edits, provider = await rewrite(
        ContextTooLong(),
        ContextTooLong(),
        ContextTooLong(),
        answer({TESTS: HONEST_TESTS}),
        window_tokens=24_000,
    )

    assert edits.accepted == (Edit(TESTS, HONEST_TESTS),)
    assert len(provider.prompts) == len(SHRINKS)


async def test_a_prompt_that_never_fits_is_an_error() -> None:
    """After an eighth of the window there is nothing left to try."""
    provider = ScriptedProvider(ContextTooLong())

    with pytest.raises(ContextTooLong):
        await guarded_edits(provider, TASK, RESUME, POSTING)

    assert len(provider.prompts) == len(SHRINKS)


async def test_what_was_left_out_is_named_and_logged_by_its_place() -> None:
    """Bullets the model was not shown are reported by path; their text is in no log."""
    resume = {
        "experience": [
            {"bullets": [f"Wrote secret canary tests number {n} " * 5 for n in range(40)]}
        ]
    }
    provider = ScriptedProvider(answer({}), window_tokens=4_000)

    with capture_logs() as logs:
        edits = await guarded_edits(provider, TASK, resume, POSTING)

    assert edits.left_out
    (line,) = [line for line in logs if line["event"] == "prompt_truncated"]
    assert line["left_out"] == edits.left_out
    assert "canary" not in str(logs)


async def test_room_for_the_answer_has_a_limit() -> None:
    """No model is asked for more output than it can give."""
    resume = {"experience": [{"bullets": ["Wrote tests for the billing module " * 10] * 400}]}
    provider = ScriptedProvider(answer({}), window_tokens=1_000_000)

    await guarded_edits(provider, TASK, resume, POSTING)

    assert provider.prompts[0].max_output_tokens == MAX_ANSWER_TOKENS
