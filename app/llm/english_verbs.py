"""English verbs as résumé bullets use them: their forms, and whether a word is one here."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Form = Literal["base", "past"]

RULES: Mapping[str, Any] = tomllib.loads(
    Path(__file__).with_name("offline_rules.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Verb:
    """A verb: develop, developed, developed, developing, develops."""

    base: str
    past: str
    participle: str
    gerund: str
    third: str

    def in_form(self, form: Form) -> str:
        """The verb as the head of a bullet, for a role that goes on (base) or ended (past)."""
        return self.base if form == "base" else self.past


def _regular(base: str) -> Verb:
    if re.search("[^aeiou]y$", base):
        past, third = f"{base[:-1]}ied", f"{base[:-1]}ies"
    else:
        past = f"{base}d" if base.endswith("e") else f"{base}ed"
        third = f"{base}es" if re.search("(?:s|x|z|ch|sh)$", base) else f"{base}s"
    return Verb(base, past, past, f"{base.removesuffix('e')}ing", third)


def _irregular(base: str, past: str, participle: str, gerund: str) -> Verb:
    return Verb(base, past, participle, gerund, _regular(base).third)


VERBS = [
    *(_regular(base) for base in RULES["verbs"]["regular"].split()),
    *(_irregular(*forms) for forms in RULES["verbs"]["irregular"]),
]
BY_BASE = {verb.base: verb for verb in VERBS}
BY_GERUND = {verb.gerund: verb for verb in VERBS}
BY_PARTICIPLE = {verb.participle: verb for verb in VERBS}
BY_PAST = {verb.past: verb for verb in VERBS}
BY_THIRD = {verb.third: verb for verb in VERBS}

NOUNS_TOO = frozenset(RULES["verbs"]["also_nouns"].split())
BEFORE_OBJECT = frozenset(RULES["verbs"]["before_object"].split())
NOT_VERBS = frozenset(RULES["verbs"]["not_verbs"].split())


def is_verb(word: str, next_word: str) -> bool:
    """Whether `word`, a form of a known verb, can only be a verb before `next_word`."""
    word = word.lower()
    if NOUNS_TOO.isdisjoint({word, word.removesuffix("s")}):
        return next_word.lower() != "of"
    if next_word.lower() in BEFORE_OBJECT or next_word[:1].isdigit():
        return True
    # "testing SAP modules"; but "lead UX designer".
    return word.endswith("ing") and next_word.isupper() and len(next_word) > 1
