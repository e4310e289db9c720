"""The database: which one, its tables brought up to date, and what is said where it cannot be used."""

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from store import engine, migrate
from store.engine import StoreError, engine_of, reading, url_of, writing
from store.tables import metadata
from store.version import NEWEST, version


@pytest.fixture
def opened(database_url, tmp_path):
    return engine_of(url_of(tmp_path))


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.delenv(engine.VARIABLE, raising=False)


def test_migrations_lead_to_the_tables_that_the_program_knows(opened):
    with opened.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert version(connection) == NEWEST
    assert ScriptDirectory.from_config(migrate.configuration()).get_current_head() == NEWEST


def test_a_database_of_a_newer_program_is_left_alone(opened, tmp_path):
    with writing(opened) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"9999.*newer"):
        migrate.upgrade(opened)


def test_what_raises_is_not_kept(opened):
    with pytest.raises(ZeroDivisionError), writing(opened) as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        raise ZeroDivisionError
    with reading(opened) as connection:
        assert version(connection) == NEWEST


def test_a_reader_sees_one_state_throughout(opened):
    with reading(opened) as before:
        assert version(before) == NEWEST
        with writing(opened) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        assert before.execute(text("SELECT version_num FROM alembic_version")).scalar() == NEWEST


def test_sqlite_keeps_a_log_and_waits_for_the_disk(tmp_path):
    with writing(engine_of(url_of(tmp_path)), durable=False) as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 1
    with writing(engine_of(url_of(tmp_path))) as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        said = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in asked]
    assert said == ["wal", 2, 1]
    engine.close()


def test_many_processes_may_open_a_new_database_at_once(database_url):
    script = "import sys, store.engine as e; e.engine_of(e.known(sys.argv[1]))"
    command = [sys.executable, "-c", script, database_url]
    started = [
        subprocess.Popen(command, cwd=engine.PROJECT, stderr=subprocess.PIPE, text=True) for _ in range(6)
    ]
    for process in started:
        assert process.communicate(timeout=60)[1] == ""
    with engine_of(engine.known(database_url)).connect() as connection:
        assert connection.dialect.name == database_url.partition(":")[0]
        assert version(connection) == NEWEST


def test_a_file_is_the_same_from_wherever_a_process_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert engine.known("sqlite:///some.db").database == str(engine.PROJECT / "some.db")
    assert engine.known(f"sqlite:///{tmp_path}/some.db").database == f"{tmp_path}/some.db"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nonsense", "no address of a database"),
        ("postgresql://user:hush/name", "no address of a database"),
        ("mysql://host/name", "names mysql; known are PostgreSQL"),
        ("postgresql://tests@127.0.0.1:1/none", "cannot be used"),
    ],
)
def test_an_address_that_is_none_is_said(tmp_path, monkeypatch, address, words):
    monkeypatch.setenv(engine.VARIABLE, address)
    with pytest.raises(StoreError, match=words):
        engine_of(url_of(tmp_path))


def test_a_password_is_never_said(tmp_path, monkeypatch):
    monkeypatch.setenv(engine.VARIABLE, "postgresql://tests:hush@127.0.0.1:1/none")
    with pytest.raises(StoreError) as told:
        engine_of(url_of(tmp_path))
    assert "hush" not in str(told.value)
