"""The closed world: a proposal's words must be the student's, mean the same, or say nothing."""

import re
from itertools import pairwise

from app.guard.evidence import Grounds
from app.guard.frequencies import RATES
from app.guard.generic import CARRIERS, GENERIC_DOING, GENERIC_MAKING, LIGHT
from app.guard.hedges import PRIZES
from app.guard.lexicon import Word, sets_of, stems_of
from app.guard.passages import Passage
from app.guard.quantity_words import is_number_word, is_qualifier
from app.guard.tokens import Token

# A heading in title case has capitals that mean nothing.
_TITLE_CASE_SHARE = 0.85
# Facts may come from around a bullet, but much of it stays what it was about.
MIN_OWN_SHARE = 0.34
# Left out of acronyms, which have three to five letters where they are no chance.
_UNSOUNDED = frozenset({"of", "the", "and", "for", "in", "a", "an", "to"})
_ACRONYM_SIZES = (3, 4, 5)
_TOGETHER = frozenset({"jointly", "together", "team", "group", "collaboratively", "shared"})
_WINNING = frozenset({"won", "received", "secured", "earned", "awarded", "placed", "obtained"})
# What a thing of a known name is: says nothing beside it.
_KINDS = sets_of("kinds.txt")["tools"]
# What the items of a section are anyway.
_SECTION_WORDS = {kind: words for kind, words in sets_of("kinds.txt").items() if kind != "tools"}
_DIRECTIONS = stems_of("higher lower less more fewer below above under against longer shorter")
# Ordinary words that are names when they are capitalised.
_NAMES_TOO = frozenset({"may", "march", "august", "will", "mark"})


def unknown_words(proposal: Passage, grounds: Grounds) -> list[list[Token]]:
    """Runs of neighbouring words that nothing the student said explains."""
    is_titled = _is_titled(proposal.tokens)
    judged = _judged_elsewhere(proposal, grounds)
    unknown = [
        at
        for at, token in enumerate(proposal.tokens)
        if token.word
        and at not in judged
        and not _is_known(token, grounds, is_titled=is_titled)
        and not _is_kind_of_neighbour(at, proposal)
    ]
    if unknown:
        named = _named_whole(proposal, grounds) | _spelled_apart(unknown, proposal, grounds)
        unknown = [at for at in unknown if at not in named]
    runs: list[list[Token]] = []
    for at in unknown:
        if at - 1 in unknown and runs:
            runs[-1].append(proposal.tokens[at])
        else:
            runs.append([proposal.tokens[at]])
    return runs


def _judged_elsewhere(proposal: Passage, grounds: Grounds) -> set[int]:
    """Positions other checks answer for: quantities and clause verbs."""
    judged = {at for one in proposal.quantities for at in range(one.first, one.last)}
    if grounds.is_bullet or grounds.is_summary:
        judged |= {at for one in proposal.clauses for at in (*one.positions, *one.duties)}
    return judged


def _named_whole(proposal: Passage, grounds: Grounds) -> set[int]:
    """Positions of general skills and headings that are named from first to last word."""
    named: set[int] = set()
    names = [token.word.names if token.word else frozenset[str]() for token in proposal.tokens]
    for phrase in grounds.around.phrases:
        size = len(phrase)
        for at in range(len(names) - size + 1):
            window = names[at : at + size]
            if all(one & other for one, other in zip(phrase, window, strict=True)):
                named |= set(range(at, at + size))
    return named


def _is_kind_of_neighbour(at: int, proposal: Passage) -> bool:
    """`software` beside the name of one."""
    if proposal.tokens[at].low not in _KINDS:
        return False
    near = [proposal.tokens[place] for place in (at - 1, at + 1) if 0 <= place < len(proposal.tokens)]
    return any(token.word and is_proper(token) and not token.is_opening for token in near)


def _spelled_apart(unknown: list[int], proposal: Passage, grounds: Grounds) -> set[int]:
    """Positions of words that the student cut otherwise: `quarterfinals`, `ERP9`, `work shop`."""
    spelled = [letters for text in (grounds.source, *grounds.entry) for letters in _runs(text)]
    single, joined = set(spelled), {one + other for one, other in pairwise(spelled)}
    found: set[int] = set()
    initials = {letters for text in (grounds.source, *grounds.around.facts) for letters in _initials(text)}
    for at in unknown:
        low = proposal.tokens[at].low
        if proposal.tokens[at].is_shouted and low in initials:
            found.add(at)
        if low in joined or (low[-1] == "s" and low[:-1] in joined) or low + "s" in joined:
            found.add(at)
        for first in (at - 1, at):
            pair = [token.low for token in proposal.tokens[max(first, 0) : first + 2]]
            if len(pair) == len("ab") and "".join(pair) in single:
                found.add(at)
    return found


