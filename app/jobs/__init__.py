"""The job types. To add one: write `jobs/<name>.py` with a `JOB`, and list it here."""

from app.jobs import (
    analyze_posting,
    generate_analytics_summary,
    generate_student_summary,
    rewrite_resume,
    suggest_improvements,
    tailor_resume,
)
from app.runs.job import AnyJob

JOBS: tuple[AnyJob, ...] = (
    rewrite_resume.JOB,
    suggest_improvements.JOB,
    generate_student_summary.JOB,
    generate_analytics_summary.JOB,
    analyze_posting.JOB,
    tailor_resume.JOB,
)


def catalogue() -> dict[str, AnyJob]:
    """Every job type by its name."""
    return {job.name: job for job in JOBS}
