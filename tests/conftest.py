"""What every test runs under: no telemetry, and a data folder of its own instead of the developer's."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator

import pytest

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# Set before any module of the program is imported, since settings may be read then.
os.environ["FORMAT_ADVISOR_DATA"] = tempfile.mkdtemp(prefix="format-advisor-tests-")


@pytest.fixture(scope="session", autouse=True)
def data_folder() -> Iterator[str]:
    """The folder that FORMAT_ADVISOR_DATA names in this test process; removed at the end."""
    folder = os.environ["FORMAT_ADVISOR_DATA"]
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests first: processes take whole files, and nobody should wait for the last one."""
    items.sort(key=lambda item: "slow" not in item.keywords)


def pytest_collection_finish() -> None:
    """What was collected stays: Streamlit looks for garbage after every run of a page, and would look through
    three quarters of a million objects each time (six times as long as the page)."""
    gc.collect()
    gc.freeze()
