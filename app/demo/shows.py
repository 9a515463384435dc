"""What the demo shows of each job: whom it is about, its result, and lies that are refused."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import httpx
from rich.console import RenderableType
from rich.text import Text

from app.api.analytics_summaries import AnalyticsSummaryOut
from app.api.posting_analyses import PostingAnalysisOut
from app.api.student_summaries import StudentSummaryOut
from app.api.suggestions import SuggestionSetOut
from app.api.tailorings import TailoringOut
from app.demo.caller import read, read_resume
from app.demo.examples import find_example, read_examples
from app.demo.lies import caught_lies
from app.demo.show import changed_texts, refused_edits, refused_lies
from app.demo.show_analytics import figures, narrated
from app.demo.show_analytics import refused_sentences as refused_narration
from app.demo.show_student_summary import refused_sentences, summarised
from app.demo.show_suggestions import refused_suggestions, suggested
from app.demo.show_tailoring import analysed, refused_analysis, refused_proposal, scored
from app.jobs import (
    analyze_posting,
    generate_analytics_summary,
    generate_student_summary,
    rewrite_resume,
    suggest_improvements,
    tailor_resume,
)
from app.runs.job import AnyJob
from app.wire import JsonObject

Shown = Iterable[RenderableType]


@dataclass(frozen=True)
class Show:
    """A job on its own example; `result` is given the service and the result's id."""

    job: AnyJob
    about: str
    result: Callable[[httpx.AsyncClient, str], Awaitable[Shown]]
    lies: Callable[[], Shown]

    @property
    def tenant_id(self) -> str:
        """Whose example it is."""
        return str(self.job.example["tenant_id"])


async def _rewritten(client: httpx.AsyncClient, result_id: str) -> Shown:
    tenant_id, base_id = _REWRITE["tenant_id"], _REWRITE["resume_id"]
    base = await read_resume(client, tenant_id, base_id)
    variant = await read_resume(client, tenant_id, result_id)
    refused = [*refused_edits(base.resume, variant.refusals)]
    none = Text("\nRefused: nothing, every proposal says what the student said", "dim")
    heading = Text("\nRefused: these proposals were not let through", "bold underline")
    return [*changed_texts(base, variant), *([heading, *refused] if refused else [none])]


def _lying_rewrite() -> Shown:
    return refused_lies(_resume(), caught_lies(_resume(), _posting()))


async def _suggestions(client: httpx.AsyncClient, result_id: str) -> Shown:
    whole = await read(client, f"/suggestion-sets/{result_id}", DEMO_TENANT, SuggestionSetOut)
    return suggested(_resume(), whole)


def _lying_suggestions() -> Shown:
    return refused_suggestions(_resume(), _posting())


async def _summary(client: httpx.AsyncClient, result_id: str) -> Shown:
    found = await read(client, f"/student-summaries/{result_id}", DEMO_TENANT, StudentSummaryOut)
    return summarised(found, _student()["profile"], _resume())


def _lying_summary() -> Shown:
    student = _student()
    return refused_sentences(student["name"], student["profile"], _resume())


async def _analytics(client: httpx.AsyncClient, result_id: str) -> Shown:
    found = await read(
        client, f"/analytics-summaries/{result_id}", DEMO_TENANT, AnalyticsSummaryOut
    )
    return [*narrated(found), Text(), figures(found)]


def _lying_analytics() -> Shown:
    return refused_narration(generate_analytics_summary.JOB.example)


async def _posting_analysis(client: httpx.AsyncClient, result_id: str) -> Shown:
    path = f"/posting-analyses/{result_id}"
    return analysed(await read(client, path, DEMO_TENANT, PostingAnalysisOut))


def _lying_analysis() -> Shown:
    title, _, description = _posting().partition("\n\n")
    return refused_analysis(title, description)


async def _tailored(client: httpx.AsyncClient, result_id: str) -> Shown:
    base = await read_resume(client, DEMO_TENANT, _REWRITE["resume_id"])
    variant = await read_resume(client, DEMO_TENANT, result_id)
    tailoring = await read(client, f"/tailorings/{result_id}", DEMO_TENANT, TailoringOut)
    return [*changed_texts(base, variant), *scored(tailoring)]


def _lying_tailoring() -> Shown:
    return refused_proposal(_resume(), _posting())


_REWRITE: JsonObject = dict(rewrite_resume.JOB.example)
DEMO_TENANT = str(_REWRITE["tenant_id"])


def _resume() -> JsonObject:
    resume: JsonObject = find_example(read_examples(), "resumes", _REWRITE["resume_id"]).body[
        "resume"
    ]
    return resume


def _student() -> JsonObject:
    return find_example(read_examples(), "students", _REWRITE["student_id"]).body


def _posting() -> str:
    posting = find_example(read_examples(), "postings", _REWRITE["job_id"]).body
    return f"{posting['title']}\n\n{posting['description']}"


SHOWS = {
    show.job.name: show
    for show in (
        Show(
            rewrite_resume.JOB,
            "Asha Verma's résumé for Backend Engineering Intern, Northwind Freight",
            _rewritten,
            _lying_rewrite,
        ),
        Show(
            suggest_improvements.JOB,
            "Suggestions for Asha Verma's résumé, for her to accept or reject",
            _suggestions,
            _lying_suggestions,
        ),
        Show(
            generate_student_summary.JOB,
            "Asha Verma in a few sentences, for a placement officer",
            _summary,
            _lying_summary,
        ),
        Show(
            generate_analytics_summary.JOB,
            "A placement season in a few sentences, and the figures behind them",
            _analytics,
            _lying_analytics,
        ),
        Show(
            analyze_posting.JOB,
            "What Northwind Freight asks a Backend Engineering Intern for",
            _posting_analysis,
            _lying_analysis,
        ),
        Show(
            tailor_resume.JOB,
            "Asha Verma's résumé tailored to Northwind Freight, with what it still lacks",
            _tailored,
            _lying_tailoring,
        ),
    )
}
