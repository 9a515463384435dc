"""The verb ladder: attended, helped, worked on, did, built, led. A rewording never climbs it."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from app.guard.carrying import allows
from app.guard.clause import (
    CAPPING_LEVEL,
    NO_CAP,
    Clause,
)
from app.guard.deeds import Climb, spoken, unsaid_verbs
from app.guard.evidence import Grounds
from app.guard.lexicon import sets_of, stems_of, word
from app.guard.light_verbs import bare_level
from app.guard.others_deeds import names_their_doer
from app.guard.passages import Passage
from app.guard.positions import takes_of

_USING = stems_of("use")
_WORKING_WITH = stems_of("work_with")
_WITH, _WITH_REACH = frozenset({"with", "using"}), 5
_JOINTS = sets_of("grammar.txt")["joints"]
# One `and` between.
_AND_APART = 2
_HELPING = stems_of("assist help support aid contribute")
_WATCHING = stems_of("attend observe watch shadow sit_in_on see visit witness")
_WISHING = stems_of("seek hope aim want wish intend")
_LEARNING_THERE = stems_of("train intern")
_FIGURE_REACH = 5
_COUNTS = frozenset({"plain", "year", "ordinal", "vague"})
_RESULTING = stems_of(
    "achieve reach attain obtain get give yield record register score hit come have average amount "
    "make_up account_for constitute represent total"
)
_FALLING = stems_of("fall drop decline decrease dip shrink go come")
_RISING = stems_of("rise grow increase climb go come")


def climbs(proposal: Passage, grounds: Grounds) -> Iterator[Climb]:
    """Every clause that claims more authorship than the text it rests on."""
    for clause in proposal.clauses:
        if clause.level is None:
            yield from _bare_climb(clause, proposal, grounds)
            continue
        if _happened(clause, grounds.source) or _was_taught(clause, proposal, grounds.source):
            continue
        if all(names_their_doer(at, proposal, grounds.source) for at in clause.positions):
            continue
        if _came_to(clause, proposal, grounds.source) or _had_with(clause, grounds.source):
            continue
        if _is_still_planned(clause, proposal, grounds.source):
            continue
        if _is_attribute(clause, proposal, grounds.source):
            continue
        yield from unsaid_verbs(clause, proposal, grounds)
        is_duty = clause.stems == {"responsible_for"} and any(
            one.duties for one in grounds.source.clauses
        )
        is_with = is_duty or _says_together(clause, proposal, grounds.source)
        if clause.stems <= _HELPING and _only_watched(clause, grounds.source):
            yield _climb(clause, clause.words, proposal)
        if (
            clause.level > CAPPING_LEVEL
            and not is_with
            and not _is_purpose(clause, proposal, grounds)
        ):
            yield from _raised(clause, proposal, grounds)


def _says_together(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`worked with them`, `worked as one of 12`: still part of what others did, too."""
    is_team = clause.stems == {"work"} and not clause.chunks and proposal.is_shared
    return source.is_shared and (is_team or clause.stems == {"work_with"})


def _is_purpose(clause: Clause, proposal: Passage, grounds: Grounds) -> bool:
    """`the stall for making stress balls`, where the student named that making."""
    at = clause.positions[0]
    return (
        clause.verbs[0].form == "ing"
        and at > 0
        and proposal.tokens[at - 1].low == "for"
        and clause.stems <= grounds.source.names
    )


def _happened(clause: Clause, source: Passage) -> bool:
    """Whether it only tells, without a doer, that a figure moved as the student said: it fell."""
    if clause.chunks or not source.changes:
        return False
    falls = any(end < start for start, end in source.changes)
    rises = any(end > start for start, end in source.changes)
    return clause.stems <= _FALLING if falls and not rises else rises and clause.stems <= _RISING


