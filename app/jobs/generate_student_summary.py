"""generate-student-summary: three or four sentences about a student, each resting on what they say.

Source: document 000, "generate-student-summary".
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from app.errors import NothingToSummarise, ResumeNotFound, StudentNotFound
from app.guard.review import GUARD_VERSION
from app.records.resumes import find_current_resume
from app.records.student_summaries import (
    StudentSummary,
    database_time,
    find_current_summary,
    lock_student,
)
from app.records.students import find_student
from app.rewriting.dialogue import Task
from app.runs.job import Job, JobPayload, Outcome, RunContext
from app.runs.receipt import refusals_out
from app.summarising.facts import Facts, facts_of
from app.summarising.guarded_summary import GuardedSummary, guarded_summary, prompt_of
from app.summarising.sentence import as_answer
from app.telemetry.metrics import REUSED
from app.wire import Identifier


class GenerateStudentSummaryPayload(JobPayload):
    """Document 000's payload; `force` asks the model although nothing has changed."""

    student_id: Identifier
    force: bool = False


PROMPT_VERSION = 1

INSTRUCTIONS = """\
Task: generate-student-summary

You write the summary of a student that a placement officer reads when reviewing their candidacy. \
The block NAME holds the student's name. The blocks PROFILE and RESUME hold everything else that \
is known of them, each text or number under its path.

Write three or four sentences, one for each topic: "academics" (the academic background), \
"experience" (the most notable experience), "skills" (the key skills) and "distinctive" (anything \
distinctive; leave it out if there is nothing).

- Be factual and brief. Do not embellish, praise, rate or guess.
- Say only what stands at the paths you cite, in words close to the student's. Add no skill, \
number, employer, place, date, award or result. Do not raise the student's part in anything: \
helped stays helped, used stays used.
- A sentence speaks of one entry (one employer, one project, one school), never of two.
- Under "paths" cite every path that the sentence rests on, exactly as it is written in the blocks.
- Write in the third person. Speak of the student by name or as "they", because you do not know \
their pronouns."""

TASK = Task("generate-student-summary", PROMPT_VERSION, INSTRUCTIONS)

# Until a key is set the built-in editor writes by rule; its summaries give way to a model's.
OFFLINE = "offline/"


@dataclass(frozen=True)
class KnownStudent:
    """What is known of a student at one moment, on the database's clock."""

    facts: Facts
    resume_id: str
    input_hash: str
    read_at: datetime


@dataclass(frozen=True)
class WrittenSummary:
    """A summary to be stored, and what it was written from."""

    student: KnownStudent
    summary: GuardedSummary


@dataclass(frozen=True)
class StoredSummary:
    """A summary that is stored already and that nothing has overtaken."""

    id: str


async def process(
    payload: GenerateStudentSummaryPayload, context: RunContext
) -> Outcome[WrittenSummary | StoredSummary]:
    """Read the student; unless the stored summary is of the same facts, have one written."""
    async with context.database.tenant(payload.tenant_id) as session:
        student = await read_student(session, payload.tenant_id, payload.student_id)
        stored = await find_current_summary(session, payload.tenant_id, payload.student_id)
    if stored and _is_as_good(stored, student, payload, context):
        REUSED.labels("summary").inc()
        warning = "Nothing has changed since the stored summary, so no model was asked."
        return Outcome(StoredSummary(stored.id), warnings=(warning,))
    summary = await guarded_summary(context.model, TASK, student.facts)
    return Outcome(WrittenSummary(student, summary), summary.refusals, _warnings(summary))


async def save(
    session: AsyncSession,
    payload: GenerateStudentSummaryPayload,
    outcome: Outcome[WrittenSummary | StoredSummary],
    context: RunContext,
) -> str:
    """Store the summary, unless another run has stored one of the same facts meanwhile."""
    result = outcome.result
    if isinstance(result, StoredSummary):
        return result.id
    # Runs for one student take turns here, so that of two at once the second sees the first's.
    await lock_student(session, payload.tenant_id, payload.student_id)
    stored = await find_current_summary(session, payload.tenant_id, payload.student_id)
    if stored and _is_as_good(stored, result.student, payload, context):
        return stored.id
    summary = StudentSummary(
        tenant_id=payload.tenant_id,
        student_id=payload.student_id,
        resume_id=result.student.resume_id,
        sentences=as_answer(result.summary.sentences)["sentences"],
        refusals=[refusal.model_dump() for refusal in refusals_out(outcome.refusals)],
        input_hash=result.student.input_hash,
        model=context.model.model,
        prompt_version=PROMPT_VERSION,
        guard_version=GUARD_VERSION,
        ai_run_id=context.claim.run_id,
        read_at=result.student.read_at,
    )
    session.add(summary)
    await session.flush()
    return summary.id


async def read_student(session: AsyncSession, tenant_id: str, student_id: str) -> KnownStudent:
    """What a summary would be written from now: profile and current résumé, in three statements.

    Raises:
        StudentNotFound, ResumeNotFound: there is none.
        NothingToSummarise: the profile or the résumé is empty.
    """
    student = await find_student(session, tenant_id, student_id)
    if student is None:
        raise StudentNotFound
    resume = await find_current_resume(session, tenant_id, student_id)
    if resume is None:
        raise ResumeNotFound("The student has no résumé of their own.")
    facts = facts_of(student.name, student.profile, resume.resume)
    for source, called in (("profile", "profile"), ("resume", "résumé")):
        if not facts.has(source):
            raise NothingToSummarise(f"The student's {called} says nothing to summarise.")
    read_at = await database_time(session)
    return KnownStudent(facts, resume.id, facts.fingerprint(PROMPT_VERSION), read_at)


def _is_as_good(
    stored: StudentSummary,
    student: KnownStudent,
    payload: GenerateStudentSummaryPayload,
    context: RunContext,
) -> bool:
    """Whether another summary would be written from the same, by nobody better."""
    is_by_rule = (stored.model or "").startswith(OFFLINE)
    is_model_there = not context.model.model_for(prompt_of(TASK)).startswith(OFFLINE)
    return (
        stored.input_hash == student.input_hash
        and not payload.force
        and not (is_by_rule and is_model_there)
    )


def _warnings(summary: GuardedSummary) -> tuple[str, ...]:
    if not summary.left_out:
        return ()
    return (
        f"{len(summary.left_out)} texts did not fit the model's window and were not considered.",
    )


JOB = Job(
    name=TASK.name,
    title="Summarise a student for a placement officer",
    description=(
        "Writes three or four sentences from the student's profile and current résumé (the newest "
        "that is no variant), checks each against exactly the facts it cites, and stores them. "
        "Nothing changed since, and no `force`: the stored summary is the result and no model is "
        "asked. `resultId` is the summary's id at `GET /student-summaries/{id}`."
    ),
    payload=GenerateStudentSummaryPayload,
    example={"tenant_id": "demo-college", "student_id": "asha-verma"},
    announcement="A summary of your profile was written for your placement office.",
    apology="AI summary of your profile failed, your placement office can try again",
    process=process,
    save=save,
)
