"""How a model's analysis of a posting is read: as marks with quotes, and what is made of them."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from app.analysing.analysis import (
    Experience,
    Mark,
    PostingAnalysis,
    Requirement,
    Seniority,
    SeniorityLevel,
    Signal,
    Skill,
    SkillKind,
    Unfounded,
)
from app.analysing.importance import importance
from app.analysing.keywords import Keyword, keyword
from app.analysing.quotes import Place, Quotable
from app.guard.passages import Passage, read
from app.resume.plain_json import NotPlainJson, plain_json

# A page-long posting names 10 to 30 skills; 60 are a list of everything there is.
MAX_SKILLS = 60
MAX_SIGNALS = 10
# Document 002: "the 3-7 most important qualifications".
MIN_REQUIREMENTS, MAX_REQUIREMENTS = 3, 7
MAX_PROBLEMS_TOLD = 3

# `2 years`, `2+ yrs`, `2 - 4 years`, `2 to 4 years`.
YEARS = re.compile(
    r"(\d{1,2})\s*\+?\s*(?:(?:[-\u2013]|to)\s*\d{1,2}\s*\+?\s*)?(?:years?|yrs?)\b", re.IGNORECASE
)
_DIGITS = re.compile(r"\d+")


def _text(max_chars: int) -> Any:  # noqa: ANN401  an annotated type
    constraints = StringConstraints(min_length=1, max_length=max_chars, strip_whitespace=True)
    return Annotated[str, constraints]


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")

    quote: _text(1_000)  # type: ignore[valid-type]  # made by a function, and still a type


class _SaidSignal(_Said):
    label: _text(120)  # type: ignore[valid-type]


class _SaidLevel(BaseModel):
    level: Seniority
    quote: str | None = None


class _SaidSkill(_Said):
    name: _text(120)  # type: ignore[valid-type]
    kind: SkillKind
    mark: Mark


class _SaidRequirement(_Said):
    text: _text(400)  # type: ignore[valid-type]


class _Answer(BaseModel):
    seniority: _SaidLevel | None = None
    domain: _SaidSignal | None = None
    tone: _SaidSignal | None = None
    culture_signals: list[_SaidSignal] = []
    skills: list[_SaidSkill] = []
    key_requirements: list[_SaidRequirement] = []
    experience: _Said | None = None


def _object(**properties: Any) -> dict[str, Any]:  # noqa: ANN401  JSON schemas
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _list_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _one_of(literal: object) -> dict[str, Any]:
    return {"type": "string", "enum": list(getattr(literal, "__args__", ()))}


_STRING = {"type": "string"}
_SIGNAL = _object(label=_STRING, quote=_STRING)

ANSWER_SCHEMA = _object(
    seniority=_or_null(
        _object(level=_one_of(Seniority), quote={"type": ["string", "null"]}),
    ),
    domain=_or_null(_SIGNAL),
    tone=_or_null(_SIGNAL),
    culture_signals=_list_of(_SIGNAL),
    skills=_list_of(
        _object(name=_STRING, kind=_one_of(SkillKind), mark=_one_of(Mark), quote=_STRING)
    ),
    key_requirements=_list_of(_object(text=_STRING, quote=_STRING)),
    experience=_or_null(_object(quote=_STRING)),
)


def analysis_from_answer(title: str, posting: str, answer: object) -> PostingAnalysis:
    """The analysis, of which only what the posting says is kept, with importance computed.

    Raises:
        ValueError: the answer has another shape, or nothing in it is in the posting; the reason is
            worded for the model.
    """
    try:
        said = _Answer.model_validate(plain_json(answer))
    except NotPlainJson as error:
        raise ValueError(f"{error.at or 'the answer'}: {error.message}") from None
    except ValidationError as error:
        raise ValueError(_problems(error)) from None
    return _Reading(title, posting).analysis(said)


class _Reading:
    """One answer read against one posting; what the posting does not say is put aside."""

    def __init__(self, title: str, posting: str) -> None:
        self._title = title
        self._posting = Quotable(posting)
        self._lines = [Passage(line) for line in self._posting.text.splitlines() if line.strip()]
        self._unfounded: list[Unfounded] = []

    def analysis(self, said: _Answer) -> PostingAnalysis:
        skills = self._skills(said.skills)
        requirements = list(self._requirements(said.key_requirements))[:MAX_REQUIREMENTS]
        if (said.skills or said.key_requirements) and not (skills or requirements):
            raise ValueError(
                "none of its quotes stands in the posting; copy each to the letter from there"
            )
        experience = said.experience and self._place("experience", "", said.experience.quote)
        return PostingAnalysis(
            title=self._title,
            seniority=self._level(said.seniority),
            domain=self._signal("domain", said.domain),
            tone=self._signal("tone", said.tone),
            culture_signals=tuple(self._signals(said.culture_signals)),
            skills=tuple(skills[:MAX_SKILLS]),
            key_requirements=tuple(_at_least_three(requirements, skills)),
            experience=Experience(min_years=_years(experience.text), quote=experience.text)
            if experience
            else None,
            unfounded=tuple(self._unfounded),
            is_cut=False,
        )

    def _place(self, at: str, label: str, quote: str) -> Place | None:
        place = self._posting.find(quote)
        if place is None:
            self._unfounded.append(Unfounded(at=at, label=label, quote=quote))
        return place

    def _level(self, said: _SaidLevel | None) -> SeniorityLevel | None:
        if said is None:
            return None
        if not (said.quote and said.quote.strip()):
            return SeniorityLevel(level=said.level, quote=None)
        place = self._place("seniority", said.level, said.quote)
        return place and SeniorityLevel(level=said.level, quote=place.text)

    def _signal(self, at: str, said: _SaidSignal | None) -> Signal | None:
        place = said and self._place(at, said.label, said.quote)
        return Signal(label=said.label, quote=place.text) if said and place else None

    def _signals(self, listed: Iterable[_SaidSignal]) -> Iterator[Signal]:
        found = (self._signal("cultureSignals", said) for said in listed)
        yield from [signal for signal in found if signal][:MAX_SIGNALS]

    def _requirements(self, listed: Iterable[_SaidRequirement]) -> Iterator[Requirement]:
        for said in listed:
            if place := self._place("keyRequirements", said.text, said.quote):
                # The ideal candidate has done no more than the posting asks for.
                text = said.text if _names_nothing_new(said.text, place.text) else place.text
                yield Requirement(text=text, quote=place.text)

    def _skills(self, listed: Iterable[_SaidSkill]) -> list[Skill]:
        by_identity: dict[frozenset[frozenset[str]], Skill] = {}
        for said in listed:
            sought = keyword(said.name)
            place = self._place("skills", said.name, said.quote)
            if place is None:
                continue
            # A hard skill is looked for in a résumé: its name must be the posting's own.
            if not sought.words or (said.kind == "hard" and not sought.is_in(read(place.text))):
                unfounded = Unfounded(at="skills", label=said.name, quote=said.quote)
                self._unfounded.append(unfounded)
                continue
            skill = self._skill(said, sought, place)
            known = by_identity.get(sought.identity)
            if known is None or skill.importance > known.importance:
                by_identity[sought.identity] = skill
        return sorted(by_identity.values(), key=lambda skill: (-skill.importance, skill.name))

    def _skill(self, said: _SaidSkill, sought: Keyword, place: Place) -> Skill:
        count = sum(sought.count_in(line) for line in self._lines)
        position = place.start / len(self._posting.text)
        return Skill(
            name=said.name,
            kind=said.kind,
            mark=said.mark,
            importance=importance(said.mark, count=count, position=position),
            quote=place.text,
        )


def _at_least_three(requirements: list[Requirement], skills: list[Skill]) -> list[Requirement]:
    """The requirements, and as many of the most wanted skills' own sentences as are missing."""
    known = {requirement.quote for requirement in requirements}
    for skill in skills:
        if len(requirements) >= MIN_REQUIREMENTS:
            break
        if skill.quote not in known:
            known.add(skill.quote)
            requirements.append(Requirement(text=skill.quote, quote=skill.quote))
    return requirements


def _names_nothing_new(text: str, quote: str) -> bool:
    """Whether every tool and number of the text is in the quote."""
    said, known = read(text), read(quote)
    tools = {name for name in said.names if name.startswith("§")}
    numbers = {match[0] for match in _DIGITS.finditer(text)}
    return tools <= known.names and numbers <= {match[0] for match in _DIGITS.finditer(quote)}


def _years(quote: str) -> int | None:
    found = YEARS.search(quote)
    return int(found[1]) if found else None


def _problems(error: ValidationError) -> str:
    told = error.errors(include_url=False, include_context=False, include_input=False)
    places = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in told)
    return "; ".join(list(places)[:MAX_PROBLEMS_TOLD])
