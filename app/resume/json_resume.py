"""JSON Resume in and out: the same facts under the other layout's names, nothing dropped.

Source: https://jsonresume.org/schema, versions 1.0.0 to 1.3.1.

A valid JSON Resume comes out equal, unless an unknown key of it is a word of ours (`company` beside
no `name`): that one comes out under JSON Resume's word. Sections only JSON Resume has (`volunteer`,
`publications`, `interests`, `references`, `meta`) and unknown keys stay where they are in ours. A
key is renamed only where the new name is free, so two keys never become one. On the way out our
words give way to JSON Resume's: a bullet becomes its text (there is no place for `verified`), a
plain skill an object with a name, a date ISO 8601; one that has no ISO form (`Summer 2024`) keeps
its wording beside, as `startDateText`.
"""

import re
from collections.abc import Mapping
from typing import Any

_Names = Mapping[str, str]
_Json = dict[str, Any]

_SECTIONS: _Names = {
    "work": "experience",
    "certificates": "certifications",
    "awards": "achievements",
}
_DATES = ("startDate", "endDate", "date")
_DATE_WORDINGS: _Names = {f"{date}Text": date for date in _DATES}
_SNAKE_DATES: _Names = {"start_date": "startDate", "end_date": "endDate"}

# Keyed by JSON Resume's section: its key -> ours. `work[].description` is about the company.
_ENTRY_KEYS: Mapping[str, _Names] = {
    "work": {
        "name": "company",
        "position": "title",
        "summary": "description",
        "description": "company_description",
        "highlights": "bullets",
    },
    "projects": {"highlights": "bullets", "keywords": "technologies"},
    "education": {"studyType": "degree", "area": "field", "score": "grade"},
    "certificates": {},
    "awards": {},
    "skills": {},
    "languages": {},
}

# An object that holds only this key is a plain string in our layout.
_LABELS: _Names = {
    "skills": "name",
    "languages": "language",
    "certificates": "name",
    "awards": "title",
}

# Typed as strings by the schema: a number is written out, a null left out.
_TEXT_KEYS = frozenset(
    {
        "name",
        "label",
        "image",
        "email",
        "phone",
        "url",
        "summary",
        "network",
        "username",
        "position",
        "description",
        "location",
        "institution",
        "studyType",
        "area",
        "score",
        "title",
        "awarder",
        "issuer",
        "level",
        "language",
        "fluency",
        "entity",
        "type",
        "address",
        "postalCode",
        "city",
        "countryCode",
        "region",
    }
)
_TEXT_LIST_KEYS = frozenset({"highlights", "keywords", "courses", "roles"})

_OUR_SECTIONS = frozenset(_SECTIONS.values())
_THEIR_SECTIONS = frozenset({*_SECTIONS, "volunteer", "publications", "interests", "references"})
_THEIR_KEYS: Mapping[str, frozenset[str]] = {
    "projects": frozenset({"highlights", "keywords"}),
    "education": frozenset({"studyType", "area", "score"}),
}

