"""What limits a claim stays with it: prototype, simulated, not, under supervision, in a team."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.guard.clause import DOING_LEVEL
from app.guard.evidence import Grounds
from app.guard.lexicon import Word, stem, stems_of, word
from app.guard.lists import lines
from app.guard.passages import Passage

_LIMITS = [frozenset(stem(word) for word in line.split()) for line in lines("hedges.txt")]
_ALL_LIMITS = frozenset().union(*_LIMITS)
_NOT = frozenset(stem(word) for word in ["not", "never", "without", "no", "unable", "cannot"])
_REACH = 3
# To draft is a deed; `draft` before a noun limits it. How exact a number is has its own check.
_NO_LIMITS = frozenset({"drafted", "drafting", "roughly"})
# "not Rs 20" may become "rather than Rs 20".
_CONTRASTING = frozenset({"rather", "instead", "instead_of", "against", "versus", "vs"})
_PERSON = (
    "supervisor|nurse|engineer|doctor|chef|faculty|professor|mentor|manager|accountant|guide"
    "|lawyer|advocate|teacher|technician|architect|editor|auditor|officer|scientist|therapist"
    "|pharmacist|designer|operator|captain|coordinator|fitter|foreman|machinist|tutor|instructor"
    "|trainer|consultant|surveyor|welder|agronomist|baker|tailor|statistician|executive|leader|head"
    "|in-?charge|associate|analyst|assistant|representative|developer|clerk|cashier|inspector"
)
_SUPERVISED = re.compile(
    r"\bunder (?:the |a |an |my |close |direct |strict )*(?:\w+ )?"
    r"(?:supervision|guidance|mentorship|direction|instruction)"
    r"|\bunder (?:the |a |an |my )(?:\w+ ){0,2}\w+(?:ist|ian|isor|ineer)\b"
    rf"|\b(?:supervised|guided|mentored) by|\bunder (?:the |a |an )?(?:\w+ ){{0,2}}(?:{_PERSON})\b"
)
_STILL_SUPERVISED = re.compile(
    rf"\bwith (?:the |a |an |my |our )(?:\w+ )?(?:{_PERSON})\b"
    r"|\bunder\b|\bsupervis|\bguid(?:ed|ance)|\bmentor|\bdirected by"
    r"|\boversight|\bassist|\bhelp|\bsupport"
)
_MATES = (
    "teammates?|classmates?|peers?|colleagues?|friends?|partners?|members?|seniors?|juniors?"
    "|trainees?|interns?|batchmates?|groupmates?|roommates?|students|others"
)
# Things that end like people.
_DEVICES = (
    "buffers|sensors|motors|filters|meters|printers|scanners|timers|counters|registers|monitors|heaters"
    "|coolers|rollers|cylinders|reactors|resistors|capacitors|transistors|inverters|controllers"
    "|actuators|transformers|generators|compressors|conveyors|routers|servers|computers|trailers"
    "|tractors|containers|folders|posters|banners|papers|layers|colours|colors|numbers|parameters"
    "|indicators|factors|vectors|editors|chapters|letters|newsletters|semesters|orders|flowers"
    "|plants|variants|restaurants|constants|coolants|lists"
    # Nor do those work with one on whom something is tried.
    "|users|customers|consumers|buyers|viewers|readers|shoppers|testers"
)
_COUNT = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
# Everything stands behind one word boundary: without it each letter is tried as each of these.
_SHARED = re.compile(
    r"\b(?:(?<!the )(?:part|member) of\b|in an? (?:\w+ )?(?:team|group|pair)\b"
    r"|as an? (?:team|group)\b"
    r"|in (?:pairs|teams|groups)\b"
    r"|with (?:an?|my|the|our|two|three|four|five|\d+|other|fellow|some)(?: \w+)? "
    rf"(?:{_MATES}|team|group|people)\b|with (?:{_MATES})\b"
    rf"|(?:along|together) with (?:the|an?|my|our) (?:\w+ ){{0,2}}"
    rf"(?:{_PERSON}|{_MATES}|team|group)\b"
    r"|alongside\b|jointly\b|together with\b|collaborat\w+|partner(?:ed|ing) with\b"
    r"|work(?:ed|ing)? (?:closely )?with\b[^,;.]* to \w"
    # Interviews with four owners: they are no partners.
    r"|(?<!interviews )(?<!meetings )(?<!talks )"
    rf"with (?:two|three|four|five|six|\d+) (?:\w+ )?(?!(?:{_DEVICES})\b)"
    r"\w+(?:ers|ors|ists|ians|ants|mates)\b"
    r"|team of \w+|\w+[- ](?:member|person|people) (?:team|group)\b|co-\w+ed\b"
    r"|(?:group|team) project\b"
    r"|with the help of (?:the|my|our)\b"
    rf"|with the help of an? (?:\w+ ){{0,2}}(?:{_PERSON}|{_MATES}|team)\b"
    r"|with (?:the |some )?(?:help|assistance|support) from\b|with another \w+"
    r"|with the (?:\w+ )?\w+(?:ian|ist)\b"
    rf"|with (?:the|my|our|an?) (?:\w+ ){{0,2}}(?:{_PERSON})\b)"
)
_STILL_SHARED = re.compile(
    rf"\b(?:{_MATES.replace('|students', '')})\b|\bteam|\bgroup"
    r"|\bpairs?\b|\bjoint|\balongside|\btogether|\bcollaborat"
    rf"|\bco-\w|\bpartner|\bfellow\b|\bwith (?:{_COUNT}|\d+|other|another)\b"
    rf"|\b(?:{_COUNT}|\d+) students\b"
    r"|\bone of\b"
    r"|\b(?:along|together) with\b|\bshared\b|\bcontribut|\bhelp|\bassist|\bsupport|\bpart of\b"
)
_IN_A_GROUP = re.compile(
    r"\b(?:group|team) (?:project|work|assignment|survey|study)"
    r"|\b(?:in|as|with|by) an? (?:[\w-]+ )?(?:group|team|pair)|\bour (?:group|team)\b"
    r"|\banother \w+ and i\b"
    r"|\bone of\b|\bpart of\b|\bcontribut|\bhelp|\bassist|\bsupport|\bshared\b"
)
_STILL_JOINT = re.compile(
    r"\bco-|\bwith\b|\balongside\b|\bjoint|\btogether\b|\bshared\b|\bone of\b"
)
# The searches above run only where one of these words is; hardly any bullet has one.
PRIZES = stems_of("prize best winner win top award medal trophy champion first runner_up")
_SOCIAL = stems_of(
    "team group pair pairs part_of member teammate classmate peer colleague friend partner student "
    "other alongside jointly together collaborate collaborating partnering co people under guide "
    "supervise supervision mentor fellow work_with using"
)


_NEGATING = stems_of(
    "not never no none nobody nothing neither nor without unable cannot lack absence "
    "absent missing prevent avoid stop fail free hardly rarely non un in_no instead_of unlike "
    "except offline zero nil"
)
# Not universities, internships and districts.
_NEGATIVE_FORM = re.compile(
    r"un(?!der|i|til|less)\w{4,}|non-?\w{4,}|mis(?!sion)\w{4,}|dis(?:agree|approv|connect|continu|lik)\w*"
    r"|in(?:complete|correct|accurate|valid|sufficient|consisten|activ|adequa|eligib|abilit|efficien)\w*"
    r"|im(?:possib|proper|perfect|balanc)\w*|ir(?:regular|relevan)\w*|ille\w+"
    r"|(?!wireless|stainless)\w{3,}(?:less|-free)|\w+n't"
)


_ALONE = frozenset(
    ["individual", "individually", "solo", "alone", "independent", "independently", "myself"]
)
_GROUPS = frozenset({"group", "team", "pair", "jointly", "together"})
_NONE = frozenset({"no", "none", "nobody", "nothing", "never", "zero", "nil"})


def negates(passage: Passage) -> bool:
    """Whether it says in any way that something is not so: untested, lacked, prevents, without."""
    return any(
        token.word is not None
        and (token.word.stem in _NEGATING or _NEGATIVE_FORM.fullmatch(token.low) is not None)
        for token in passage.tokens
    )


@dataclass(frozen=True)
class DroppedLimit:
    """`limit` is the student's word that is missing, `word` the proposed one it belonged to."""

    limit: str
    word: str
    reason: str


