from datetime import UTC, datetime
from io import StringIO
from typing import Any
from uuid import uuid4

from rich.console import Console, RenderableType

from app.api.runs import CallOut, RunOut
from app.demo.core_api import Callback
from app.demo.lies import CaughtLie
from app.demo.show import before_and_after, bill, callback_request, refused_edits, refused_lies
from app.resume.edits import Edit
from app.runs.receipt import RefusalOut, UsageOut

UNKNOWN = UsageOut(input_tokens=None, output_tokens=None, cost_usd=None)
RESUME = {
    "summary": "A student.",
    "experience": [{"company": "Kasturi", "bullets": ["Helped with 3 pages"]}],
}


def printed(*parts: RenderableType, is_coloured: bool = False) -> str:
    """What a terminal of 80 columns would show."""
    output = StringIO()
    console = Console(
        file=output, width=80, highlight=False, force_terminal=is_coloured, _environ={}
    )
    console.print(*parts, sep="\n")
    return output.getvalue()


def run(*outcomes: str | None, **values: Any) -> RunOut:  # noqa: ANN401  a run's fields
    """A run with a model call for each outcome, about which else nothing is known."""
    now = datetime.now(UTC)
    calls = [
        CallOut(
            prompt="rewrite-resume/1",
            model="m",
            outcome=outcome,
            started_at=now,
            latency_seconds=None,
            usage=UNKNOWN,
        )
        for outcome in outcomes
    ]
    return RunOut.model_validate(
        {
            "run_id": uuid4(),
            "job_id": "1",
            "job_type": "rewrite-resume",
            "tenant_id": "demo-college",
            "state": "succeeded",
            "attempts": 1,
            "result_id": "result",
            "problem": None,
            "model": None,
            "prompt": None,
            "usage": UNKNOWN,
            "progress": 1,
            "steps": [],
            "calls": calls,
            "callbacks": [],
            "created_at": now,
            "updated_at": now,
            **values,
        }
    )


def refusal(path: str, span: str, reason: str) -> RefusalOut:
    """A refusal of `Led 3 pages`."""
    return RefusalOut(path=path, text="Led 3 pages", span=span, code="scope", reason=reason)


def test_an_unknown_price_is_not_nothing() -> None:
    """Unknown tokens and cost are called unknown."""
    text = printed(bill(run("answered", None, model="openai/own-model")))

    assert "tokens  unknown in, unknown out" in text
    assert "cost    unknown: nobody told the price of this model" in text
    assert "calls   2 (answered, unknown)" in text


def test_a_known_price_is_in_dollars() -> None:
    """Fractions of a cent are shown."""
    usage = UsageOut(input_tokens=1234, output_tokens=56, cost_usd=0.00345)

    text = printed(bill(run(model="openai/gpt-4o", usage=usage)))

    assert "tokens  1,234 in, 56 out" in text
    assert "cost    $0.0034" in text
    assert "offline" not in text


def test_only_changed_words_are_coloured() -> None:
    """What went is red and what came is green; the rest is neither."""
    text = printed(*before_and_after("Helped with pages", "Made pages"), is_coloured=True)

    assert "\x1b[31mHelped with\x1b[0m" in text
    assert "\x1b[1;32mMade\x1b[0m" in text


def test_a_proposal_is_shown_once_with_every_reason() -> None:
    """Two refusals of one edit share its text; of two reasons for one span the first counts."""
    path = "experience.0.bullets.0"
    refusals = [
        refusal(path, "Led", "You did not lead."),
        refusal(path, "Led", "Said again."),
        refusal(path, "3 pages", "Not pages."),
        refusal("summary", "elsewhere", "Not in the text."),
    ]

    text = printed(*refused_edits(RESUME, refusals))

    assert text.count("Led 3 pages") == 2
    assert "You did not lead." in text
    assert "Said again." not in text
    assert "Not pages." in text
    assert "Kasturi  experience.0.bullets.0" in text
    assert "Summary  summary" in text


def test_a_lie_that_got_through_is_not_hidden() -> None:
    """Should the guard let a planted lie pass, the demo says so."""
    lie = CaughtLie("Helped with 3 pages", Edit("experience.0.bullets.0", "Led 3 pages"), ())

    assert "! Led 3 pages  (NOT REFUSED)" in printed(*refused_lies(RESUME, [lie]))


def test_a_callbacks_secret_is_masked() -> None:
    """A secret does not get onto the screen; headers that are not there are not made up."""
    callback = Callback("/internal", {"x-internal-secret": "hidden", "host": "h"}, {"jobId": "1"})

    text = printed(callback_request(callback))

    assert "hidden" not in text
    assert "••••••••" in text
    assert "webhook-id" not in text
    assert '"jobId": "1"' in text


def test_a_callback_without_a_secret_shows_none() -> None:
    """A mask stands for a secret that was there."""
    assert "•" not in printed(callback_request(Callback("/internal", {}, {})))