_ISO_8601 = re.compile(r"[12]\d{3}(-[01]\d(-[0-3]\d)?)?", re.ASCII)
# `Jun 2024`, `June, 2024`, `Sept. 2024`.
_MONTH_YEAR = re.compile(r"([A-Za-z]{3,9})\.?,?\s+([12]\d{3})", re.ASCII)
_MONTH_NUMBER = re.compile(r"(0?[1-9]|1[0-2])[/-]([12]\d{3})", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def is_json_resume(raw: Mapping[str, Any]) -> bool:
    """Whether `raw` uses JSON Resume's words and none of our section names."""
    if _OUR_SECTIONS & raw.keys():
        return False
    basics = raw.get("basics")
    return (
        bool(_THEIR_SECTIONS & raw.keys())
        or "jsonresume" in str(raw.get("$schema", ""))
        or (isinstance(basics, dict) and "summary" in basics)
        or any(
            keys & entry.keys()
            for section, keys in _THEIR_KEYS.items()
            for entry in _objects(raw.get(section))
        )
    )


def from_json_resume(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Our layout of a JSON Resume; what does not have JSON Resume's shape is passed on unread."""
    renames = _possible(raw, _SECTIONS)
    resume = {
        renames.get(key, key): _read(key, value)
        if key in renames or key not in _SECTIONS
        else value
        for key, value in raw.items()
    }
    basics = resume.get("basics")
    if isinstance(basics, dict) and "summary" in basics and "summary" not in resume:
        resume["basics"] = {key: value for key, value in basics.items() if key != "summary"}
        resume["summary"] = basics["summary"]
    return resume


def to_json_resume(resume: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON Resume, valid for every résumé whose own keys do not reuse its words otherwise."""
    renames = _possible(resume, _inverse(_SECTIONS))
    raw = {renames.get(key, key): _written(renames.get(key, key), resume[key]) for key in resume}
    summary = raw.pop("summary", None)
    basics = raw.get("basics")
    if summary is not None:
        if basics is None or (isinstance(basics, dict) and "summary" not in basics):
            raw["basics"] = {**(basics or {}), "summary": summary}
        else:
            raw["summary"] = summary
    return raw


def json_resume_path(path: str) -> str:
    """The same place in JSON Resume's words: `experience.0.company` is `work.0.name`."""
    section, *rest = path.split(".")
    theirs = _inverse(_SECTIONS).get(section, section)
    names = _inverse(_ENTRY_KEYS.get(theirs, {}))
    if section == "summary":
        return "basics.summary"
    return ".".join([theirs, *(names.get(key, key) for key in rest)])


def _read(section: str, value: object) -> object:
    if section not in _ENTRY_KEYS or not isinstance(value, list):
        return value
    return [_entry_read(section, item) for item in value]


def _entry_read(section: str, item: object) -> object:
    if not isinstance(item, dict):
        return item
    label = _LABELS.get(section)
    if label and item.keys() == {label} and isinstance(item[label], str):
        return item[label]
    return _renamed(item, {**_ENTRY_KEYS[section], **_DATE_WORDINGS})


def _written(section: str, value: object) -> object:
    if section == "basics" and isinstance(value, dict):
        return _basics_written(value)
    if section not in _ENTRY_KEYS or not isinstance(value, list):
        return value
    return [_entry_written(section, item) for item in value]


def _entry_written(section: str, item: object) -> object:
    if not isinstance(item, dict):
        return {_LABELS[section]: item} if section in _LABELS else item
    names = _inverse(_ENTRY_KEYS[section])
    dated = {key: value for key, value in item.items() if value or key not in _SNAKE_DATES}
    return _with_iso_dates(_fitting(_renamed(dated, {**names, **_SNAKE_DATES})))


def _basics_written(basics: _Json) -> _Json:
    written = dict(basics)
    location = written.get("location")
    if isinstance(location, str):
        written["location"] = {"address": location}
    elif isinstance(location, dict):
        written["location"] = _fitting(location)
    if isinstance(profiles := written.get("profiles"), list):
        written["profiles"] = [
            _fitting(profile) if isinstance(profile, dict) else profile for profile in profiles
        ]
    return _fitting(written)


def _fitting(entry: _Json) -> _Json:
    fitted: _Json = {}
    for key, value in entry.items():
        if value is None and key in {*_TEXT_KEYS, *_TEXT_LIST_KEYS, *_DATES}:
            continue
        if key in _TEXT_KEYS and _is_number(value):
            fitted[key] = str(value)
        elif key in _TEXT_LIST_KEYS and isinstance(value, list):
            fitted[key] = [_text_of(item) for item in value]
        else:
            fitted[key] = value
    return fitted


def _text_of(item: object) -> object:
    if isinstance(item, dict) and isinstance(item.get("text"), str):
        return item["text"]
    return str(item) if _is_number(item) else item


def _with_iso_dates(entry: _Json) -> _Json:
    dated: _Json = {}
    for key, value in entry.items():
        is_worded = key in _DATES and value != ""
        if is_worded and (iso := _iso_date(value)):
            dated[key] = iso
        elif is_worded and f"{key}Text" not in entry:
            dated[f"{key}Text"] = value
        else:
            dated[key] = value
    return dated


def _iso_date(value: object) -> str | None:
    text = str(value).strip()
    if _ISO_8601.fullmatch(text):
        return text
    if match := _MONTH_NUMBER.fullmatch(text):
        return f"{match[2]}-{int(match[1]):02d}"
    match = _MONTH_YEAR.fullmatch(text)
    if match and (month := match[1][:3].lower()) in _MONTHS:
        return f"{match[2]}-{_MONTHS.index(month) + 1:02d}"
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _objects(value: object) -> list[_Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _inverse(names: _Names) -> dict[str, str]:
    return {new: old for old, new in names.items()}


def _possible(entry: Mapping[str, Any], names: _Names) -> dict[str, str]:
    """The renames whose new name is free, or set free by another rename."""
    renames = {key: names[key] for key in entry if key in names}
    while blocked := [key for key, new in renames.items() if new in entry and new not in renames]:
        for key in blocked:
            del renames[key]
    return renames


def _renamed(entry: _Json, names: _Names) -> _Json:
    renames = _possible(entry, names)
    return {renames.get(key, key): value for key, value in entry.items()}
