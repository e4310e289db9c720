"""The result of a comparison: immutable, with its raw values, and JSON on the outside (schema 1)."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

from benchmarks.artifact import Description, Finding
from benchmarks.errors import Problem

SCHEMA = 1


@dataclass(frozen=True)
class ArtifactFile:
    """`path` is relative to the folder that holds the report; a SavedModel's is a folder."""

    format: str
    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Attempt:
    """One try to make a format. `route`: the formats from the source to it; `attempt`: which of the last
    converter's ways of calling it; `seconds`: of the last converter, None where it did not end by itself."""

    route: tuple[str, ...]
    attempt: str
    outcome: str
    seconds: float | None = None
    error: Problem | None = None


@dataclass(frozen=True)
class Conversion:
    """`via` lists the formats in between, `call` the converter's own call for the last hop;
    `seconds` is the time of the last hop's conversion itself. `attempts`: everything that was tried, in
    order; what stands above them is of the one that came furthest. `reproduce`: the script that makes the
    artifact again, relative to the folder that holds the report."""

    source: str
    target: str
    outcome: str
    via: tuple[str, ...] = ()
    call: str = ""
    seconds: float | None = None
    artifact: ArtifactFile | None = None
    error: Problem | None = None
    attempts: tuple[Attempt, ...] = ()
    reproduce: str | None = None

    def to_json(self) -> dict:
        data = asdict(self)
        return {"from": data.pop("source"), "to": data.pop("target"), **data}


@dataclass(frozen=True)
class Parity:
    """Agreement of one artifact with the source model. Errors are null where they have no bound.

    `planned`: the cases that there would be, of which `cases` are those that time was enough for.
    `reference_precision`: "float64" where the source was also run in it, else "own"; `reference_note`: why
    not, or not for all cases; `reference_error`: how far the source's own answers are from those, at most.
    `top1`: {"output", "classes", "agreed", "rows"} of what looks like a classifier's output, null if none
    does."""

    format: str
    runtime: str
    reference: str
    outcome: str
    tolerance: dict[str, dict[str, float]]
    max_abs_error: float | None
    max_rel_error: float | None
    cases: tuple[dict, ...] = ()
    error: Problem | None = None
    planned: int = 0
    reference_precision: str = "own"
    reference_note: str = ""
    reference_error: float | None = None
    top1: dict | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Latency:
    """Milliseconds for one call; `ci_low` to `ci_high` is the 95 % interval of the median."""

    median: float
    ci_low: float
    ci_high: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Measurement:
    """One artifact in one runtime, at one batch size and number of threads. `rounds_ms`: the raw durations, a
    list for each round, rounds in the order in which all candidates ran them; `samples` counts them; `heats`:
    how many of these rounds each process had; `calls_per_sample`: in a row, of which a duration is the mean.
    `peak_rss_mb`: resident memory beyond the empty process, in MB (10⁶ bytes). `cold_start_ms`: from the
    start of a whole process to its first answer, once for each try. `artifact_mb`, `runtime_mb`: on the disk,
    what is deployed and the packages that run it, with all that they require; `package_mb`: the runtime's own
    of them, which is what the advice expects a size of. `label`: see `candidate.Candidate`."""

    format: str
    runtime: str
    artifact: str
    batch: int
    threads: int
    latency_ms: Latency
    throughput_per_s: float
    load_ms: float
    first_ms: float
    peak_rss_mb: float
    samples: int
    rounds_ms: tuple[tuple[float, ...], ...]
    warnings: tuple[str, ...] = ()
    label: str = ""
    heats: tuple[int, ...] = ()
    calls_per_sample: int = 1
    cold_start_ms: tuple[float, ...] = ()
    artifact_mb: float = 0.0
    runtime_mb: float | None = None
    package_mb: float | None = None

    @property
    def by_heat(self) -> list[tuple[tuple[float, ...], ...]]:
        """`rounds_ms` by process."""
        ends = list(accumulate(self.heats))
        return [self.rounds_ms[end - count : end] for count, end in zip(self.heats, ends, strict=True)]


@dataclass(frozen=True)
class Profile:
    """Which operators the time of one call goes into, of the source or of an artifact that is slower than it.

    `slower_than_source`: {"estimate", "low", "high"}, how many times, None for the source itself. With the
    profiler on, which slows a call down: `call_ms`, None where there is no profile; `kinds` of it, {"kind",
    "ms"} by what operators do, adding up to it; `operators`, {"operator", "kind", "where", "calls", "ms",
    "share"}; `slowest`, single nodes, {"name", "operator", "where", "calls", "ms"}; `fell_back`, {"operator",
    "where", "why", "calls", "ms", "share"}. `where` is the execution provider, the kernel or the device,
    `share` of the time of all operators. `reason`: what takes longer than in the source, or why there is no
    profile; `reference`: where more is said of the next step."""

    format: str
    runtime: str
    batch: int
    threads: int
    slower_than_source: dict[str, float] | None
    call_ms: float | None = None
    kinds: tuple[dict, ...] = ()
    operators: tuple[dict, ...] = ()
    slowest: tuple[dict, ...] = ()
    fell_back: tuple[dict, ...] = ()
    reason: str = ""
    next_step: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Verdict:
    """`state`: winner, tie or inconclusive; `formats`: the winner, or those that tie; `candidates`: the
    labels of these, which say in which runtime."""

    state: str
    formats: tuple[str, ...]
    reason: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """The machine and the versions that the numbers hold for."""

    cpu: str
    cores: int
    os: str
    python: str
    sandbox: str
    versions: dict[str, str]


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Report:
    """`parity`: of each format in the runtime that answers for it; `other_runtimes`: of those that have
    others besides, the source included. `created`: when it was made, ISO 8601 in UTC. `advice`: what
    the advisor says of the model and whether the comparison bears it out; None where none was asked for (a
    race)."""

    source: Description
    environment: Environment
    conversions: tuple[Conversion, ...] = ()
    parity: tuple[Parity, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    verdict: Verdict = field(default_factory=lambda: Verdict("inconclusive", (), "Nothing was measured."))
    findings: tuple[Finding, ...] = ()
    method: dict = field(default_factory=dict)
    profiles: tuple[Profile, ...] = ()
    other_runtimes: tuple[Parity, ...] = ()
    created: str = field(default_factory=_now, kw_only=True)
    advice: dict | None = field(default=None, kw_only=True)

    def to_json(self) -> dict:
        data = asdict(self)
        data["conversions"] = [conversion.to_json() for conversion in self.conversions]
        data["source"]["findings"] += data.pop("findings")
        return {"schema": SCHEMA, **data}

    def write(self, path: Path) -> None:
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(self.to_json(), allow_nan=False))
        unfinished.rename(path)
