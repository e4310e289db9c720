"""Parts of the zoo, each driven once in a test process."""

from collections.abc import Callable, Sequence

import pytest

from benchmarks import turn
from tests.benchmarks.zoo.driving import Driven, drive

VERIFY_SECONDS = "1"


@pytest.fixture(scope="session")
def driven(warm, tmp_path_factory) -> Callable[[str, Sequence[str], Sequence[str]], list[Driven]]:
    """Drives models of a kind to some formats. Nothing is measured, so that nobody's turn is waited for."""

    def driven(kind: str, wanted: Sequence[str], targets: Sequence[str]) -> list[Driven]:
        line = tmp_path_factory.mktemp("line")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(turn, "line_folder", lambda: line)
            patch.setenv("FORMAT_ADVISOR_VERIFY_SECONDS", VERIFY_SECONDS)
            folder = warm.folder / f"{kind}-{wanted[0]}"
            return list(drive(kind, wanted, folder, warm.server, tuple(targets)))

    return driven