def dropped_limits(proposal: Passage, grounds: Grounds) -> Iterator[DroppedLimit]:
    """Limits the student set that a rewording of the same words leaves out."""
    yield from _dropped_words(proposal, grounds.source)
    yield from _dropped_rank(proposal, grounds.source)
    yield from _nothing_happened(proposal, grounds.source)
    yield from _done_alone(proposal, grounds.source)
    if not grounds.is_bullet:
        if not grounds.is_summary and "only" in grounds.source.spelled - proposal.spelled:
            yield DroppedLimit("only", _opening(proposal), "You wrote 'only' of this.")
        return
    if not grounds.source.names & _SOCIAL and " with " not in grounds.source.text:
        return
    source, said = grounds.source.text.lower(), proposal.text.lower()
    levels = (DOING_LEVEL if clause.level is None else clause.level for clause in proposal.clauses)
    top = max(levels, default=0)
    if top > 0 and (found := _SUPERVISED.search(source)) and not _STILL_SUPERVISED.search(said):
        yield DroppedLimit(
            found[0],
            _opening(proposal),
            f"You did this {found[0].strip()}; leaving that out claims more.",
        )
    found = _SHARED.search(source)
    if top < DOING_LEVEL or not found:
        return
    # A group that was led together still leaves the other leader out.
    still = _STILL_JOINT if found[0].startswith("co-") else _STILL_SHARED
    # "Menu cards with two classmates for the kitchen team": that team is none of theirs.
    rest = source[: found.start()] + source[found.end() :]
    if any(kept[0] not in rest or _IN_A_GROUP.search(said) for kept in still.finditer(said)):
        return
    # "Accompanied the audit team" of one who went with the audit team
    partner = found[0].partition(" to ")[0].split()[-2:]
    if (" ".join(partner) in said and not word(partner[-1]).is_glue) or any(
        person in said for person in re.findall(rf"\b(?:{_PERSON}|{_MATES})\b", found[0])
    ):
        return
    if not _names_partners(source[found.end() :], proposal):
        reason = "You did this together with others; leaving them out claims it for you alone."
        yield DroppedLimit(found[0], _opening(proposal), reason)


