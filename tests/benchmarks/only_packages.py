"""Runs a script as on a machine where nothing but some packages and what they need is installed:
`python only_packages.py PACKAGES SCRIPT ARGUMENT…`, PACKAGES a file of lines "name==version"."""

import importlib.metadata
import importlib.util
import re
import runpy
import sys
from pathlib import Path


def closure(names: list[str]) -> set[str]:
    """These distributions and all that they require of what is installed here."""
    pending, found = list(names), set()
    while pending:
        name = re.sub(r"[-_.]+", "-", pending.pop()).lower()
        if name in found:
            continue
        try:
            required = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        pending += [re.match(r"[\w.-]+", line).group() for line in required if "extra ==" not in line]
    return found


class Absent:
    """A finder before all others that has every other distribution's modules missing."""

    def __init__(self, present: set[str]):
        self.present = present
        owners = importlib.metadata.packages_distributions()
        named = {module: {re.sub(r"[-_.]+", "-", d).lower() for d in ds} for module, ds in owners.items()}
        self.absent = {module for module, distributions in named.items() if not distributions & present}

    def find_spec(self, name: str, path=None, target=None):
        if name.partition(".")[0] in self.absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    def look(self, name: str, package: str | None = None, find=importlib.util.find_spec):
        """importlib.util.find_spec, which answers None for what is missing."""
        return None if name.partition(".")[0] in self.absent else find(name, package)

    def version(self, distribution: str, find=importlib.metadata.version) -> str:
        """importlib.metadata.version, which raises for what is missing."""
        if re.sub(r"[-_.]+", "-", distribution).lower() not in self.present:
            raise importlib.metadata.PackageNotFoundError(distribution)
        return find(distribution)


if __name__ == "__main__":
    packages, script = sys.argv[1:3]
    names = [line.partition("==")[0] for line in Path(packages).read_text().splitlines()]
    absent = Absent(closure(names))
    sys.meta_path.insert(0, absent)
    importlib.util.find_spec = absent.look
    importlib.metadata.version = absent.version
    sys.path[0] = str(Path(script).parent)
    sys.argv = sys.argv[2:]
    runpy.run_path(script, run_name="__main__")
