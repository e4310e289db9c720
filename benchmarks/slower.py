"""Converted artifacts that are slower than their source, and where the time goes in both, by the profilers of
their runtimes: after measuring, in forks of their own."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.errors import Problem, ProblemError
from benchmarks.formats import name
from benchmarks.operator_kinds import ELSEWHERE, Advice, kind_of
from benchmarks.progress import OnProgress, Progress
from benchmarks.report import Measurement, Profile
from benchmarks.settings import step_limits
from benchmarks.verdict import Ratio, ratio
from benchmarks.warm import WarmServer
from benchmarks.why_slower import explain, times_by_kind
from benchmarks.workspace import WORK

SLOWER = 1.02
"""Slower than the source is what certainly takes more than this many times as long."""
LEAST_BUDGET_S = 1.0
"""With less for measuring nobody asks why."""
MOST = 3
"""Artifacts that are profiled, the slowest."""
MOST_ROWS = 50
"""Of each list in a profile, whatever it answers."""
PROFILE_S = 60.0
"""What the profile of one of them may take, with loading."""
STAGE, TITLE = "profile", "Profile what is slower than the source"


def slower_than(
    source: str, measurements: Iterable[Measurement]
) -> tuple[Measurement | None, list[tuple[Measurement, Ratio]]]:
    """The source and the artifacts that are slower than it in the condition that decides, each in the runtime
    that answers for its format, the slowest first."""
    usual = [m for m in measurements if m.label == m.format]
    measured = next((m for m in usual if m.format == source), None)
    if measured is None:
        return None, []
    alike = (measured.batch, measured.threads)
    others = [m for m in usual if m.format != source and (m.batch, m.threads) == alike]
    heats = {m.format: m.by_heat for m in (measured, *others)}
    ratios = [(m, ratio(source, m.format, heats)) for m in others]
    slower = [(m, by) for m, by in ratios if by.low > SLOWER]
    return measured, sorted(slower, key=lambda one: -one[1].estimate)


@dataclass(frozen=True)
class _Profiler:
    """What a profile is made with."""

    workspace: Path
    warm: WarmServer
    say: OnProgress

    def look(self, measured: Measurement) -> dict | Problem:
        """What the task `profile` answers about an artifact, or why it has none."""
        self.say(Progress(STAGE, TITLE, None, name(measured.format)))
        limits, artifact = step_limits(), self.workspace / measured.artifact
        try:
            return self.warm.run(
                "profile",
                self.workspace / WORK,
                limits=replace(limits, wall_s=min(limits.wall_s, PROFILE_S)),
                reads=(artifact,),
                format=measured.format,
                artifact=str(artifact),
                batch=measured.batch,
                threads=measured.threads,
            )
        except ProblemError as error:
            return error.problem


def profiles(
    source: str,
    measurements: Iterable[Measurement],
    workspace: Path,
    warm: WarmServer,
    say: OnProgress,
) -> tuple[Profile, ...]:
    """The profiles of the source and of the slowest of what is slower than it; none where nothing is. A
    profile that fails is one without times and with the reason, and no error."""
    measured, slower = slower_than(source, measurements)
    if measured is None or not slower:
        return ()
    profiler = _Profiler(workspace, warm, say)
    found = [profiler.look(artifact) for artifact, _ in slower[:MOST]]
    known = sum(isinstance(one, dict) for one in found)
    of_source = profiler.look(measured) if known else None
    compared = of_source if isinstance(of_source, dict) else None
    profiled = [_profile(measured, None, of_source, None)] if of_source else []
    for (artifact, by), one in zip(slower[:MOST], found, strict=True):
        profiled.append(_profile(artifact, by, one, compared))
    say(Progress(STAGE, TITLE, "passed" if known else "skipped", f"{known} of {len(found)} have a profile"))
    return tuple(profiled)


def _profile(measured: Measurement, by: Ratio | None, found: dict | Problem, source: dict | None) -> Profile:
    """`by`: how much slower than the source; None for the source itself, which needs no reason."""
    times = {"estimate": by.estimate, "low": by.low, "high": by.high} if by else None
    profile = Profile(measured.format, measured.runtime, measured.batch, measured.threads, times)
    if isinstance(found, Problem):
        advice = Advice(found.next_step)
        if found.kind == "no-profiler":
            advice = ELSEWHERE.get(measured.runtime, advice)
        words = f"Where its time goes is not known. {found.message}"
        return replace(profile, reason=words, next_step=advice.next_step, reference=advice.source)
    profile = replace(
        profile,
        call_ms=found["call_ms"],
        kinds=tuple({"kind": kind, "ms": ms} for kind, ms in times_by_kind(found).most_common()),
        operators=tuple({**row, "kind": kind_of(row["operator"])} for row in found["operators"][:MOST_ROWS]),
        slowest=tuple(found["slowest"][:MOST_ROWS]),
        fell_back=tuple(found["fell_back"][:MOST_ROWS]),
    )
    if by is None:
        return profile
    why = explain(found, source, measured.latency_ms.median)
    return replace(profile, reason=why.reason, next_step=why.advice.next_step, reference=why.advice.source)
