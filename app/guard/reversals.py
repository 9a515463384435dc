"""Who did what to whom stays as it was: no deed goes from one doer to another."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, takewhile

from app.guard.clause import Clause
from app.guard.doers import GROUPS, SOMEBODY, is_somebody
from app.guard.generic import GENERIC_DOING
from app.guard.hedges import DroppedLimit
from app.guard.lexicon import sets_of, stems_of
from app.guard.passages import Passage
from app.guard.tokens import Token

_GRAMMAR = sets_of("grammar.txt")
_PREPOSITIONS = _GRAMMAR["prepositions"]
_SEPARATING = _PREPOSITIONS | _GRAMMAR["joints"]
_LINK_REACH = 4
_ME = frozenset({"me", "us"})
# "My part was the study" did it; "they handled the rest" did that, too.
_DOING = stems_of("do handle")
_THAN = frozenset({"than", "more_than", "less_than"})
_BY_REACH, _DOER_REACH = 3, 5
_SIDE_REACH = 5
_ANOTHER_REACH = 6


def reversals(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """Deeds of the proposal whose doer, or whose sufferer, the student told otherwise."""
    yield from _given_away(proposal, source)
    yield from _done_to_me(proposal, source)
    yield from _shared_in(proposal, source)
    yield from _objects_exchanged(proposal, source)
    yield from _persons_exchanged(proposal, source)
    yield from _compared_otherwise(proposal, source)
    yield from _done_to_another(proposal, source)


def _given_away(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`vouchers entered by the accountant` of one who entered them and had them checked."""
    if "by" not in proposal.spelled:
        return
    for clause in proposal.clauses:
        doers = _doers(clause, proposal.tokens)
        if not doers or clause.stems <= GENERIC_DOING or clause.verbs[-1].form != "past":
            continue
        same = [known for known in source.clauses if not clause.stems.isdisjoint(known.stems)]
        if not same:
            continue
        named = _names(doers)
        own = not source.is_shared and all(
            known.level and not _doers(known, source.tokens) for known in same
        )
        theirs = [_names(found) for known in same if (found := _doers(known, source.tokens))]
        is_swapped = bool(theirs) and all(named.isdisjoint(names) for names in theirs)
        if own or is_swapped:
            verb = proposal.tokens[clause.positions[0]].text.lower()
            reason = f"You did not write that this was '{verb}' by them."
            yield DroppedLimit("doer", doers[-1].text, reason)


def _doers(clause: Clause, tokens: Sequence[Token]) -> list[Token]:
    """The persons behind the `by` of a clause."""
    if not clause.positions:
        return []
    last = clause.positions[-1]
    for at in range(last + 1, min(last + 1 + _BY_REACH, len(tokens))):
        if tokens[at].low == "by":
            near = [one for one in tokens[at + 1 : at + 1 + _DOER_REACH] if one.word]
            named = [*takewhile(_names_somebody, near)]
            # "By the accounting manager", "by the in-charge accountant"
            following = near[len(named) : len(named) + 2]
            named += following if is_somebody([one.low for one in following[1:]]) else []
            return named if is_somebody([one.low for one in named]) else []
    return []


def _names_somebody(token: Token) -> bool:
    """Whether a word may be of what a doer is called: not in `by fault and told the leader`."""
    return token.word is not None and token.low not in _SEPARATING and token.low[-3:] != "ing"


def _names(tokens: Sequence[Token]) -> frozenset[str]:
    return frozenset().union(
        *[token.word.takes for token in tokens if token.word and not token.word.is_glue]
    )


