"""What the program can do and what the advisor says it can do are the same, held in two places."""

from pathlib import Path

import benchmarks
from advisor import load_knowledge
from benchmarks import formats

WORKER = Path(benchmarks.__file__).parent / "worker"
FORMATS = set(formats.FILENAMES)


def files(folder: str) -> set[str]:
    """Ids of the modules in a folder of the worker."""
    return {p.stem.replace("_", "-") for p in (WORKER / folder).glob("*.py") if p.stem != "__init__"}


def test_every_converter_is_known_and_every_known_one_is_there():
    known = {entry.id: entry for entry in load_knowledge().of("converter") if entry.measured_here}
    assert set(known) == files("converters")
    for edge, entry in known.items():
        assert edge == f"{entry.source}-to-{entry.target}"
        assert {entry.source, entry.target} <= FORMATS


def test_every_runtime_is_known_and_every_known_one_is_there():
    known = {entry.id for entry in load_knowledge().of("runtime") if entry.measured_here}
    assert known == files("runtimes")


def test_every_format_has_one_runtime_here_that_the_knowledge_says_loads_it():
    loads = [f for entry in load_knowledge().of("runtime") if entry.measured_here for f in entry.formats]
    assert set(loads) >= FORMATS


def test_formats_are_the_advisors():
    known = {entry.id for entry in load_knowledge().of("format")}
    assert known >= FORMATS
    assert set(formats.NAMES) == set(formats.FRAMEWORK) == FORMATS >= set(formats.TARGETS)


def test_frameworks_that_the_advisor_is_asked_about_exist():
    assert set(formats.FRAMEWORK.values()) <= {entry.id for entry in load_knowledge().of("framework")}


def test_routes_are_shortest_and_none_where_there_is_none():
    edges = files("converters")
    assert formats.route("keras", "onnx", edges) == ("keras", "onnx")
    assert formats.route("keras", "litert", edges) == ("keras", "savedmodel", "litert")
    assert formats.route("onnx", "litert", edges) == ("onnx", "savedmodel", "litert")
    assert formats.route("onnx", "skops", edges) is None
    assert formats.route("pt2", "torchscript", edges) == ("pt2", "torchscript")
    without = edges - {"keras-to-onnx"}
    assert formats.route("keras", "onnx", without) == ("keras", "savedmodel", "onnx")
    assert formats.route("keras", "onnx", set()) is None
