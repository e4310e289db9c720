"""What is measured: an artifact in a runtime, at a batch size, with so many threads."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Candidate:
    """`label`: the format's id, with "@" and the runtime's id where another runs it than the one that answers
    for the format, and with "#2" and so on where a race gives one format twice. `path`: the artifact's."""

    label: str
    path: Path

    @property
    def format(self) -> str:
        return self.label.partition("@")[0].partition("#")[0]

    @property
    def runtime(self) -> str:
        """The runtime's id; "" for the one that answers for the format."""
        return self.label.partition("@")[2].partition("#")[0]


def choice(label: str) -> str:
    """What is chosen where this candidate is: its format, in whichever runtime it is fastest; in a race, each
    of the artifacts."""
    return label.partition("@")[0]


def label_of(measurement: dict) -> str:
    """The label of a measurement in a report; those of before candidates had labels have the format alone."""
    return measurement.get("label") or measurement["format"]


@dataclass(frozen=True)
class Condition:
    batch: int
    threads: int
