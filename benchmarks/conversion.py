"""From the source to the wanted formats: which converter is tried next, what every try gave, what is kept.

A conversion succeeded if its artifact loads in its runtime and agrees with the source. Until one does, the
attempts of a converter are made in order, and then the next longer way is taken. Every try is in the report.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import formats, next_steps, reproduction, ways
from benchmarks.artifact import Description
from benchmarks.errors import Problem, ProblemError
from benchmarks.inspection.content import open_content
from benchmarks.plain_files import discard
from benchmarks.progress import OnProgress, Progress
from benchmarks.report import ArtifactFile, Attempt, Conversion, Parity
from benchmarks.verification import disagreement, verify
from benchmarks.warm import WarmServer
from benchmarks.ways import Edge, edge_of
from benchmarks.workspace import WORK, take_out

ARTIFACTS = "artifacts"
HOPELESS = {"timeout", "out-of-memory", "disk-full"}
"""What ends a converter's further attempts: they would take as long and as much."""

Step = tuple[str, str, str]
"""A hop that succeeded: from, to, attempt."""


@dataclass(frozen=True)
class Reached:
    """A format with an artifact that agrees with the source, and the hops that led to it."""

    path: Path
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class _Try:
    """What one attempt gave: `parity` and the conversion's artifact where it came that far."""

    attempt: Attempt
    conversion: Conversion
    parity: Parity | None = None

    @property
    def progress(self) -> int:
        """How far it came: 0 no artifact, 1 one that does not load or run, 2 one that was compared, 3 one
        that agrees."""
        if self.parity is None:
            return 0
        return 3 if self.parity.outcome == "passed" else 1 if self.parity.error else 2


