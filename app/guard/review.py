"""The guard's one question: which of these edits say only what the student said?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.guard.classes import classify, is_outcome
from app.guard.evidence import Evidence, Grounds
from app.guard.frequencies import changed_rates
from app.guard.grades import other_grades
from app.guard.hedges import dropped_limits
from app.guard.identity import unreachable
from app.guard.injected import intrusions, is_plainly_typed
from app.guard.numbers import unfounded_numbers
from app.guard.opposites import reversed_words
from app.guard.passages import Passage, read, read_ahead
from app.guard.plain_text import plain
from app.guard.portions import grown
from app.guard.reversals import reversals
from app.guard.roles import claimed_roles
from app.guard.scope import climbs
from app.guard.unrealised import unrealised
from app.guard.words import strayed, unjoined_names, unknown_words
from app.resume.edits import Edit
from app.verdict import Refusal as Refusal  # noqa: PLC0414  part of what this module gives

# Stored with every bullet it let through. Raise it when a verdict can change.
GUARD_VERSION = "7"

# A long summary has 800 characters; work on a proposal grows with the square of its length.
MAX_PROPOSAL_CHARS = 4_000
# Each is compared with each of the student's; a long bullet has ten.
MOST_FIGURES = 60
SPAN_CHARS = 80
# More than a few help nobody to mend a sentence.
MOST_REFUSALS = 4
_TELLING = ("injected", "commingled", "skill", "number", "name", "outcome", "scope")


@dataclass(frozen=True)
class Review:
    """Every edit is either accepted or has at least one refusal."""

    accepted: tuple[Edit, ...]
    refusals: tuple[Refusal, ...]


def review(resume: Mapping[str, Any], edits: Sequence[Edit], *, posting: str = "") -> Review:
    """What of the edits may be written into the résumé; the posting only explains refusals."""
    evidence = Evidence(resume)
    accepted: list[Edit] = []
    refusals: list[Refusal] = []
    for edit, case in _cases(resume, evidence, edits):
        found = [case] if isinstance(case, Refusal) else _refusals(edit, *case, posting)
        refusals += found
        if not found:
            accepted.append(edit)
    return Review(tuple(accepted), tuple(refusals))


def _cases(
    resume: Mapping[str, Any], evidence: Evidence, edits: Sequence[Edit]
) -> list[tuple[Edit, Refusal | tuple[Passage, Grounds]]]:
    """Each edit as a proposal and what it may rest on, or why it is not even read."""
    cases: list[tuple[Edit, Refusal | tuple[Passage, Grounds]]] = []
    pairs: list[tuple[Passage, Passage]] = []
    for edit in edits:
        if refusal := _unread(resume, edit):
            cases.append((edit, refusal))
            continue
        proposal, grounds = read(edit.text), evidence.grounds(edit.path)
        cases.append((edit, (proposal, grounds)))
        if proposal.raw != grounds.source.raw:
            pairs.append((proposal, grounds.source))
    read_ahead(pairs)
    return cases


def _unread(resume: Mapping[str, Any], edit: Edit) -> Refusal | None:
    if closed := unreachable(resume, edit.path):
        code, reason = closed
        return Refusal(edit.path, edit.text, edit.text, code, reason)
    # One character may be a whole sentence in ordinary spelling: U+FDFA has eighteen letters.
    if len(edit.text) > MAX_PROPOSAL_CHARS or len(plain(edit.text)) > MAX_PROPOSAL_CHARS:
        reason = "It is far longer than a text of a résumé."
        return Refusal(edit.path, edit.text, edit.text[:SPAN_CHARS], "injected", reason)
    return None


def _refusals(edit: Edit, proposal: Passage, grounds: Grounds, posting: str) -> list[Refusal]:
    if proposal.raw == grounds.source.raw or _is_sibling(proposal, grounds):
        return []
    found: dict[str, Refusal] = {}
    for span, code, reason in sorted(_objections(proposal, grounds, posting), key=_weight):
        found.setdefault(span.lower(), Refusal(edit.path, edit.text, span, code, reason))
    return list(found.values())[:MOST_REFUSALS]


def _weight(objection: tuple[str, str, str]) -> int:
    """What tells the student most comes first: an invented tool before the verb it came with."""
    return _TELLING.index(objection[1])


def _is_sibling(proposal: Passage, grounds: Grounds) -> bool:
    """Whether a listed item is merely another of the student's items: a new order."""
    return any(proposal.lows == other.lows for other in grounds.siblings)


def _objections(
    proposal: Passage, grounds: Grounds, posting: str
) -> Iterator[tuple[str, str, str]]:
    """`(span, code, reason)` of everything the proposal may not say."""
    if len(proposal.quantities) > MOST_FIGURES:
        span = proposal.text[:SPAN_CHARS]
        yield span, "injected", "It has far more figures than a text of a résumé."
        return
    known = frozenset[str]() if is_plainly_typed(proposal.raw) else grounds.characters
    for intrusion in intrusions(proposal, grounds.source, known):
        yield intrusion.span, "injected", intrusion.reason
    yield from _figures(proposal, grounds)
    for run in unknown_words(proposal, grounds) or unjoined_names(proposal, grounds):
        span = proposal.text[run[0].start : run[-1].end]
        yield span, *classify(run, grounds, read(posting))
    for role in claimed_roles(proposal, grounds):
        yield role.text, "scope", f"You did not say that you were '{role.text}' here."
    if grounds.is_bullet or grounds.is_summary:
        for climb in climbs(proposal, grounds):
            code = "outcome" if is_outcome(proposal.tokens[climb.last]) else "scope"
            yield _span(proposal, climb.first, climb.last), code, climb.reason
    if grounds.is_bullet and (span := strayed(proposal, grounds)):
        yield span, "scope", "It speaks of other things than the text it replaces."
    for undone in unrealised(proposal, grounds.source):
        yield undone.word, "outcome", undone.reason
    for dropped in (
        *dropped_limits(proposal, grounds),
        *grown(proposal, grounds.source),
        *reversed_words(proposal, grounds.source),
        *reversals(proposal, grounds.source),
    ):
        yield dropped.word, "scope", dropped.reason


def _figures(proposal: Passage, grounds: Grounds) -> Iterator[tuple[str, str, str]]:
    for quantity in unfounded_numbers(proposal, grounds):
        span = _span(proposal, quantity.first, quantity.last - 1)
        yield span, "number", f"The figure '{span}' is not what you wrote about this."
    for grade in other_grades(proposal, grounds.source):
        yield grade, "number", f"You did not write '{grade}' here."
    for token in changed_rates(proposal, grounds.source):
        yield token.text, "number", f"You did not say that it was '{token.text}'."


def _span(proposal: Passage, first: int, last: int) -> str:
    return proposal.text[proposal.tokens[first].start : proposal.tokens[last].end]
