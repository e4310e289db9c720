"""What a deployment pays beside the calls: the start of a process, and what has to be on its disk."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import cold_start, plain_files
from benchmarks.progress import OnProgress
from benchmarks.report import Measurement


def with_costs(
    measurements: Sequence[Measurement],
    workspace: Path,
    about: dict,
    capabilities: dict,
    budget_s: float,
    say: OnProgress,
) -> tuple[Measurement, ...]:
    """The measurements with `artifact_mb`, `runtime_mb`, `package_mb` and, of the first batch size on all
    cores, `cold_start_ms`. `about`: what `run_reference` returned; `capabilities`: what the warm server said
    of itself."""
    runtimes = capabilities["runtimes"]
    priced = [
        replace(
            measured,
            artifact_mb=_size_bytes(workspace / measured.artifact) / 1e6,
            runtime_mb=runtimes.get(measured.runtime, {}).get("installed_mb"),
            package_mb=runtimes.get(measured.runtime, {}).get("package_mb"),
        )
        for measured in measurements
    ]
    return cold_start.measure(priced, workspace, about, capabilities["layers"], budget_s, say)


def _size_bytes(artifact: Path) -> int:
    return plain_files.size_bytes(artifact) if artifact.is_dir() else artifact.stat().st_size
