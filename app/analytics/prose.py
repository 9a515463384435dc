"""Is a sentence about the table true? Pure checks, the same answer every time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.analytics.agents import wrong_agents, wrong_scopes
from app.analytics.directions import (
    SAID,
    loose_metrics,
    says_something,
    wrong_directions,
    wrong_places,
)
from app.analytics.figure import places
from app.analytics.figures_said import wrong_figures
from app.analytics.mentions import VEIL, Mention, Reading, read_sentence
from app.analytics.metrics_said import NO_OFFER
from app.analytics.objection import Objection
from app.analytics.owners import owner, subject_of
from app.analytics.table import COUNTED, Cell, Table
from app.analytics.vocabulary import ADVICE, CAUSES, roots, unknown_words
from app.guard.plain_text import plain
from app.guard.review import Refusal

# Stored with every summary it let through. Raise it when a verdict can change.
PROSE_CHECK_VERSION = "2"

MAX_SENTENCE_CHARS = 300
MAX_CITED = 12
SHOWN_OBJECTIONS = 3

_INNER_END = re.compile(r"[.!?]\s|[!?]")
_STRANGE = re.compile(r"[^A-Za-z0-9 .,;:()%'/₹$€£-]")
# A period's first and last day or month, by which it may be told from when to when it goes.
_DATE = re.compile(r"^(?:\d{1,2} )?[a-z]+ \d{4}$|^\d{4}-\d\d-\d\d$")
_BOUND = re.compile(r"\b(?:between|from|since|until|to|and)\s+$", re.IGNORECASE)
# Only a package is by the year.
TIMELESS = COUNTED | {"percent", "points"}
_RATES = re.compile(
    r"\b(?:a|an|per)\s+(?:month|season|period|company|branch|student|candidate)\b|\bmonthly\b",
    re.IGNORECASE,
)
_ALL_RATES = re.compile(
    rf"{_RATES.pattern}|\b(?:a|per)\s+(?:year|annum)\b|\byearly\b|\bannual", re.IGNORECASE
)

# The only places for words that otherwise deny or speak of every group there is.
_PHRASES = re.compile(
    r"\bof all(?=\s+(?:the\s+)?(?:offers|students|\d))|\bin both (?:periods|seasons|years)\b"
    rf"|\bthan (?:in |for )?any other\b|{NO_OFFER}|\bwhich (?:is|are|was|were|corresponds? to)\b"
    r"|\bof (?:them|whom)\b(?= \d| have\b| hold\b)",
    re.IGNORECASE,
)
_UP_TO = re.compile(
    r"\b(?:by|until|till|through|since|before|after|up to)\s+(?:the end of\s+)?$", re.IGNORECASE
)
_VEILED = re.compile(rf"\b{VEIL}+\b")


@dataclass(frozen=True)
class Sentence:
    """A sentence, its place in the answer (`sentences.0`) and the ids of the cells it rests on."""

    path: str
    text: str
    cells: tuple[str, ...]


def refusals(sentences: Sequence[Sentence], table: Table) -> tuple[Refusal, ...]:
    """Why sentences may not be told; one that is true has none."""
    found: list[Refusal] = []
    told: set[str] = set()
    for sentence in sentences:
        objections = list(dict.fromkeys(_objections(sentence, table)))
        folded = " ".join(sentence.text.casefold().split())
        if folded in told:
            objections = [Objection(sentence.text, "repeat", "The same sentence is there before.")]
        told.add(folded)
        found += [
            Refusal(sentence.path, sentence.text, *objection)
            for objection in objections[:SHOWN_OBJECTIONS]
        ]
    return tuple(found)


def _objections(sentence: Sentence, table: Table) -> Iterator[Objection]:
    text = plain(sentence.text).strip()
    by_id = {cell.id: cell for cell in table.cells}
    cited = [by_id[cell] for cell in sentence.cells if cell in by_id]
    wrong = [*_wrong_ids(sentence, by_id), *_wrong_form(text, sentence.text)]
    if wrong:
        yield from wrong
        return
    reading = read_sentence(text, table, cited)
    wrong = [*_wrong_words(reading, cited)]
    if wrong:
        yield from wrong
        return
    yield from wrong_figures(reading, cited, table)
    yield from wrong_places(reading, cited)
    yield from wrong_directions(reading, cited)
    yield from wrong_agents(reading, cited)
    yield from wrong_scopes(reading, cited)
    yield from _idle_names(reading, cited)
    yield from loose_metrics(reading)
    if not places(reading) and not says_something(reading):
        yield Objection(text, "form", "It tells neither a figure nor a change.")


def _wrong_ids(sentence: Sentence, by_id: dict[str, Cell]) -> Iterator[Objection]:
    if not sentence.cells:
        yield Objection("", "cell", "It cites no cell of the table.")
    if len(sentence.cells) > MAX_CITED:
        yield Objection("", "cell", f"It cites more than {MAX_CITED} cells: say less at once.")
    for cell in sentence.cells:
        if cell not in by_id:
            yield Objection(cell[:80], "cell", f"The table has no cell '{cell[:80]}'.")


def _wrong_form(text: str, written: str) -> Iterator[Objection]:
    if not text.endswith(".") or len(text) > MAX_SENTENCE_CHARS:
        why = (
            f"It must be one sentence of at most {MAX_SENTENCE_CHARS} characters with a full stop."
        )
        yield Objection(text[-20:], "form", why)
    if len(written.splitlines()) > 1:
        yield Objection(text[:20], "form", "It must be on one line.")


def _wrong_words(reading: Reading, cited: Sequence[Cell]) -> Iterator[Objection]:
    for name in reading.mentions:
        if name.kind == "concealed":
            span = reading.text[name.start : name.end]
            yield Objection(
                span, "concealed", f"'{span}' is not in the table and must not be named."
            )
    if inner := _INNER_END.search(reading.veiled[:-1]):
        yield Objection(inner[0], "form", "It must be one sentence, not several.")
    yield from _wrong_times(reading, cited)
    for pattern, code, what in (
        (CAUSES, "cause", "The figures do not say why"),
        (ADVICE, "advice", "The figures do not say what ought to be done or will be"),
    ):
        if found := pattern.search(reading.veiled):
            yield Objection(found[0], code, f"{what}: leave out '{found[0]}'.")
    if strange := _STRANGE.search(reading.veiled):
        yield Objection(strange[0], "word", f"The sign '{strange[0]}' does not belong here.")
    if veiled := _VEILED.search(reading.text):
        yield Objection(veiled[0], "word", f"'{veiled[0]}' is not a word.")
    known = roots(" ".join(f"{cell.group} {cell.subject}" for cell in cited if cell.subject))
    plain_words = _blanked(reading.veiled, [*_spans(_VEILED, reading), *_spans(_PHRASES, reading)])
    for found in unknown_words(_blanked(plain_words, places(reading)), known):
        if found[0][0].isupper() and found.start():
            yield Objection(found[0], "name", f"'{found[0]}' is no name of the table.")
        else:
            why = f"'{found[0]}' is not a word for these figures: say only what the cells hold."
            yield Objection(found[0], "word", why)


def _wrong_times(reading: Reading, cited: Sequence[Cell]) -> Iterator[Objection]:
    """Figures of a period told of one of its months, or by the month."""
    for one in reading.mentions:
        is_date = one.kind in ("this", "previous") and _DATE.search(one.name)
        if is_date and not _BOUND.search(reading.veiled[: one.start]):
            span = reading.text[one.start : one.end]
            why = (
                f"'{span}' is an end of a period: say between, from, since or until, or its label."
            )
            yield Objection(span, "attachment", why)
        is_month = one.kind == "word" and _DATE.search(one.name)
        if is_month and _UP_TO.search(reading.veiled[: one.start]):
            span = reading.text[one.start : one.end]
            yield Objection(span, "attachment", f"A figure of {span} is of that month alone.")
    pattern = _RATES if any(cell.unit not in TIMELESS for cell in cited) else _ALL_RATES
    if found := pattern.search(reading.veiled):
        yield Objection(found[0], "attachment", f"No cell is a figure '{found[0]}'.")


def _spans(pattern: re.Pattern[str], reading: Reading) -> list[tuple[int, int]]:
    return [found.span() for found in pattern.finditer(reading.veiled)]


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _idle_names(reading: Reading, cited: Sequence[Cell]) -> Iterator[Objection]:
    """Groups that are named, and nothing that is said is theirs."""
    spans = places(reading)
    owners = {owner(reading, *span, spans) for span in spans}
    cited_names = {cell.group.casefold() for cell in cited}
    for name in reading.groups:
        span = reading.text[name.start : name.end]
        if name.name not in cited_names:
            yield Objection(span, "attachment", f"It names {span} and cites no cell of it.")
        elif name not in owners and not _is_placed(reading, name):
            yield Objection(span, "attachment", f"Say the figure of {span} beside its name.")


def _is_placed(reading: Reading, name: Mention) -> bool:
    """Whether a direction or a place is said of it, or it is what another group is compared to."""
    clause = reading.clause_at(name.start)
    if clause.opening == "than" and not any(
        clause.start <= one.start < name.start for one in reading.groups
    ):
        return True
    return any(
        subject_of(reading, *found.span()) == name
        for pattern in SAID
        for found in pattern.finditer(reading.veiled)
    )
