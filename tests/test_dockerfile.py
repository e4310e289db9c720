"""The container image, kept honest without a container engine: what the Dockerfile copies is there and
enough.
"""

import json
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.web_server import ROOT, free_port, served

NOBODY = 65534


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile with its arguments, continued lines joined."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def copied() -> list[tuple[list[str], str]]:
    """What is copied from the project: sources and target of each COPY."""
    pairs = []
    for name, arguments in instructions():
        if name == "COPY" and not arguments.startswith("--from"):
            *sources, target = arguments.split()
            pairs.append((sources, target))
    return pairs


def argument(instruction: str) -> str:
    """The arguments of the last such instruction, which is the one that counts."""
    return [arguments for name, arguments in instructions() if name == instruction][-1]


def image_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in argument("ENV").split())


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder with exactly what the image's working folder holds, but the virtual environment."""
    folder = tmp_path / "app"
    folder.mkdir()
    for sources, target in copied():
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, folder / target)
    return folder


def test_everything_copied_exists_and_is_sent_to_the_build() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    sent = [line[1:] for line in ignore if line.startswith("!")]
    sources = [source for sources, _ in copied() for source in sources]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in sent), f"{source} is excluded by .dockerignore"
    assert "*" in ignore, "models and virtual environments would be sent to the build"


def test_only_the_runtime_packages_are_installed() -> None:
    installs = [
        arguments for name, arguments in instructions() if name == "RUN" and "pip install" in arguments
    ]
    assert len(installs) == 1
    assert installs[0].endswith("-r requirements.txt")


def test_the_program_does_not_run_as_root() -> None:
    names = [name for name, _ in instructions()]
    assert argument("USER") not in ("root", "0")
    assert f"useradd --create-home --uid 10001 {argument('USER')}" in argument("RUN")
    assert names.index("USER") < names.index("CMD")


def test_the_image_starts_and_its_health_check_passes(image: Path, tmp_path: Path) -> None:
    assert image_environment()["ORT_DISABLE_TELEMETRY"] == "1"
    port = free_port()
    command = json.loads(argument("CMD"))
    assert command[0] == "python" and "--server.port=8501" in command
    command = [sys.executable, *command[1:]]
    command[command.index("--server.port=8501")] = f"--server.port={port}"
    data = tmp_path / "data"
    data.mkdir()
    user = other_user(tmp_path)
    with served(command, port, data, folder=image, user=user) as address:
        with urlopen(f"{address}/") as answer:
            assert answer.status == 200
            assert answer.headers["X-Content-Type-Options"] == "nosniff", "served without app.py's middleware"
        check = json.loads(argument("HEALTHCHECK").split("CMD", 1)[1])
        healthy = [sys.executable, *(part.replace(":8501/", f":{port}/") for part in check[1:])]
        assert subprocess.run(healthy, timeout=20).returncode == 0
    assert subprocess.run(healthy, capture_output=True, timeout=20).returncode != 0, "passes without a server"


def other_user(folder: Path) -> int | None:
    """A user without rights to run the server as, where this process may and that user can start Python."""
    try:
        probe = subprocess.run(
            [sys.executable, "-c", "import streamlit"], user=NOBODY, capture_output=True, timeout=60
        )
    except PermissionError:
        return None
    if probe.returncode != 0:
        return None
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, NOBODY)
    return NOBODY
