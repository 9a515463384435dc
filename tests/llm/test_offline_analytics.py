import json
from typing import Any

import pytest

from app.analytics.narration import prompt_for
from app.analytics.prose import Sentence, refusals
from app.analytics.table import Audience, Table
from app.jobs.generate_analytics_summary import INSTRUCTIONS, JOB
from app.llm import offline
from app.llm.client import Block, Prompt
from app.llm.fence import render
from tests.analytics.told import demo_table

INTRODUCTION = "Task: generate-analytics-summary\nWrite at most 8 sentences."


def cell(at: str, label: str, value: str, unit: str = "students", **marks: str) -> dict[str, str]:
    """A cell as the prompt shows it."""
    return {"id": at, "label": label, "value": value, "unit": unit, **marks}


def narrated(table: object, instructions: str = INTRODUCTION) -> list[str]:
    """What the offline editor writes about a block."""
    text = table if isinstance(table, str) else json.dumps(table)
    prompt = Prompt("x", 1, instructions, (Block("TABLE", text),), {})
    answer: dict[str, Any] = json.loads(offline.answer(render(prompt)))
    return [sentence["text"] for sentence in answer["sentences"]]


def told(table: Table, audience: Audience) -> list[Sentence]:
    """The sentences about a real table."""
    prompt = prompt_for(JOB.name, 1, INSTRUCTIONS, table, audience)
    answer = json.loads(offline.answer(render(prompt)))
    return [Sentence(one["path"], one["text"], tuple(one["cells"])) for one in answer["sentences"]]


@pytest.mark.parametrize(
    ("audience", "length"), [("placement_officer", 7), ("management", 6), ("students", 4)]
)
def test_each_audience_gets_a_true_paragraph(audience: Audience, length: int) -> None:
    """The most telling figures first, no more than are wanted, and all of them right."""
    table = demo_table(audience)

    sentences = told(table, audience)

    assert len(sentences) == length
    assert refusals(sentences, table) == ()


def test_it_writes_what_it_reads() -> None:
    """Thousands are set apart, falls are called falls, and the unit is the table's."""
    cells = [
        cell("totals.students", "students", "1240"),
        cell("totals.offers", "students with an offer", "1000"),
        cell("totals.offer_rate", "offer rate", "80.6", "percent"),
        cell("totals.offer_rate.previous", "offer rate", "82.0", "percent"),
        cell("totals.offer_rate.change", "offer rate", "-1.4", "percentage points"),
        cell("totals.median_package", "median package", "650000.00", "INR"),
        cell("totals.median_package.change", "median package", "-5000.00", "INR"),
    ]

    assert narrated({"cells": cells}) == [
        "Of 1,240 students, 1,000 hold an offer, an offer rate of 80.6 percent.",
        "The offer rate fell by 1.4 percentage points, from 82.0 percent to 80.6 percent.",
        "The median package is 650,000.00 INR, 5,000.00 INR less than in the previous period.",
    ]


def test_no_change_is_told_as_none() -> None:
    """A rate that stayed did neither rise nor fall, and a median that stayed is just told."""
    cells = [
        cell("totals.students", "students", "100"),
        cell("totals.offer_rate", "offer rate", "80.0", "percent"),
        cell("totals.offer_rate.previous", "offer rate", "80.0", "percent"),
        cell("totals.offer_rate.change", "offer rate", "0.0", "percentage points"),
        cell("totals.median_package", "median package", "6.00", "LPA"),
        cell("totals.median_package.change", "median package", "0.00", "LPA"),
        cell("companies.0.offers", "Northwind: students with an offer", "30"),
    ]

    assert narrated({"cells": cells}) == [
        "The cohort has 100 students.",
        "The offer rate remained unchanged.",
        "The median package is 6.00 LPA.",
    ]


@pytest.mark.parametrize(
    "table", ["not json", [1], {"cells": "none"}, {"cells": [1, {"id": 3}]}, {}, {"cells": []}]
)
def test_a_malformed_table_is_not_narrated(table: object) -> None:
    """A block of another shape is answered with no sentence, not crashed on."""
    assert narrated(table) == []


def test_without_a_limit_one_sentence_is_enough() -> None:
    """Instructions that set no length get the first sentence."""
    cells = [cell("totals.students", "students", "100")]
    cells.append(cell("totals.median_package", "median package", "6.00", "LPA"))

    found = narrated({"cells": cells}, "Task: generate-analytics-summary")

    assert found == ["The cohort has 100 students."]