class Conversions:
    """The conversions of one run. `path`: the source as the sandbox sees it; `about`: what the task
    `reference` said of it; `capabilities`: what the task of that name returned."""

    def __init__(
        self,
        source: Description,
        path: Path,
        workspace: Path,
        about: dict,
        capabilities: dict,
        warm: WarmServer,
        say: OnProgress,
    ):
        self._description, self._workspace, self._about = source, workspace, about
        self._capabilities, self._warm, self._told = capabilities, warm, say
        self._source = source.format
        self._converters: dict[str, dict] = capabilities["converters"]
        self._lengths = {edge_of(name): entry["length"] for name, entry in self._converters.items()}
        self.reached = {source.format: Reached(path)}
        self._tries: dict[str, list[_Try]] = {}
        self._untried = self._edges()

    def reach(self, wanted: Sequence[str]) -> None:
        """Converts until every wanted format is reached or cannot be."""
        possible = ways.reachable(self.reached, self._untried)
        for target in wanted:
            if target not in possible:
                self._say(target, "unavailable", self._no_way(target).message)
        while edge := ways.next_edge(self._hops(), wanted, self._untried, self._lengths):
            self._untried.discard(edge)
            self._take(*edge)
            still = ways.reachable(self.reached, self._untried)
            for target in [t for t in wanted if t in possible - still]:
                self._say(target, *self._given_up(target))
            possible = still

    def leads_to(self, target: str) -> bool:
        """Whether the converters that work here lead from what is reached to the format."""
        return target in ways.reachable(self.reached, self._untried)

    def conversions(self, wanted: Sequence[str]) -> tuple[Conversion, ...]:
        """One for each wanted format, in that order, then those in between."""
        between = [target for target in self._tries if target not in wanted]
        return tuple(self._conversion(target) for target in [*wanted, *between])

    def parity(self) -> tuple[Parity, ...]:
        """Of every format that an artifact was made of, the best try's."""
        best = [self._best(target) for target in self._tries]
        return tuple(one.parity for one in best if one.parity)

    def _edges(self) -> set[Edge]:
        return {edge_of(name) for name, entry in self._converters.items() if not entry["unavailable"]}

    def _hops(self) -> dict[str, int]:
        return {format: len(reached.steps) for format, reached in self.reached.items()}

    def _take(self, before: str, target: str) -> None:
        """Makes the attempts along one edge until one succeeds."""
        names = self._converters[f"{before}-to-{target}"]["attempts"]
        for number, name in enumerate(names, 1):
            words = f"{formats.NAMES[before]} → {formats.NAMES[target]}"
            words += f": {name} ({number} of {len(names)})" if len(names) > 1 else ""
            self._say(target, None, words)
            one = self._try(before, target, name)
            self._tries.setdefault(target, []).append(one)
            if one.progress == 3:
                steps = (*self.reached[before].steps, (before, target, name))
                self.reached[target] = Reached(self._workspace / one.conversion.artifact.path, steps)
                self._leave_script(target, steps, one.conversion.artifact)
                detail = f"{one.conversion.seconds:.1f} s, verified on {len(one.parity.cases)} cases"
                self._say(target, "passed", detail)
                return
            if not self._about["deterministic"]:  # nothing can be held against such a source
                self._untried = {edge for edge in self._untried if edge[1] != target}
                return
            if one.conversion.error.kind in HOPELESS:
                return

    def _try(self, before: str, target: str, name: str) -> _Try:
        route = (*(step[0] for step in self.reached[before].steps), before, target)
        conversion = Conversion(self._source, target, "passed", route[1:-1])
        written = self._workspace / WORK / formats.FILENAMES[target]
        made = self._workspace / ARTIFACTS / "made" / formats.FILENAMES[target]
        made.parent.mkdir(parents=True, exist_ok=True)
        parity = None
        try:
            origin = self.reached[before].path
            done = self._warm.run(
                "convert",
                self._workspace / WORK,
                reads=(origin,),
                programs=self._converters[f"{before}-to-{target}"]["programs"],
                source=str(origin),
                source_format=before,
                target=str(written),
                target_format=target,
                opset=self._capabilities["opset"],
                attempt=name,
            )
            conversion = replace(conversion, call=done["via"], seconds=done["seconds"])
            take_out(written, made)
            parity = verify(
                target, made, self._workspace, self._warm, lambda words: self._say(target, None, words)
            )
            if parity.outcome != "passed":
                conversion = replace(conversion, outcome="failed", error=disagreement(parity))
        except ProblemError as error:
            discard(written)
            conversion = replace(conversion, outcome="failed", error=error.problem)
        if conversion.error:
            problem = next_steps.with_next_step(conversion.error, f"{before}-to-{target}")
            conversion = replace(conversion, error=problem)
        attempt = Attempt(route, name, conversion.outcome, conversion.seconds, conversion.error)
        one = _Try(attempt, conversion, parity)
        if parity and one.progress > max((old.progress for old in self._tries.get(target, ())), default=0):
            one = replace(one, conversion=replace(conversion, artifact=self._keep(target, made)))
        discard(made.parent)
        return one

    def _keep(self, target: str, made: Path) -> ArtifactFile:
        name = f"{ARTIFACTS}/{formats.FILENAMES[target]}"
        kept = self._workspace / name
        discard(kept)
        made.rename(kept)
        content = open_content(kept)
        return ArtifactFile(target, name, content.sha256(), content.size_bytes)

    def _leave_script(self, target: str, steps: Sequence[Step], artifact: ArtifactFile) -> None:
        reproduction.write(
            self._workspace / ARTIFACTS / reproduction.folder_of(target),
            self._workspace / WORK,
            self._description,
            self.reached[self._source].path,
            steps,
            artifact,
            self._about,
            self._capabilities,
        )

    def _best(self, target: str) -> _Try:
        """The try that came furthest, the first of those."""
        return max(self._tries[target], key=lambda one: one.progress)

    def _conversion(self, target: str) -> Conversion:
        if target not in self._tries:
            outcome, _ = self._given_up(target)
            return Conversion(self._source, target, outcome, error=self._no_way(target))
        attempts = tuple(one.attempt for one in self._tries[target])
        script = f"{ARTIFACTS}/{reproduction.folder_of(target)}/reproduce.py"
        return replace(
            self._best(target).conversion,
            attempts=attempts,
            reproduce=script if target in self.reached else None,
        )

    def _given_up(self, target: str) -> tuple[str, str]:
        """The outcome of a format that cannot be reached any more, and why."""
        if target in self._tries:
            return "failed", self._best(target).conversion.error.message
        led_there = target in ways.reachable([self._source], self._edges())
        return "skipped" if led_there else "unavailable", self._no_way(target).message

    def _no_way(self, target: str) -> Problem:
        """Why no converter to `target` was tried."""
        tried = [t for t in self._tries if t not in self.reached]
        into = {edge_of(name)[0] for name in self._converters if edge_of(name)[1] == target}
        failed = [t for t in tried if t in into] or [
            t for t in tried if target in ways.reachable([t], self._edges())
        ]
        if failed:
            return Problem(
                "convert",
                "hop-failed",
                f"It leads over {' or '.join(formats.NAMES[t] for t in failed)}, which failed.",
                "Look there for the reason and what to do.",
            )
        if reasons := [
            f"{name}: {entry['unavailable']}"
            for name, entry in self._converters.items()
            if entry["unavailable"] and edge_of(name)[1] == target
        ]:
            return Problem(
                "convert",
                "converter-missing",
                f"The converter cannot run here: {reasons[0]}.",
                "Install its framework.",
            )
        names = formats.NAMES[self._source], formats.NAMES.get(target, target)
        return Problem(
            "convert",
            "no-converter",
            f"No converter leads from {names[0]} to {names[1]} yet.",
            f"Export {names[1]} from the original model in its training framework.",
        )

    def _say(self, target: str, outcome: str | None, detail: str) -> None:
        title = f"Convert to {formats.NAMES.get(target, target)}"
        self._told(Progress(f"convert-{target}", title, outcome, detail))
