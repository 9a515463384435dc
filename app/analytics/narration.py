"""Have a model narrate a table, and keep of it what the table says."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.analytics.prose import MAX_CITED, MAX_SENTENCE_CHARS, Sentence, refusals
from app.analytics.table import Audience, Cell, Table, label
from app.errors import GuardRejected
from app.guard.review import Refusal
from app.llm.client import Block, Prompt, Provider
from app.llm.reply import ask
from app.rewriting.dialogue import Asked, Dialogue, Verdict, judged_and_mended

# A page has room for a paragraph.
MAX_SENTENCES: dict[Audience, int] = {"placement_officer": 8, "management": 6, "students": 5}

# Of each section; more groups than that nobody reads in a paragraph. About 12,000 tokens in all.
MAX_SHOWN_CELLS = 80

# A sentence with its cells is about 120 tokens.
ANSWER_TOKENS = 2_000

_TENSES = {"this": 0, "change": 1, "previous": 2, "change_percent": 3}

ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "text": {"type": "string"},
                    "cells": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["path", "text", "cells"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sentences"],
    "additionalProperties": False,
}

COMPLAINT = """\
These sentences do not say what the cells they cite say:
{refusals}
Answer again with these sentences only, each under its path, mended. Leave out one that has no \
true version."""


@dataclass(frozen=True)
class Narration:
    """Sentences that the table bears out, and why the others are not told."""

    sentences: tuple[Sentence, ...]
    refusals: tuple[Refusal, ...]


async def narrated(provider: Provider, prompt: Prompt, table: Table, limit: int) -> Narration:
    """The model's sentences that hold, after one round of mending.

    At most three calls: the request, its repair if it was unreadable, and the mending.

    Raises:
        GuardRejected: every sentence was refused.
        InvalidOutput, ModelRefused, ContextTooLong, RunInterrupted: as `ask` does.
    """

    def judge(sentences: Sequence[Sentence]) -> Verdict[Sentence]:
        found = refusals(sentences, table)
        refused = {each.path for each in found}
        return Verdict(tuple(one for one in sentences if one.path not in refused), found)

    def read(answer: object) -> list[Sentence]:
        return _sentences(answer, limit)

    dialogue = Dialogue(ANSWER_SCHEMA, COMPLAINT, read, judge, _as_answer)
    asked = Asked(prompt, await ask(provider, prompt, read), ())
    verdict = await judged_and_mended(provider, asked, dialogue)
    places = [one.path for one in asked.proposals]
    kept = sorted(verdict.accepted, key=lambda one: places.index(one.path))
    repeated = refusals(kept, table)
    if len(kept) == len({each.path for each in repeated}):
        codes = ", ".join(sorted({each.code for each in verdict.refusals}))
        raise GuardRejected(
            f"Every sentence was refused: {codes}.", raw_answer=_as_answer(asked.proposals)
        )
    again = {each.path for each in repeated}
    told = tuple(one for one in kept if one.path not in again)
    return Narration(told, (*verdict.refusals, *repeated))


def prompt_for(
    name: str, version: int, instructions: str, table: Table, audience: Audience
) -> Prompt:
    """The request: the instructions with their limits, and the table as a block of data."""
    return Prompt(
        name,
        version,
        instructions.format(
            audience=audience,
            max_sentences=MAX_SENTENCES[audience],
            max_chars=MAX_SENTENCE_CHARS,
            max_cells=MAX_CITED,
        ),
        (Block("TABLE", json.dumps(_shown(table), ensure_ascii=False)),),
        ANSWER_SCHEMA,
        max_output_tokens=ANSWER_TOKENS,
    )


def _shown(table: Table) -> dict[str, Any]:
    return {
        "period": table.period.label,
        "previousPeriod": table.previous.label if table.previous else None,
        "cells": [_shown_cell(cell) for cell in _first_of_each_section(table.cells)],
    }


def _shown_cell(cell: Cell) -> dict[str, str]:
    marks = {"rank": cell.rank, "outlier": cell.outlier}
    return {
        "id": cell.id,
        "label": label(cell),
        "value": str(cell.value),
        "unit": "percentage points" if cell.unit == "points" else cell.unit,
        **{name: mark for name, mark in marks.items() if mark},
    }


def _first_of_each_section(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Of each section this period's figures before changes, and those before the rest."""
    counts: dict[str, int] = defaultdict(int)
    kept: set[str] = set()
    for cell in sorted(
        cells, key=lambda cell: (not (cell.rank or cell.outlier), _TENSES[cell.tense])
    ):
        counts[cell.section] += 1
        if counts[cell.section] <= MAX_SHOWN_CELLS:
            kept.add(cell.id)
    return (cell for cell in cells if cell.id in kept)


def _sentences(answer: object, limit: int) -> list[Sentence]:
    listed = answer.get("sentences") if isinstance(answer, dict) else None
    if not isinstance(listed, list) or not listed:
        raise ValueError('it must be {"sentences": [...]} with at least one sentence.')
    if len(listed) > limit:
        raise ValueError(f"it has {len(listed)} sentences; at most {limit} are wanted.")
    sentences = [_sentence(one, at) for at, one in enumerate(listed)]
    if len({one.path for one in sentences}) < len(sentences):
        raise ValueError("two sentences have the same path.")
    return sentences


def _sentence(one: object, at: int) -> Sentence:
    match one:
        case {"path": str(path), "text": str(text), "cells": list(cells)} if all(
            isinstance(cell, str) for cell in cells
        ):
            return Sentence(path[:80], text, tuple(dict.fromkeys(cells)))
    raise ValueError(f"sentences.{at} must have a path, a text and a list of cell ids.")


def _as_answer(sentences: Sequence[Sentence]) -> str:
    return json.dumps({"sentences": [asdict(one) for one in sentences]}, ensure_ascii=False)
