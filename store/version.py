"""The form of the tables: which one this program knows, and which one a database has. Apart from what changes
it, since loading that takes longer than most programs here run."""

from sqlalchemy import Connection, inspect, text

NEWEST = "0001"


class StoreError(Exception):
    """The database cannot be used; the message says what is wrong and what to do."""


def version(connection: Connection) -> str | None:
    """The form that a database has, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
