"""A student's summary for reading: sentences over the facts they rest on, planted lies refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from app.api.student_summaries import StudentSummaryOut
from app.demo.screen import marked
from app.guard.review import Refusal
from app.summarising.facts import Facts, facts_of
from app.summarising.judgement import judged
from app.summarising.sentence import Sentence

# One of each habit: a grade, a leader, a deed moved to another place, a wish told as a fact and
# praise. Each cites all that it could rest on.
LYING = (
    Sentence("academics", "Asha Verma has a CGPA of 9.1.", ("profile.cgpa", "resume.education.0")),
    Sentence("experience", "Asha led the team at Kasturi Logistics.", ("resume.experience.0",)),
    Sentence(
        "experience",
        "At Kasturi Logistics, Asha made a website where 400 hostel students see the mess menu.",
        ("resume.experience.0", "resume.projects.0"),
    ),
    Sentence("distinctive", "Asha is a Backend developer.", ("profile.preferredRoles",)),
    Sentence("skills", "Asha has strong skills in Python and SQL.", ("profile.skills",)),
)


def summarised(
    summary: StudentSummaryOut, profile: Mapping[str, Any], resume: Mapping[str, Any]
) -> Iterator[RenderableType]:
    """Each sentence, and under it the facts it rests on."""
    facts = facts_of("", profile, resume)
    for sentence in summary.sentences:
        yield marked("✓", sentence.text, mark_style="bold green")
        for path in sentence.paths:
            known = "; ".join(str(fact.value) for fact in facts.at(path))
            yield marked(" ", Text.assemble((path, "dim"), "  ", (known, "cyan")))
    state = "something has changed since" if summary.is_stale else "nothing has changed since"
    yield Text(f"\nGET /students/{summary.student_id}/summary: {state}.", "dim")


def refused_sentences(
    name: str, profile: Mapping[str, Any], resume: Mapping[str, Any]
) -> Iterator[RenderableType]:
    """What a model that lies would say of the demo's student, and why nobody reads it."""
    facts = facts_of(name, profile, resume)
    for sentence in LYING:
        yield _judged(facts, sentence)


def _judged(facts: Facts, sentence: Sentence) -> RenderableType:
    refusals = judged(facts, [sentence]).refusals
    if not refusals:
        return marked("!", f"{sentence.text}  (NOT REFUSED)", mark_style="bold yellow")
    return Group(
        marked("✗", _offending(sentence.text, refusals), mark_style="bold red"),
        *(
            marked(" ", Text.assemble((refusal.code, "yellow"), "  ", refusal.reason))
            for refusal in refusals
        ),
    )


def _offending(text: str, refusals: Sequence[Refusal]) -> Text:
    shown = Text(text)
    spans = [refusal.span for refusal in refusals if refusal.span != text]
    shown.highlight_words(spans, "bold red underline")
    return shown
