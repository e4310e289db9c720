"""Connections: to SQLite in the data folder, or to what DATABASE_URL names.

SQLite keeps a write-ahead log, so that readers see the last committed state while somebody writes, and is
told to have each commit on the disk before it is acknowledged. A transaction that is going to write says so
when it begins: one that read first and wrote later would be refused where another wrote in between.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from store.version import NEWEST, StoreError, version

VARIABLE = "DATABASE_URL"
FILENAME = "format-advisor.db"
PATIENCE_S = 30
"""How long a writer waits for those before it."""
PROJECT = Path(__file__).resolve().parent.parent

_engines: dict[str, Engine] = {}
_opening = threading.Lock()


def url_of(folder: Path) -> URL:
    """The database that is to be used: DATABASE_URL, else a file in `folder`. Raises StoreError where the
    variable's text is no address of a database known here."""
    text = os.environ.get(VARIABLE, "")
    return known(text) if text else URL.create("sqlite", database=str(folder / FILENAME))


def known(text: str) -> URL:
    """An address as text. Raises StoreError where it is none of a database known here."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError(
            f"{VARIABLE} is no address of a database. Write it as postgresql://USER:PASSWORD@HOST/NAME."
        ) from None
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database:
        # Not from where a process happens to stand: the server and its runs must mean the same file.
        return url.set(database=str(PROJECT / url.database))
    raise StoreError(
        f"{VARIABLE} names {url.drivername}; known are PostgreSQL (postgresql://…) and SQLite (sqlite:///FILE)."
    )


def engine_of(url: URL) -> Engine:
    """The process's engine for a database, whose tables are brought up to date when it is first asked for.
    Raises StoreError where the database does not answer or is of a newer program."""
    key = url.render_as_string(hide_password=False)
    with _opening:
        if key not in _engines:
            _engines[key] = _open(url)
        return _engines[key]


def _open(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": PATIENCE_S})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        ours = {"connect_timeout": PATIENCE_S, "tcp_user_timeout": PATIENCE_S * 1000}
        arguments = {name: value for name, value in ours.items() if name not in url.query}
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments)
        event.listen(engine, "connect", _prepare_postgresql)
    try:
        with engine.connect() as connection, connection.begin():
            current = version(connection) == NEWEST
        if not current:
            from store import migrate  # takes half a second to load, and is hardly ever needed

            migrate.upgrade(engine)
    except DBAPIError as error:
        engine.dispose()
        words = " ".join(str(error.orig).split())
        where = url.set(query={}).render_as_string(hide_password=True)
        raise StoreError(
            f"The database {where} cannot be used: {words}. See that it runs, can be reached, and that its "
            "user may create tables."
        ) from None
    return engine


def _prepare_sqlite(connection, record) -> None:
    connection.isolation_level = None  # this module says when a transaction begins
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:  # at once, where several open a new file: this one waits for nobody
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
    connection.execute("PRAGMA foreign_keys=ON")


def _prepare_postgresql(connection, record) -> None:
    """A client that went away with a lock holds nobody up for longer."""
    for name, seconds in (
        ("lock_timeout", PATIENCE_S),
        ("idle_in_transaction_session_timeout", 2 * PATIENCE_S),
    ):
        connection.execute(f"SET {name} = '{seconds}s'")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if options.get('durable', True) else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the database throughout."""
    level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**level) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine, durable: bool = True) -> Iterator[Connection]:
    """A transaction that is kept whole at the end of the block, or not at all where it raises. One that is
    not `durable` does not wait for the disk: everybody sees it, and only a machine that fails may lose it."""
    options = {"writes": True, "durable": durable}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if not durable and engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
        yield connection


def close() -> None:
    """Closes every connection of this process."""
    with _opening:
        for engine in _engines.values():
            engine.dispose()
        _engines.clear()
