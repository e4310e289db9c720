"""What every test runs under: no telemetry, and folders of its own instead of the developer's."""

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# pytest's own folders stay where they are, for who looks at a failure.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
# Comparisons wait in a line that all programs with one folder for temporary files share: the other test
# processes must not stand in it.
os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(prefix="fa-")
# The first process's own, which those that it starts for tests inherit: for what all of them need.
os.environ.setdefault("FORMAT_ADVISOR_TESTS", os.environ["TMPDIR"])
# Set before any module of the program is imported, since settings may be read then.
os.environ["FORMAT_ADVISOR_DATA"] = tempfile.mkdtemp(prefix="data-")


@pytest.fixture(scope="session", autouse=True)
def data_folder() -> str:
    """The folder that FORMAT_ADVISOR_DATA names in this test process."""
    return os.environ["FORMAT_ADVISOR_DATA"]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of this test process, without a database's name."""
    from perf import databases

    with databases.postgresql(durable=False) as server:
        yield server


@pytest.fixture
def folder_in_memory() -> Iterator[Path]:
    """Where waiting for the disk costs nothing: some tests commit thousands of times."""
    where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="fa-", dir=where) as folder:
        yield Path(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, folder_in_memory, monkeypatch) -> Iterator[str]:
    """An empty database of either kind, which the environment names."""
    from perf import databases
    from store import engine

    if request.param == "sqlite":
        monkeypatch.setenv(engine.VARIABLE, url := f"sqlite:///{folder_in_memory}/own.db")
        yield url
    else:
        server = request.getfixturevalue("postgresql")
        with databases.database(server, f"own{next(_numbers)}") as url:
            monkeypatch.setenv(engine.VARIABLE, url)
            yield url
    engine.close()


_numbers = itertools.count()


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests first: processes take whole files, and nobody should wait for the last one."""
    items.sort(key=lambda item: "slow" not in item.keywords)


def pytest_collection_finish() -> None:
    """What was collected stays: Streamlit looks for garbage after every run of a page, and would look through
    three quarters of a million objects each time (six times as long as the page)."""
    gc.collect()
    gc.freeze()
