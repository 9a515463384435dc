"""What a job is: a payload, what is asked and checked, and what is kept."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from app.db.engine import Database
from app.llm.embedding import Embedder
from app.llm.journal import JournalledProvider
from app.runs.steps import RunSteps
from app.runs.tables import Claim
from app.verdict import Refusal
from app.wire import Identifier, WireModel


class JobPayload(WireModel):
    """What every job's payload holds; the student is absent where a job is about many."""

    tenant_id: Identifier
    student_id: Identifier | None = None


P = TypeVar("P", bound=JobPayload)
R = TypeVar("R")


@dataclass(frozen=True)
class RunContext:
    """What `process` and `save` may use.

    `model` journals every answer before it hands it over; `embedder` writes down what it takes;
    `steps` tells watchers where `process` is, where that takes several steps.
    """

    claim: Claim
    database: Database
    model: JournalledProvider
    embedder: Embedder
    steps: RunSteps


@dataclass(frozen=True)
class Outcome(Generic[R]):
    """What `process` gives: what to keep, what the guard refused, what a caller should know."""

    result: R
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Job(Generic[P, R]):
    """A job type.

    `process` reads records and asks models, and never writes domain rows; it runs with no
    transaction open. `save` writes the result inside the transaction that closes the run, gives the
    result's id, and never asks a model. `announcement` is what a student is told on success, with
    NOTIFY_STUDENT_DIRECTLY; `apology` is what a student is told of a failure. A job that is paced
    per student takes several model calls, and no student needs it many times a minute.
    """

    name: str
    title: str
    description: str
    payload: type[P]
    example: Mapping[str, Any]
    announcement: str
    apology: str
    process: Callable[[P, RunContext], Awaitable[Outcome[R]]]
    save: Callable[[AsyncSession, P, Outcome[R], RunContext], Awaitable[str]]
    is_paced_per_student: bool = False


# A job of any payload and result; `Job` itself keeps the two halves of each one in agreement.
AnyJob = Job[Any, Any]
