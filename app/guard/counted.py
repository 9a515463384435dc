"""What a number counts: a label is no count, and two of one thing are not two of another."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from app.guard.lexicon import Word, sets_of
from app.guard.passages import Passage
from app.guard.quantity import Quantity, is_equal

_THING_REACH = 2
_EACH_REACH = 4
_TOLD_REACH = 5
_COLLECTIONS = sets_of("portions.txt")["collections"]
# Whom a number may count when it says how many they were.
PEOPLE = sets_of("portions.txt")["people"] | sets_of("grammar.txt")["mates"]
_EACH = frozenset({"each", "every", "per", "both", "apiece", "respectively"})


def counted_otherwise(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """Numbers of a proposal that count more, or another thing, than the student's."""
    yield from _miscounted(proposal, source)
    yield from _multiplied(proposal, source)
    yield from _of_collections(proposal, source)
    if len(source.quantities) > 1:
        yield from _described_otherwise(proposal, source)
    if len(proposal.quantities) > 1:
        yield from _said_again(proposal, source)


def _miscounted(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """Numbers that count what they labelled, or another thing than the one they counted."""
    for quantity in proposal.quantities:
        if quantity.kind != "plain" or quantity.value <= 1:
            continue
        equal = [
            one for one in source.quantities if (one.kind, one.value) == ("plain", quantity.value)
        ]
        thing = _thing(quantity, proposal)
        if len(equal) != 1 or thing is None:
            continue
        if (
            _was_label(equal[0], thing, source)
            or _changed_places(equal[0], thing, proposal, source)
            or _is_another_thing(equal[0], thing, proposal, source)
        ):
            yield quantity


def _thing(quantity: Quantity, passage: Passage) -> Word | None:
    """The noun in the plural right behind a number."""
    for token in passage.tokens[quantity.last : quantity.last + _THING_REACH]:
        if token.word is None or token.word.is_glue:
            return None
        if token.low.endswith("s") and not token.low.endswith("ss"):
            return token.word
    return None


def _was_label(known: Quantity, thing: Word, source: Passage) -> bool:
    """`7 wards` where the student wrote `ward 7`."""
    before = source.tokens[known.first - 1].word if known.first else None
    if before is None or before.is_glue or _thing(known, source) is not None:
        return False
    # "Enscape 6 renderings" counts; "ward 7" does not.
    return before.text == thing.text[:-1]


def _changed_places(known: Quantity, thing: Word, proposal: Passage, source: Passage) -> bool:
    """`two doctors during a puncture` of one doctor during two punctures."""
    counted = _thing(known, source)
    if counted is None or not counted.names.isdisjoint(thing.names):
        return False
    return _is_one(thing, source) and _is_one(counted, proposal)


def _is_another_thing(known: Quantity, thing: Word, proposal: Passage, source: Passage) -> bool:
    """`16 insulators` of 16 isolators: a word of its own, for a thing that is gone."""
    counted = _thing(known, source)
    if counted is None or not thing.takes.isdisjoint(counted.gives | known.after):
        return False
    # Hives and beehives, students and batchmates
    if thing.text.endswith(counted.text) or {thing.text, counted.text} <= PEOPLE:
        return False
    return thing.names.isdisjoint(source.names) and counted.names.isdisjoint(proposal.names)


def _is_one(thing: Word, passage: Passage) -> bool:
    """Whether it is named in the singular and not in the plural."""
    return thing.text not in passage.spelled and thing.text[:-1] in passage.spelled


def _said_again(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`tried 10, 15 and 20 and kept 20` where 15 was the one named twice."""
    said = Counter((one.kind, one.value) for one in proposal.quantities)
    known = Counter((one.kind, one.value) for one in source.quantities)
    for quantity in reversed(proposal.quantities):
        mine = quantity.kind, quantity.value
        if 0 < known[mine] < said[mine] and any(
            kind == quantity.kind and 0 < said[kind, value] < times
            for (kind, value), times in known.items()
        ):
            yield quantity
            return


def _multiplied(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`60 machines in each of two labs` where the student said 60 in both."""
    if "each" not in proposal.spelled or not _EACH.isdisjoint(source.spelled):
        return
    counts = [one for one in source.quantities if one.kind == "plain"]
    at = proposal.lows.index("each")
    # "Explained cards to 120 farmers in each village meeting" of one who did so in meetings.
    is_of_several = any(
        thing.text + "s" in source.spelled
        for token in proposal.tokens[at + 1 : at + 1 + _EACH_REACH]
        if (thing := token.word)
    )
    for quantity in proposal.quantities:
        before = proposal.lows[max(0, quantity.first - _EACH_REACH) : quantity.first]
        after = proposal.lows[quantity.last : quantity.last + _EACH_REACH]
        if ("each" in (*before, *after[:2]) and len(counts) > 1) or (
            is_of_several and "each" in after
        ):
            yield quantity


def _described_otherwise(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`130 complete responses` of one who had 130, of which 112 were complete."""
    told = [(one, _told_of(one, source)) for one in source.quantities]
    for quantity in proposal.quantities:
        same = [one for one in source.quantities if is_equal(one, quantity)]
        described = _description(quantity, proposal)
        if len(same) != 1 or not described or described & _description(same[0], source):
            continue
        said = [one for one, names in told if described & names]
        if said and not any(is_equal(one, quantity) for one in said):
            yield quantity


def _description(quantity: Quantity, passage: Passage) -> frozenset[str]:
    """The names of the one word between a number and its noun in the plural."""
    following = passage.tokens[quantity.last : quantity.last + _THING_REACH]
    words = [token.word for token in following if token.word]
    if len(words) != _THING_REACH or words[0].is_glue or words[0].text.endswith("s"):
        return frozenset()
    return words[0].names if words[1].text.endswith(("s", "children", "people")) else frozenset()


def _told_of(quantity: Quantity, passage: Passage) -> frozenset[str]:
    """The names of what is said of a number without a noun: `of which 112 were complete`."""
    following = [*passage.tokens[quantity.last : quantity.last + _TOLD_REACH], None]
    for token, after in pairwise(following):
        if token is None or token.word is None:
            break
        if not token.word.is_glue:
            is_noun = token.low.endswith("s") or (after and after.word and not after.word.is_glue)
            return frozenset() if is_noun else token.word.names
    return frozenset()


def _of_collections(proposal: Passage, source: Passage) -> Iterator[Quantity]:
    """`two batches of joinees` where the student said two joinees."""
    if _COLLECTIONS.isdisjoint(proposal.spelled):
        return
    for quantity in proposal.quantities:
        following = proposal.tokens[quantity.last : quantity.last + 2]
        if [token.low for token in following[1:]] != ["of"] or following[0].low not in _COLLECTIONS:
            continue
        word = following[0].word
        if word and word.stem not in source.stems:
            yield quantity
