"""Every walk through the tables that could be a line of a plan.

A walk is framework → master, by no converter where the file is all there is, else by its own, and by two only
where it has none of its own, [→ delivered format] → runtime.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.advisor.proof.tables import Tables


@dataclass(frozen=True)
class Walk:
    """One possible line: the master `format`, the `steps` from the framework to what is delivered, and the
    runtime. `artifact`: the walk starts with a file, not with a framework."""

    format: str
    steps: tuple[str, ...]
    runtime: str
    artifact: bool

    @property
    def delivered(self) -> str:
        return self.steps[-1]

    @property
    def formats(self) -> tuple[str, ...]:
        """The steps that are files; the first is one only as an artifact, and Keras is a framework and a
        format by the same name."""
        return self.steps if self.artifact else self.steps[1:]

    @property
    def converters(self) -> list[str]:
        return [f"{start}-to-{end}" for start, end in pairwise(self.steps)]


def walks_from(tables: Tables, framework: str) -> Iterator[Walk]:
    """All that start there, whatever else is answered; nothing archived is walked."""
    artifact = tables.of["framework"][framework].get("artifact", False)
    if tables.archived("framework", framework):
        return
    for path in _paths(tables, framework):
        if not tables.of["format"][path[-1]].get("master", True):
            continue
        for steps, runtime in _endings(tables, framework, path):
            walk = Walk(path[-1], steps, runtime, artifact)
            if not any(tables.archived("format", name) for name in walk.formats):
                yield walk


def _paths(tables: Tables, framework: str) -> list[tuple[str, ...]]:
    """Every way to a file. That it refuses to write what comes from the framework does not take a converter
    away: there is one, so that nothing goes round it."""
    none = [(framework,)] if tables.of["framework"][framework].get("artifact", False) else []
    one = [(framework, end) for end in onward(tables, framework)]
    reached = {path[-1] for path in none + one}
    two = [(*path, end) for path in one for end in onward(tables, path[-1]) if end not in reached]
    return [
        path
        for path in none + one + two
        if all(
            takes(tables, "converter", f"{start}-to-{end}", end, framework) for start, end in pairwise(path)
        )
    ]


def _endings(tables: Tables, framework: str, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What the master is delivered as, with what runs that: itself, or one ordinary step on."""
    for name, runtime in tables.of["runtime"].items():
        if tables.archived("runtime", name):
            continue
        runs = {file for file in runtime["formats"] if takes(tables, "runtime", name, file, framework)}
        if path[-1] in runs:
            yield path, name
        for end, edge in onward(tables, path[-1]).items():
            ordinary = name in tables.of["converter"][edge].get("delivers_to", [])
            if ordinary and end in runs and takes(tables, "converter", edge, end, framework):
                yield (*path, end), name


def takes(tables: Tables, kind: str, name: str, file: str, framework: str) -> bool:
    """Whether the converter writes, or the runtime or provider runs, what comes from this framework."""
    return not any(
        file in row["formats"] and framework in row.get("when", {}).get("framework", [framework])
        for row in tables.of[kind][name].get("refuses", [])
    )


def onward(tables: Tables, start: str) -> dict[str, str]:
    """Where the living converters lead from here that a plan may take, with their ids."""
    return {
        edge["to"]: name
        for name, edge in tables.of["converter"].items()
        if edge["from"] == start and not tables.archived("converter", name) and edge.get("advised", True)
    }
