"""Where each text of a variant comes from: the student, or AI and then checked."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.guard.review import GUARD_VERSION
from app.resume.edits import Edit
from app.resume.paths import editable_paths
from app.wire import JsonObject


def provenance_of(
    resume: Mapping[str, Any], known: Mapping[str, Any], accepted: Sequence[Edit]
) -> JsonObject:
    """Of each text a rewrite may change: who wrote it, what it rests on, whether it was checked.

    `known` is what the base says of its own texts. A text that stays as it was keeps that: AI may
    have written it before.
    """
    by_ai = {edit.path for edit in accepted}
    texts = {
        path: {
            "source": "ai" if path in by_ai else "original",
            "sourcePath": path,
            "isVerified": path in by_ai,
            "guardVersion": GUARD_VERSION,
        }
        for path in sorted({*editable_paths(resume), *by_ai})
    }
    kept = {path: said for path, said in known.items() if path not in by_ai}
    return texts | kept


def moved_along(provenance: Mapping[str, Any], moved: Mapping[str, str]) -> JsonObject:
    """The provenance after bullets moved: `moved` is each one's old path by its new one.

    What a text rests on stays the place it had in the base.
    """
    stayed = {path: said for path, said in provenance.items() if path not in moved.values()}
    return stayed | {new: provenance[old] for new, old in moved.items() if old in provenance}
