"""Runs a script as on a machine where nothing but some packages and what they need is installed:
`python only_packages.py PACKAGES SCRIPT ARGUMENT…`, PACKAGES a file of lines "name==version"."""

import importlib.metadata
import re
import runpy
import sys
from pathlib import Path


def normal(name: str) -> str:
    """The name of a distribution as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(names: list[str]) -> set[str]:
    """These distributions and all that they require of what is installed here."""
    pending, found = list(names), set()
    while pending:
        name = normal(pending.pop())
        if name in found:
            continue
        try:
            required = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        pending += [re.match(r"[\w.-]+", line).group() for line in required if "extra ==" not in line]
    return found


class Without:
    """A finder that does not find any other distribution, nor a module of one."""

    def __init__(self, finder, present: set[str]):
        owners = importlib.metadata.packages_distributions()
        named = {module: set(map(normal, distributions)) for module, distributions in owners.items()}
        self.finder, self.present = finder, present
        self.absent = {module for module, distributions in named.items() if not distributions & present}

    def find_spec(self, name: str, path=None, target=None):
        if name.partition(".")[0] in self.absent:  # unless a package that is present brings its own copy
            path = [folder for folder in (sys.path if path is None else path) if "_vendor" in folder]
            if not path:
                return None
        return self.finder.find_spec(name, path, target)

    def find_distributions(self, *context):
        if hasattr(self.finder, "find_distributions"):
            for one in self.finder.find_distributions(*context):
                if normal(one.metadata["Name"]) in self.present:
                    yield one

    def __getattr__(self, name: str):
        return getattr(self.finder, name)


if __name__ == "__main__":
    packages, script = sys.argv[1:3]
    names = [line.partition("==")[0] for line in Path(packages).read_text().splitlines()]
    present = closure(names)
    sys.meta_path[:] = [Without(finder, present) for finder in sys.meta_path]
    sys.path[0] = str(Path(script).parent)
    sys.argv = sys.argv[2:]
    runpy.run_path(script, run_name="__main__")
