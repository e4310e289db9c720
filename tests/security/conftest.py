"""The corpus, built once, and warm servers to run it in: one for each way in which models are protected."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.security.corpus.case import Case
from tests.security.outside import Harm, Outside
from tests.security.ward import LAYERS, Ward, build_corpus, start_ward


@dataclass
class Tally:
    """What happened over all cases of all modes."""

    audited: int = 0
    ran: dict[str, int] = field(default_factory=dict)
    harm: Harm = field(default_factory=Harm)


_tally = Tally()


@pytest.fixture(scope="session")
def tally() -> Tally:
    return _tally


def pytest_terminal_summary(terminalreporter) -> None:
    if _tally.ran:
        ran = ", ".join(f"{count} in {mode}" for mode, count in _tally.ran.items())
        got_out = ", ".join(f"{len(found)} {name}" for name, found in vars(_tally.harm).items())
        terminalreporter.write_line(f"corpus: {_tally.audited} audited, run: {ran}; got out: {got_out}")


@pytest.fixture(scope="session")
def outside(tmp_path_factory) -> Iterator[Outside]:
    one = Outside(tmp_path_factory.mktemp("outside"))
    yield one
    one.close()


@pytest.fixture(scope="session")
def corpus(outside) -> Callable[[Case], Path]:
    """Where the model of a case lies; all are built when the first is asked for."""
    paths = build_corpus(outside)
    return lambda case: paths[case.id]


@pytest.fixture(scope="session", params=["namespaces", "landlock"])
def ward(request, outside) -> Iterator[Ward]:
    """Both ways in which models are protected, one after the other."""
    with start_ward(request.param, LAYERS[request.param], outside) as one:
        yield one
