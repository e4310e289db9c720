"""What the program can do and what the advisor says it can do are the same, held in two places."""

import ast
from pathlib import Path

import benchmarks
from advisor import load_knowledge
from benchmarks import formats

WORKER = Path(benchmarks.__file__).parent / "worker"
FORMATS = set(formats.FILENAMES)
ADVISED = FORMATS - set(formats.VARIANTS) - set(formats.MADE_OTHERWISE) - formats.PROGRAMS
VARIED = {f"{variant.of}-to-{id}" for id, variant in formats.VARIANTS.items()}
"""The converters to variants."""


def files(folder: str) -> set[str]:
    """Ids of the modules in a folder of the worker."""
    return {p.stem.replace("_", "-") for p in (WORKER / folder).glob("*.py") if p.stem != "__init__"}


def advised(edge: str) -> str:
    """The advisor's edge: a program is its framework, what is made otherwise the format that it is."""
    here, there = edge.split("-to-")
    here = formats.FRAMEWORK[here] if here in formats.PROGRAMS else here
    return f"{here}-to-{formats.MADE_OTHERWISE.get(there, there)}"


def test_every_converter_is_known_and_every_known_one_is_there():
    known = {entry.id: entry for entry in load_knowledge().of("converter") if entry.measured_here}
    assert set(known) == {advised(edge) for edge in files("converters") - VARIED}
    frameworks = {formats.FRAMEWORK[program] for program in formats.PROGRAMS}
    for edge, entry in known.items():
        assert edge == f"{entry.source}-to-{entry.target}"
        assert entry.source in ADVISED | frameworks and entry.target in ADVISED


def test_a_variant_is_made_from_a_format_that_the_advisor_knows():
    assert files("converters") >= VARIED
    assert {variant.of for variant in formats.VARIANTS.values()} <= ADVISED
    assert set(formats.MADE_OTHERWISE.values()) <= ADVISED


def assigned(name: str, folder: str) -> dict[str, object]:
    """What each module of a folder assigns to a name, of those that assign it a literal or another's; by the
    module's id. Read from the source, since only the worker may import it."""
    found = {}
    for file in (WORKER / folder).glob("*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.Assign) and node.targets[0].id == name:
                literal = not isinstance(node.value, ast.Attribute)
                found[file.stem.replace("_", "-")] = ast.literal_eval(node.value) if literal else ...
    return found


def test_every_runtime_is_known_and_every_known_one_is_there():
    """The advisor ranks every runtime that it knows: another way to run the files of one is none of its own
    there, unless people deploy it as such."""
    known = {entry.id for entry in load_knowledge().of("runtime") if entry.measured_here}
    options = assigned("OPTION_OF", "runtimes")
    assert files("runtimes") - set(options) <= known <= files("runtimes")
    assert set(options.values()) <= files("runtimes") - set(options)
    assert set(options) == set(formats.OPTIONS)


def test_every_runtime_says_what_it_installs():
    packages = assigned("PACKAGES", "runtimes")
    assert files("runtimes") - {"libtorch"} == set(packages)  # which takes less than its package


def test_every_format_has_one_runtime_here_that_the_knowledge_says_loads_it():
    loads = [f for entry in load_knowledge().of("runtime") if entry.measured_here for f in entry.formats]
    assert set(loads) >= ADVISED


def test_formats_are_the_advisors():
    known = {entry.id for entry in load_knowledge().of("format")}
    assert known >= ADVISED and not known & (set(formats.VARIANTS) | set(formats.MADE_OTHERWISE))
    assert set(formats.NAMES) == set(formats.FRAMEWORK) == FORMATS >= set(formats.TARGETS)


def test_frameworks_that_the_advisor_is_asked_about_exist():
    assert set(formats.FRAMEWORK.values()) <= {entry.id for entry in load_knowledge().of("framework")}


def test_every_converter_names_its_packages_and_its_attempts():
    """Read from the source, since only the worker may import it: the script that repeats a conversion says
    what to install."""
    pinned = {line.split("==")[0] for line in (WORKER.parent.parent / "requirements.in").read_text().split()}
    for file in (WORKER / "converters").glob("*.py"):
        if file.stem != "__init__":
            (packages,) = [
                ast.literal_eval(node.value)
                for node in ast.parse(file.read_text()).body
                if isinstance(node, ast.Assign) and node.targets[0].id == "PACKAGES"
            ]
            assert packages and set(packages) <= pinned, file
