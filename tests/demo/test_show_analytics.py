from datetime import UTC, date, datetime
from io import StringIO
from uuid import uuid4

import pytest
from rich.console import Console, RenderableType

from app.api.analytics_summaries import AnalyticsSummaryOut
from app.demo import show_analytics
from app.demo.show_analytics import figures, narrated, refused_sentences
from app.jobs.generate_analytics_summary import JOB
from tests.analytics.told import demo_table

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def printed(*parts: RenderableType) -> str:
    """What a terminal of 120 columns shows."""
    output = StringIO()
    Console(file=output, width=120, highlight=False).print(*parts, sep="\n")
    return output.getvalue()


@pytest.fixture
def summary() -> AnalyticsSummaryOut:
    """A summary of the demo's cohort in one sentence."""
    return AnalyticsSummaryOut.model_validate(
        {
            "id": "one",
            "tenant_id": "demo-college",
            "audience": "placement_officer",
            "period_label": "2025-26",
            "period_start": date(2025, 8, 1),
            "period_end": date(2026, 3, 31),
            "previous_label": None,
            "sentences": [
                {"text": "The offer rate is 74.2 percent.", "cells": ["totals.offer_rate"]}
            ],
            "figures": demo_table().as_json(),
            "refusals": [],
            "model": None,
            "prompt": None,
            "check_version": "1",
            "ai_run_id": uuid4(),
            "created_at": NOW,
        }
    )


def test_a_sentence_stands_over_its_cells(summary: AnalyticsSummaryOut) -> None:
    """A reader sees which figures bear a sentence out."""
    shown = printed(*narrated(summary))

    assert "✓ The offer rate is 74.2 percent." in shown
    assert "totals.offer_rate = 74.2 %" in shown


def test_the_table_compares_periods(summary: AnalyticsSummaryOut) -> None:
    """Each rate and median has its former value and its change, with a sign."""
    lines = [" ".join(line.split()) for line in printed(figures(summary)).splitlines()]

    assert "offer rate 74.2 % 68.8 % +5.4 points" in lines
    assert "Mechanical Engineering: offer rate 55.0 % 59.5 % -4.5 points" in lines
    assert not any("Biotechnology:" in line for line in lines)


def test_every_planted_lie_is_refused() -> None:
    """Each habit of a lying model is shown with the reason nobody hears it."""
    shown = printed(*refused_sentences(JOB.example))

    assert shown.count("✗") == len(show_analytics.LIES)
    assert "NOT REFUSED" not in shown
    for code in ("attachment", "number", "direction", "cause", "concealed"):
        assert code in shown


def test_a_lie_that_is_let_through_is_shown_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo does not hide a hole."""
    true = (("The offer rate is 74.2 percent.", "totals.offer_rate"),)
    monkeypatch.setattr(show_analytics, "LIES", true)

    shown = printed(*refused_sentences(JOB.example))

    assert "The offer rate is 74.2 percent.  (NOT REFUSED)" in shown
