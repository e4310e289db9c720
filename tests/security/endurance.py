"""Many jobs in a row, a third of them hostile, with what the server and its client hold after each."""

import ctypes
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import psutil

from tests.security.corpus.table import CASES
from tests.security.outside import Harm
from tests.security.ward import Ward

SOUND = ("onnx-sound", "torchscript-sound", "savedmodel-sound", "litert-sound")
HOSTILE = (
    "torchscript-writes-wild",
    "savedmodel-write-file",
    "savedmodel-abort",
    "onnx-growing-outputs",
    "torchscript-saves-when-loaded",
    "litert-flipped-bytes",
    "torchscript-prints-for-ever",
    "keras-units-beyond-memory",
)
"""Quick ones: they crash, write, leave, take memory, print."""
_BY_ID = {case.id: case for case in CASES}


@dataclass(frozen=True)
class Sample:
    """After a job: bytes resident and open files of the warm server and of this process, its client."""

    server_bytes: int
    server_files: int
    client_bytes: int
    client_files: int
    harm: Harm
    answered: bool


def jobs_in_a_row(ward: Ward, paths: dict[str, Path], count: int) -> Iterator[Sample]:
    """Two sound ones, one hostile, and so on. Raises AssertionError where a sound one fails."""
    server = max((psutil.Process(pid) for pid in ward.own if pid != os.getpid()), key=_resident)
    client = psutil.Process()
    sound, hostile = cycle(SOUND), cycle(HOSTILE)
    order = (next(hostile) if number % 3 == 2 else next(sound) for number in range(count))
    for name in islice(order, count):
        ran = ward.run(_BY_ID[name], paths[name])
        assert name in HOSTILE or ran.answer, (name, str(ran.problem))
        yield Sample(
            _resident(server),
            server.num_fds(),
            _resident(client),
            client.num_fds(),
            ran.harm,
            bool(ran.answer),
        )


def _resident(process: psutil.Process) -> int:
    if process.pid == os.getpid():
        ctypes.CDLL(None).malloc_trim(0)  # what is free already, and only kept by the allocator, is not held
    return process.memory_info().rss
