"""Migrations make the tables that the code describes, and can be taken back."""

import alembic.command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from api.db import Database, _config
from api.tables import Base
from tests.api.conftest import Backend


def test_migrations_make_the_tables_described(backend: Backend) -> None:
    database = Database(backend.empty())
    assert not database.is_current()
    database.upgrade()
    database.upgrade()
    assert database.is_current()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def test_migrations_can_be_taken_back(backend: Backend) -> None:
    database = Database(backend.empty())
    database.upgrade()
    with database.engine.begin() as connection:
        alembic.command.downgrade(_config(connection), "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    database.upgrade()
    assert database.is_current()
    database.close()


def test_sqlite_keeps_what_it_was_given(backend: Backend) -> None:
    database = Database(backend.empty())
    if database.is_sqlite:
        with database.engine.connect() as connection:
            pragmas = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    database.close()
