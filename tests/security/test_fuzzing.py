"""No bytes make identification, audit or unpacking raise anything but a ProblemError, take two seconds or
200 MB, or leave something behind.

Deterministic, and about a minute in all. FORMAT_ADVISOR_FUZZ_EXAMPLES=20000 looks longer and elsewhere at
every run.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks.errors import ProblemError
from benchmarks.inspection import describe, identify, unpack
from tests.security.fuzzing import seeds as building
from tests.security.fuzzing.strategies import (
    flatbuffers,
    mutated,
    protobuf_mutated,
    repacked,
    tars,
    words_changed,
    zips,
)

SECONDS = 2
"""Of processor time, so that a busy machine does not fail the test."""
MEGABYTES = 200
EXAMPLES = int(os.environ.get("FORMAT_ADVISOR_FUZZ_EXAMPLES", "0"))
SEEDS = (
    "scripted.pt",
    "traced.pt",
    "exported.pt2",
    "graph.onnx",
    "functions.onnx",
    "checkpoint.pt",
    "pickle.pkl",
    "net.keras",
    "net.h5",
    "net.tflite",
    "table.zip",
    "table.tar",
    "table.tar.gz",
    "forest.skops",
    "trees.ubj",
    "trees.json",
    "trees.txt",
    "source.zip",
)
ACCEPTED = set(SEEDS) - {"checkpoint.pt", "pickle.pkl"}


def bounded(examples: int) -> settings:
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="session")
def seeds(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("seeds")
    started = [
        subprocess.Popen([sys.executable, building.__file__, folder, framework], stderr=subprocess.PIPE)
        for framework in ("torch", "keras", "tables")
    ]
    for process in started:
        said = process.communicate()[1]
        assert process.returncode == 0, said[-2000:]
    built = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(built) == set(SEEDS)
    return built


@pytest.fixture
def survives(tmp_path) -> Callable[[bytes], str]:
    """Puts bytes through all three; returns the kind of the refusal, "" where they are described."""
    path, into = tmp_path / "upload", tmp_path / "into"

    def check(data: bytes) -> str:
        path.write_bytes(data)
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        return within_bounds(path, into)

    return check


def within_bounds(path: Path, into: Path) -> str:
    forget_peak()
    before, began = memory_mb("VmRSS"), time.process_time()
    kinds = [refusal(lambda: identify(path)), refusal(lambda: described(path))]
    unpacked = refusal(lambda: unpack(path, into))
    assert time.process_time() - began < SECONDS
    assert memory_mb("VmHWM") - before < MEGABYTES
    assert not unpacked or not list(into.iterdir()), "something is left of what was not unpacked"
    return kinds[1]


def refusal(action: Callable[[], object]) -> str:
    try:
        action()
    except ProblemError as error:
        problem = error.problem
        assert problem.kind and problem.message and problem.next_step
        assert problem.message.isprintable() and len(problem.message) < 2000
        return problem.kind
    return ""


def described(path: Path) -> None:
    """Its description is one that a page can show and a file can keep."""
    shown = json.dumps(describe(path).to_json())
    assert len(shown) < 20_000_000


def forget_peak() -> None:
    """Sets the peak of resident memory to what it is now (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def memory_mb(key: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024 / 1e6
    raise AssertionError(key)


def test_memory_and_peak_are_seen(tmp_path):
    """The measure itself: 300 MB that are taken and given back."""
    forget_peak()
    before = memory_mb("VmRSS")
    kept = b"x" * 300_000_000
    del kept
    assert memory_mb("VmHWM") - before > 250
    forget_peak()
    assert memory_mb("VmHWM") - memory_mb("VmRSS") < 50


@pytest.mark.parametrize("name", SEEDS)
def test_seeds(survives, seeds, name):
    """What is mutated below is sound to begin with."""
    assert (survives(seeds[name]) == "") == (name in ACCEPTED)


@pytest.mark.parametrize("name", SEEDS)
def test_mutated_files(survives, seeds, name):
    others = tuple(data for other, data in seeds.items() if other != name)

    @bounded(70)
    @given(mutated(seeds[name], others))
    def run(data):
        survives(data)

    run()


def members(data: bytes, path: Path) -> dict[str, bytes]:
    path.write_bytes(data)
    with zipfile.ZipFile(path) as archive:
        return {entry: archive.read(entry) for entry in archive.namelist() if not entry.endswith("/")}


@pytest.mark.parametrize(
    "name",
    ["scripted.pt", "traced.pt", "exported.pt2", "net.keras", "table.zip", "forest.skops", "source.zip"],
)
def test_mutated_members_of_a_sound_archive(survives, seeds, tmp_path, name):
    """Any file inside, behind the archive's checksums."""
    inside = members(seeds[name], tmp_path / "seed.zip")
    weights = [entry for entry in inside if entry.endswith(".h5")]

    @bounded(120)
    @given(st.data())
    def run(data):
        entry = data.draw(st.sampled_from(sorted(inside) + 3 * weights))
        content = data.draw(mutated(inside[entry], tuple(inside.values())))
        compression = data.draw(st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
        survives(repacked(seeds[name], entry, content, compression))

    run()


@pytest.mark.parametrize("name", ["graph.onnx", "functions.onnx"])
def test_sound_protobuf_of_another_meaning(survives, seeds, name):
    """Fields renumbered, repeated, nested: what onnx itself would parse."""

    @bounded(250)
    @given(protobuf_mutated(seeds[name]))
    def run(data):
        survives(data)

    run()


def test_sound_protobuf_of_another_meaning_in_a_saved_model(survives, seeds, tmp_path):
    (graph,) = (
        (entry, content)
        for entry, content in members(seeds["table.zip"], tmp_path / "seed.zip").items()
        if entry.endswith("saved_model.pb")
    )

    @bounded(100)
    @given(protobuf_mutated(graph[1]))
    def run(data):
        survives(repacked(seeds["table.zip"], graph[0], data, zipfile.ZIP_STORED))

    run()


def test_flatbuffers_of_other_numbers(survives, seeds):
    @bounded(300)
    @given(words_changed(seeds["net.tflite"]))
    def run(data):
        survives(data)

    run()


def test_flatbuffers(survives):
    @bounded(150)
    @given(flatbuffers())
    def run(data):
        survives(data)

    run()


def test_zips(survives):
    @bounded(300)
    @given(zips())
    def run(data):
        survives(data)

    run()


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_tars(survives, compress):
    @bounded(200)
    @given(tars())
    def run(data):
        survives(compress(data))

    run()
