"""The job types. To add one: write `jobs/<name>.py` with a `JOB`, and list it here."""

from app.jobs import rewrite_resume
from app.runs.job import AnyJob

JOBS: tuple[AnyJob, ...] = (rewrite_resume.JOB,)


def catalogue() -> dict[str, AnyJob]:
    """Every job type by its name."""
    return {job.name: job for job in JOBS}
