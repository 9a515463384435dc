"""Claims to be something: `as duty manager`, `Mechanical engineer with …`."""

from collections.abc import Iterator
from itertools import takewhile

from app.guard.evidence import Grounds
from app.guard.lexicon import sets_of, words_of
from app.guard.passages import Passage
from app.guard.tokens import Token

_ROLES = words_of("roles.txt")
_BECOMING = sets_of("grammar.txt")["becoming"]
# "as the student duty manager": how far before a role its `as` may stand.
_REACH = 5
_POSTS = sets_of("rewording.txt")["posts"]
_POST_REACH = 2
_RANKS = frozenset({"staff", "senior", "head", "chief", "lead", "charge"})
_WITH_WHOM, _EMPLOYER_REACH = frozenset({"with", "for", "at", "under"}), 5
_OF_OTHERS = frozenset(
    {"by", "under", "with", "from", "once", "after", "when", "because", "before"}
)
HOPING = frozenset(
    [
        *("hope", "hopes", "hoping", "seek", "seeks", "seeking", "looking", "want", "wants"),
        *("wanting", "wish", "wishes", "wishing", "aim", "aims", "aiming", "interested", "keen"),
    ]
)
_SENTENCE_ENDS = frozenset(".!?;")
_VERBAL = frozenset({"to", "will"})
_ASPIRING = frozenset({"aspiring", "future", "prospective", "become", "becoming", "seeking"})


def claimed_roles(proposal: Passage, grounds: Grounds) -> Iterator[Token]:
    """Roles the proposal claims for the student and neither a title nor the own text does."""
    if _ROLES.isdisjoint(proposal.spelled):
        return
    own = {token.low for token in _claims(grounds.source)}
    known = set(own)
    for title in grounds.around.titles:
        known |= {token.low for token in title.tokens}
    # A summary speaks of nobody else, so every role in it is claimed.
    claims = [
        token
        for at, token in enumerate(proposal.tokens)
        if token.low in _ROLES
        # "the lawyer's chamber"
        and not token.text.endswith("'s")
        and not _is_employer(at, proposal, grounds.source)
        and not _is_of_post(at, proposal, grounds.source)
        and not (at and proposal.tokens[at - 1].low in _VERBAL)
    ]
    named = {token.start for token in claims}
    for token in (
        claims if grounds.is_summary else (one for one in _claims(proposal) if one.start in named)
    ):
        if token.low not in known or _is_other_rank(token, proposal, grounds, own):
            yield token


def _is_employer(at: int, proposal: Passage, source: Passage) -> bool:
    """`a trainee with a tour operator`: for whom, as the student wrote."""
    word, near = proposal.tokens[at].word, proposal.lows[max(0, at - _EMPLOYER_REACH) : at]
    is_whose = not _WITH_WHOM.isdisjoint(near) and _BECOMING.isdisjoint(near)
    return is_whose and word is not None and not word.names.isdisjoint(source.names)


def _is_other_rank(role: Token, proposal: Passage, grounds: Grounds, own: set[str]) -> bool:
    """`as charge nurse` of a student nurse: what stands before the role is not in the title."""
    at = next(place for place, token in enumerate(proposal.tokens) if token is role)
    before = proposal.tokens[at - 1].word if at else None
    if role.low in own or grounds.is_summary or before is None:
        return False
    if before.is_glue and before.text not in _RANKS:
        return False
    return not any(before.takes & title.gives for title in grounds.around.titles)


def _is_of_post(at: int, proposal: Passage, source: Passage) -> bool:
    """Whether a role named by the student belongs to a post: `an accounts executive role`."""
    word = proposal.tokens[at].word
    following = {token.low for token in proposal.tokens[at + 1 : at + 1 + _POST_REACH]}
    near = {token.low for token in proposal.tokens[max(0, at - _REACH) : at]}
    if near & _ASPIRING or _is_wished(at, proposal):
        return word is not None and bool(word.takes & source.gives)
    is_of_post = bool(following & _POSTS) or ("the" in near and not near & _BECOMING)
    return word is not None and bool(word.names & source.names) and is_of_post


def _is_wished(at: int, passage: Passage) -> bool:
    """Whether the sentence has said before that something is hoped for: `seeking a post as`."""
    sentence = takewhile(lambda low: low not in _SENTENCE_ENDS, reversed(passage.lows[:at]))
    return not HOPING.isdisjoint(sentence)


def _is_doer(at: int, passage: Passage) -> bool:
    """`as the consultant prescribed` tells what the consultant did."""
    after = passage.lows[at + 1] if at + 1 < len(passage.lows) else ""
    return passage.lows[max(0, at - 2) : at] == ["as", "the"] and after.endswith("ed")


def _claims(passage: Passage) -> Iterator[Token]:
    """Role nouns after `as`, or in what stands before the first verb and preposition."""
    opening = passage.clauses[0] if passage.clauses else None
    is_bare = opening is not None and opening.level is None
    leading = set(opening.chunks[0]) if opening and is_bare and opening.chunks else set()
    for at, token in enumerate(passage.tokens):
        if token.low not in _ROLES or _is_wished(at, passage) or _is_doer(at, passage):
            continue
        before = [near.low for near in passage.tokens[max(0, at - _REACH) : at]]
        # "Was adopted by the director" tells who did it, not who one was.
        while not _OF_OTHERS.isdisjoint(before):
            del before[: next(n for n, low in enumerate(before) if low in _OF_OTHERS) + 1]
        if token.low == "graduate" and not _VERBAL.isdisjoint(before[-1:]):
            continue
        if at in leading or not _BECOMING.isdisjoint(before):
            yield token
