"""Pages as scripts, each run of which looks through all objects of the test process for garbage."""

import gc

import pytest


@pytest.fixture(scope="module", autouse=True)
def what_was_there_before_stays() -> None:
    """What tests of other modules left in this process is looked through no more: that took longer than the
    pages."""
    gc.freeze()