def _dropped_rank(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """A prize that is named without the rank the student gave it."""
    if source.names.isdisjoint(PRIZES):
        return
    ranks = [one for one in source.quantities if one.kind == "ordinal" and one.value > 1]
    lower = {"runner_up"} & source.spelled
    is_kept = any(one.kind in ("ordinal", "plain") for one in proposal.quantities) or (
        lower & proposal.spelled
    )
    if is_kept or not (ranks or lower):
        return
    for token in proposal.tokens:
        if token.word and token.word.stem in PRIZES:
            reason = "You gave your rank; leaving it out claims the first."
            yield DroppedLimit("rank", token.text, reason)
            return


def _nothing_happened(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`so that no resident had a sore`: that nothing happened is a result, too."""
    # The last word says nothing of anything; who wrote a nought said that there was none.
    if (
        _NONE.isdisjoint(proposal.lows[:-1])
        or negates(source)
        or any(one.value == 0 for one in source.quantities)
    ):
        return
    token = next(token for token in proposal.tokens if token.low in _NONE)
    yield DroppedLimit("result", token.text, f"You did not say '{token.low}' here.")


def _done_alone(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    """`an individual project` of one who did it in a group."""
    if _ALONE.isdisjoint(proposal.spelled) or not _ALONE.isdisjoint(source.spelled):
        return
    at = next(place for place, low in enumerate(proposal.lows) if low in _ALONE)
    # "Individual reports for the students": each of many things, not alone.
    if "".join(proposal.lows[at + 1 : at + 2]).endswith("s"):
        return
    if _SHARED.search(source.text.lower()) or not _GROUPS.isdisjoint(source.spelled):
        said = proposal.tokens[at].text
        reason = f"You did this together with others; '{said}' claims it for you alone."
        yield DroppedLimit("group", said, reason)


def _opening(proposal: Passage) -> str:
    return proposal.tokens[0].text if proposal.tokens else ""


def _names_partners(rest: str, proposal: Passage) -> bool:
    """Whether those one worked with are still named: `with designers`."""
    partners = [
        name
        for name in re.findall(r"\w+", rest)[:_REACH]
        if name not in ("with", "the", "a", "to", "on", "two", "other")
    ]
    said = proposal.names
    is_with = re.search(r"\bwith\b", proposal.text.lower()) is not None
    return is_with and any(stem(name) in said and not word(name).is_glue for name in partners[:2])


def _dropped_words(proposal: Passage, source: Passage) -> Iterator[DroppedLimit]:
    if _ALL_LIMITS.isdisjoint(source.stems):
        return
    stems = proposal.stems | proposal.spelled
    verbs = {at for clause in source.clauses for at in clause.positions}
    for at, token in enumerate(source.tokens):
        # Who estimated did so; an estimated saving is none yet.
        if token.word is None or (token.low == "estimated" and at in verbs):
            continue
        for limits in _LIMITS:
            if token.word.stem not in limits or limits & stems or token.low in _NO_LIMITS:
                continue
            if token.word.stem in _NOT and (_CONTRASTING & stems or negates(proposal)):
                continue
            if kept := _kept_after(at, source, proposal):
                yield DroppedLimit(
                    token.text,
                    kept,
                    f"You wrote '{token.text}'; without it '{kept}' claims more than you said.",
                )


def _kept_after(at: int, source: Passage, proposal: Passage) -> str:
    """The first content word after a limit, where the proposal still has it."""
    for token in source.tokens[at + 1 : at + 1 + _REACH]:
        if token.kind == "number":
            continue
        if token.word is None:
            break
        if not token.word.is_glue:
            return _said_in(token.word, proposal)
    # "HPLC basics": the limit closes the text and stands behind its word.
    words = [token.word for token in source.tokens if token.word]
    is_last = len(words) > 1 and words[-1] is source.tokens[at].word
    return _said_in(words[-2], proposal) if is_last else ""


def _said_in(word: Word, proposal: Passage) -> str:
    for said in proposal.tokens:
        if said.word and said.word.takes & word.gives:
            return said.text
    return ""
