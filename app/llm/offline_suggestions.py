"""What the offline editor answers to `suggest-improvements`: rewordings by rule, and questions.

A question is asked where a text tells what was done but not how much, in words that name nothing.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.llm.english_verbs import Form
from app.llm.rewording import reword, reword_phrases
from app.llm.weakness import Weakness, weaknesses

# More would be a questionnaire.
MAX_QUESTIONS = 4

# The strongest gain is named; each sentence is true where the weakness is gone.
GAINS: dict[Weakness, str] = {
    "duty": "It begins with what you did, not with what your duty was.",
    "passive": "It says who did it.",
    "first_person": "It leaves out 'I' and 'my', which a résumé does without.",
    "filler": "It leaves out words that add nothing.",
}
SHORTER = "It says the same in fewer words."
PAST = "It is in the past tense, as fits what is over."
PLAINER = "It says the same in plainer words."

TELLS_HOW_MUCH = re.compile(r"\d|\b(?:daily|every|monthly|weekly)\b", re.IGNORECASE)
# What a reader asks next, by the verb a text begins with.
QUESTIONS = (
    (
        r"built|created|designed|developed|launched|made|programmed",
        "How many people use it, or how often?",
        "A figure shows how much your work is used.",
    ),
    (
        r"coached|conducted|coordinated|gave|hosted|mentored|organi[sz]ed|taught|trained",
        "How many people took part?",
        "A figure shows the size of what you did.",
    ),
    (
        r"assembled|checked|collected|documented|drew|entered|inspected|prepared|recorded|tested",
        "How many were there, or how often did you do it?",
        "A figure shows the amount of your work.",
    ),
    (
        r"assisted|helped|participated in|took part in|was (?:a )?part of|worked (?:on|with)",
        "What did you do yourself?",
        "It would show your own share of what the others did with you.",
    ),
)


class Text(NamedTuple):
    """A bullet or the summary; `form` is that of its entry's verbs, None if nobody knows."""

    path: str
    text: str
    form: Form | None


def suggested(texts: Sequence[Text]) -> dict[str, object]:
    """The answer: a rewording for each text that a rule improves, then questions for others."""
    rewordings = list(_rewordings(texts))
    reworded = {each["section"] for each in rewordings}
    asked = _questions([each for each in texts if each.path not in reworded])
    return {"suggestions": [*rewordings, *list(asked)[:MAX_QUESTIONS]]}


def _rewordings(texts: Sequence[Text]) -> Iterator[dict[str, str | None]]:
    for path, text, form in texts:
        is_summary = path == "summary"
        new = reword_phrases(text, "concise") if is_summary else reword(text, "concise", form)
        if new.split() != text.split():
            yield {
                "kind": "rewording",
                "section": path,
                "original": text,
                "suggested": new,
                "question": None,
                "reason": _gain(text, new),
            }


def _gain(before: str, after: str) -> str:
    gone = weaknesses(before) - weaknesses(after)
    for weakness, gain in GAINS.items():
        if weakness in gone:
            return gain
    if len(after.split()) < len(before.split()):
        return SHORTER
    is_same_but_first = before.split()[1:] == after.split()[1:]
    return PAST if is_same_but_first else PLAINER


def _questions(texts: Sequence[Text]) -> Iterator[dict[str, str | None]]:
    asked: set[str] = set()
    for path, text, _ in texts:
        for verbs, question, reason in QUESTIONS:
            if question.startswith("How") and TELLS_HOW_MUCH.search(text):
                continue
            if re.match(rf"(?:{verbs})\b", text, re.IGNORECASE) and question not in asked:
                asked.add(question)
                yield {
                    "kind": "question",
                    "section": path,
                    "original": text,
                    "suggested": None,
                    "question": question,
                    "reason": reason,
                }
