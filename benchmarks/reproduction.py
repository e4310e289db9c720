"""The script that a conversion leaves: it makes the same artifact again, without this project.

It is a folder: `reproduce.py`, the converters that ran with all that they import of this project,
`steps.json` for what they were told, `example.npz` for the inputs that they saw, `requirements.txt`. Nothing
of the model stands in a file of code.
"""

import ast
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

from benchmarks import formats, plain_files
from benchmarks.artifact import Description
from benchmarks.report import ArtifactFile

ROOT = Path(__file__).parent.parent
SCRIPT = "benchmarks/worker/reproduce.py"
EXAMPLE = "example.npz"
MAX_EXAMPLE_BYTES = 200_000_000
"""Larger inputs are not kept: the script says then what is missing."""


_SUFFIX = "-reproduce"


def folder_of(target: str) -> str:
    """The name of the script's folder for a format; it lies beside the artifact."""
    return target + _SUFFIX


def format_of_script(folder: str) -> str | None:
    """The format that such a folder's script makes; None for any other name."""
    return folder.removesuffix(_SUFFIX) if folder.endswith(_SUFFIX) else None


def write(
    folder: Path,
    work: Path,
    source: Description,
    unpacked: Path,
    steps: Sequence[tuple[str, str, str]],
    artifact: ArtifactFile,
    about: dict,
    capabilities: dict,
) -> None:
    """Writes the folder. `unpacked`: the source, out of its archive; `steps`: (from, to, attempt) for each
    hop; `about`: what the task `reference` returned; `capabilities`: the task's of that name. What came from
    a fork goes into files of data only."""
    plain_files.discard(folder)
    folder.mkdir(parents=True)
    edges = [f"{here}-to-{there}" for here, there, _ in steps]
    for file in _closure(f"benchmarks.worker.converters.{edge.replace('-', '_')}" for edge in edges):
        for one in (file, *file.parent.glob(f"{file.stem}.toml")):
            copy = folder / one.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(one, copy)
    shutil.copyfile(ROOT / SCRIPT, folder / "reproduce.py")
    told = {
        "source": {
            "format": source.format,
            "filename": formats.filename(source.format, unpacked),
            "sha256": source.sha256,
            "folder": unpacked.is_dir(),
        },
        "steps": [
            {"from": here, "to": there, "attempt": attempt, "filename": formats.FILENAMES[there]}
            for here, there, attempt in steps
        ],
        "inputs": about["inputs"],
        "outputs": about["outputs"],
        "dynamic_batch": about["dynamic_batch"],
        "opset": capabilities["opset"],
        "artifact": {**asdict(artifact), "filename": formats.FILENAMES[artifact.format]},
    }
    (folder / "steps.json").write_text(json.dumps(told, indent=1))
    versions = capabilities["versions"]
    needed = {package for edge in edges for package in capabilities["converters"][edge]["packages"]} | {
        "numpy"
    }
    pins = sorted(f"{name}=={versions[name].partition('+')[0]}" for name in needed if name in versions)
    (folder / "requirements.txt").write_text("\n".join(pins) + "\n")
    example = plain_files.read(work / EXAMPLE, MAX_EXAMPLE_BYTES)
    if example is not None:
        (folder / EXAMPLE).write_bytes(example)


def _closure(modules: Iterable[str]) -> set[Path]:
    """The files of these modules of the project and of all that they import of it."""
    pending, found = list(modules), set()
    while pending:
        name = pending.pop()
        parts = name.split(".")
        pending += [".".join(parts[:n]) for n in range(1, len(parts))]
        file = _file_of(name)
        if file is None or file in found:
            continue
        found.add(file)
        pending += _imported(file)
    return found


def _file_of(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


@cache
def _imported(file: Path) -> tuple[str, ...]:
    """Names of the project's modules that a file imports, and of what may be modules among the names that
    it takes from them."""
    names: list[str] = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name.startswith("benchmarks")]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("benchmarks"):
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)
