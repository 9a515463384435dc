"""What a model is shown of a résumé and a posting: what its window takes, most relevant first.

What is left out is left out of the model's sight only; nothing of what is stored depends on it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.llm.budget import ASCII_CHARS_PER_TOKEN, estimated_tokens, most_relevant
from app.llm.client import Block
from app.resume.paths import Bullet, bullets, text_at

# Half of what gpt-4o reads, for a model whose window nobody knows.
UNKNOWN_WINDOW_TOKENS = 64_000

# Instructions, fences, the answer's schema, and the résumé's headings.
FRAME_TOKENS = 2_000

# A bullet is shown with its path, and an edit repeats it.
TOKENS_PER_PATH = 20

# The longest posting worth reading is a page; the rest of a longer one is about the employer.
MAX_POSTING_SHARE = 0.25


@dataclass(frozen=True)
class Excerpt:
    """The blocks of a prompt. `left_out` are paths of bullets that did not fit.

    `answer_tokens` is room for rewriting every bullet that is shown.
    """

    blocks: tuple[Block, ...]
    left_out: tuple[str, ...]
    answer_tokens: int


def excerpt(
    resume: Mapping[str, Any], posting: str, *, window_tokens: int | None, shrink: int = 1
) -> Excerpt:
    """The résumé and posting as a model with this window can read them, and answer.

    Without a posting its block is empty, and the first bullets count as the most relevant.
    `shrink` divides the window, for a model that turned out to read less.
    """
    window = (window_tokens or UNKNOWN_WINDOW_TOKENS) // shrink
    shown_posting = posting[: int(window * MAX_POSTING_SHARE * ASCII_CHARS_PER_TOKEN)]
    all_bullets = bullets(resume)
    texts = [bullet.text for bullet in all_bullets]
    # Each bullet is read once and may be written once.
    share = (window - FRAME_TOKENS - estimated_tokens(shown_posting)) // 3
    while True:
        kept = most_relevant(texts, shown_posting, share)
        cut = _excerpt(resume, shown_posting, all_bullets, kept)
        if len(kept) <= 1 or FRAME_TOKENS + _tokens(cut) <= window:
            return cut
        # The paths and headings of many short bullets weigh more than their texts.
        share //= 2


def _excerpt(
    resume: Mapping[str, Any], posting: str, all_bullets: list[Bullet], kept: list[int]
) -> Excerpt:
    shown = [all_bullets[index] for index in kept]
    visible = {bullet.path for bullet in shown}
    answer = sum(estimated_tokens(bullet.text) + TOKENS_PER_PATH for bullet in shown)
    return Excerpt(
        blocks=(
            Block("POSTING", posting),
            Block("RESUME", json.dumps(_resume_shown(resume, shown), ensure_ascii=False, indent=1)),
        ),
        left_out=tuple(bullet.path for bullet in all_bullets if bullet.path not in visible),
        answer_tokens=2 * answer,
    )


def _tokens(cut: Excerpt) -> int:
    return sum(estimated_tokens(block.text) for block in cut.blocks) + cut.answer_tokens


def _resume_shown(resume: Mapping[str, Any], shown: list[Bullet]) -> dict[str, Any]:
    entries: dict[str, list[Bullet]] = {}
    for bullet in shown:
        entries.setdefault(bullet.path.rpartition(".bullets.")[0], []).append(bullet)
    return {
        "summary": text_at(resume, "summary"),
        "entries": [
            {
                "path": path,
                "heading": _heading(resume, path),
                "bullets": [{"path": bullet.path, "text": bullet.text} for bullet in listed],
            }
            for path, listed in entries.items()
        ],
        "skills": resume.get("skills", []),
    }


def _heading(resume: Mapping[str, Any], path: str) -> str:
    """`Software Intern, Kasturi Logistics, May 2026 - Jul 2026`, which tells tense as well."""
    section, _, position = path.partition(".")
    entry = resume[section][int(position)]
    start = entry.get("start_date") or entry.get("startDate")
    end = "present" if entry.get("current") else entry.get("end_date") or entry.get("endDate")
    dates = " - ".join(str(date) for date in (start, end) if date)
    named = (entry.get(key) for key in ("title", "company", "name"))
    return ", ".join(str(part) for part in (*named, dates) if part)
