"""Alembic's entry: migrate over the connection that `api.db` hands in."""

from alembic import context

from api.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
)
with context.begin_transaction():
    context.run_migrations()
