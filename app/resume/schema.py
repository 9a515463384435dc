"""The résumé as this service keeps it, and the one way in: our layout or JSON Resume.

The models check and document; what is kept is the document itself, so a key that was given, in
whatever case and form, is still there. Sections that were not given stay absent.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    StringConstraints,
    Tag,
    ValidationError,
    model_validator,
)

from app.resume.json_resume import from_json_resume, is_json_resume, json_resume_path
from app.resume.plain_json import MAX_TEXT_CHARS, NotPlainJson, plain_json

MAX_BULLETS = 500  # A dense two-page résumé has 30.
MAX_ITEMS = 500  # Of any other list; the longest in examples/ has 8.

_LISTS_OF_ENTRIES = ("bullets", "technologies")
# Chosen so that no key of a résumé is mistaken for one; see `_at`.
_TEXT_FORM = "<text>"
_NUMBER_FORM = "<number>"
_OBJECT_FORM = "<object>"
_FORMS = {_TEXT_FORM, _NUMBER_FORM, _OBJECT_FORM}


class ResumeInvalid(ValueError):  # noqa: N818  named for what happened
    """The résumé does not have the documented shape.

    `errors` holds `{at, message}`, `at` a dotted path in the words of the layout that was given.
    """

    def __init__(self, errors: list[dict[str, str]]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{error['at']}: {error['message']}" for error in errors))


def _form(value: object) -> str | None:
    if isinstance(value, str):
        return _TEXT_FORM
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _NUMBER_FORM
    return _OBJECT_FORM if isinstance(value, dict | BaseModel) else None


_TEXT_OR_OBJECT = Discriminator(
    _form,
    custom_error_type="form",
    custom_error_message="Input should be a string or an object",
)
_TEXT_OR_NUMBER = Discriminator(
    _form,
    custom_error_type="form",
    custom_error_message="Input should be a string or a number",
)

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARS)]
Object = dict[str, Any]
Figure = Annotated[
    Annotated[Text, Tag(_TEXT_FORM)] | Annotated[float, Tag(_NUMBER_FORM)], _TEXT_OR_NUMBER
]
TextOrObject = Annotated[
    Annotated[Text, Tag(_TEXT_FORM)] | Annotated[Object, Tag(_OBJECT_FORM)], _TEXT_OR_OBJECT
]
Texts = Annotated[list[Text], Field(max_length=MAX_ITEMS)]
Items = Annotated[list[TextOrObject], Field(max_length=MAX_ITEMS)]


def _in_both_cases(snake: str, camel: str, description: str) -> Any:  # noqa: ANN401  as pydantic's Field, which has no type of its own
    return Field(default=None, validation_alias=AliasChoices(snake, camel), description=description)


class _Kept(BaseModel):
    model_config = ConfigDict(extra="allow", populate_by_name=True)


class BulletObject(_Kept):
    """A bullet with what is known about it."""

    text: Text = Field(description="What the bullet says.")
    verified: bool | None = Field(
        default=None, description="True when the guard let the text through, false when unchecked."
    )


BulletItem = Annotated[
    Annotated[Text, Tag(_TEXT_FORM)] | Annotated[BulletObject, Tag(_OBJECT_FORM)], _TEXT_OR_OBJECT
]
Bullets = Annotated[list[BulletItem], Field(max_length=MAX_BULLETS)]


class Basics(_Kept):
    """Who the student is; never changed by a job."""

    name: Text | None = None
    label: Text | None = Field(default=None, description="The headline under the name.")
    email: Text | None = None
    phone: Figure | None = None
    location: TextOrObject | None = Field(default=None, description="`Pune`, or an object.")
    url: Text | None = None
    profiles: Annotated[list[Object], Field(max_length=MAX_ITEMS)] | None = Field(
        default=None, description="`{network, username, url}`."
    )


class Education(_Kept):
    """One degree or school; never changed by a job."""

    institution: Text | None = None
    degree: Text | None = None
    field: Text | None = None
    grade: Figure | None = Field(default=None, description="`8.4 CGPA`, `8.4`, `91%`.")
    start_date: Figure | None = _in_both_cases("start_date", "startDate", "Any wording.")
    end_date: Figure | None = _in_both_cases("end_date", "endDate", "Any wording.")


class Experience(_Kept):
    """One position. Only its bullets are rewritten."""

    company: Text | None = None
    title: Text | None = None
    location: Text | None = None
    start_date: Figure | None = _in_both_cases("start_date", "startDate", "Any wording.")
    end_date: Figure | None = _in_both_cases("end_date", "endDate", "Any wording.")
    current: bool | None = None
    description: Text | None = None
    technologies: Texts | None = None
    bullets: Bullets | None = None


class Project(_Kept):
    """One project. Only its bullets are rewritten."""

    name: Text | None = None
    description: Text | None = None
    technologies: Texts | None = None
    url: Text | None = None
    bullets: Bullets | None = None


class SkillGroup(_Kept):
    """Skills under a heading."""

    name: Text | None = None
    keywords: Texts | None = None


SkillItem = Annotated[
    Annotated[Text, Tag(_TEXT_FORM)] | Annotated[SkillGroup, Tag(_OBJECT_FORM)], _TEXT_OR_OBJECT
]


class Resume(_Kept):
    """A résumé. Every section may be absent; unknown keys are kept at every level."""

    basics: Basics | None = None
    summary: Text | None = Field(default=None, description="Two or three sentences; rewritable.")
    education: Annotated[list[Education], Field(max_length=MAX_ITEMS)] = []
    experience: Annotated[list[Experience], Field(max_length=MAX_ITEMS)] = []
    projects: Annotated[list[Project], Field(max_length=MAX_ITEMS)] = []
    skills: Annotated[list[SkillItem], Field(max_length=MAX_ITEMS)] = Field(
        default=[], description="Strings, or groups `{name, keywords}`."
    )
    certifications: Items = Field(default=[], description="Strings, or `{name, issuer, date}`.")
    achievements: Items = Field(default=[], description="Strings, or `{title, date, summary}`.")
    languages: Items = Field(default=[], description="Strings, or `{language, fluency}`.")

    @model_validator(mode="after")
    def _has_few_enough_bullets(self) -> Self:
        lists = [entry.bullets or [] for entry in self.experience]
        lists += [entry.bullets or [] for entry in self.projects]
        if sum(map(len, lists)) > MAX_BULLETS:
            raise ValueError(f"more than {MAX_BULLETS} bullets")
        return self


def parse_resume(raw: object) -> dict[str, Any]:
    """Our layout of a résumé given in either; JSON Resume is told by its own section names.

    NUL characters and null lists are left out; everything else that was given is kept.

    Raises:
        ResumeInvalid: with every place that is wrong.
    """
    try:
        given = plain_json(raw)
    except NotPlainJson as error:
        raise ResumeInvalid([{"at": error.at, "message": error.message}]) from None
    if not isinstance(given, dict):
        raise ResumeInvalid([{"at": "", "message": "a résumé is a JSON object"}])
    is_theirs = is_json_resume(given)
    resume = _without_null_lists(from_json_resume(given) if is_theirs else given)
    try:
        Resume.model_validate(resume)
    except ValidationError as error:
        raise ResumeInvalid(_problems(error, is_theirs=is_theirs)) from None
    return resume


def _without_null_lists(resume: Mapping[str, Any]) -> dict[str, Any]:
    sections = Resume.model_fields.keys() - {"basics", "summary"}
    kept = {key: value for key, value in resume.items() if value is not None or key not in sections}
    for section in ("experience", "projects"):
        if isinstance(entries := kept.get(section), list):
            kept[section] = [_entry_without_null_lists(entry) for entry in entries]
    return kept


def _entry_without_null_lists(entry: JsonValue) -> JsonValue:
    if not isinstance(entry, dict):
        return entry
    return {
        key: value
        for key, value in entry.items()
        if value is not None or key not in _LISTS_OF_ENTRIES
    }


def _problems(error: ValidationError, *, is_theirs: bool) -> list[dict[str, str]]:
    problems = []
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        at = _at(problem["loc"])
        is_object_wanted = problem["type"] == "model_type"
        message = "Input should be an object" if is_object_wanted else problem["msg"]
        problems.append(
            {
                "at": json_resume_path(at) if is_theirs else at,
                "message": message.removeprefix("Value error, "),
            }
        )
    return problems


def _at(location: tuple[int | str, ...]) -> str:
    """The place in the résumé, without the names pydantic gives to the forms of a union."""
    return ".".join(str(step) for step in location if step not in _FORMS)
