"""Writes requirements.txt and requirements-dev.txt from what is installed (`make lock`).

Each `.in` file names direct dependencies; the `.txt` beside it gets those and everything they require on
this platform, at the version installed. A local version such as `2.13.0+cpu` is written as `2.13.0`: which
build of torch is fetched is the machine's choice (its pip configuration), the version is ours.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


def direct(file: Path) -> list[str]:
    """The names of the packages that `file` pins."""
    return re.findall(r"^([\w.-]+)==", file.read_text(), re.MULTILINE)


def closure(names: list[str]) -> dict[str, str]:
    """Name → installed version, of `names` and of all they require here; raises PackageNotFoundError."""
    versions: dict[str, str] = {}
    todo = [(canonicalize_name(name), frozenset[str]()) for name in names]
    done = set()
    while todo:
        name, extras = todo.pop()
        if (name, extras) in done:
            continue
        done.add((name, extras))
        package = distribution(name)
        versions[name] = package.version.split("+")[0]
        for line in package.requires or []:
            requirement = Requirement(line)
            wanted = [{"extra": extra} for extra in extras or {""}]
            if requirement.marker is None or any(requirement.marker.evaluate(extra) for extra in wanted):
                todo.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return versions


def lock(source: Path, already: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The text of the pinned file for `source`, and what it pins beyond `already`."""
    pinned = {name: version for name, version in closure(direct(source)).items() if name not in already}
    lines = [f"# Everything {source.name} needs, pinned. Written by `make lock`; edit {source.name} instead."]
    lines += re.findall(r"^-r .+$", source.read_text(), re.MULTILINE)
    lines += [f"{name}=={version}" for name, version in sorted(pinned.items())]
    return "\n".join(lines) + "\n", pinned


def main() -> int:
    """Writes both files; 1 and a sentence when a direct dependency is not installed."""
    try:
        runtime_text, runtime = lock(ROOT / "requirements.in", {})
        development_text, _ = lock(ROOT / "requirements-dev.in", runtime)
    except PackageNotFoundError as missing:
        print(
            f"{missing.name} is not installed. Run: .venv/bin/pip install -r requirements.in "
            "-r requirements-dev.in, then make lock again.",
            file=sys.stderr,
        )
        return 1
    (ROOT / "requirements.txt").write_text(runtime_text)
    (ROOT / "requirements-dev.txt").write_text(development_text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
