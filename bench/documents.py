"""Résumés for the benches: one of its own for each job, and what a model would answer about it.

Made from the guard's corpus: references in many fields, and for their bullets honest rewordings
that the guard accepts. A number in each bullet and in its rewording keeps any two jobs apart, so
that nothing that was read for one job is remembered for the next.
"""

import json
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from app.guard import review
from app.resume.edits import Edit, apply_edits
from app.resume.paths import editable_paths, text_at
from tests.guard.corpus_files import cases, fields, resume

# Stands where a job's number goes; any other number has six digits too, so lengths never change.
MARK = "777777"
MARKED = f", file {MARK}"

# Enough fields and lengths for an average that no single résumé decides.
TEMPLATES = 24

# A student's résumé; the corpus also has stubs, and one as long as four.
BULLETS = range(8, 31)


@dataclass(frozen=True)
class Template:
    """A résumé, and edits that reword every bullet there is an honest rewording for."""

    resume: dict[str, Any]
    edits: tuple[Edit, ...]

    def half_reworded(self) -> "Template":
        """The same résumé, of which every other bullet is reworded."""
        return Template(self.resume, self.edits[::2])

    @property
    def as_edits(self) -> str:
        """What a model answers that is asked for edits."""
        edits = [vars(edit) for edit in self.edits]
        return json.dumps({"edits": edits, "summary": None}, ensure_ascii=False)

    @property
    def as_whole(self) -> str:
        """What a model answers that is asked for the whole résumé (document 000)."""
        return json.dumps(apply_edits(self.resume, self.edits), ensure_ascii=False)


def templates(*, is_marked: bool = True) -> list[Template]:
    """The résumés of the corpus with the most rewordings, always the same ones."""
    mark = MARKED if is_marked else ""
    made = [made for name in fields() if (made := _template(name, mark)) is not None]
    return sorted(made, key=lambda each: -len(each.edits))[:TEMPLATES]


def _template(name: str, mark: str) -> Template | None:
    document = deepcopy(resume(name))
    paths = [path for path in editable_paths(document) if ".bullets." in path]
    if len(paths) not in BULLETS:
        return None
    texts = {path: text_at(document, path) or "" for path in paths}
    for path, text in texts.items():
        document = apply_edits(document, [Edit(path, _marked(text, mark))])
    rewordings: dict[str, Edit] = {}
    for case in cases("honest"):
        if case.resume == name and case.path in texts:
            rewordings.setdefault(case.path, Edit(case.path, _marked(case.text, mark)))
    return Template(document, review(document, list(rewordings.values())).accepted)


def _marked(text: str, mark: str) -> str:
    return text.rstrip(". ") + mark if mark else text
