"""How many tokens a model writes for a rewrite: edits, against the whole résumé of document 000.

`python -m bench.output_tokens`

The same new texts both ways, counted with the model's own tokenizer (gpt-4o's o200k_base, a file
that LiteLLM ships, so nothing is downloaded) and as compactly as each can be written. How many
bullets are reworded is the model's choice, which is asked to leave good ones alone: the table has a
quarter, half, three quarters and all of them. Document 000 marks each bullet as verified, so its
résumé has objects for bullets; `strings` is the same with bare strings, which it does not say.
"""

import json
import os
import statistics
from collections.abc import Callable
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.resume.edits import apply_edits
from app.resume.paths import bullets
from bench.documents import Template, templates
from bench.results import Row, show

MODEL = "gpt-4o"
SHARES = {"a quarter": 0.25, "half": 0.5, "three quarters": 0.75, "all": 1.0}
SECTIONS = ("experience", "projects")


def counter() -> Callable[[object], int]:
    """Counts the tokens of a JSON value as the model writes it."""
    litellm = find_spec("litellm")
    assert litellm and litellm.submodule_search_locations  # noqa: S101, PT018  a package we need
    folder = Path(litellm.submodule_search_locations[0]) / "litellm_core_utils" / "tokenizers"
    # Where tiktoken looks for its files before it would fetch them.
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    import tiktoken  # noqa: PLC0415  reads the variable

    encoding = tiktoken.encoding_for_model(MODEL)
    return lambda value: len(encoding.encode(json.dumps(value, ensure_ascii=False)))


def whole(resume: dict[str, Any], bullet: Callable[[str], object]) -> dict[str, Any]:
    """The résumé with each bullet in the given form."""
    formed = deepcopy(resume)
    for section in SECTIONS:
        for entry in formed.get(section, []):
            texts = (each if isinstance(each, str) else each["text"] for each in entry["bullets"])
            entry["bullets"] = [bullet(text) for text in texts]
    return formed


def tokens_of(template: Template, share: float, tokens: Callable[[object], int]) -> list[int]:
    """As edits, as a whole résumé with objects, and with strings."""
    count = max(1, round(len(bullets(template.resume)) * share))
    edits = template.edits[:count]
    rewritten = apply_edits(template.resume, edits)
    return [
        tokens({"edits": [vars(edit) for edit in edits], "summary": None}),
        tokens(whole(rewritten, lambda text: {"text": text, "verified": True})),
        tokens(whole(rewritten, lambda text: text)),
    ]


def main() -> None:
    """Print the table."""
    tokens, resumes = counter(), templates(is_marked=False)
    rows: list[Row] = []
    for name, share in SHARES.items():
        counted = [tokens_of(template, share, tokens) for template in resumes]
        edits, objects, strings = (
            statistics.median(column) for column in zip(*counted, strict=True)
        )
        ratios = [each[0] / each[1] for each in counted]
        rows.append(
            {
                "bullets reworded": name,
                "résumés": len(counted),
                "tokens as edits": edits,
                "whole résumé": objects,
                "ratio": statistics.median(ratios),
                "least": min(ratios),
                "most": max(ratios),
                "whole, strings": strings,
                "ratio to strings": statistics.median(each[0] / each[2] for each in counted),
            }
        )
    show("output_tokens", rows)


if __name__ == "__main__":
    main()