def _done_to_me(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`the nurse informed me` of one who informed the nurse."""
    if _ME.isdisjoint(proposal.spelled) or not _ME.isdisjoint(source.spelled):
        return
    own = frozenset().union(*[known.stems for known in source.clauses if known.level])
    for token, after in zip(proposal.tokens, proposal.tokens[1:], strict=False):
        if after.low in _ME and token.word and token.word.stem in own:
            yield DroppedLimit("doer", token.text, f"You wrote that you '{token.low}', not they.")


def _objects_exchanged(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`keeping the patient ready and holding the tray` where it was the other way round."""
    if min(len(proposal.clauses), len(source.clauses)) <= 1:
        return
    told = [clause for clause in proposal.clauses if clause.positions and clause.chunks]
    times = Counter(clause.stems for clause in source.clauses)
    known = {
        clause.stems: _of_first(clause)
        for clause in source.clauses
        if clause.chunks and times[clause.stems] == 1 and not clause.stems <= _DOING
    }
    both = [
        (clause, _of_first(clause), known[clause.stems]) for clause in told if clause.stems in known
    ]
    for (one, first, own), (_, second, its) in combinations(both, 2):
        if (
            not first.isdisjoint(its - own)
            and not second.isdisjoint(own - its)
            and first.isdisjoint(own - its)
            and second.isdisjoint(its - own)
        ):
            verb = proposal.tokens[one.positions[0]].text.lower()
            reason = f"You wrote '{verb}' of something else."
            yield DroppedLimit("object", verb, reason)
            return


def _of_first(clause: Clause) -> frozenset[str]:
    """What the first object of a clause is called."""
    return frozenset().union(*[word.names for word in clause.words_at(clause.chunks[0])])


def _persons_exchanged(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`with the store staff, counts called out by the audit team` where it was the other way."""
    # Few texts name two who could change places.
    if len(SOMEBODY & proposal.spelled & source.spelled) <= 1:
        return
    said, known = _links_of_persons(proposal), _links_of_persons(source)
    for one, other in combinations(said.keys() & known.keys(), 2):
        if known[one] != known[other] and (said[one], said[other]) == (known[other], known[one]):
            reason = f"You wrote '{known[one]}' of the one and '{known[other]}' of the other."
            yield DroppedLimit("doer", one, reason)


def _links_of_persons(passage: Passage) -> dict[str, str]:
    """For everybody named once the verb or preposition before: `accompanied` the audit team."""
    links: dict[str, list[str]] = {}
    for at, low in enumerate(passage.lows):
        # "The store staff" are who they are by what stands before.
        if low in GROUPS or is_somebody([low]):
            before = reversed(passage.tokens[max(0, at - _LINK_REACH) : at])
            link = next((one.low for one in before if _is_link(one)), "")
            name = passage.lows[at - 1] if low in GROUPS and at else low
            links.setdefault(name, []).append(link)
    return {name: found[0] for name, found in links.items() if len(found) == 1 and found[0]}


def _is_link(token: Token) -> bool:
    verb = token.word.verb if token.word else None
    # "The audit team": a noun first.
    return token.low in _PREPOSITIONS or (verb is not None and verb.form in ("past", "ing"))


def _shared_in(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`doses decided with the officer` for `decided by the officer`."""
    if "by" not in source.spelled or "with" not in proposal.spelled:
        return
    theirs = {(deed, name) for deed, names in _behind("by", source) for name in names}
    for deed, names in _behind("with", proposal):
        if any((deed, name) in theirs for name in names):
            yield DroppedLimit("doer", "with", "You wrote that they did this, not you with them.")


def _behind(link: str, passage: Passage) -> Iterator[tuple[str, frozenset[str]]]:
    """The deed before each link and the names of the person behind it."""
    for at, token in enumerate(passage.tokens):
        deed = passage.tokens[at - 1].word if at else None
        near = passage.tokens[at + 1 : at + 1 + _DOER_REACH]
        if token.low == link and deed and is_somebody([one.low for one in near]):
            persons = [one.word.names for one in near if one.word and not one.word.is_glue]
            yield deed.stem, frozenset().union(*persons)


def _done_to_another(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`chosen by the client over another logo` of one who wrote that they chose another."""
    for at, low in enumerate(source.lows):
        if low != "another":
            continue
        before = [token.word for token in source.tokens[max(0, at - 2) : at] if token.word]
        deeds = {word.stem for word in before if word.verb and word.verb.form == "past"}
        for place, token in enumerate(proposal.tokens):
            near = proposal.lows[max(0, place - _ANOTHER_REACH) : place + _DOER_REACH - 1]
            if token.word and token.word.stem in deeds and "another" not in near:
                reason = f"You wrote that another was '{token.low}'."
                yield DroppedLimit("another", token.text, reason)


def _compared_otherwise(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`B fitted better than A` of one who wrote that A did better than B."""
    if _THAN.isdisjoint(source.spelled) or _THAN.isdisjoint(proposal.spelled):
        return
    known = _comparisons(source)
    for word, left, right in _comparisons(proposal):
        for same, before, after in known:
            is_turned = left - right & after - before and right - left & before - after
            if word == same and is_turned:
                reason = f"You wrote '{word} than' the other way round."
                yield DroppedLimit("than", word, reason)
                return


def _comparisons(passage: Passage) -> list[tuple[str, frozenset[str], frozenset[str]]]:
    """Every `… better than …` with the names on both sides."""
    found: list[tuple[str, frozenset[str], frozenset[str]]] = []
    for at, low in enumerate(passage.lows):
        if low in _THAN and at:
            word = at - 1 if low == "than" else at
            sides = (
                passage.tokens[max(0, word - _SIDE_REACH) : word],
                [*takewhile(_is_no_and, passage.tokens[at + 1 : at + 1 + _SIDE_REACH])],
            )
            left, right = (
                frozenset().union(
                    *[one.word.names for one in side if one.word and not one.word.is_glue]
                )
                for side in sides
            )
            found.append((passage.lows[word], left, right))
    return found


def _is_no_and(token: Token) -> bool:
    return token.low != "and"
