"""Words that never stand for one another: sold and given away, before and after the filing."""

from collections.abc import Callable, Collection, Iterator

from app.guard.hedges import DroppedLimit, negates
from app.guard.lexicon import pairs_of, sets_of, stem
from app.guard.passages import Passage

_DETERMINERS = sets_of("grammar.txt")["determiners"]
_REACH = 3


def _pairs(kind: str, key: Callable[[str], str] = str) -> dict[str, frozenset[str]]:
    """For each word the words it is never said for, both by their key."""
    table: dict[str, set[str]] = {}
    for name, sides in pairs_of("opposites.txt", ":"):
        if name != kind:
            continue
        left, _, right = ([*map(key, side.split())] for side in sides.partition("|"))
        for one, others in ((left, right), (right, left)):
            for word in one:
                table.setdefault(word, set()).update(others)
    return {word: frozenset(others) for word, others in table.items()}


_WORDS = _pairs("words", stem)
_LINKS, _TURNS = _pairs("links"), _pairs("turns")


def reversed_words(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """Words of a proposal whose opposite the student wrote."""
    # Hardly any rewording brings in a word that has an opposite.
    new = _WORDS.keys() & (proposal.stems - source.stems)
    if new and negates(proposal) == negates(source):
        yield from _opposite(new, proposal, source)
    for table, is_strict in ((_LINKS, True), (_TURNS, False)):
        if not table.keys().isdisjoint(proposal.spelled):
            yield from _linked_otherwise(table, proposal, source, is_strict=is_strict)


def _opposite(new: Collection[str], proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    for token in proposal.tokens:
        word = token.word
        if word is None or word.stem not in new:
            continue
        written = _WORDS[word.stem] & source.stems - proposal.stems
        if written:
            reason = f"'{token.text}' says the opposite of what you wrote."
            yield DroppedLimit(min(written), token.text, reason)


def _linked_otherwise(
    table: dict[str, frozenset[str]], proposal: Passage, source: Passage, *, is_strict: bool
) -> Iterator[DroppedLimit]:
    """`after filing` for `before filing`: the same word behind the opposite link."""
    known = list(_links(source, table))
    said = list(_links(proposal, table)) if known else []
    for link, names in said:
        # "Before the test and 14 days after" may be told in any order.
        if is_strict and link in source.spelled:
            continue
        if any(link == other and names & others for other, others in known):
            continue
        for other, others in known:
            if is_strict:
                # "4 before the sessions and 7 after them" for "from 4 to 7 after the sessions"
                is_kept = other in proposal.spelled and bool(source.changes)
            else:
                is_kept = any(other == one and names & meant for one, meant in said)
            if other in table[link] and names & others and not is_kept:
                yield DroppedLimit(other, link, f"You wrote '{other}' of this, not '{link}'.")
                break


def _links(
    passage: Passage, table: dict[str, frozenset[str]]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Each link with what the word it leads to is called."""
    for at, low in enumerate(passage.lows):
        if low not in table:
            continue
        for token in passage.tokens[at + 1 : at + 1 + _REACH]:
            if token.word is None:
                break
            if token.low not in _DETERMINERS:
                yield low, token.word.names
                break
