"""Parse a model once, though both its description and its audit need what was parsed."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from benchmarks.inspection.content import Content

Parsed = TypeVar("Parsed")


def once(parse: Callable[[Content, str], Parsed]) -> Callable[[Content, str], Parsed]:
    """`parse(content, root)`, done once for each `content` and forgotten with it. What it returns must
    not refer to the content itself."""
    kept: WeakKeyDictionary[Content, dict[str, Parsed]] = WeakKeyDictionary()

    @wraps(parse)
    def parsed(content: Content, root: str = "") -> Parsed:
        by_root = kept.setdefault(content, {})
        if root not in by_root:
            by_root[root] = parse(content, root)
        return by_root[root]

    return parsed
