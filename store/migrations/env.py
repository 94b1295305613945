"""Run by Alembic: applies the revisions over the connection that `store.migrate` hands in."""

from alembic import context
from sqlmodel import SQLModel

from store import tables

assert tables
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
)
context.run_migrations()
