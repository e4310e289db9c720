"""The parts of an exported program's archive, as they are written and before anything is made of them.

Layout: torch/export/pt2_archive/constants.py, torch 2.13.
"""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.once import once

MODELS, SAMPLES = "models/", "data/sample_inputs/"
WEIGHTS, CONSTANTS = "data/weights/", "data/constants/"


@dataclass(frozen=True)
class Payload:
    """A stored tensor or object: `owner` is the model's name for it, `file` its name in the archive.
    `meta` is None where the file gives none."""

    owner: str
    file: str
    is_pickle: bool
    meta: dict | None


@dataclass(frozen=True)
class Archive:
    """`entries` are (key, value) of the graph's JSON for the keys asked for, and all text with its key, but
    for what nodes say of their origin; a list's items stand under the key of the list."""

    content: Content
    prefix: str
    entries: tuple[tuple[str, object], ...]
    payloads: tuple[Payload, ...]


def graph_file(content: Content, root: str) -> str | None:
    """The name of the program's graph; of several the first, since the audit refuses the others."""
    start = f"{root}/{MODELS}" if root else MODELS
    return min((n for n in content.files if n.startswith(start) and n.endswith(".json")), default=None)


@once
def program(content: Content, root: str) -> dict:
    """The graph with its signature, as JSON."""
    return content.json(graph_file(content, root))


def read(content: Content, root: str, keys: Collection[str]) -> Archive:
    prefix = f"{root}/" if root else ""
    found = tuple(
        (key, value)
        for key, value in entries(program(content, root), _origin)
        if key in keys or isinstance(value, str)
    )
    return Archive(content, prefix, found, tuple(_payloads(content, prefix)))


def _origin(key: str, value: object) -> bool:
    """The stack trace, module and function that a node came from: text that nothing is made of."""
    return (
        key == "metadata" and isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    )


def entries(
    value: object, apart: Callable[[str, object], bool] = lambda key, value: False
) -> Iterator[tuple[str, object]]:
    """All (key, value) in JSON, from the outside in; a list's items have the key of the list. Nothing is
    looked for within a value for which `apart` is true."""
    waiting = [("", value)]
    while waiting:
        key, value = waiting.pop()
        yield key, value
        if apart(key, value):
            continue
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += [(key, item) for item in value]


def _payloads(content: Content, prefix: str) -> Iterator[Payload]:
    for folder, ending in ((WEIGHTS, "_weights_config.json"), (CONSTANTS, "_constants_config.json")):
        for name in content.files:
            if name.startswith(prefix + folder) and name.endswith(ending):
                for owner, payload in content.json(name)["config"].items():
                    file, meta = prefix + folder + str(payload["path_name"]), payload["tensor_meta"]
                    yield Payload(owner, file, payload["use_pickle"] is not False, meta)


def argument_names(spec: str) -> Iterator[str]:
    """The names of keyword arguments in a treespec: [version, {children_spec: [positional, keyword]}]."""
    tree = decoded(spec)
    root = tree[1] if isinstance(tree, list) and len(tree) == 2 else None
    children = root.get("children_spec") if isinstance(root, dict) else None
    keyword = children[1] if isinstance(children, list) and len(children) == 2 else None
    if isinstance(keyword, dict) and keyword.get("type") == "builtins.dict":
        yield from strings(keyword.get("context"))


def strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def decoded(spec: str) -> object:
    """A treespec with the JSON that it holds as text inside. Raises `Damaged` for what is none."""

    def opened(node: dict) -> dict:
        context = node.get("context")
        if isinstance(context, str) and context.lstrip()[:1] in ("[", "{", '"'):
            return node | {"context": json.loads(context)}
        return node

    try:
        return json.loads(spec, object_hook=opened)
    except (ValueError, RecursionError) as error:
        raise Damaged("has a description of its inputs that cannot be read") from error
