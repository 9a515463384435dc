"""Numbers: each one proposed must be one of the student's, about the same thing."""

from collections.abc import Iterator

from app.guard.counted import PEOPLE, counted_otherwise
from app.guard.derived import is_derived, is_near
from app.guard.doers import is_somebody
from app.guard.evidence import Grounds
from app.guard.exchanged import exchanged
from app.guard.lexicon import sets_of
from app.guard.moved_figures import moved_otherwise
from app.guard.passages import Passage
from app.guard.quantity import Quantity
from app.guard.shares import other_shares

_FEW = 5  # "several" of something vague stays small.
_GRAMMAR = sets_of("grammar.txt")
_NO_NOUNS = _GRAMMAR["prepositions"] | _GRAMMAR["joints"] | _GRAMMAR["auxiliaries"] | {"of"}
_TEAM_OF = ["team", "of"]
_TEAMS = sets_of("rewording.txt")["team_words"]
_MOST = sets_of("rewording.txt")["mostly"]
_THEN = frozenset({"then", "before", "afterwards", "later", "second", "next"})
_THEN_REACH = 12
_PLACING = frozenset(
    ["came", "placed", "finished", "stood", "ranked", "secured", "won", "the", "at", "in"]
)
_LONGEST_LIST = 6
_COUNTED_REACH = 5
_LIST_OPENERS = frozenset({",", ":", "("})


def unfounded_numbers(proposal: Passage, grounds: Grounds) -> Iterator[Quantity]:
    """The quantities of a proposal that neither its own text nor the rest of its entry holds."""
    source = grounds.source
    for quantity in proposal.quantities:
        if _is_pronoun(quantity, proposal) or _is_in(quantity, proposal, source):
            continue
        if is_derived(quantity, proposal, source) or _is_vaguer(quantity, source):
            continue
        if _is_mostly(quantity, proposal, source) or _is_sequence(quantity, proposal):
            continue
        if _counts_what_follows(quantity, proposal, source):
            continue
        if _is_elsewhere(quantity, proposal, grounds):
            continue
        yield quantity
    yield from counted_otherwise(proposal, source)
    yield from moved_otherwise(proposal, source)
    yield from other_shares(proposal, source)
    yield from exchanged(proposal, source)


def _is_pronoun(quantity: Quantity, proposal: Passage) -> bool:
    """`one` as a word, where no rank is claimed with it."""
    words = proposal.tokens[quantity.first : quantity.last]
    if [word.low for word in words] == ["two"]:
        # "the difference between the two was"
        near = proposal.lows[quantity.first - 2 : quantity.first]
        return near in (["between", "the"], ["of", "the"]) and not _next_word(quantity, proposal)
    before = proposal.tokens[quantity.first - 1].low if quantity.first else ""
    return len(words) == 1 and words[0].low == "one" and before not in ("number", "no", "rank", "#")


def _is_mostly(quantity: Quantity, proposal: Passage, source: Passage) -> bool:
    """`most of them` for `mostly`."""
    is_most = not _MOST.isdisjoint(proposal.lows[quantity.first : quantity.last])
    return is_most and not _MOST.isdisjoint(source.spelled)


def _is_sequence(quantity: Quantity, proposal: Passage) -> bool:
    """`first …, then …`, where it is no place won."""
    lows = proposal.lows
    before = lows[quantity.first - 1] if quantity.first else ""
    is_first = quantity.kind == "ordinal" and quantity.value == 1
    is_followed = bool(_THEN & {*lows[quantity.last : quantity.last + _THEN_REACH]})
    return is_first and is_followed and before not in _PLACING


def _counts_what_follows(quantity: Quantity, proposal: Passage, source: Passage) -> bool:
    """`two languages, Assamese and Bengali`: the things counted are named, all by the student."""
    if quantity.kind != "plain" or not 1 < quantity.value <= _LONGEST_LIST:
        return False
    following = proposal.tokens[quantity.last :]
    opening = next((at for at, token in enumerate(following) if token.low in _LIST_OPENERS), None)
    if opening is None or opening > _COUNTED_REACH:
        return False
    items, is_new, is_joined = 0, True, False
    for token in following[opening + 1 :]:
        if token.low in (",", "and", "&"):
            is_new = True
            if items == quantity.value and is_joined:
                return True
            is_joined = is_joined or token.low != ","
        elif token.word is None and token.kind != "number":
            break
        elif token.word and is_new and not token.word.is_glue:
            if not token.word.takes & source.gives:
                break
            items, is_new = items + 1, False
    return items == quantity.value and is_joined


