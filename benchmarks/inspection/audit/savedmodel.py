"""What is refused in savedmodel."""

from collections.abc import Callable

from benchmarks.inspection.audit import Audit
from benchmarks.inspection.content import Content

RULES: dict[str, Callable] = {}


def audit(content: Content, root: str) -> Audit:
    return Audit()
