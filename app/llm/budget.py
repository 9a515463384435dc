"""What a prompt weighs: an estimate without a tokenizer, and what to leave out of it."""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence

from app.llm.client import Prompt
from app.llm.fence import render

# Measured with the tokenizers that LiteLLM ships. ASCII: résumé JSON has 2.4 to 2.9 characters per
# token (cl100k, o200k, Claude 2), plain English 4.4 to 5. Beyond ASCII, UTF-8 bytes per
# token at worst: Telugu 1.33 and emoji 1.7 (Claude 2), Tamil 2.0 (cl100k), all above 2.3 (o200k).
ASCII_CHARS_PER_TOKEN = 2.2
OTHER_BYTES_PER_TOKEN = 1.3

# What providers add to each message for its role and separators: 3 to 7 tokens.
TOKENS_PER_MESSAGE = 8

# A word with what makes it technical: c++, c#, node.js.
WORD = re.compile(r"\w[\w+#]*(?:\.\w+)*")

# Develop, developed and developer meet in their first six letters; a real stemmer ranks no better
# on texts of one line.
STEM_CHARS = 6


def estimated_tokens(text: str) -> int:
    """At least as many tokens as any of the measured tokenizers needs for prose and JSON."""
    # A lone surrogate counts as the one byte that replaces it.
    ascii_chars = len(text.encode("ascii", "ignore"))
    other_bytes = len(text.encode("utf-8", "replace")) - ascii_chars
    return math.ceil(ascii_chars / ASCII_CHARS_PER_TOKEN + other_bytes / OTHER_BYTES_PER_TOKEN)


def most_tokens(prompt: Prompt) -> tuple[int, int]:
    """The tokens that asking this could take at most: sent, and received."""
    texts = [message["content"] for message in render(prompt)]
    sent = sum(estimated_tokens(text) + TOKENS_PER_MESSAGE for text in texts)
    # The schema stands in the instructions, and goes along once more where it is enforced.
    schema = json.dumps(prompt.answer_schema, ensure_ascii=False)
    return sent + estimated_tokens(schema), prompt.max_output_tokens


def most_relevant(texts: Sequence[str], query: str, max_tokens: int) -> list[int]:
    """The positions of the texts to keep, in their order; the least relevant are left out first.

    Relevance is the weight of the words shared with `query`, rare words weighing more. Of equally
    relevant texts the later one goes first, because a résumé begins with what matters. One text is
    kept even if it does not fit.
    """
    scores = _relevance(texts, query)
    costs = [estimated_tokens(text) for text in texts]
    kept = set(range(len(texts)))
    total = sum(costs)
    for position in sorted(kept, key=lambda position: (scores[position], -position)):
        if total <= max_tokens or len(kept) == 1:
            break
        kept.remove(position)
        total -= costs[position]
    return sorted(kept)


def _relevance(texts: Sequence[str], query: str) -> list[float]:
    wanted = _stems(query)
    shared = [wanted & _stems(text) for text in texts]
    seen_in = Counter(stem for stems in shared for stem in stems)
    weights = {stem: math.log((len(texts) + 1) / count) for stem, count in seen_in.items()}
    # Sorted, because the order of a set would decide the last bit of the sum.
    return [sum(weights[stem] for stem in sorted(stems)) for stems in shared]


def _stems(text: str) -> set[str]:
    return {word[:STEM_CHARS] for word in WORD.findall(text.casefold())}
