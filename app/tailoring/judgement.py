"""Which of a proposal may go into a résumé: true, plain, and in the form that was asked for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.guard.identity import is_prose, unreachable
from app.guard.review import Refusal, review
from app.resume.edits import Edit
from app.resume.paths import PathInvalid, text_at
from app.tailoring.inflated import inflated
from app.tailoring.order import known_bullets, known_skills
from app.tailoring.proposal import Proposal

# Document 002: "Keep the summary to 2-3 sentences".
MIN_SENTENCES, MAX_SENTENCES = 2, 3

# A stop ends a sentence before a new one; not after an initial, `B.Tech.`, `e.g.` or `approx.`.
_END = re.compile(r"(\S{1,40})[.!?][\"')\]]*(?:\s+(?=[^\W\d_a-z]|\d)|\s*\Z)")
_ABBREVIATION = re.compile(r"(?:\w\.)+\w{0,4}|\w|etc|approx|dept|dr|mr|mrs|ms|no|st", re.IGNORECASE)


@dataclass(frozen=True)
class Judged:
    """What of a proposal may stand, and why the rest may not."""

    accepted: Proposal
    refusals: tuple[Refusal, ...]


def judged(resume: Mapping[str, Any], proposal: Proposal, posting: str) -> Judged:
    """The proposal without what is untrue, puffed up or misplaced; the posting explains refusals.

    A list is put in order and never grows: a skill that the student does not list is refused.
    """
    formless = {edit.path: refusal for edit in proposal.edits for refusal in _form(resume, edit)}
    reviewed = review(
        resume, [edit for edit in proposal.edits if edit.path not in formless], posting=posting
    )
    skills = known_skills(resume, proposal.skills_first)
    foreign = (name for name in proposal.skills_first if name not in skills)
    accepted = Proposal(reviewed.accepted, known_bullets(resume, proposal.bullets_first), skills)
    refusals = (*formless.values(), *reviewed.refusals, *map(_not_a_skill, foreign))
    return Judged(accepted, refusals)


def sentence_count(text: str) -> int:
    """How many sentences a text has; an unfinished last one counts."""
    ends = [match for match in _END.finditer(text) if not _ABBREVIATION.fullmatch(match[1])]
    rest = text[ends[-1].end() :] if ends else text
    return len(ends) + bool(rest.strip())


def _form(resume: Mapping[str, Any], edit: Edit) -> Iterator[Refusal]:
    if not is_prose(edit.path):
        closed = unreachable(resume, edit.path)
        code, reason = closed or ("skill", "Lists are put in another order, never reworded.")
        yield Refusal(edit.path, edit.text, edit.text, code, reason)
        return
    if word := inflated(edit.text, _standing(resume, edit.path)):
        reason = f"'{word}' puffs up what you did; say it plainly."
        yield Refusal(edit.path, edit.text, word, "inflated", reason)
    elif edit.path == "summary":
        count = sentence_count(edit.text)
        if not MIN_SENTENCES <= count <= MAX_SENTENCES:
            reason = f"A summary has two or three sentences, and this one has {count}."
            yield Refusal(edit.path, edit.text, edit.text, "summary", reason)


def _standing(resume: Mapping[str, Any], path: str) -> str:
    try:
        return text_at(resume, path) or ""
    except PathInvalid:
        return ""


def _not_a_skill(name: str) -> Refusal:
    reason = f"'{name}' is not among your skills, and a list of skills never grows."
    return Refusal("skills", name, name, "skill", reason)


def told(refusals: Sequence[Refusal]) -> list[str]:
    """The refusals as sentences for the model's next attempt."""
    return [f"{each.path}: {each.reason}" for each in refusals]
