"""Rewording by rule: plainer and more active words that claim exactly what the old ones did.

Every rule does nothing where it is not certain. Numbers, names and technical words are compared
before and after: a bullet that would lose one stays as it was.
"""

import re
from collections.abc import Callable, Iterable

from app.llm.english_verbs import (
    BY_BASE,
    BY_GERUND,
    BY_PARTICIPLE,
    BY_PAST,
    BY_THIRD,
    RULES,
    Form,
)
from app.llm.finite_clauses import finite


def _either(words: Iterable[str]) -> str:
    # The longest first, or "was responsible for" would never get past "responsible for".
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


OPENERS = RULES["openers"]
MARKER = re.compile(r"^(?:[•·▪*]\s*|[–-]\s+)")  # noqa: RUF001  the dash that lists are typed with
FIRST_PERSON = re.compile(r"^I(?P<perfect>'ve| have| had)? (?P<word>\w+)(?= )")
INNER_FIRST_PERSON = re.compile(r"\b(and|but|then) I (?=(?P<word>\w+))")
MY_ONE = re.compile(rf"\bmy (?=(?:{_either(RULES['possessives']['one'].split())})\b)")
MY_MANY = re.compile(rf"\bmy (?=(?:{_either(RULES['possessives']['many'].split())})\b)")
CONTRACTED = re.compile(rf"\b(?:{_either(RULES['contractions'])})(?!\w)", re.IGNORECASE)
DOING = re.compile(rf"^(?:{_either(OPENERS['doing'])}):? (?P<clause>.+)$", re.IGNORECASE)
ABLE = re.compile(rf"^(?:{_either(OPENERS['able'])}) (?P<clause>.+)$", re.IGNORECASE)
NOUN_OF = re.compile(
    rf"^the (?P<noun>{_either(OPENERS['nouns'])})"
    rf"(?: and (?P<second>{_either(OPENERS['nouns'])}))? of (?P<rest>.+)$"
)
NOUN_LATER = re.compile(r"\band\b.* of\b|\w+ing\b")
PASSIVE = re.compile(
    r"^(?P<determiner>The|A|An|All|Several) (?P<subject>[^,;.:]*?) (?:was|were|has been|have been)"
    r" (?P<verb>\w+)(?: and (?P<second>\w+))? by me\b(?P<rest>.*)$"
)
SPACE_BEFORE = re.compile(r" +([,;.])(?!\w)")
SENTENCE_END = re.compile(r"[.!?]\s+\S")
TOKEN = re.compile(r"[^\s,;:()]+")

STARTERS = frozenset({"the", "a", "an", "was", "took", "part", "also"})
KNOWN_WORDS = STARTERS.union(BY_BASE, BY_PAST, BY_GERUND, BY_THIRD)


def reword(text: str, tone: str, form: Form | None = None) -> str:
    """The bullet in plainer words; `form` is that of its role's verbs, `None` if nobody knows."""
    bare = MARKER.sub("", " ".join(text.split()))
    new = _impersonal(CONTRACTED.sub(_expanded, bare))
    for rule in (_active, _opened, _levelled, _in_tense):
        new = rule(new, form)
    new = _punctuated(reword_phrases(new, tone))
    new = _capitalised(new)
    is_whole = len(new.split()) > 1 and _facts(new) == _facts(bare)
    return new if is_whole else text


def reword_phrases(text: str, tone: str) -> str:
    """The text without its fillers and roundabout phrases; every sentence stays one."""
    for old, new in RULES["phrases"][tone].items():
        text = re.sub(rf"\b{old}(?![\w'’-])", _with_case_of(new), text, flags=re.IGNORECASE)  # noqa: RUF001  typographic apostrophe
    fillers = _either(RULES["fillers"][tone])
    keep_before = _either(RULES["fillers"]["keep_before"].split())
    filler = re.compile(
        rf"(?:(?P<before>\b[\w'-]+) )?\b(?:{fillers}) (?!(?:{keep_before})\b)(?=(?P<after>\w))"
    )
    text = filler.sub(_without_filler, text)
    opening = re.compile(rf"^(?:{fillers}) (?=(?P<after>[a-z]+)\b)", re.IGNORECASE)
    if (match := opening.match(text)) and match["after"] in BY_PAST:
        text = text[match.end() :]
    return text


def _with_case_of(new: str) -> Callable[[re.Match[str]], str]:
    return lambda old: new.capitalize() if old[0][0].isupper() else new


