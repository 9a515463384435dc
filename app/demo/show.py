"""What a run did, for reading: changed texts, refusals, the bill and the callback."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from app.api.records import ResumeOut
from app.api.runs import RunOut
from app.demo.core_api import Callback
from app.demo.lies import CaughtLie
from app.demo.screen import marked
from app.guard.review import Refusal
from app.resume.diff import words_changed
from app.resume.paths import editable_paths, text_at
from app.runs.receipt import RefusalOut

OFFLINE = "offline/"
OFFLINE_LABEL = "the built-in offline editor: rules, not an AI model"

# Headers that tell something about the contract; the rest is HTTP's own.
SHOWN_HEADERS = ("content-type", "webhook-id", "x-internal-secret")
SECRET_HEADER = "x-internal-secret"  # noqa: S105  a header's name
MASK = "•" * 8


def changed_texts(base: ResumeOut, variant: ResumeOut) -> Iterator[RenderableType]:
    """Before and after of every text by AI, with its place; then what stayed."""
    paths = editable_paths(variant.resume)
    changed = [path for path in paths if variant.provenance[path].source == "ai"]
    for path in changed:
        yield place_of(base.resume, path)
        before = text_at(base.resume, variant.provenance[path].source_path) or ""
        after = text_at(variant.resume, path) or ""
        yield Group(*before_and_after(before, after))
    stayed = len(paths) - len(changed)
    yield Text(f"\n{stayed} of {len(paths)} texts stay as the student wrote them.", "dim")


def before_and_after(before: str, after: str) -> tuple[RenderableType, RenderableType]:
    """Two lines: what went is red, what came is green."""
    old, new = Text(style="dim"), Text()
    for change in words_changed(before, after):
        if change.kind != "added":
            old.append(change.text, "not dim red" if change.kind == "removed" else "")
        if change.kind != "removed":
            new.append(change.text, "bold green" if change.kind == "added" else "")
    return marked("-", old, mark_style="red"), marked("+", new, mark_style="green")


def refused_edits(
    resume: Mapping[str, Any], refusals: Sequence[RefusalOut]
) -> Iterator[RenderableType]:
    """The proposals that the guard did not let through, each with its reasons."""
    for path in dict.fromkeys(refusal.path for refusal in refusals):
        own = [refusal for refusal in refusals if refusal.path == path]
        yield place_of(resume, path)
        yield _refused(own[0].text, own)


def refused_lies(resume: Mapping[str, Any], lies: Iterable[CaughtLie]) -> Iterator[RenderableType]:
    """The planted edits: what the student wrote, what was proposed, what the guard said."""
    for lie in lies:
        yield place_of(resume, lie.edit.path)
        yield marked("-", Text(lie.before, "dim"))
        if lie.refusals:
            yield _refused(lie.edit.text, lie.refusals)
        else:
            yield marked("!", f"{lie.edit.text}  (NOT REFUSED)", mark_style="bold yellow")


def _refused(text: str, refusals: Sequence[Refusal | RefusalOut]) -> RenderableType:
    proposal = Text(text)
    # A span may break two rules; the first reason is enough to be understood.
    first_of_span: dict[str, Refusal | RefusalOut] = {}
    for refusal in refusals:
        first_of_span.setdefault(refusal.span, refusal)
    for span in first_of_span:
        start = text.find(span)
        if start >= 0:
            proposal.stylize("bold red underline", start, start + len(span))
    reasons = (
        marked(" ", Text.assemble((refusal.code, "yellow"), "  ", refusal.reason))
        for refusal in first_of_span.values()
    )
    return Group(marked("✗", proposal, mark_style="bold red"), *reasons)


def bill(run: RunOut) -> RenderableType:
    """Who answered, what it took, and where the result is."""
    usage = run.usage
    rows = {
        "model": model_label(run.model),
        "calls": f"{len(run.calls)} ({', '.join(call.outcome or 'unknown' for call in run.calls)})",
        "tokens": f"{_known(usage.input_tokens)} in, {_known(usage.output_tokens)} out",
        "cost": cost_label(usage.cost_usd),
        "run": str(run.run_id),
        "result": run.result_id or "none",
    }
    return _grid(rows)


def callback_request(callback: Callback) -> RenderableType:
    """The request as it arrived, its secret masked."""
    shown = {name: callback.headers[name] for name in SHOWN_HEADERS if name in callback.headers}
    if SECRET_HEADER in shown:
        shown[SECRET_HEADER] = MASK
    body = json.dumps(callback.body, indent=2, ensure_ascii=False)
    return Group(Text(f"POST {callback.path}", "bold"), _grid(shown), Text(body, "cyan"))


def model_label(model: str | None) -> str:
    """The model's name; the offline editor is called what it is."""
    if model is None:
        return "none was asked"
    return f"{model} ({OFFLINE_LABEL})" if model.startswith(OFFLINE) else model


def cost_label(cost_usd: float | None) -> str:
    """Dollars; an unknown price is unknown."""
    if cost_usd is None:
        return "unknown: nobody told the price of this model"
    return f"${cost_usd:.4f}" if cost_usd else "$0"


def place_of(resume: Mapping[str, Any], path: str) -> Text:
    """Where a text stands: the entry as a reader knows it, and the path."""
    section, *rest = path.split(".")
    entry = resume[section][int(rest[0])] if rest else {}
    names = [entry.get(key) for key in ("company", "name", "title")]
    heading = " · ".join(filter(None, names)) or section.capitalize()
    return Text.assemble("\n", (heading, "bold"), "  ", (path, "dim"))


def _known(tokens: int | None) -> str:
    return "unknown" if tokens is None else f"{tokens:,}"


def _grid(rows: Mapping[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        grid.add_row(Text(name, "dim"), Text(value, overflow="fold"))
    return grid