def _is_in(quantity: Quantity, proposal: Passage, source: Passage) -> bool:
    """Whether the own text says it, and not of something else."""
    equal = [known for known in source.quantities if _is_same(quantity, known)]
    # "Replaced bearings on 5 carriers" of one in a team of 5
    is_of_team = all(source.lows[max(0, one.first - 2) : one.first] == _TEAM_OF for one in equal)
    if is_of_team and (not equal or _counts_things(quantity, proposal)):
        return False
    thing = _next_word(quantity, proposal)
    if thing and any(_next_word(known, source) == thing for known in equal):
        return True
    if _is_team_size(quantity, proposal) and any(_is_team_size(known, source) for known in equal):
        return True
    counted = quantity.after or _after_whole(quantity, proposal) or quantity.before
    if any(counted & (known.after | known.before) for known in equal) or not counted:
        return True
    if not any(known.after | known.before for known in equal):
        return True
    kinds = {known.kind for known in equal}
    others = [
        one
        for one in source.quantities
        if one not in equal and one.kind in kinds and not _is_pronoun(one, source)
    ]
    return not any(counted & (known.after or known.before) for known in others)


def _next_word(quantity: Quantity, passage: Passage) -> str:
    """The word right behind a number, be it one that says nothing: `1,400 items`."""
    following = passage.lows[quantity.last : quantity.last + 1]
    is_noun = following and following[0].isalpha() and following[0] not in _NO_NOUNS
    return following[0] if is_noun else ""


def _counts_things(quantity: Quantity, passage: Passage) -> bool:
    """`5 carriers`, where nobody is counted: not `5 students`, `5 of us`."""
    following = passage.tokens[quantity.last : quantity.last + 2]
    is_plural = any(token.word and token.low.endswith("s") for token in following)
    return (is_plural and not _is_team_size(quantity, passage)) and not any(
        token.low in PEOPLE or is_somebody([token.low]) for token in following
    )


def _is_team_size(quantity: Quantity, passage: Passage) -> bool:
    """`team of 4`, `10-member committee`, `organising committee of 10`."""
    near = passage.tokens[max(0, quantity.first - 2) : quantity.last + 2]
    return bool(_TEAMS & {token.low for token in near})


def _after_whole(quantity: Quantity, proposal: Passage) -> frozenset[str]:
    """What both figures of `42 out of 50 marks` count."""
    if proposal.lows[quantity.last : quantity.last + 1] != ["out_of"]:
        return frozenset()
    wholes = (whole.after for part, whole in proposal.parts if part.first == quantity.first)
    return next(wholes, frozenset())


def _is_whole(quantity: Quantity, proposal: Passage) -> bool:
    """Whether it is the 15 of `10 of the 15 bags`."""
    return any(whole.first == quantity.first for _, whole in proposal.parts)


def _is_elsewhere(quantity: Quantity, proposal: Passage, grounds: Grounds) -> bool:
    """Whether another text of the same entry says it of a thing the own text does not count."""
    same = [
        (known, text)
        for known, text in grounds.figures_like(quantity.value)
        if _is_same(quantity, known)
    ]
    if not same:
        return False
    if _is_team_size(quantity, proposal) and any(_is_team_size(*found) for found in same):
        return True
    counted = quantity.after or quantity.before
    own = grounds.source.quantities
    is_counted_here = any(counted & (known.after | known.before) for known in own)
    if is_counted_here and quantity.kind != "year" and not _is_whole(quantity, proposal):
        return False
    return quantity.kind == "year" or any(
        not counted.isdisjoint(known.after | known.before) for known, _ in same
    )


def _is_same(proposed: Quantity, known: Quantity) -> bool:
    if not is_near(proposed.value, known.value, 0) or not _is_same_kind(proposed, known):
        return False
    if proposed.qualifier in {known.qualifier, "about"}:
        return True
    return proposed.qualifier == "" and known.qualifier in ("over", "about")


def _is_same_kind(proposed: Quantity, known: Quantity) -> bool:
    kinds = {proposed.kind, known.kind}
    if len(kinds) == 1 or kinds == {"plain", "year"}:
        return True
    # First place is rank 1, third-year is year 3; other counts are no ranks.
    return kinds == {"plain", "ordinal"} and bool(
        (proposed.after | proposed.before) & (known.after | known.before)
    )


def _is_vaguer(quantity: Quantity, source: Passage) -> bool:
    """`several` for a number the student gave exactly, and not more than it."""
    return quantity.kind == "vague" and any(
        known.value >= quantity.value
        and known.kind in ("plain", "vague")
        and (known.kind == "plain" or known.value <= _FEW)
        for known in source.quantities
    )
