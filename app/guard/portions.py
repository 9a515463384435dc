"""A part of a thing is not the thing, and a record of a deed is not the deed."""

from collections.abc import Iterator
from itertools import pairwise

from app.guard.clause import Clause
from app.guard.hedges import DroppedLimit
from app.guard.lexicon import sets_of, stem, stems_of
from app.guard.passages import Passage

_SETS = sets_of("portions.txt")
_PARTS, _PARTITIVE = _SETS["parts"], _SETS["partitive"]
_PEOPLE = _SETS["people"]
_RECORDS = frozenset(stem(word) for word in _SETS["records"])
_NOTING = stems_of("note write_down mark list log")
_DOING = stems_of("make do perform carry_out conduct implement")
_RECORDING = frozenset(stem(word) for word in _SETS["recording"])


def grown(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """Wholes claimed where the student had a part, deeds where the student wrote them down."""
    if not _PARTS.isdisjoint(source.spelled) and _PARTS.isdisjoint(proposal.spelled):
        yield from _whole_claimed(proposal, source)
    yield from _all_of_them_claimed(proposal, source)
    yield from _deed_claimed(proposal, source)
    yield from _noted_then_done(proposal, source)
    yield from _more_included(proposal, source)


def _whole_claimed(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`wrote the report` where the student wrote its `method section`."""
    lows = source.lows
    for at, low in enumerate(lows[:-1]):
        if low not in _PARTS or lows[at + 1] not in _PARTITIVE:
            continue
        whole = next(
            (
                token.word
                for token in source.tokens[at + 2 :]
                if token.word and not token.word.is_glue
            ),
            None,
        )
        if whole is None or whole.text in _PEOPLE:
            continue
        for clause in proposal.clauses:
            for place in clause.objects if clause.positions else []:
                said = proposal.tokens[place].word
                if said and said.takes & whole.names:
                    reason = f"You wrote of a {low} of it; without that it is all of it."
                    yield DroppedLimit(low, said.text, reason)
                    return


def _all_of_them_claimed(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`stitched them` where the student stitched three of them."""
    if "them" not in source.spelled or "them" not in proposal.spelled:
        return
    said = {one.value for one in proposal.quantities}
    for part in source.quantities:
        is_part = source.lows[part.last : part.last + 2] == ["of", "them"]
        deed = source.tokens[part.first - 1].word if part.first else None
        if not is_part or deed is None or part.value in said:
            continue
        for token, after in pairwise(proposal.tokens):
            if after.low == "them" and token.word and token.word.stem == deed.stem:
                reason = f"You wrote that you '{token.low}' some of them, not all."
                yield DroppedLimit("them", token.text, reason)
                return


def _deed_claimed(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`scheduled deliveries` where the student kept the record of them."""
    known = [clause for clause in source.clauses if clause.positions]
    for clause in known:
        recorded = _recorded(clause)
        if not recorded:
            continue
        verbs = frozenset().union(*[one.done for one in known])
        for claimed in proposal.clauses:
            acts = claimed.words_at(claimed.positions)
            if not acts or any(not act.takes.isdisjoint(verbs) for act in acts):
                continue
            # "Calibrated the balances and updated the log" of one who only updated it
            keeps = not proposal.stems.isdisjoint(_RECORDS | _RECORDING)
            objects = claimed.words_at(claimed.objects)
            is_named = not recorded.isdisjoint(acts[0].names)
            if keeps and (not is_named or any(word.stem in _RECORDS for word in objects)):
                continue
            if claimed.level and any(not word.takes.isdisjoint(recorded) for word in objects):
                reason = f"You wrote it down; '{acts[0].text}' says that you did it."
                yield DroppedLimit("record", acts[0].text, reason)
                return


def _noted_then_done(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`made the alterations` of one who noted them."""
    noted = [one for one in source.clauses if one.chunks and one.stems and one.stems <= _NOTING]
    if not noted:
        return
    others = [one for one in source.clauses if one not in noted]
    for clause in proposal.clauses:
        head = clause.words_at(clause.chunks[0][-1:]) if clause.chunks else []
        if not clause.level or not clause.stems or not clause.stems <= _DOING:
            continue
        # "Made a list of the invoices" for "listed the invoices"
        said = proposal.tokens[clause.positions[-1] : clause.chunks[0][-1]] if head else []
        if any(token.word and token.word.stem in _RECORDS for token in said):
            continue
        only_noted = [
            word
            for word in head
            if any(not word.names.isdisjoint(one.named) for one in noted)
            and all(word.names.isdisjoint(one.named) for one in others)
        ]
        if only_noted:
            verb = proposal.tokens[clause.positions[0]].text
            yield DroppedLimit("record", verb, f"You wrote it down; '{verb}' says that you did it.")


def _more_included(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`the business plan, including the cost sheet` of one who prepared the cost sheet."""
    if "including" not in proposal.spelled or "including" in source.spelled:
        return
    at = proposal.lows.index("including")
    done = [one for one in source.clauses if one.positions and one.level]
    meant = frozenset().union(*[word.gives for one in done for word in one.words_at(one.objects)])
    for clause in proposal.clauses:
        before = [place for place in clause.objects if place < at]
        if not clause.positions or not before or max(before) < at - 2:
            continue
        head = proposal.tokens[before[-1]].word
        if head and head.takes.isdisjoint(meant):
            reason = f"You wrote of parts only; '{head.text}' is more."
            yield DroppedLimit("parts", head.text, reason)


def _recorded(clause: Clause) -> frozenset[str]:
    """What a clause says a record was kept of: its modifiers and what stands behind `of`."""
    objects = clause.objects
    for number, at in enumerate(objects):
        head = clause.tokens[at].word
        if head is None or head.stem not in _RECORDS:
            continue
        following = clause.tokens[at + 1].low if at + 1 < len(clause.tokens) else ""
        about = [*objects[:number], *(objects[number + 1 :] if following == "of" else [])]
        return frozenset().union(*[word.names for word in clause.words_at(about)])
    return frozenset()
