"""A job type has one name in all its dresses."""

import re
from pathlib import Path

import pytest

from app import jobs
from app.jobs import catalogue
from app.main import create_app
from app.runs.job import AnyJob
from app.settings import Settings
from tests.contracts.source import ROOT, modules
from tests.fakes import ScriptedProvider

FILES = [file for file in modules("app/jobs") if file.stem != "__init__"]
JOBS = list(catalogue().values())

# Document 000, the names core-api puts into the queue.
REQUIRED = {"generate-analytics-summary", "rewrite-resume", "suggest-improvements"}


def _job_table() -> set[str]:
    """The names in backticks in the first column of the tables under README's headings of jobs."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sections = re.split(r"^(?=#)", readme, flags=re.MULTILINE)
    told = [section for section in sections if re.match(r"#+ .*\bjobs?\b", section, re.IGNORECASE)]
    return set(re.findall(r"^\|\s*`([a-z-]+)`", "\n".join(told), flags=re.MULTILINE))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_is_a_job(file: Path) -> None:
    """Each file of app/jobs holds the job it is named for, and its payload is named for it."""
    job = catalogue()[file.stem.replace("_", "-")]
    words = job.name.split("-")

    assert job.payload.__name__ == "".join(map(str.capitalize, words)) + "Payload"
    assert job.payload.__module__ == job.process.__module__ == f"{jobs.__name__}.{file.stem}"
    assert job.save.__module__ == job.process.__module__


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_is_a_file_with_a_test(job: AnyJob) -> None:
    """Each job of the catalogue has its file, and a test file beside its name."""
    stem = job.name.replace("-", "_")

    assert ROOT / "app" / "jobs" / f"{stem}.py" in FILES
    assert (ROOT / "tests" / "jobs" / f"test_{stem}.py").is_file()


def test_a_student_is_told_of_the_job_that_failed() -> None:
    """Each job has its own words for a student; those of rewrite-resume are document 000's."""
    told = [sentence for job in JOBS for sentence in (job.announcement, job.apology)]

    assert all(told)
    assert len(set(told)) == 2 * len(JOBS)
    assert catalogue()["rewrite-resume"].apology == "AI rewrite failed, please try again"


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_has_a_typed_route(job: AnyJob) -> None:
    """Each job is posted to its own route, which takes its own payload."""
    app = create_app(Settings(), provider=ScriptedProvider())

    operation = app.openapi()["paths"][f"/jobs/{job.name}"]["post"]

    content = operation["requestBody"]["content"]["application/json"]
    assert operation["operationId"] == job.name
    assert job.payload.__name__ in str(content["schema"])


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_shows_how_it_is_called(job: AnyJob) -> None:
    """Each job's example is a payload of it, and it is described for people."""
    payload = job.payload.model_validate(job.example)

    assert payload.tenant_id == "demo-college"
    assert job.title
    assert job.description.endswith(".")
    assert job.announcement.endswith(".")


def test_the_catalogue_is_whole() -> None:
    """Every name is there once, and the ones the queue needs are among them."""
    names = [job.name for job in jobs.JOBS]

    assert len(names) == len(set(names)) == len(FILES)
    assert set(names) >= REQUIRED
    assert all(re.fullmatch("[a-z]+(-[a-z]+)+", name) for name in names)


def test_the_readme_lists_the_jobs() -> None:
    """The table of jobs in the README is the catalogue."""
    assert _job_table() == set(catalogue())
