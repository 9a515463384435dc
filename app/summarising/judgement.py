"""Which sentences may stand: each true to exactly the facts it cites, about one thing at a time."""

import re
from collections.abc import Iterator, Sequence

from app.guard.passages import read
from app.guard.review import Refusal, review
from app.resume.edits import Edit
from app.rewriting.dialogue import Verdict
from app.summarising.deeds import borrowed_deeds
from app.summarising.facts import Fact, Facts
from app.summarising.limits import overstepped
from app.summarising.misuse import NEGATIONS, is_wished_for, lasting, lows_of, misused, names_in
from app.summarising.sentence import Sentence
from app.summarising.wording import WORDS, is_wish

# A fact of which a sentence has this many words is what it speaks of.
SURE_WORDS = 2

# A sentence that is longer is two.
MAX_WORDS = 60
# Twenty letters a word; what is longer is not even read, as reading may take minutes.
MAX_CHARS = 1_200

PERSONS = frozenset(WORDS["sentence"]["persons"].split())
ABBREVIATIONS = frozenset(WORDS["sentence"]["abbreviations"].split())
FRAMES = WORDS["frames"]
TITLES = frozenset({"title", "position", "role"})

# Two sentences meet, or an abbreviation meets its next word.
_BREAK = re.compile(r"(?P<word>\S+)[.!?][\"')\]]*\s+(?=(?P<next>[^\W\d_]\w*))")
_SCHOOL_YEARS = {
    "tenth": re.compile(r"\b(?:class|standard|grade) (?:X|10)(?:th)?\b", re.IGNORECASE),
    "twelfth": re.compile(r"\b(?:class|standard|grade) (?:XII|12)(?:th)?\b", re.IGNORECASE),
}
# `Vice captain of the chess team`, `Treasurer (2025)`
_POST = re.compile(r"((?:\w+ ){0,2}\w+)(?= of | at |,| \(|$)")
# `for a senior advocate`: somebody else, where the student says so in these words, too.
_FOR_SOMEBODY = r"\b(?:for|under|with|by|of|from|to) (?:an? |the |two |three )(?:\w+ )?"
_MOST = re.compile(r"\bmost (?=notabl[ey]\b)", re.IGNORECASE)  # no quantity


def judged(facts: Facts, sentences: Sequence[Sentence]) -> Verdict[Sentence]:
    """The sentences that may stand, each with the paths it really rests on, and why others not."""
    accepted: list[Sentence] = []
    refusals: list[Refusal] = []
    for sentence in sentences:
        if len(sentence.text) > MAX_CHARS:
            reason = f"It is not one sentence of at most {MAX_WORDS} words with a full stop."
            refusals.append(Refusal(sentence.path, sentence.text, "", "form", reason))
            continue
        said = {each.text.casefold() for each in accepted}
        rests_on = _rests_on(facts, sentence)
        # First without what shares no more than a word with it, which may be chance.
        for cited in (_surely(sentence, rests_on), rests_on):
            found = list(_objections(facts, sentence, cited, said))
            if not found:
                paths = tuple(fact.path for fact in cited)
                accepted.append(Sentence(sentence.topic, sentence.text, paths))
                break
        refusals += (Refusal(sentence.path, sentence.text, *each) for each in found)
    return Verdict(tuple(accepted), tuple(refusals))


def _rests_on(facts: Facts, sentence: Sentence) -> list[Fact]:
    """The cited facts that the sentence has a word or a number of."""
    proposal = read(sentence.text)
    words = {name for word in proposal.words if not word.is_glue for name in word.names}
    values = {quantity.value for quantity in proposal.quantities}
    is_negated = not NEGATIONS.isdisjoint(lows_of(proposal))
    cited = {fact.path: fact for path in sentence.paths for fact in facts.at(path)}

    def is_used(fact: Fact) -> bool:
        if fact.is_number:
            is_none = fact.value == 0 and is_negated and not words.isdisjoint(names_in(fact.label))
            return is_none or fact.value in values or not values.isdisjoint(lasting(fact))
        known = read(fact.text)
        return not words.isdisjoint(names_in(str(fact.value))) or any(
            quantity.value in values for quantity in known.quantities
        )

    return [fact for fact in cited.values() if is_used(fact)]


def _surely(sentence: Sentence, rests_on: Sequence[Fact]) -> list[Fact]:
    """The facts of which the sentence has a number, two words, or their only one."""
    words = names_in(sentence.text)

    def is_sure(fact: Fact) -> bool:
        own = names_in(str(fact.value))
        return fact.is_number or len(words & own) >= min(len(own), SURE_WORDS)

    return [fact for fact in rests_on if is_sure(fact)]


def _objections(
    facts: Facts, sentence: Sentence, rests_on: Sequence[Fact], said: set[str]
) -> Iterator[tuple[str, str, str]]:
    """`(span, code, reason)` of everything that is wrong with a sentence."""
    yield from _malformed(sentence, rests_on, said)
    for path in sentence.paths:
        if not facts.at(path):
            yield path, "source", "One of its paths leads to nothing that is known of the student."
    if not rests_on:
        yield sentence.text, "source", "It says nothing of what stands at the paths it cites."
        return
    if _is_mixed(facts, rests_on):
        reason = "It mixes several entries, or a skill into an entry that does not name it."
        yield sentence.text, "commingled", reason
    text = _in_words(_MOST.sub("", sentence.text), rests_on)
    proposal = read(text)
    yield from misused(facts, proposal, rests_on)
    yield from overstepped(proposal, rests_on)
    frame = " ".join(_frames(sentence.topic, rests_on))
    yield from borrowed_deeds(facts.name, proposal, rests_on, frame)
    for refusal in _review(facts.name, sentence.topic, text, rests_on):
        yield refusal.span, refusal.code, refusal.reason


