"""The gap report: what a posting asks for, and whether the student has it, here or elsewhere."""

from collections.abc import Sequence
from typing import Literal

from pydantic import ConfigDict

from app.analysing.analysis import Mark, PostingAnalysis, Score, Skill
from app.resume.paths import Bullet
from app.retrieval.passages import Passage
from app.tailoring.coverage import places_of
from app.wire import WireModel

# A reader looks a skill up in a place or two.
MAX_PLACES = 3

Status = Literal["matched", "elsewhere", "missing"]


class Place(WireModel):
    """Where a student names a skill. `source` is `variant`, or whose material it is.

    `recordId` is null for the tailored résumé itself.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    record_id: str | None
    path: str
    text: str


class Gap(WireModel):
    """A skill that the posting asks for.

    `matched`: the tailored résumé names it. `elsewhere`: the student says so in other material,
    and may want to add it to the résumé. `missing`: nothing of theirs says so, and nothing was put
    in for it.
    """

    model_config = ConfigDict(frozen=True)

    skill: str
    mark: Mark
    importance: Score
    status: Status
    places: tuple[Place, ...]


def gap_report(
    analysis: PostingAnalysis, variant: Sequence[Bullet], passages: Sequence[Passage]
) -> list[Gap]:
    """Every hard skill of the posting, the most important first; `passages` are other material."""
    texts = [Bullet(str(number), passage.text) for number, passage in enumerate(passages)]

    def gap(skill: Skill) -> Gap:
        here = [
            Place(source="variant", record_id=None, path=place.path, text=place.text)
            for place in places_of(skill, variant)
        ]
        found = [passages[int(place.path)] for place in places_of(skill, texts)]
        there = [
            Place(source=each.source, record_id=each.record_id, path=each.path, text=each.text)
            for each in found
        ]
        status: Status = "matched" if here else "elsewhere" if there else "missing"
        return Gap(
            skill=skill.name,
            mark=skill.mark,
            importance=skill.importance,
            status=status,
            places=tuple((here or there)[:MAX_PLACES]),
        )

    return [gap(skill) for skill in analysis.skills if skill.kind == "hard"]
