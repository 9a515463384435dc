"""The closed world: a proposal's words must be the student's, mean the same, or say nothing."""

from itertools import pairwise

from app.guard.additions import adds_nothing
from app.guard.clause import CAPPING_LEVEL, LEADING_LEVEL
from app.guard.evidence import Grounds
from app.guard.lexicon import Word, sets_of
from app.guard.passages import Passage
from app.guard.quantity_words import NUMBER_WORDS, QUALIFIERS
from app.guard.spellings import runs_of, spelled_apart
from app.guard.tokens import Token

# Facts may come from around a bullet, but much of it stays what it was about.
MIN_OWN_SHARE = 0.34
KEPT_SHARE = 0.7
# What a thing of a known name is: says nothing beside it.
_KINDS = sets_of("kinds.txt")["tools"]
_UNITS = sets_of("kinds.txt")["units"]
_DEPARTMENTS = sets_of("kinds.txt")["departments"]
_ATTENDING = frozenset({"attended", "attendee", "participant", "participated", "appeared"})
_MADE_UP = frozenset({"mixed", "dotted", "special"})
# Ordinary words that are names when they are capitalised.
_NAMES_TOO = frozenset({"may", "march", "august", "will", "mark"})


def unknown_words(proposal: Passage, grounds: Grounds) -> list[list[Token]]:
    """Runs of neighbouring words that nothing the student said explains."""
    said = grounds.source.names
    # Almost every word is one of the text replaced.
    others = [
        (at, token, token.word)
        for at, token in enumerate(proposal.tokens)
        if token.word is not None and token.word.names.isdisjoint(said)
    ]
    judged = _judged_elsewhere(proposal, grounds) if others else set[int]()
    unknown = [
        at
        for at, token, word in others
        if at not in judged
        and (
            _is_other_deed(at, word, grounds, proposal)
            or not _is_known(token, word, grounds, proposal)
        )
        and not _is_kind_of_neighbour(at, proposal)
    ]
    if unknown:
        named = _named_whole(proposal, grounds) | spelled_apart(unknown, proposal, grounds)
        unknown = [at for at in unknown if at not in named]
    runs: list[list[Token]] = []
    for at in unknown:
        if at - 1 in unknown and runs:
            runs[-1].append(proposal.tokens[at])
        else:
            runs.append([proposal.tokens[at]])
    return runs


def _is_other_deed(at: int, word: Word, grounds: Grounds, proposal: Passage) -> bool:
    """`CA Foundation, cleared in June` for an item that said `appeared`; a `quiz held` is none."""
    if grounds.is_bullet or grounds.is_summary or word.verb is None:
        return False
    if word.verb_level >= LEADING_LEVEL:
        return word.verb.base not in grounds.source.spelled
    is_deed = word.verb_level > CAPPING_LEVEL and word.takes.isdisjoint(grounds.source.gives)
    if is_deed and not _ATTENDING.isdisjoint(grounds.source.spelled):
        # "Conducted a workshop" for "workshop, attended"
        return word.verb.form == "past"
    return (
        word.verb.form == "past"
        and word.is_glue
        and (at == 0 or proposal.tokens[at - 1].kind == "sign")
    )


def _judged_elsewhere(proposal: Passage, grounds: Grounds) -> set[int]:
    """Positions other checks answer for: quantities and clause verbs."""
    judged = {at for one in proposal.quantities for at in range(one.first, one.last)}
    # How exact a number is; `topped the list` is something else.
    judged |= {
        at
        for one in proposal.quantities
        for at in (one.first - 1, one.last)
        if 0 <= at < len(proposal.tokens) and proposal.tokens[at].low in QUALIFIERS
    }
    if grounds.is_bullet or grounds.is_summary:
        judged |= {at for one in proposal.clauses for at in (*one.positions, *one.duties)}
    return judged


def _named_whole(proposal: Passage, grounds: Grounds) -> set[int]:
    """Positions of general skills and headings that are named from first to last word."""
    named: set[int] = set()
    if grounds.is_bullet and _has_lost_name(proposal, grounds.source):
        # "In SAP" for "in Busy": a tool of one's own is no stand-in for the one that was used.
        return named
    names = [token.word.names if token.word else frozenset[str]() for token in proposal.tokens]
    for phrase in grounds.around.phrases:
        size = len(phrase)
        for at in range(len(names) - size + 1):
            window = names[at : at + size]
            if all(one & other for one, other in zip(phrase, window, strict=True)):
                named |= set(range(at, at + size))
    return named