def _initials(passage: Passage) -> set[str]:
    """What neighbouring words may be shortened to: BOM, for a bill of materials."""
    words = re.findall(r"[^\W\d_]+", passage.text.lower())
    sounded = [word for word in words if word not in _UNSOUNDED]
    return {
        "".join(word[0] for word in spelled[at : at + size])
        for spelled in (words, sounded)
        for size in _ACRONYM_SIZES
        for at in range(len(spelled) - size + 1)
    }


def _runs(passage: Passage) -> list[str]:
    return re.findall(r"[^\W_]+", passage.text.lower())


def _is_known(token: Token, grounds: Grounds, *, is_titled: bool) -> bool:
    word = token.word
    # Cheapest first: almost every word ends in the first two lines.
    if word is None or word.names & grounds.source.names:
        return True
    if is_proper(token, is_titled=is_titled):
        return _is_known_name(token, word, grounds)
    return (
        word.is_glue
        or is_qualifier(word.text)
        or word.text in RATES
        or (word.text in _WINNING and bool(grounds.source.names & PRIZES) and not grounds.is_bullet)
        or (word.text in _TOGETHER and grounds.source.is_shared)
        or (word.stem in _DIRECTIONS and bool(grounds.source.contrasts or grounds.source.changes))
        or word.text in _SECTION_WORDS.get(grounds.path.partition(".")[0], ())
        or bool(word.takes & grounds.source.gives or word.acts & grounds.source.deeds)
        or bool(word.names & grounds.names or word.takes & grounds.gives)
        or _is_light_participle(word)
    )


def _is_known_name(token: Token, word: Word, grounds: Grounds) -> bool:
    if word.names & grounds.names:
        return True
    is_ordinary = token.text[1:].islower() or token.text == "I"
    is_plain = word.is_glue and is_ordinary and word.text not in _NAMES_TOO
    return is_plain or any(word.names & one.names for one in grounds.around.headings)


def _is_light_participle(word: Word) -> bool:
    """`made` or `used` behind a noun."""
    if word.verb is None:
        return False
    if word.verb.form not in ("past", "ing"):
        return word.stem in CARRIERS
    return word.stem in GENERIC_DOING | GENERIC_MAKING | LIGHT


def is_proper(token: Token, *, is_titled: bool = False) -> bool:
    """Whether a word is written like the name of something."""
    if token.kind in ("mixed", "dotted", "special") or (token.word and token.word.is_skill):
        return True
    return token.is_shouted or (token.is_capital and not token.is_opening and not is_titled)


def _is_titled(tokens: list[Token]) -> bool:
    words = [token for token in tokens if token.word and not token.word.is_glue]
    capitals = sum(token.is_capital for token in words)
    return len(words) > 1 and capitals > _TITLE_CASE_SHARE * len(words)


def strayed(proposal: Passage, grounds: Grounds) -> str:
    """The text of a proposal most of whose nouns come from elsewhere in the entry; else nothing."""
    verbs = {at for clause in proposal.clauses for at in clause.positions}
    nouns = [
        token.word
        for at, token in enumerate(proposal.tokens)
        if token.word
        and at not in verbs
        and not token.word.is_glue
        and not is_number_word(token.low)
    ]
    own = sum(bool(noun.takes & grounds.source.gives) for noun in nouns)
    is_about_it = len(nouns) == 1 or own >= MIN_OWN_SHARE * len(nouns)
    return "" if is_about_it else proposal.text


def unjoined_names(proposal: Passage, grounds: Grounds) -> list[list[Token]]:
    """Neighbouring capitalised words, each known, that no text of the student puts together."""
    texts = [grounds.source, *grounds.entry]
    names = [
        token
        for token in proposal.tokens
        if token.word and not token.word.is_glue and is_proper(token) and not token.is_opening
    ]
    is_titled = _is_titled(proposal.tokens)
    return [
        [one, other]
        for one, other in pairwise(names)
        if not is_titled
        and proposal.text[one.end : other.start] in (" ", " of ", " of the ")
        and not any(_has(one, text) and _has(other, text) for text in texts)
    ]


def _has(token: Token, text: Passage) -> bool:
    return token.word is not None and bool(token.word.names & text.names)
