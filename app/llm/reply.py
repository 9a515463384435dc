"""From what a model said to what a job can use, with one chance for the model to correct itself."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn, TypeVar

from app.errors import InvalidOutput, ModelRefused
from app.llm.client import Completion, Prompt, Provider

T = TypeVar("T")

# Enough for the first few faults; a validation report can be longer than the answer it is about.
MAX_REASON_CHARS = 1000

# A reply with more stray brackets than this is not an answer with a preamble, and each costs time.
MAX_FAULTS = 100

BRACKET = re.compile(r"[{}\[\]]")

COMPLAINT = """\
Your answer could not be used: {reason}
Answer again, in full and according to the schema: one JSON value and nothing else."""


class UnreadableAnswer(ValueError):  # noqa: N818  named for what happened, as all our errors
    """A model's answer holds no usable JSON; the reason is worded for the model."""


class AnswerMissing(UnreadableAnswer):
    """Part of the answer, or all of it, was never written."""


def extract_json(text: str) -> object:
    """The largest complete JSON object or array in the text, the first of equally large ones.

    Preambles, code fences and a byte order mark are passed over; NUL is dropped from strings.

    Raises:
        UnreadableAnswer: there is none, it is cut off, or it is not JSON as RFC 8259 means it.
    """
    text = text.replace("\x00", "")
    try:
        return _without_nul(_largest(text))
    except RecursionError:
        reason = "it is nested too deeply."
    except UnreadableAnswer:
        raise
    except ValueError:
        # Python refuses to read an integer of more than 4300 digits.
        reason = "it contains a number that cannot be read."
    raise UnreadableAnswer(reason)


async def ask(
    provider: Provider,
    prompt: Prompt,
    parse: Callable[[object], T],
    *,
    is_repair_affordable: bool = True,
) -> T:
    """What `parse` makes of the model's answer, after at most one repair.

    `parse` is given the decoded JSON and raises `ValueError` with a reason the model understands.
    An answer that is all there, in broken JSON, has to be copied out only: a cheap step. What has
    to be thought of once more is not.

    Raises:
        InvalidOutput: the second answer could not be used either, or was not to be asked for.
        ModelRefused: the model declined.
    """
    completion = await provider.complete(prompt)
    try:
        return _parsed(completion, prompt, parse)
    except ValueError as error:
        reason = str(error)[:MAX_REASON_CHARS]
        is_copying = isinstance(error, UnreadableAnswer) and not isinstance(error, AnswerMissing)
    if not is_repair_affordable:
        raise InvalidOutput(raw_answer=completion.text)
    repair = replace(
        prompt.followed_by(completion.text, COMPLAINT.format(reason=reason)),
        is_cheap_step=prompt.is_cheap_step or is_copying,
    )
    completion = await provider.complete(repair)
    try:
        return _parsed(completion, repair, parse)
    except ValueError:
        failure = InvalidOutput(raw_answer=completion.text)
    # Raised out here so that no traceback carries the answer.
    raise failure


def _parsed(completion: Completion, prompt: Prompt, parse: Callable[[object], T]) -> T:
    if completion.finish_reason == "refusal":
        raise ModelRefused(raw_answer=completion.text)
    if completion.finish_reason == "length":
        raise AnswerMissing(
            f"it was cut off at the limit of {prompt.max_output_tokens} tokens; be briefer."
        )
    return parse(extract_json(completion.text))


def _largest(text: str) -> object:
    end_of_text, unclosed, position = len(text.rstrip()), 0, 0
    found: list[tuple[int, object]] = []
    faults: list[str] = []
    while (bracket := BRACKET.search(text, position)) and len(faults) < MAX_FAULTS:
        start, position = bracket.span()
        if bracket[0] in "}]":
            unclosed = max(0, unclosed - 1)
            continue
        try:
            value, position = DECODER.raw_decode(text, start)
        except json.JSONDecodeError as error:
            if error.pos >= end_of_text or error.msg.startswith("Unterminated string"):
                raise AnswerMissing("the JSON ends before it is complete.") from None
            faults.append(f"the JSON is broken at character {error.pos}: {error.msg}.")
            position = max(error.pos, position)
            unclosed += _balance(text[start:position])
        else:
            # Inside a broken whole, a part that can be read is not the answer.
            if unclosed == 0:
                found.append((position - start, value))
    if not found and not faults:
        raise AnswerMissing("it contains no JSON object.")
    if not found:
        raise UnreadableAnswer(faults[0])
    return max(found, key=lambda size_and_value: size_and_value[0])[1]


def _balance(text: str) -> int:
    opened = text.count("{") + text.count("[")
    return max(0, opened - text.count("}") - text.count("]"))


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise UnreadableAnswer("an object has the same key twice.")
    return values


def _refuse_constant(name: str) -> NoReturn:
    raise UnreadableAnswer(f"{name} is not a JSON number.")


def _finite(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise UnreadableAnswer("a number is too large.")
    return number


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise UnreadableAnswer("a string holds half of a surrogate pair.")
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nul(inner) for inner in value]
    return value


DECODER = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_constant=_refuse_constant,
    parse_float=_finite,
    strict=False,  # models put raw line breaks into strings
)