def _without_filler(match: re.Match[str]) -> str:
    before, after = (match["before"] or "").lower(), match["after"].lower()
    is_kept = not before or before in RULES["fillers"]["keep_after"].split()
    # "a very old" would need another article; before h and u that takes an ear.
    needs_article = (before == "a" and after in "aeiouh") or (before == "an" and after not in "aio")
    return match[0] if is_kept or needs_article else f"{match['before']} "


def _expanded(match: re.Match[str]) -> str:
    return _with_case_of(RULES["contractions"][match[0].lower()])(match)


def _impersonal(text: str) -> str:
    """Without "I" before a verb known to be one, and without "my" before a group."""
    if match := FIRST_PERSON.match(text):
        if match["perfect"] and match["word"] in BY_PARTICIPLE:
            text = BY_PARTICIPLE[match["word"]].past + text[match.end() :]
        elif not match["perfect"] and match["word"] in {*BY_PAST, "was"}:
            text = text[match.start("word") :]
    text = INNER_FIRST_PERSON.sub(
        lambda inner: f"{inner[1]} " if inner["word"] in BY_PAST else inner[0], text
    )
    return MY_ONE.sub("the ", MY_MANY.sub("", text))


def _active(text: str, form: Form | None) -> str:
    """What "I" did, in the active voice; what others did stays passive."""
    del form
    match = PASSIVE.match(text)
    if match is None or re.search(r"\b(?:was|were)\b", match["rest"]):
        return text
    verbs = [match["verb"], *([match["second"]] if match["second"] else [])]
    if not all(verb in BY_PARTICIPLE for verb in verbs):
        return text
    head = " and ".join(BY_PARTICIPLE[verb].past for verb in verbs)
    return f"{head} {match['determiner'].lower()} {match['subject']}{match['rest']}"


def _opened(text: str, form: Form | None) -> str:
    """Without a weak opener such as "Responsible for", if the verb behind it is certain."""
    if match := ABLE.match(text):
        return finite(match["clause"], "past", BY_BASE, is_head_certain=True) or text
    if match := DOING.match(text):
        clause = match["clause"]
        return finite(clause, form or "past", BY_GERUND) or _from_noun(clause, form) or text
    return text


def _from_noun(clause: str, form: Form | None) -> str | None:
    """The verb inside a noun: from "the maintenance of x" to "maintained x"."""
    match = NOUN_OF.match(clause)
    if match is None or NOUN_LATER.search(match["rest"]):
        return None
    nouns = [match["noun"], *([match["second"]] if match["second"] else [])]
    verbs = [BY_BASE[OPENERS["nouns"][noun]].in_form(form or "past") for noun in nouns]
    return f"{' and '.join(verbs)} {match['rest']}"


def _levelled(text: str, form: Form | None) -> str:
    """Another opener of the same level of authorship: helped stays helped."""
    del form
    for old, new in OPENERS["level"].items():
        pattern = re.escape(old).replace(r"\{ing\}", r"(\w+ing)").replace(r"\{base\}", r"(\w+)")
        match = re.match(rf"{pattern}(?P<rest> .+|$)", text, re.IGNORECASE)
        if match is None:
            continue
        kept = match[1]
        known = BY_GERUND if "{ing}" in old else BY_BASE if "{base}" in old else {kept: None}
        if kept.lower() in known and match["rest"]:
            return re.sub(r"\{\w+\}", kept, new) + match["rest"]
    return text


def _in_tense(text: str, form: Form | None) -> str:
    """A finished role's first verb in the past; a role that goes on keeps its own words."""
    if form != "past":
        return text
    for verbs in (BY_BASE, BY_THIRD, BY_GERUND):
        if past := finite(text, form, verbs):
            return past
    return text


def _punctuated(text: str) -> str:
    text = SPACE_BEFORE.sub(r"\1", text).rstrip(" ;,")
    last = text.rsplit(" ", 1)[-1]
    is_word = re.fullmatch(r"[A-Za-z]{3,}\.|[\d%)]+\.", last)
    is_abbreviation = last.lower().rstrip(".") in RULES["abbreviations"]["words"].split()
    if is_word and not is_abbreviation and not SENTENCE_END.search(text):
        return text[:-1]
    return text


def _capitalised(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first in KNOWN_WORDS else text


def _facts(text: str) -> list[str]:
    """What no rule may touch: tokens with a digit or a capital, but for a first word's capital."""
    tokens = [token.strip(".'\"") for token in TOKEN.findall(text)]
    lasting = [token for token in tokens if token not in {"I", "I've"}]
    return sorted(
        token
        for position, token in enumerate(lasting)
        if any(char.isdigit() for char in token)
        or any(char.isupper() for char in (token[1:] if position == 0 else token))
    )
