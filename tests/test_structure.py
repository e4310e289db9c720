"""The layers hold: imports run one way, and nothing but the worker loads a framework."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ["advisor", "store", "benchmarks", "reviews", "pages"]
FRAMEWORKS = [
    "torch", "tensorflow", "keras", "onnx", "onnxruntime", "onnxscript", "tf2onnx", "ai_edge_litert",
    "openvino", "sklearn", "skops", "skl2onnx", "xgboost", "lightgbm", "onnxmltools",
]  # fmt: skip


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs import-linter on the packages in `folder` with the contracts of the pyproject.toml there."""
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture
def copied_packages(tmp_path: Path) -> Path:
    """A copy of the packages and the contracts in which an import can be planted."""
    for layer in LAYERS:
        shutil.copytree(ROOT / layer, tmp_path / layer, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_imports_of_the_program_keep_every_contract() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "planted", "contract"),
    [
        ("advisor/planted.py", "import benchmarks", "Imports run one way"),
        ("benchmarks/planted.py", "import reviews", "Imports run one way"),
        ("reviews/planted.py", "import pages", "Imports run one way"),
        ("benchmarks/planted.py", "import benchmarks.worker", "Nobody imports benchmarks.worker"),
        ("pages/planted.py", "from benchmarks import worker", "Nobody imports benchmarks.worker"),
        ("advisor/planted.py", "def f():\n    import streamlit", "Streamlit is used in app.py and pages"),
        *(("benchmarks/planted.py", f"import {name}", "Frameworks and runtimes") for name in FRAMEWORKS),
        ("pages/planted.py", "import onnxruntime.capi", "Frameworks and runtimes"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(
    copied_packages: Path, module: str, planted: str, contract: str
) -> None:
    (copied_packages / module).write_text(planted + "\n")
    result = lint_imports(copied_packages)
    assert result.returncode == 1, result.stdout + result.stderr
    assert re.search(rf"^{contract}.* BROKEN\b", result.stdout, re.MULTILINE), result.stdout


def test_the_worker_may_import_frameworks_and_itself(copied_packages: Path) -> None:
    worker = copied_packages / "benchmarks" / "worker"
    (worker / "planted.py").write_text("import onnx\nimport torch.jit\nimport benchmarks.worker\n")
    result = lint_imports(copied_packages)
    assert result.returncode == 0, result.stdout + result.stderr


UNIMPORTED = (("benchmarks", "worker"), ("store", "migrations"))
"""Run as a process of its own, and by Alembic."""


def modules(layer: str) -> list[str]:
    """Every importable module of `layer` but those and the ones that run a command line."""
    names = []
    for file in sorted((ROOT / layer).rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if parts[:2] not in UNIMPORTED and parts[-1] != "__main__":
            names.append(".".join(parts).removesuffix(".__init__"))
    return names


def run_fresh(script: str) -> None:
    """Runs `script` in a fresh process in the project's root and fails with its last words if it fails."""
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr[-2000:]


@pytest.mark.parametrize("layer", [*LAYERS, "app"])
def test_importing_a_layer_loads_no_framework(layer: str) -> None:
    names = ["app"] if layer == "app" else modules(layer)
    assert names, f"{layer} has no modules"
    script = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        f"loaded = sorted(set({FRAMEWORKS!r}) & set(sys.modules))\n"
        "sys.exit(f'loaded {loaded}' if loaded else 0)"
    )
    run_fresh(script)


@pytest.mark.parametrize("layer", ["advisor", "benchmarks", "reviews"])
def test_importing_a_layer_below_the_pages_loads_no_web_library(layer: str) -> None:
    script = (
        "import importlib, sys\n"
        f"for name in {modules(layer)!r}: importlib.import_module(name)\n"
        "sys.exit('streamlit loaded' if 'streamlit' in sys.modules else 0)"
    )
    run_fresh(script)


def test_every_module_says_what_it_is_for() -> None:
    sources = [ROOT / "app.py", *(file for layer in LAYERS for file in (ROOT / layer).rglob("*.py"))]
    without = [
        str(source.relative_to(ROOT))
        for source in sources
        if source.read_text().strip() and not source.read_text().lstrip().startswith(('"""', "#!"))
    ]
    assert without == []


def load_lock() -> object:
    """The module .ci/lock.py, which is a script and lives outside every package."""
    specification = importlib.util.spec_from_file_location("lock", ROOT / ".ci" / "lock.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def pins(file: str) -> dict[str, str]:
    """Name → version of every line of `file`; raises ValueError for a line that pins nothing."""
    lines = [line for line in (ROOT / file).read_text().splitlines() if not line.startswith(("#", "-r "))]
    return dict(line.split("==") for line in lines)


def test_requirements_are_pinned_exactly_and_complete() -> None:
    lock = load_lock()
    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    # A torch built for CUDA brings these; which build it is, is the machine's choice.
    cuda = re.compile(r"nvidia-|cuda-|triton$")
    for file, pinned in (("requirements.in", runtime), ("requirements-dev.in", runtime | development)):
        needed = {
            name: version
            for name, version in lock.closure(lock.direct(ROOT / file)).items()
            if not cuda.match(name)
        }
        assert needed.items() <= pinned.items(), f"{file}: run make lock"
    unneeded = set(development) & set(runtime)
    assert not unneeded, f"pinned twice: {unneeded}"
    for name, version in (runtime | development).items():
        assert re.fullmatch(r"[a-z0-9-]+", name) and re.fullmatch(r"\d[\w.]*", version), (name, version)


def test_the_same_python_version_stands_everywhere() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    assert 'requires-python = "==3.11.*"' in project
    assert 'target-version = "py311"' in project
    bases = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert bases and all(base.startswith("python:3.11-") for base in bases), bases
