"""Words the student cut or spelled otherwise: quarterfinals, ERP9, calliper, BOM."""

import re
from itertools import groupby, pairwise

from app.guard.evidence import Grounds
from app.guard.lexicon import word
from app.guard.passages import Passage

# Left out of acronyms, which have three to five letters where they are no chance.
_UNSOUNDED = frozenset({"of", "the", "and", "for", "in", "a", "an", "to"})
_SHORT = 5
_ACRONYM_SIZES = (3, 4, 5)


def spelled_apart(unknown: list[int], proposal: Passage, grounds: Grounds) -> set[int]:
    """Positions of words that the student cut otherwise: `quarterfinals`, `ERP9`, `work shop`."""
    spelled = [letters for text in (grounds.source, *grounds.entry) for letters in runs_of(text)]
    single, joined = set(spelled), {one + other for one, other in pairwise(spelled)}
    own = set(runs_of(grounds.source)) | {
        letters.removesuffix("s") for letters in runs_of(grounds.source)
    }
    squeezed = "|".join("".join(runs_of(text)) for text in (grounds.source, *grounds.entry))
    doubled = {_single(letters) for letters in single if len(letters) > _SHORT}
    found: set[int] = set()
    initials = {
        letters for text in (grounds.source, *grounds.around.facts) for letters in _initials(text)
    }
    whole = _in_one_piece(unknown, proposal, squeezed)
    for at in unknown:
        low = proposal.tokens[at].low.lstrip("§")
        is_whole = at in whole
        base = low.removesuffix("s").removesuffix("time")
        is_respelled = low not in single and _single(low) in doubled
        if is_whole or is_respelled or (base in own and base != low.removesuffix("s")):
            found.add(at)
        # A tool that is known has a name of its own.
        is_tool = proposal.tokens[at].low.startswith("§")
        if proposal.tokens[at].is_shouted and low in initials and not is_tool:
            found.add(at)
        if low in joined or (low[-1] == "s" and low[:-1] in joined) or low + "s" in joined:
            found.add(at)
        for first in (at - 1, at):
            pair = [token.low for token in proposal.tokens[max(first, 0) : first + 2]]
            if len(pair) == len("ab") and "".join(pair) in single:
                found.add(at)
    return found


def _in_one_piece(unknown: list[int], proposal: Passage, squeezed: str) -> set[int]:
    """Positions of names only cut otherwise, with digits to prove it: `Tally ERP9`."""
    found: set[int] = set()
    # Neighbours have the same distance from their number in the list.
    for _, numbered in groupby(enumerate(unknown), key=lambda pair: pair[1] - pair[0]):
        run = [at for _, at in numbered]
        span = proposal.text[proposal.tokens[run[0]].start : proposal.tokens[run[-1]].end].lower()
        joined = "".join(re.findall(r"[^\W_]+", span))
        if len(joined) > _SHORT and any(map(str.isdigit, joined)) and joined in squeezed:
            found.update(run)
    return found


def _single(letters: str) -> str:
    """Without doubled letters, in which spellings differ: calliper, caliper."""
    return re.sub(r"(.)\1", r"\1", letters.removesuffix("s"))


def _initials(passage: Passage) -> set[str]:
    """What neighbouring words may be shortened to: BOM, for a bill of materials."""
    found: set[str] = set()
    # "Software, around 40 per day" is no SAP.
    for phrase in re.split(r"[^\w\s&/-]|\d", passage.text.lower()):
        words = re.findall(r"[^\W\d_]+", phrase)
        sounded = [one for one in words if one not in _UNSOUNDED]
        found |= {
            "".join(one[0] for one in named)
            for spelled in (words, sounded)
            for size in _ACRONYM_SIZES
            for at in range(len(spelled) - size + 1)
            if _is_name(named := spelled[at : at + size])
        }
    return found


def _is_name(words: list[str]) -> bool:
    """Whether words may be a name together: not `the merchandising team`."""
    if words[0] in _UNSOUNDED or words[-1] in _UNSOUNDED:
        return False
    return not any(word(one).is_glue for one in words if one not in _UNSOUNDED)


def runs_of(passage: Passage) -> list[str]:
    """The runs of letters and digits of a text, in lower case."""
    return re.findall(r"[^\W_]+", passage.text.lower())
