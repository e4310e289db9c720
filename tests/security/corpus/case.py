"""One line of the corpus, and the things outside the sandbox that a hostile file reaches for."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

OUTCOMES = ("refused", "contained", "warned", "accepted")
UNANSWERED = ("timeout", "out-of-memory", "source-does-not-run")
"""How what asks for memory that is not there may end: TensorFlow asks again for ten seconds, which nobody
waits for."""


@dataclass(frozen=True)
class Targets:
    """What payloads aim at; all of it belongs to the test that made it.

    `markers`: a folder that must stay empty. `canary`: a file whose text `secret` must appear nowhere
    else. `sibling`: the folder of another run, with the file `model.bin`, which holds `secret` too, and
    `socket`, a Unix socket that listens.
    `tcp`, `udp`: loopback ports that listen; `abstract`: the name of an abstract Unix socket that does.
    `victim`: the id of a process that only sleeps. `token`: the name of everything that a payload leaves
    in the folders of the machine.
    """

    markers: str
    canary: str
    secret: str
    sibling: str
    tcp: int
    udp: int
    abstract: str
    victim: int
    token: str

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Targets":
        return cls(**json.loads(text))


Build = Callable[[Path, Targets], Path]
"""Writes a model into an empty folder of its own and returns the path of it: a file or a folder."""


@dataclass(frozen=True)
class Case:
    """A hostile, broken or sound model, and what it must lead to.

    `format`: what it is, or is taken for: a format id, "zip", "tar", "pickle" or "other".
    `expects`: "refused" by identification, audit or unpacking, with one of `kinds`; "contained": taken,
    and what it does stays inside; "warned": taken, with a finding that has `finds` in it; "accepted":
    taken, and its answers are those that it gives without a sandbox.
    `framework`: what must be loaded to build it: "", "torch", "tensorflow", or "tables" for
    scikit-learn, XGBoost and LightGBM.
    `loads_as`: the format whose runtime loads it past the audit, so that the sandbox is tried as well;
    "" where no runtime would take such a file.
    `inputs`: the described inputs, as the `reference` task takes them.
    `harms`: what it does outside where nothing holds it: fields of `outside.Harm`.
    `ends`: the kinds of problem that a contained case may end in; empty: any, or a result.
    `attempts`: the functions of `attempts` that its payload runs.
    `not_in`: modes of the sandbox that do not promise to contain this, as SECURITY.md says.
    `pickled`, `code`: the audit must name a pickle in it, or that it is a program, and nobody loads it
    without being asked.
    """

    id: str
    format: str
    expects: str
    build: Build
    kinds: tuple[str, ...] = ()
    framework: str = ""
    loads_as: str = ""
    inputs: tuple[dict, ...] = ()
    harms: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    finds: str = ""
    not_in: tuple[str, ...] = ()
    pickled: bool = False
    code: bool = False
    attempts: tuple[str, ...] = ()

    def __post_init__(self):
        assert self.expects in OUTCOMES, self
        assert bool(self.kinds) == (self.expects == "refused"), self


def tensor(name: str, shape: tuple, dtype: str = "float32") -> dict:
    """A described input."""
    return {"name": name, "dtype": dtype, "shape": list(shape)}