def _in_words(text: str, rests_on: Sequence[Fact]) -> str:
    """School years as a profile calls them: `Class XII` is the twelfth."""
    labels = {fact.label for fact in rests_on}
    for year, pattern in _SCHOOL_YEARS.items():
        if year in labels:
            text = pattern.sub(year, text)
    return text


def _malformed(
    sentence: Sentence, rests_on: Sequence[Fact], said: set[str]
) -> Iterator[tuple[str, str, str]]:
    text = sentence.text
    if not text.endswith(".") or len(text.split()) > MAX_WORDS or _is_two(text, rests_on):
        yield text, "form", f"It is not one sentence of at most {MAX_WORDS} words with a full stop."
    if text.casefold() in said:
        yield text, "form", "It repeats another sentence."
    for low in dict.fromkeys(lows_of(read(text))):
        if low in PERSONS:
            reason = f"'{low}': a summary speaks of the student by name or as 'they'."
            yield low, "form", reason


def _is_two(text: str, rests_on: Sequence[Fact]) -> bool:
    """Whether a full stop inside ends a sentence, rather than an abbreviation or a cited name."""
    quoted = " ".join(str(fact.value) for fact in rests_on)
    return any(
        "." not in found["word"]
        and found["word"].lower() not in ABBREVIATIONS
        and f"{found[0]}{found['next']}" not in quoted
        for found in _BREAK.finditer(text)
    )


def _is_mixed(facts: Facts, rests_on: Sequence[Fact]) -> bool:
    """Whether what belongs to one entry could be read as belonging to another."""
    of_entries = [fact for fact in rests_on if fact.entry]
    entries = _apart(facts, list(dict.fromkeys(fact.entry for fact in of_entries)))
    if len(entries) > 1:
        # A list of companies, or of certificates, pairs nothing.
        has_numbers = any(read(str(fact.value)).quantities for fact in of_entries)
        return has_numbers or len({fact.key for fact in of_entries}) > 1
    known = {name for at in entries for fact in facts.of(at) for name in names_in(fact.text)}
    alone = [fact for fact in rests_on if fact.is_item and not fact.entry]
    return bool(entries) and any(not names_in(str(fact.value)) <= known for fact in alone)


def _apart(facts: Facts, entries: Sequence[str]) -> list[str]:
    """The entries without those of the profile that the résumé tells of, too."""
    return [
        entry
        for entry in entries
        if not any(
            other != entry and entry.startswith("profile.") and _is_same(facts, entry, other)
            for other in entries
            if other.startswith("resume.")
        )
    ]


def _is_same(facts: Facts, entry: str, other: str) -> bool:
    """Whether two entries share a name that is no title, or one says nothing beside the other."""
    one, two = (
        {str(fact.value).casefold() for fact in facts.of(at) if fact.key not in TITLES}
        for at in (entry, other)
    )
    words, others = (
        {name for fact in facts.of(at) for name in names_in(str(fact.value))}
        for at in (entry, other)
    )
    return not one.isdisjoint(two) or words <= others


def _frames(topic: str, rests_on: Sequence[Fact]) -> list[str]:
    """What the sentence may say of itself."""
    is_wish_cited = any(is_wish(fact.key) for fact in rests_on)
    return [FRAMES[topic], FRAMES["always"], *([FRAMES["wishing"]] if is_wish_cited else [])]


def _review(name: str, topic: str, text: str, rests_on: Sequence[Fact]) -> Iterator[Refusal]:
    """What the guard says to a sentence as a summary of exactly these facts."""
    texts = [name, *(fact.text for fact in rests_on)]
    wishes = [str(fact.value) for fact in rests_on if is_wish(fact.key)]
    told = {
        "summary": f"{'. '.join(texts)}.",
        "frame": _frames(topic, rests_on),
        # Of these the guard knows that they are what the student was called.
        "experience": [{"title": title} for fact in rests_on for title in _titles(fact)],
    }
    for refusal in review(told, [Edit("summary", text)]).refusals:
        # To the guard a rewording that leaves most out is suspect; that is what a summary does.
        is_about_brevity = (refusal.code, refusal.span) == ("injected", text)
        is_wished = refusal.code == "scope" and any(
            refusal.span in wish and is_wished_for(wish, text) for wish in wishes
        )
        if not (is_about_brevity or is_wished or _is_somebody(refusal, text, rests_on)):
            yield refusal


def _titles(fact: Fact) -> list[str]:
    """What a fact calls the student: a title, or the opening of a listed post or prize."""
    if fact.key in TITLES:
        return [str(fact.value)]
    is_told = fact.section in ("experience", "projects")
    found = None if is_told or not fact.is_item else _POST.match(str(fact.value))
    return [found[1]] if found else []


def _is_somebody(refusal: Refusal, text: str, rests_on: Sequence[Fact]) -> bool:
    """Whether a role is that of another person, in the sentence as in a cited text."""
    pattern = re.compile(f"{_FOR_SOMEBODY}{re.escape(refusal.span)}\\b", re.IGNORECASE)
    told = pattern.search(text)
    return (
        refusal.code == "scope"
        and told is not None
        and any(told[0].lower() in str(fact.value).lower() for fact in rests_on)
    )
