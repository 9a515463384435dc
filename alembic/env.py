"""How Alembic reaches the database: over the connection its caller hands it."""

from sqlalchemy import Connection
from sqlmodel import SQLModel

import app.records.analytics_summaries
import app.records.notes
import app.records.postings
import app.records.resumes
import app.records.student_summaries
import app.records.students
import app.records.suggestions
import app.retrieval.tables
import app.runs.tables  # noqa: F401  importing a table registers it for `alembic check`
from alembic import context

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata)
with context.begin_transaction():
    context.run_migrations()
