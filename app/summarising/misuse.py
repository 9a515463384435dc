"""What a sentence makes of the facts it cites: whose number, still so, really so."""

import re
from collections.abc import Iterator, Sequence

from app.guard.passages import Passage, read
from app.guard.quantity import Quantity
from app.summarising.facts import Fact, Facts
from app.summarising.wording import WISHING, WORDS, is_wish

NEGATIONS = frozenset(WORDS["sentence"]["negations"].split())
ONGOING = frozenset(WORDS["sentence"]["ongoing"].split())
FINISHED = frozenset({"completed", "finished", "cleared", "passed"})
UNSAID = frozenset(
    word for kind in ("done", "praise", "deeds") for word in WORDS["sentence"][kind].split()
)

LEADING = [frozenset(forms.split()) for forms in WORDS["sentence"]["leading"].split("|")]

PLAIN_LY = frozenset(WORDS["sentence"]["plain_ly"].split())
MEASURES = frozenset(WORDS["sentence"]["measures"].split())
# `a score in the test of 1240`
MEASURE_REACH = 5

_ENDINGS = ("end_date", "endDate")
_APART = re.compile(r"[,;\d]|\band\b")  # between a number and the key of another one


def misused(
    facts: Facts, proposal: Passage, rests_on: Sequence[Fact]
) -> Iterator[tuple[str, str, str]]:
    """Numbers under another key, denials, ended things told as going on, wishes told as facts."""
    for quantity in _mislabelled(facts, proposal, rests_on):
        span = proposal.tokens[quantity.first].text
        yield span, "number", f"The figure '{span}' is not what is known about this."
    lows = lows_of(proposal)
    said = {name for fact in rests_on for name in names_in(str(fact.value))}
    quoted = {low for fact in rests_on for low in lows_of(read(fact.text))}
    is_none_known = any(fact.value == 0 for fact in rests_on)
    for low in lows:
        if low in NEGATIONS and low not in quoted and not is_none_known:
            yield low, "scope", "It denies something about which nothing is known."
    has_ended = any(
        other.key in _ENDINGS for fact in rests_on if fact.entry for other in facts.of(fact.entry)
    )
    if has_ended and not _is_of_education(rests_on) and (now := ONGOING & set(lows) - quoted):
        yield min(now), "scope", "It tells as going on what has an end date."
    if any(fact.key == "semester" for fact in rests_on) and (over := FINISHED & set(lows) - quoted):
        yield min(over), "scope", "It tells as finished the semester that is going on."
    for fact in rests_on:
        if is_wish(fact.key) and not is_wished_for(str(fact.value), proposal.text):
            yield proposal.text, "scope", "It tells as a fact what the student only wishes for."
    yield from _overstated(lows, quoted, said)


def _overstated(
    lows: Sequence[str], quoted: set[str], said: set[str]
) -> Iterator[tuple[str, str, str]]:
    """Leading, praise and deeds for which the cited facts have no word."""
    for forms in LEADING:
        if (claimed := forms & set(lows)) and forms.isdisjoint(quoted):
            yield (
                min(claimed),
                "scope",
                "It says that the student led, which nothing it cites says.",
            )
    for low in dict.fromkeys(lows):
        is_manner = low.endswith("ly") and low not in PLAIN_LY
        if (is_manner or low in UNSAID) and low not in quoted and names_in(low).isdisjoint(said):
            yield low, "scope", f"Nothing that it cites says '{low}'."


def is_wished_for(wish: str, text: str) -> bool:
    """Whether a sentence says of something that the student looks for it, before it names it."""
    looking = WISHING.search(text)
    first = wish.split(maxsplit=1)[0].lower()
    return looking is not None and first not in text[: looking.start()].lower().split()


def _is_of_education(rests_on: Sequence[Fact]) -> bool:
    """Whether every entry spoken of is one of studies, whose end date lies ahead."""
    entries = [fact.entry for fact in rests_on if fact.entry]
    return all(".education." in entry for entry in entries)


def _mislabelled(facts: Facts, proposal: Passage, rests_on: Sequence[Fact]) -> Iterator[Quantity]:
    """Quantities that stand nearest to the key of another number than their own."""
    of_entries = {fact.entry for fact in rests_on}
    numbers = [
        fact
        for fact in facts.by_path.values()
        if fact.is_number and (not fact.entry or fact.entry in of_entries)
    ]
    known = {number.value for number in numbers}
    texts = [read(str(fact.value)) for fact in rests_on if not fact.is_number]
    told = {quantity.value for text in texts for quantity in text.quantities}
    told |= {value for fact in rests_on if fact.is_number for value in lasting(fact)}
    for quantity in proposal.quantities:
        if quantity.kind in ("year", "ordinal") or quantity.value in told:
            continue
        nearest = min(
            (
                (*place, number)
                for number, fact in enumerate(numbers)
                for place in _distances(quantity, fact.label, proposal)
            ),
            default=None,
        )
        is_another = nearest is not None and numbers[nearest[-1]].value != quantity.value
        is_unnamed = nearest is None and quantity.value in known
        labels = [fact.label for fact in numbers if fact.value == quantity.value]
        if is_another or is_unnamed or _is_other_measure(quantity, labels, proposal):
            yield quantity


def _is_other_measure(quantity: Quantity, labels: Sequence[str], proposal: Passage) -> bool:
    """Whether a rank is told as a score: the sentence names another measure than the key."""
    known = {word for label in labels for word in label.split()} & MEASURES
    near = proposal.lows[max(0, quantity.first - MEASURE_REACH) : quantity.last + 2]
    return bool(known) and not MEASURES.isdisjoint(near) and known.isdisjoint(near)


def _distances(quantity: Quantity, label: str, proposal: Passage) -> Iterator[tuple[int, bool]]:
    """`(tokens between, is behind)` for each word of a key that nothing separates from a number."""
    names, ranks = names_in(label), {one.value for one in read(label).quantities}
    places = [
        *(
            at
            for at, token in enumerate(proposal.tokens)
            if token.word and names & token.word.names
        ),
        # The tenth may be called the 10th.
        *(one.first for one in proposal.quantities if one.kind == "ordinal" and one.value in ranks),
    ]
    for at in places:
        if quantity.first <= at < quantity.last:
            yield 0, False
            continue
        is_behind = at >= quantity.last
        first, last = (quantity.last - 1, at) if is_behind else (at, quantity.first)
        between = proposal.text[proposal.tokens[first].end : proposal.tokens[last].start]
        if not _APART.search(between):
            yield last - first, is_behind


def lasting(fact: Fact) -> set[float]:
    """The span of time that a number is by its key, in seconds: `weeks: 6`."""
    return {one.value for one in read(fact.text).quantities if one.kind == "time"}


def names_in(text: str) -> frozenset[str]:
    """The words of a text that mean something, as stems."""
    passage = read(text)
    return frozenset().union(*(word.names for word in passage.words if not word.is_glue))


def lows_of(passage: Passage) -> list[str]:
    """Its tokens in lower case."""
    return [token.low for token in passage.tokens]
