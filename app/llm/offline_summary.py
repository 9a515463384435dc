"""The offline editor's summary of a student: the student's own words, set into fixed sentences.

It names and quotes; it does not judge what is notable, and takes what stands first. Asked to mend,
it says less.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.llm.english_verbs import BY_PAST
from app.llm.rewording import reword

Texts = Mapping[str, str]

# Beyond these a sentence is a list.
MAX_SKILLS = 6
MAX_LANGUAGES = 4
# With a title and a company before it a sentence stays within sixty words.
MAX_DEED_WORDS = 40

HEADS = frozenset(BY_PAST) | {"was", "were"}
INITIALS = 2


@dataclass(frozen=True)
class Draft:
    """A sentence and the paths of what was put into it."""

    text: str
    paths: tuple[str, ...]


def summarised(
    name: str, profile: Mapping[str, object], resume: Mapping[str, object], *, is_mending: bool
) -> dict[str, object]:
    """The answer of a model: at most one sentence for each topic.

    `profile` and `resume` are texts and numbers by their whole path.
    """
    facts = {path: str(value) for path, value in {**profile, **resume}.items()}
    short = name.partition(" ")[0]
    called = name if len(short.rstrip(".")) <= INITIALS else short
    drafts = {
        "academics": _academics(name, facts, is_brief=is_mending),
        "experience": _experience(called, facts, is_brief=is_mending),
        "skills": _skills(facts),
        "distinctive": _languages(called, facts) if is_mending else _distinctive(called, facts),
    }
    return {
        "sentences": [
            {"topic": topic, "text": draft.text, "paths": list(draft.paths)}
            for topic, draft in drafts.items()
            if draft
        ]
    }


def _academics(name: str, facts: Texts, *, is_brief: bool) -> Draft | None:
    school = "resume.education.0"
    parts = [
        ("{}", "profile.program") if "profile.program" in facts else ("{}", f"{school}.degree"),
        *([] if "profile.program" in facts else [(" in {}", f"{school}.field")]),
        (" at {}", f"{school}.institution"),
        (" with a CGPA of {}", "profile.cgpa"),
        (", graduating in {}", "profile.graduationYear"),
    ]
    if parts[0][1] not in facts:
        return None
    if is_brief:
        parts = parts[:1]
    opening = f"{name}'s course of study is "
    if "profile.semester" in facts and not is_brief:
        parts.insert(0, ("{} of ", "profile.semester"))
        opening = f"{name} is in semester "
    return _filled(opening, parts, facts)


def _experience(called: str, facts: Texts, *, is_brief: bool) -> Draft | None:
    for section, post in (
        ("experience", "As {title} at {company}"),
        ("projects", "In the project {name}"),
    ):
        entry = f"resume.{section}.0"
        keys = re.findall(r"\{(\w+)\}", post)
        paths = [f"{entry}.{key}" for key in keys]
        if not all(path in facts for path in paths):
            continue
        named = post.format(**{key: facts[f"{entry}.{key}"] for key in keys})
        told = None if is_brief else _deed(f"{entry}.bullets.", facts)
        if told:
            path, deed = told
            return Draft(f"{named}, {called} {deed}.", (*paths, path))
        plain = f"{named[0].lower()}{named[1:]}"
        return Draft(f"{called}'s most notable experience is {plain}.", tuple(paths))
    return None


def _deed(prefix: str, facts: Texts) -> tuple[str, str] | None:
    """Path and words of the first bullet that reads as what somebody did, figures first."""
    bullets = [(path, text) for path, text in facts.items() if path.startswith(prefix)]
    for path, text in sorted(bullets, key=lambda bullet: not re.search(r"\d", bullet[1])):
        told = reword(text, "professional", "past").rstrip(". ")
        head, _, rest = told.partition(" ")
        if head.lower() in HEADS and rest and len(told.split()) <= MAX_DEED_WORDS:
            return path, f"{head.lower()} {rest}"
    return None


def _skills(facts: Texts) -> Draft | None:
    named = _listed(r"resume\.skills\.\d+(?:\.keywords\.\d+)?", facts)
    paths = (named or _listed(r"profile\.skills\.\d+", facts))[:MAX_SKILLS]
    return (
        Draft(f"Key skills are {_in_a_row(facts[path] for path in paths)}.", paths)
        if paths
        else None
    )


def _distinctive(called: str, facts: Texts) -> Draft | None:
    for kind, pattern in (
        ("achievements", r"resume\.achievements\.\d+(?:\.title)?"),
        ("achievements", r"profile\.achievements\.\d+(?:\.title)?"),
        ("certifications", r"resume\.certifications\.\d+(?:\.name)?"),
    ):
        paths = _listed(pattern, facts)[:1]
        if paths:
            return Draft(f"{called}'s {kind} include: {facts[paths[0]].rstrip('. ')}.", paths)
    return _languages(called, facts)


def _languages(called: str, facts: Texts) -> Draft | None:
    paths = _listed(r"resume\.languages\.\d+(?:\.language)?", facts)[:MAX_LANGUAGES]
    if not paths:
        return None
    return Draft(f"{called} speaks {_in_a_row(facts[path] for path in paths)}.", paths)


def _filled(opening: str, parts: Iterable[tuple[str, str]], facts: Texts) -> Draft:
    known = [(form, path) for form, path in parts if path in facts]
    words = "".join(form.format(facts[path]) for form, path in known)
    return Draft(f"{opening}{words}.", tuple(path for _, path in known))


def _listed(pattern: str, facts: Texts) -> tuple[str, ...]:
    return tuple(path for path in facts if re.fullmatch(pattern, path))


def _in_a_row(texts: Iterable[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last
