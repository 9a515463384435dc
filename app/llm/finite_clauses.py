"""Turns "developing x and writing y" into "developed x and wrote y", or gives up."""

import re
from collections.abc import Mapping

from app.llm.english_verbs import BY_BASE, BY_PAST, NOT_VERBS, Form, Verb, is_verb

# "x", "x and y" or "x, y and z", then the word after them.
HEAD = re.compile(r"(?P<verbs>\w+(?:, \w+)*(?:,? (?:and|&) \w+)?)(?P<tail> (?P<next>\S+).*)")
WORD = re.compile(r"\w+")

COORDINATED = re.compile(
    r"(?P<link>(?:, )?(?:\band\b|\bor\b|&)|,|/) ?(?P<word>[a-z]+)\b(?: (?P<next>\w+))?"
)

AFTER_COMMA = re.compile(r", (?:and |then )?(\w+)")

# What follows these could hang on either verb.
HARD_TO_ATTACH = re.compile(
    r"\b(?:as well as|along with|together with|besides)\b"
    r"|(?:,|;|\band\b|\bor\b|&) (?:\w+ly|also|then|for|to|in|while)\b"
)
# "by writing a and testing b", "to clean and analyse": the second verb hangs on the preposition.
GOVERNED = re.compile(
    r"\b(?:about|after|before|by|for|from|in|into|of|on|through|via|when|while|with|without)"
    r" \w+ing\b|\bto \w+|\b(?:by|through|using|via)\b|\bthat\b|\bwhich\b|\bwho\b"
)


def finite(
    clause: str, form: Form, verbs: Mapping[str, Verb], *, is_head_certain: bool = False
) -> str | None:
    """The clause with its verbs in `form`; `None` if it is not certain which words those are.

    `verbs` are the known verbs by the form they have in the clause: `-ing`, plain or `-s`.
    `is_head_certain` says that the first word can only be a verb, as after "was able to".
    """
    head = HEAD.fullmatch(clause)
    if head is None:
        return None
    words = [word for word in WORD.findall(head["verbs"].lower()) if word != "and"]
    if not all(word in verbs for word in words):
        return None
    if not is_head_certain and not is_verb(words[-1], head["next"]):
        return None
    tail = _finite_tail(head["tail"], form, verbs)
    if tail is None:
        return None
    return WORD.sub(lambda word: _in_form(word[0], form, verbs), head["verbs"]) + tail


def _in_form(word: str, form: Form, verbs: Mapping[str, Verb]) -> str:
    verb = verbs.get(word.lower())
    return verb.in_form(form) if verb else word


def _finite_tail(tail: str, form: Form, verbs: Mapping[str, Verb]) -> str | None:
    """The rest of the clause with every verb coordinated to its head in `form`."""
    if HARD_TO_ATTACH.search(tail) or _has_own_verb(tail):
        return None
    is_gerund = all(verb.gerund == word for word, verb in verbs.items())
    later = [match for match in COORDINATED.finditer(tail) if _may_be_verb(match["word"], verbs)]
    asides = [match for match in later if is_gerund and match["link"] == ","]
    if asides and len(later) > 1:
        # "…, reducing x and improving y" is either a list of tasks or of their effects.
        return None
    for match in reversed([match for match in later if match not in asides]):
        is_certain = match["word"] in verbs and is_verb(match["word"], match["next"] or "of")
        if not is_certain or GOVERNED.search(tail[: match.start()]):
            return None
        start, end = match.span("word")
        tail = tail[:start] + verbs[match["word"]].in_form(form) + tail[end:]
    return tail


def _may_be_verb(word: str, verbs: Mapping[str, Verb]) -> bool:
    return word in verbs or (word.endswith("ing") and word not in NOT_VERBS)


def _has_own_verb(tail: str) -> bool:
    """Whether the clause only leads up to its verb: "using x, wrote y"."""
    return any(word in BY_PAST and word not in BY_BASE for word in AFTER_COMMA.findall(tail))
