import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.db.engine import Database


@pytest.mark.parametrize(
    "column",
    [
        "ai_job_runs.receipt",
        "ai_job_runs.problem",
        "ai_job_errors.raw_answer",
        "resumes.resume",
        "ai_llm_calls.answer",
        "ai_llm_calls.prompt",
    ],
)
async def test_the_relay_reads_nothing_that_was_written(database: Database, column: str) -> None:
    """The role that sees all tenants is refused every column of students' and models' words."""
    table, _, name = column.partition(".")
    async with database.all_tenants() as session:
        connection = await session.connection()

        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(text(f"select {name} from {table}"))
