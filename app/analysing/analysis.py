"""What a posting asks for; every part of it rests on words that stand in the posting."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.wire import WireModel

Seniority = Literal["junior", "mid", "senior", "staff", "principal", "director"]
Mark = Literal["must", "preferred", "nice"]
SkillKind = Literal["hard", "soft"]

Score = Annotated[float, Field(ge=0, le=1)]


class Frozen(WireModel):
    """A part of an analysis."""

    model_config = ConfigDict(frozen=True)


class Signal(Frozen):
    """A label, and the posting's words it was read from."""

    label: str
    quote: str


class SeniorityLevel(Frozen):
    """Document 002's six levels; `quote` is null where the level was read between the lines."""

    level: Seniority
    quote: str | None


class Skill(Frozen):
    """A skill in the posting's words. `importance` is computed; `mark` is how it is asked for."""

    name: str
    kind: SkillKind
    mark: Mark
    importance: Score
    quote: str


class Requirement(Frozen):
    """One of the most important qualifications, as what the ideal candidate has done."""

    text: str
    quote: str


class Experience(Frozen):
    """The experience asked for; `min_years` is read from the quote, null where it names none."""

    min_years: int | None
    quote: str


class Unfounded(Frozen):
    """A part that was left out, because the posting does not say it; `at` is the part's key."""

    at: str
    label: str
    quote: str


class PostingAnalysis(Frozen):
    """A posting, taken apart. Skills stand in the order of their importance, largest first.

    `is_cut`: the end of the posting did not fit the model's window and was not read.
    Source: document 002, "Job analysis service"; document 003, "AI-Powered Job Analysis".
    """

    title: str
    seniority: SeniorityLevel | None
    domain: Signal | None
    tone: Signal | None
    culture_signals: tuple[Signal, ...]
    skills: tuple[Skill, ...]
    key_requirements: tuple[Requirement, ...]
    experience: Experience | None
    unfounded: tuple[Unfounded, ...]
    is_cut: bool

    @property
    def required(self) -> tuple[Skill, ...]:
        """Hard skills that are hard requirements; what a résumé is searched for first."""
        return tuple(each for each in self.skills if each.mark == "must" and each.kind == "hard")

    @property
    def preferred(self) -> tuple[Skill, ...]:
        """Hard skills that are asked for less urgently."""
        return tuple(each for each in self.skills if each.mark != "must" and each.kind == "hard")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of it should know, a sentence each."""
        warnings = []
        if self.unfounded:
            left_out = len(self.unfounded)
            warnings.append(
                f"Left out of the analysis, as the posting does not say it: {left_out}."
            )
        if self.is_cut:
            warnings.append("The end of the posting did not fit the model's window.")
        return tuple(warnings)
