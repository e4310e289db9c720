"""What every test runs under: no telemetry, and folders of its own instead of the developer's."""

import gc
import os
import shutil
import tempfile

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
