"""What a model is asked for a tailored résumé: to write it, and to judge it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.analysing.analysis import PostingAnalysis, Skill
from app.analysing.keywords import keyword
from app.guard.passages import read
from app.llm.client import Block, Prompt
from app.logs import log
from app.retrieval.passages import Passage
from app.rewriting.dialogue import MAX_ANSWER_TOKENS, MIN_ANSWER_TOKENS
from app.rewriting.excerpt import excerpt
from app.tailoring import evaluation, proposal

PROMPT_VERSION = 1

EVALUATION_TOKENS = 2_000

# Source: document 002, "STRATEGY_PROMPT".
INSTRUCTIONS = """\
Task: tailor-resume

You are a professional résumé editor tailoring a student's résumé to one posting. The block \
POSTING says what the posting asks for, with the skills that the student has. The block RESUME \
holds the student's résumé as JSON: its summary, its entries with their bullets, each bullet with \
its path, and its skills. The block RELEVANT lists the paths of what the student wrote that fits \
the posting best, the best first. The block LAST_ATTEMPT holds what you proposed before, and \
ISSUES what was wrong with it; both are empty at first.

- Same facts, other framing: emphasise the skills that the posting asks for where the student \
names them, in the posting's words and register. The 5 to 7 most important of them should stand in \
the résumé naturally.
- Say only what the student says. Add no experience, skill, tool, number, employer, person, place, \
date, award or result. Do not raise the student's part in anything: helped stays helped, used \
stays used. A fact stays in its own entry.
- Begin bullets with active verbs. Keep every number that the student gives. Direct, active voice; \
no inflated words such as spearheaded, synergized, leveraged.
- "summary": two or three sentences, specific to this job, or null where there is none in RESUME.
- "edits": for each bullet you change its path and its new text. Leave a good one out.
- "bullets_first": the paths of the bullets that should stand first in their entries, the most \
relevant first. "skills_first": the names of the skills from RESUME that should stand first.
- Mend every issue of ISSUES that can be mended truthfully, and keep what was good about \
LAST_ATTEMPT."""


@dataclass(frozen=True)
class Case:
    """A student's résumé and the posting it is tailored to.

    `lacking` are the skills of the posting that it does not name; `passages` the student's own
    material, the most relevant first; `posting` is as the employer wrote it.
    """

    resume: Mapping[str, Any]
    analysis: PostingAnalysis
    posting: str
    lacking: tuple[Skill, ...]
    passages: tuple[Passage, ...]
    resume_id: str

    @property
    def digest(self) -> str:
        """What the posting asks for, without what the student cannot truthfully claim."""
        analysis = self.analysis
        own = [skill for skill in analysis.skills if skill not in self.lacking]
        lines = [f"Title: {analysis.title}"]
        if analysis.seniority:
            lines.append(f"Seniority: {analysis.seniority.level}")
        lines += [f"Domain: {analysis.domain.label}"] if analysis.domain else []
        lines += [f"Tone: {analysis.tone.label}"] if analysis.tone else []
        lines.append("Skills that it asks for and the student has, with their importance:")
        lines += [f"- {skill.name} ({skill.importance:.2f})" for skill in own]
        lines.append("Key requirements:")
        lines += [f"- {text}" for text in self._claimable_requirements()]
        return "\n".join(lines)

    def _claimable_requirements(self) -> list[str]:
        gaps = [keyword(skill.name) for skill in self.lacking]
        texts = (requirement.text for requirement in self.analysis.key_requirements)
        return [text for text in texts if not any(gap.is_in(read(text)) for gap in gaps)]

    @property
    def relevant(self) -> str:
        """Paths of the résumé's own passages, with their scores."""
        own = (each for each in self.passages if each.record_id == self.resume_id)
        return "\n".join(f"{each.path} ({each.score:.2f})" for each in own)


def generation_prompt(
    case: Case, last_attempt: str, issues: Sequence[str], *, window: int | None, shrink: int
) -> Prompt:
    """The request for a tailored résumé, cut to a part of the model's window."""
    shown = excerpt(case.resume, case.digest, window_tokens=window, shrink=shrink)
    if shown.left_out:
        log.warning("prompt_truncated", prompt="tailor-resume", left_out=shown.left_out)
    return Prompt(
        name="tailor-resume",
        version=PROMPT_VERSION,
        instructions=INSTRUCTIONS,
        blocks=(
            *shown.blocks,
            Block("RELEVANT", case.relevant),
            Block("LAST_ATTEMPT", last_attempt),
            Block("ISSUES", json.dumps(list(issues), ensure_ascii=False) if issues else ""),
        ),
        answer_schema=proposal.ANSWER_SCHEMA,
        max_output_tokens=min(MIN_ANSWER_TOKENS + shown.answer_tokens, MAX_ANSWER_TOKENS),
    )


def evaluation_prompt(
    case: Case, variant: Mapping[str, Any], *, window: int | None, shrink: int
) -> Prompt:
    """The request to judge a variant; the fast model's."""
    shown = excerpt(variant, case.digest, window_tokens=window, shrink=shrink)
    return Prompt(
        name="evaluate-resume",
        version=PROMPT_VERSION,
        instructions=evaluation.INSTRUCTIONS,
        blocks=shown.blocks,
        answer_schema=evaluation.ANSWER_SCHEMA,
        max_output_tokens=EVALUATION_TOKENS,
        is_cheap_step=True,
    )
