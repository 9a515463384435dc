"""Acts: what a proposal says was done must be an act the student named, or say next to nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from app.guard.clause import CAPPING_LEVEL, Clause
from app.guard.evidence import Grounds
from app.guard.generic import LIGHT
from app.guard.lexicon import Word
from app.guard.light_verbs import clauses_about, is_of_thing, says_little
from app.guard.others_deeds import is_passive_by, why_it_is_not_theirs
from app.guard.passages import Passage
from app.guard.spellings import spelled_apart

_AGENTS = ("er", "ers", "or", "ors", "ist", "ists")
_WAS = frozenset({"was", "were", "is", "are", "been", "being"})


@dataclass(frozen=True)
class Climb:
    """A claim above what the student said; `first` and `last` are token positions, inclusive."""

    first: int
    last: int
    reason: str


def unsaid_verbs(clause: Clause, proposal: Passage, grounds: Grounds) -> Iterator[Climb]:
    """Verbs for something the student did not say was done."""
    acts = [(at, said) for at in clause.positions if (said := proposal.tokens[at].word)]
    for at, said in acts:
        if clause.level == 0 < said.verb_level and said.names & grounds.source.names:
            continue
        if reason := why_it_is_not_theirs(at, said, clause, proposal, grounds.source):
            yield Climb(at, at, reason)
        elif not (
            _is_said_here(at, said, clause, proposal, grounds)
            or says_little(said, clause, proposal, grounds)
            or any(said.takes & other.deeds for other in grounds.around.facts)
            or any(_shares_object(clause, said, other) for other in grounds.neighbours)
            # "breastfeeding" for "breast feeding"
            or spelled_apart([at], proposal, grounds)
        ):
            yield Climb(at, at, f"'{spoken(proposal, at)}' is not what you said you did here.")


def _is_said_here(at: int, said: Word, clause: Clause, proposal: Passage, grounds: Grounds) -> bool:
    """Whether the own text says that this was done, in whatever form."""
    source = grounds.source
    if not said.names.isdisjoint(source.deeds):
        return True
    # Exercises that others chose "were adopted": by whom, it does not say.
    is_nobodys = clause.level and _is_passive(at, proposal)
    deeds = source.own_deeds if is_nobodys else source.deeds
    is_said = not (said.takes.isdisjoint(deeds) and said.acts.isdisjoint(deeds))
    if is_said and _is_of_same(clause, said, source) and not _is_added(at, said, proposal, source):
        return True
    if _is_named(said, source) and (
        not _is_finite(at, clause)
        or is_of_thing(clause, proposal)
        or _has_thing_before(at, proposal)
    ):
        return True
    # "A talk on treating seed" names what it was about, not a deed.
    is_topic = at > 0 and proposal.lows[at - 1] in ("on", "about") and not _is_finite(at, clause)
    if (is_topic or _is_passive(at, proposal)) and said.takes & source.gives:
        return True
    if is_passive_by(at, proposal) and (_is_vouched_for(said, grounds) or said.stem in LIGHT):
        return True
    is_low = (clause.level or 0) <= CAPPING_LEVEL and not clause.is_of_others
    return is_low and bool(said.acts & source.all_acts)


def _is_added(at: int, said: Word, proposal: Passage, source: Passage) -> bool:
    """`prepared charts and presented them`: the deed it would stand for is said already."""
    if at == 0 or proposal.lows[at - 1] != "and" or said.verb is None or said.verb.form != "past":
        return False
    vouching = [known for known in source.clauses if known.means(said)]
    others = frozenset().union(
        *[one.stems for one in proposal.clauses if said.stem not in one.stems]
    )
    return bool(vouching) and all(known.stems and known.stems <= others for known in vouching)


def _is_of_same(clause: Clause, said: Word, source: Passage) -> bool:
    """Whether the verb stands for one the student said of these things, not of others."""
    vouching = [known for known in source.clauses if known.means(said)]
    about = clauses_about(clause, source) if vouching else []
    if not about:
        return True
    governed = [
        one
        for one, other in pairwise(source.clauses)
        if other in about and _is_below(other, source)
    ]
    is_carrier = said.stem in LIGHT and any(one.stems & LIGHT for one in about)
    return is_carrier or any(
        known in about or known in governed or (not known.words and known.verbs[0].form != "ing")
        for known in vouching
        if known.verbs
    )


def _is_below(clause: Clause, source: Passage) -> bool:
    """Whether a clause completes the one before it: `how to treat`, `that did not match`."""
    first = clause.positions[0] if clause.positions else 0
    near = {token.low for token in source.tokens[max(0, first - 3) : first]}
    return bool(near & {"to", "how", "that", "which", "who", "what", "for"})


def _is_finite(at: int, clause: Clause) -> bool:
    """Whether a verb states a deed of its own: `audited`, not `while auditing` or `to audit`."""
    return any(
        place == at and verb.form == "past"
        for place, verb in zip(clause.positions, clause.verbs, strict=True)
    )


def _is_vouched_for(said: Word, grounds: Grounds) -> bool:
    """Whether a word other than the doer's says it: `by the buyer` vouches for no buying."""
    return grounds.vouches_for(said) and any(
        token.word is not None
        and not token.low.endswith(_AGENTS)
        and not said.takes.isdisjoint(token.word.gives)
        for passage in (grounds.source, *grounds.around.facts)
        for token in passage.tokens
    )


def _is_named(said: Word, source: Passage) -> bool:
    """Whether the text has the verb in any form; `the vaccinator` is no vaccinating."""
    return not said.names.isdisjoint(source.names) and any(
        token.word is not None
        and not token.word.names.isdisjoint(said.names)
        and ("_" in token.low or not token.low.endswith(_AGENTS))
        for token in source.tokens
    )


def _has_thing_before(at: int, proposal: Passage) -> bool:
    """`four of the pairs gave bands`: a noun before the verb is its subject."""
    before = proposal.tokens[at - 1].word if at else None
    return before is not None and not before.is_glue


def _is_passive(at: int, proposal: Passage) -> bool:
    """Whether it tells what was done to something: `before they were discharged`."""
    return at > 0 and proposal.tokens[at - 1].low in _WAS


def _shares_object(clause: Clause, said: Word, other: Passage) -> bool:
    """Whether another bullet says this verb of one of these objects."""
    objects = clause.words_at(clause.objects or clause.words)
    return any(
        known.means(said) and known.speaks_of(objects)
        for known in other.clauses
        if known.level is not None
    )


def spoken(proposal: Passage, at: int) -> str:
    """The word at a position as the reason quotes it."""
    return proposal.tokens[at].text.lower()
