"""Ask a model what a posting asks for, and keep what the posting says."""

from dataclasses import replace

from app.analysing.analysis import PostingAnalysis
from app.analysing.answer import ANSWER_SCHEMA, analysis_from_answer
from app.analysing.posting_text import PROMPT_VERSION, PostingText
from app.errors import ContextTooLong
from app.llm.budget import ASCII_CHARS_PER_TOKEN, estimated_tokens
from app.llm.client import Block, Prompt, Provider
from app.llm.reply import ask
from app.logs import log
from app.rewriting.dialogue import SHRINKS
from app.rewriting.excerpt import FRAME_TOKENS, UNKNOWN_WINDOW_TOKENS

# Sixty skills with a quote each.
ANSWER_TOKENS = 6_000

INSTRUCTIONS = """\
Task: analyze-posting

You are an analyst of job postings. The block TITLE holds a job's title and the block POSTING its \
description. Extract what the employer asks for, in the posting's own words.

- Every "quote" is copied to the letter from POSTING, a phrase or a sentence of one line. What you \
cannot quote you leave out.
- "skills": every skill that is asked for, under the name that stands in its quote. "kind" is \
"hard" for what is learned and named (tools, languages, methods, fields, credentials), "soft" for \
how somebody works. "mark" is "must" for a hard requirement, "preferred" for what is wanted, \
"nice" for a bonus.
- "key_requirements": the 3 to 7 most important qualifications. "text" rephrases the quote as what \
the ideal candidate has done, and names nothing that the quote does not.
- "seniority": junior, mid, senior, staff, principal or director; its "quote" is null where you \
read the level between the lines.
- "domain": a short label such as backend, data, nursing, audit. "tone": how the posting speaks, \
for example formal, warm, fast-paced. "culture_signals": what it says about how people work there.
- "experience": what experience is asked for, for example the number of years; null if none is."""


async def analysed(provider: Provider, posting: PostingText) -> PostingAnalysis:
    """What the posting asks for, every part of it backed by a quote that was found there.

    At most two calls: the request, and its repair if it was unreadable or said nothing that the
    posting does.

    Raises:
        ContextTooLong: even an eighth of the window is too much for the model.
        InvalidOutput, ModelRefused, RunInterrupted: as `ask` does.
    """
    bare = bare_prompt()
    for shrink in SHRINKS:
        window = (provider.context_window(bare) or UNKNOWN_WINDOW_TOKENS) // shrink
        answer_tokens = min(ANSWER_TOKENS, window // 3)
        room = max(window - FRAME_TOKENS - answer_tokens, window // 3)
        shown = _beginning(posting.description, room)
        is_cut = len(shown) < len(posting.description)
        if is_cut:
            log.warning("posting_truncated", prompt=bare.label, shown_chars=len(shown))
        blocks = (Block("TITLE", posting.title), Block("POSTING", shown))
        prompt = replace(bare, blocks=blocks, max_output_tokens=answer_tokens)

        def read(answer: object, shown: str = shown) -> PostingAnalysis:
            return analysis_from_answer(posting.title, f"{posting.title}\n{shown}", answer)

        try:
            analysis = await ask(provider, prompt, read)
            return analysis.model_copy(update={"is_cut": is_cut})
        except ContextTooLong:
            log.warning("prompt_too_long", prompt=bare.label, shrink=shrink)
    raise ContextTooLong


def bare_prompt() -> Prompt:
    """The request before it holds anything of a posting."""
    return Prompt(
        name="analyze-posting",
        version=PROMPT_VERSION,
        instructions=INSTRUCTIONS,
        blocks=(),
        answer_schema=ANSWER_SCHEMA,
        max_output_tokens=ANSWER_TOKENS,
        is_cheap_step=True,
    )


def _beginning(text: str, max_tokens: int) -> str:
    """As much of the text as fits, cut at the end of a line where there is one."""
    if estimated_tokens(text) <= max_tokens:
        return text
    shown = text[: int(max_tokens * ASCII_CHARS_PER_TOKEN)]
    while estimated_tokens(shown) > max_tokens:
        shown = shown[: len(shown) * 3 // 4]
    at = shown.rfind("\n")
    return shown[:at] if at > len(shown) // 2 else shown
