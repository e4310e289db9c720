"""The knowledge base as its TOML files say it, read without the engine.

What each key means to the checker. Where it says more than the files' own comments, design.md or contract.md
of the project say it.

| file | key | what a plan has to keep |
|---|---|---|
| every | `status` | what is `archived` stands in no plan |
| frameworks | `artifact` | a file is all there is: nothing can be rewritten, and the file itself is trusted |
| formats | `master` | only such a format is kept, that is: stands in `format` of an option |
| | `code_on_load`, `single_file`, `loses` | hold for every format that the plan touches |
| | `graph` | nothing here: it is about fidelity only |
| | `headline` | where all of these are rejected and another one is not, they were the wrong question |
| converters | `from`, `to` | the only steps there are |
| | `advised` | false: no plan takes it |
| | `delivers_to` | after the master comes at most one step, and only for these runtimes |
| | `exporter` | the call that a plan names for the step |
| | `loses` | the need does not survive: with `rewrite` after it, without not at all |
| runtimes | `formats`, `hardware`, `languages` | what it runs, where, who can call it in the same process |
| | `languages_at` | for these targets instead of `languages` |
| | `models` | the kinds of model it is for, absent: any |
| | `server` | a process of its own, called over the network from any language |
| | `footprint_mb` | its installed size; what is absent was not measured and is not held against it |
| providers | `runtimes`, `hardware`, `package` | one that drives the target is named, with its package |
| | `package_with` | with these runtimes instead of `package` |
| | `footprint_mb` | the size with this package, where that is not the runtime's own |
| serving | `loads`, `any_runtime`, `python` | which runtime does the work; any; any that Python can call |
| | `hardware` | where the stack runs, absent: wherever a runtime that it loads does |
| | `model` | the kind of model that asking for the stack implies |
| | `network` | called from any language |
| hardware | `languages` | what programs there are written in, absent: anything |
| constraints, models | `refuses` | these formats stand in no step, under `when` |
| serving | `refuses` | these formats are not handed to the stack, under `when` |
| converters, runtimes, providers | `refuses` | not taken, if they come from the framework of `when` |
| constraints | `requires_no_python` | neither stack, nor runtime, nor a host in the same process is Python |
| | `requires_no_code_on_load` | no format of the plan whose `code_on_load` is full |
| | `requires_single_file` | master and delivered format are one file |
| | `footprint_limit_mb` | the runtime is not larger |
| | `raises` | added to the weight of a priority |
"""

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[3] / "advisor" / "knowledge"
FILES = {
    "framework": "frameworks.toml",
    "format": "formats.toml",
    "converter": "converters.toml",
    "runtime": "runtimes.toml",
    "provider": "providers.toml",
    "serving": "serving.toml",
    "hardware": "hardware.toml",
    "language": "languages.toml",
    "need": "needs.toml",
    "constraint": "constraints.toml",
    "model": "models.toml",
    "priority": "priorities.toml",
}

ANY_KIND = {"name", "description", "status", "status_since", "licence", "routes_claim", "claims"}
KEYS = {
    "framework": {"artifact"},
    "format": {
        "headline", "master", "code_on_load", "code_claim", "single_file", "file_claim", "graph", "loses",
    },
    "converter": {
        "from", "to", "exporter", "package", "native", "delivers_to", "loses", "measured_here",
        "advised", "refuses",
    },
    "runtime": {
        "package", "formats", "hardware", "languages", "languages_at", "footprint_mb", "footprint_claim",
        "models", "server", "loses", "measured_here", "refuses",
    },
    "provider": {
        "runtimes", "package", "package_with", "hardware", "footprint_mb", "footprint_claim", "refuses",
    },
    "serving": {"loads", "any_runtime", "hardware", "model", "network", "python", "refuses"},
    "hardware": {"languages"},
    "constraint": {
        "footprint_limit_mb", "raises", "requires_no_python", "requires_no_code_on_load",
        "requires_single_file", "refuses",
    },
    "model": {"refuses"},
}  # fmt: skip
"""The keys whose meaning the checker knows; a new one needs a line in the table above."""

Table = dict[str, Any]


class Tables:
    """Every table of the TOML files in `folder`, by kind and id; `claims` by their ids."""

    def __init__(self, folder: Path = FOLDER):
        self.of: dict[str, dict[str, Table]] = {
            kind: tomllib.loads((folder / name).read_text(encoding="utf-8")) for kind, name in FILES.items()
        }
        self.claims: dict[str, Table] = {
            row["id"]: row
            for tables in self.of.values()
            for table in tables.values()
            for row in table.get("claims", [])
        }

    def ids(self, kind: str) -> list[str]:
        return list(self.of[kind])

    def archived(self, kind: str, name: str) -> bool:
        return self.of[kind][name].get("status") == "archived"

    def unknown_keys(self) -> list[str]:
        """Keys that the checker has no meaning for."""
        return [
            f"{kind} {name}.{key}"
            for kind, tables in self.of.items()
            for name, table in tables.items()
            for key in set(table) - ANY_KIND - KEYS.get(kind, set())
        ] + [
            f"{kind} {name}.refuses.when.{key}"
            for kind in ("converter", "runtime", "provider")
            for name, table in self.of[kind].items()
            for row in table.get("refuses", [])
            for key in set(row.get("when", {})) - {"framework"}
        ]
