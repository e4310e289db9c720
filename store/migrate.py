"""Brings a database's tables to the form that this program knows, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from store.version import NEWEST, StoreError, version

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x464D7441
"""Of PostgreSQL's advisory locks: two servers that start at once migrate one after the other."""


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def upgrade(engine: Engine) -> None:
    """Raises StoreError for a database of a newer program, which is left as it is."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        found = version(connection)
        if found == NEWEST:  # somebody else was faster
            return
        known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
        if found and found not in known:
            raise StoreError(
                f"The database has the form {found}, which this program does not know: it is of a newer one. "
                "Start that, or give this one a database of its own."
            )
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