def _was_taught(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`trained in dairy plants`, `interned at two`, of one who wrote of training there."""
    after = proposal.lows[clause.positions[-1] + 1 : clause.positions[-1] + 2]
    return clause.stems <= _LEARNING_THERE & source.stems and after in (["in"], ["at"])


def _is_still_planned(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`a study is planned` of one who plans it."""
    before = proposal.lows[max(0, clause.positions[0] - 1) : clause.positions[0]]
    return clause.stems == {"plan"} <= source.stems and before in (["is"], ["are"])


def _is_attribute(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`missed items` at the start of a statement, of which the student wrote in another place."""
    at = clause.positions[0]
    pair = proposal.lows[at : at + 2]
    if len(clause.positions) > 1 or not pair[0].endswith("ed") or pair[0] not in source.spelled:
        return False
    places = (place for place, low in enumerate(source.lows) if low == pair[0])
    told = {place for known in source.clauses for place in known.positions}
    return any(source.lows[place : place + 2] == pair and place not in told for place in places)


def _came_to(clause: Clause, proposal: Passage, source: Passage) -> bool:
    """`reaching 84% accuracy`: another way to say what a figure of the student was."""
    if not clause.stems <= _RESULTING:
        return False
    last = clause.positions[-1]
    figures = {one.kind for one in proposal.quantities if last < one.first <= last + _FIGURE_REACH}
    is_figure = bool(figures & {one.kind for one in source.quantities} - _COUNTS)
    did = max((known.level or 0 for known in source.clauses), default=0) > CAPPING_LEVEL
    at = clause.positions[0]
    # "the total cost came to Rs 1.85 lakh" is nobody's deed.
    has_subject = (
        at > 0 and proposal.tokens[at - 1].word is not None and proposal.lows[at - 1] not in _JOINTS
    )
    return is_figure and (did or has_subject)


def _had_with(clause: Clause, source: Passage) -> bool:
    """`used a checklist` for visits `with a checklist`; who helped with one worked with it."""
    objects = clause.words_at(clause.objects)
    is_below = any(known.cap < NO_CAP for known in source.clauses)
    # "Using a checklist, helped …": how, not what was done.
    is_how = clause.stems == _USING and clause.verbs[0].form == "ing"
    if not objects or clause.stems != (_WORKING_WITH if is_below and not is_how else _USING):
        return False
    had = frozenset().union(
        *[
            token.word.names
            for at, token in enumerate(source.tokens)
            if token.word and not _WITH.isdisjoint(source.lows[max(0, at - _WITH_REACH) : at])
        ]
    )
    return all(word.is_glue or not word.names.isdisjoint(had) for word in objects)


def _only_watched(clause: Clause, source: Passage) -> bool:
    """Whether the student looked on at what the proposal helped with."""
    about = [one for one in source.clauses if one.verbs and clause.takes & one.gives]
    return bool(about) and all(one.stems <= _WATCHING for one in about)


def _raised(clause: Clause, proposal: Passage, grounds: Grounds) -> Iterator[Climb]:
    """Objects of a clause that the student put under a lower verb."""
    level = clause.level or 0
    if not clause.chunks and _is_said_already(clause, level, grounds.source):
        return
    # Under whose guidance it was is judged elsewhere.
    chunks = clause.chunks or [
        side for side in clause.sides if "under" not in proposal.lows[max(0, side[0] - 2) : side[0]]
    ]
    is_supported = False
    for chunk in _without_modifiers(chunks):
        known = _said_of(chunk, proposal, grounds)
        if known and not (clause.chunks and any(_is_own(one) for one, _ in known)):
            known += _wordless(grounds.source)
        if not known:
            continue
        is_supported = True
        if _is_tools_only(chunk, proposal) and len(chunks) > 1:
            continue
        if not any(allows(one, source, clause, level, chunk, proposal) for one, source in known):
            yield _climb(clause, chunk, proposal)
            return
    if is_supported:
        return
    own = [
        (one, grounds.source)
        for one in grounds.source.clauses
        # A wish caps nothing that was done.
        if one.level is not None and not one.is_of_others and not one.stems <= _WISHING
    ]
    floor = bare_level(grounds)
    if (
        own and not any(allows(one, source, clause, level, [], proposal) for one, source in own)
    ) or (not own and level > floor and not _has_same_noun(clause, proposal, grounds)):
        yield _climb(clause, clause.words, proposal)


def _without_modifiers(chunks: Sequence[list[int]]) -> list[list[int]]:
    """Chunks as whole objects: `ragi and jhangora dishes` are dishes, of two kinds."""
    whole: list[list[int]] = []
    for chunk in chunks:
        is_shared_head = (
            whole and len(whole[-1]) == 1 < len(chunk) and chunk[0] - whole[-1][0] == _AND_APART
        )
        if is_shared_head:
            whole[-1] = [*whole[-1], *chunk]
        else:
            whole.append(list(chunk))
    return whole


def _is_said_already(clause: Clause, level: int, source: Passage) -> bool:
    """Whether the own text has these very verbs on this step; only its objects say little."""
    return any(
        clause.stems <= known.stems and (known.level or 0) >= level for known in source.clauses
    )


def _said_of(
    chunk: Sequence[int], proposal: Passage, grounds: Grounds
) -> list[tuple[Clause, Passage]]:
    """The clauses that speak of a chunk: of the own text, else of the texts around it."""
    words = [found for at in chunk if (found := proposal.tokens[at].word)]
    for passages in ([grounds.source], grounds.neighbours):
        known = [
            (one, passage)
            for passage in passages
            for one in passage.clauses
            if one.level is not None
        ]
        for meant in (attrgetter("names"), attrgetter("takes")):
            shared = [
                sum([not meant(found).isdisjoint(_touched(one)) for found in words])
                for one, _ in known
            ]
            most = max(shared, default=0)
            if most:
                return [one for one, count in zip(known, shared, strict=True) if count == most]
    return []


def _wordless(source: Passage) -> list[tuple[Clause, Passage]]:
    """What the student did to things that say little: `filled forms for people who applied`."""
    return [(one, source) for one in source.clauses if one.level and not one.words and _is_own(one)]


def _has_same_noun(clause: Clause, proposal: Passage, grounds: Grounds) -> bool:
    """`Inventory management` in a text without verbs vouches for `managed the inventory`."""
    return all(
        word(verb.base).stem in grounds.source.names
        or bool((found := proposal.tokens[at].word) and found.takes & grounds.source.gives)
        for at, verb in zip(clause.positions, clause.verbs, strict=True)
    )


def _bare_climb(clause: Clause, proposal: Passage, grounds: Grounds) -> Iterator[Climb]:
    """A text without verbs that keeps the work and drops the `helped`."""
    is_all = all(one.level is None for one in proposal.clauses)
    if not is_all or not grounds.is_bullet or _still_helps(proposal, grounds.source):
        return
    for chunk in clause.chunks:
        wanted = takes_of(chunk, proposal)
        known = [
            one
            for one in grounds.source.clauses
            if one.level is not None and wanted & one.gives and _is_own(one)
        ]
        if known and all(one.level is not None and one.level <= CAPPING_LEVEL for one in known):
            yield Climb(
                chunk[0], chunk[-1], "You said that you helped with this, not that you did it."
            )
            return


def _touched(clause: Clause) -> frozenset[str]:
    """Meanings a clause speaks of; where others did it, only of what they did it to."""
    if _is_own(clause):
        return clause.gives
    return frozenset().union(*[word.gives for word in clause.words_at(clause.objects)])


def _is_own(clause: Clause) -> bool:
    """Whether the student is its doer, be it as a watcher: not `the waste fell`."""
    return clause.level != 0 or any(verb.level == 0 for verb in clause.verbs)


def _still_helps(proposal: Passage, source: Passage) -> bool:
    """`Of the forms I helped with, 12 …`: the low verb of the text is said further on."""
    low = frozenset().union(
        *[one.done for one in source.clauses if (one.level or NO_CAP) <= CAPPING_LEVEL]
    )
    said = (verb.takes for one in proposal.clauses for verb in one.words_at(one.positions))
    return any(not low.isdisjoint(takes) for takes in said)


def _climb(clause: Clause, chunk: Sequence[int], proposal: Passage) -> Climb:
    positions = [*clause.positions, *chunk]
    first = min(positions)
    verb = spoken(proposal, clause.positions[0])
    return Climb(first, clause.positions[0], f"'{verb}' claims more than you said you did here.")


def _is_tools_only(chunk: Sequence[int], proposal: Passage) -> bool:
    found = [proposal.tokens[at].word for at in chunk]
    return all(one is not None and one.is_skill for one in found)