def _has_lost_name(proposal: Passage, source: Passage) -> bool:
    """Whether a name the student wrote inside a sentence is gone."""
    return any(
        token.word is not None
        and not token.is_opening
        and is_proper(token, within=source)
        and token.word.names.isdisjoint(proposal.names)
        for token in source.tokens
    )


def _is_kind_of_neighbour(at: int, proposal: Passage) -> bool:
    """`software` beside the name of one, `team` behind that of a department."""
    if proposal.tokens[at].low in _UNITS and at and proposal.tokens[at - 1].low in _DEPARTMENTS:
        return True
    if proposal.tokens[at].low not in _KINDS:
        return False
    near = [
        proposal.tokens[place] for place in (at - 1, at + 1) if 0 <= place < len(proposal.tokens)
    ]
    return any(token.word and is_proper(token) and not token.is_opening for token in near)


def _is_known(token: Token, word: Word, grounds: Grounds, proposal: Passage) -> bool:
    if is_proper(token, within=proposal):
        return _is_known_name(token, word, grounds)
    return adds_nothing(word, grounds)


def _is_known_name(token: Token, word: Word, grounds: Grounds) -> bool:
    if word.names & grounds.names or _is_of_named_country(token, grounds):
        return True
    is_ordinary = token.text[1:].islower() or token.text == "I"
    is_plain = word.is_glue and is_ordinary and word.text not in _NAMES_TOO
    return is_plain or any(word.names & one.names for one in grounds.around.headings)


def _is_of_named_country(token: Token, grounds: Grounds) -> bool:
    """`the Indian position` for the position in India."""
    base = next(
        (token.low[: -len(end)] for end in ("n", "an", "ian") if token.low.endswith(end)), ""
    )
    return token.low[-3:] == "ian" and not grounds.source.spelled.isdisjoint({base, base + "a"})


def is_proper(token: Token, *, within: Passage | None = None) -> bool:
    """Whether a word is written like the name of something; not every capital `within` a title."""
    if token.kind in _MADE_UP or (token.word and token.word.is_skill):
        return True
    if not token.is_capital:
        return False
    return token.is_shouted or not (token.is_opening or (within and within.is_titled))


def strayed(proposal: Passage, grounds: Grounds) -> str:
    """The text of a proposal most of whose nouns come from elsewhere in the entry; else nothing."""
    verbs = {at for clause in proposal.clauses for at in clause.positions}
    nouns = [
        token.word
        for at, token in enumerate(proposal.tokens)
        if token.word
        and at not in verbs
        and not token.word.is_glue
        and token.low not in NUMBER_WORDS
    ]
    given = grounds.source.gives
    own = sum([not noun.takes.isdisjoint(given) for noun in nouns])
    if len(nouns) == 1 or own >= MIN_OWN_SHARE * len(nouns):
        return ""
    kept = [word for word in grounds.source.words if not word.is_glue]
    said = proposal.gives | proposal.names
    is_kept = sum([bool(word.takes & said) for word in kept]) >= KEPT_SHARE * len(kept)
    return "" if is_kept else proposal.text


def unjoined_names(proposal: Passage, grounds: Grounds) -> list[list[Token]]:
    """Neighbouring capitalised words, each known, that no text of the student puts together."""
    names = [
        token
        for token in proposal.tokens
        # Cheapest first: almost every word is in small letters.
        if (token.text != token.low or token.kind != "word")
        and token.word
        and not token.is_opening
        and not token.word.is_glue
        and is_proper(token)
    ]
    if len(names) <= 1 or proposal.is_titled:
        return []
    texts = [grounds.source, *grounds.entry]
    return [
        [one, other]
        for one, other in pairwise(names)
        if proposal.text[one.end : other.start] in (" ", " of ", " of the ")
        and not any(_has(one, text) and _has(other, text) for text in texts)
        and not any((one.low + other.low).lstrip("§") in "".join(runs_of(text)) for text in texts)
    ]


def _has(token: Token, text: Passage) -> bool:
    return token.word is not None and bool(token.word.names & text.names)
