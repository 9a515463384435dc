"""Ask a model for a summary, judge each sentence, and let it mend once what was refused."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.errors import ContextTooLong, GuardRejected
from app.guard.review import Refusal
from app.llm.budget import estimated_tokens
from app.llm.client import Block, Prompt, Provider
from app.llm.reply import ask
from app.logs import log
from app.rewriting.dialogue import SHRINKS, Asked, Dialogue, Task, Verdict, judged_and_mended
from app.summarising.facts import Fact, Facts
from app.summarising.judgement import judged
from app.summarising.sentence import (
    ANSWER_SCHEMA,
    MIN_SENTENCES,
    TOPICS,
    Sentence,
    as_answer,
    read_sentences,
    read_summary,
)

# Half of what gpt-4o reads, for a model whose window nobody knows.
UNKNOWN_WINDOW_TOKENS = 64_000

# Four sentences of sixty words, each with forty paths, and room for preambles.
ANSWER_TOKENS = 3_000
# Instructions, fences and the answer's schema.
FRAME_TOKENS = 1_500

COMPLAINT = """\
These sentences may not stand:
{refusals}
Answer again with these topics only, each in a sentence that says no more than what stands at the \
paths it cites. Leave out a topic of which nothing true can be said."""


@dataclass(frozen=True)
class GuardedSummary:
    """Three or four sentences that are true to what they cite, in the order of the topics.

    `refusals` are the ones that were not let through, `left_out` the paths the model was not shown.
    """

    sentences: tuple[Sentence, ...]
    refusals: tuple[Refusal, ...]
    left_out: tuple[str, ...]


async def guarded_summary(provider: Provider, task: Task, facts: Facts) -> GuardedSummary:
    """A summary in which each sentence was checked against exactly the facts it cites.

    At most three calls: the request, its repair if it was not three or four sentences, and the
    mending of what was refused.

    Raises:
        GuardRejected: fewer than three sentences could stand.
        ContextTooLong: even an eighth of the window is too much for the model.
        InvalidOutput, ModelRefused, RunInterrupted: as `ask` does.
    """
    asked = await _ask_within_window(provider, task, facts)

    def judge(sentences: Sequence[Sentence]) -> Verdict[Sentence]:
        return judged(facts, sentences)

    dialogue = Dialogue(ANSWER_SCHEMA, COMPLAINT, read_sentences, judge, _written)
    verdict = await judged_and_mended(provider, asked, dialogue)
    if len(verdict.accepted) < MIN_SENTENCES:
        codes = ", ".join(sorted({refusal.code for refusal in verdict.refusals}))
        raise GuardRejected(
            f"Only {len(verdict.accepted)} sentences could stand and a summary has at least "
            f"{MIN_SENTENCES}; the others were refused: {codes}.",
            raw_answer=_written(asked.proposals),
        )
    sentences = tuple(sorted(verdict.accepted, key=lambda each: TOPICS.index(each.topic)))
    return GuardedSummary(sentences, verdict.refusals, asked.left_out)


async def _ask_within_window(provider: Provider, task: Task, facts: Facts) -> Asked[Sentence]:
    bare = prompt_of(task)
    for shrink in SHRINKS:
        window = (provider.context_window(bare) or UNKNOWN_WINDOW_TOKENS) // shrink
        shown, left_out = _fitting(facts, window - FRAME_TOKENS - ANSWER_TOKENS)
        prompt = replace(bare, blocks=_blocks(facts.name, shown))
        if left_out:
            log.warning("prompt_truncated", prompt=prompt.label, left_out=left_out)
        try:
            sentences = await ask(provider, prompt, read_summary)
        except ContextTooLong:
            log.warning("prompt_too_long", prompt=prompt.label, shrink=shrink)
        else:
            return Asked(prompt, sentences, left_out)
    raise ContextTooLong


def prompt_of(task: Task) -> Prompt:
    """The request before it holds anything of the student."""
    return Prompt(
        task.name,
        task.version,
        task.instructions,
        (),
        ANSWER_SCHEMA,
        max_output_tokens=ANSWER_TOKENS,
    )


def _fitting(facts: Facts, max_tokens: int) -> tuple[list[Fact], tuple[str, ...]]:
    """The facts while they fit, what matters most first."""
    shown: list[Fact] = []
    left_out: list[str] = []
    for fact in facts.by_path.values():
        cost = estimated_tokens(f'"{fact.path}": "{fact.value}",\n')
        if cost <= max_tokens:
            max_tokens -= cost
            shown.append(fact)
        else:
            left_out.append(fact.path)
    return shown, tuple(left_out)


def _blocks(name: str, shown: Sequence[Fact]) -> tuple[Block, ...]:
    documents: dict[str, dict[str, str | float]] = {"profile": {}, "resume": {}}
    for fact in shown:
        documents[fact.path.partition(".")[0]][fact.path] = fact.value
    return (
        Block("NAME", name),
        *(
            Block(source.upper(), json.dumps(document, ensure_ascii=False, indent=0))
            for source, document in documents.items()
        ),
    )


def _written(sentences: Sequence[Sentence]) -> str:
    return json.dumps(as_answer(sentences), ensure_ascii=False)
