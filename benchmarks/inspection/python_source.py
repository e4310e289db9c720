"""What a Python source defines, imports and calls, from its syntax tree. Nothing of it is executed.

Python's own parser is bounded: it ends in MemoryError or RecursionError where a text nests too deep, and
takes about two seconds for a megabyte (Python 3.11).
"""

import ast
import re
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.inspection.damage import Damaged, quoted

MAX_SOURCE_BYTES = 256 * 2**10
_ENCODING = re.compile(rb"\A(?:[^\n]*\n)?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
"""Where Python looks for the name of an encoding (PEP 263)."""
_UTF8 = (b"utf-8", b"utf8")


@dataclass(frozen=True)
class Outline:
    """`functions`: what the text defines at its top level by `def` or as `name = …`; `imports`: the packages
    that it names, by their first word; `calls`: how often each dotted name of an imported package is
    called, under its full name."""

    functions: frozenset[str] = frozenset()
    imports: tuple[str, ...] = ()
    calls: Counter[str] = field(default_factory=Counter)


def outline(data: bytes) -> Outline:
    """Raises `Damaged` for what is no Python, too long, or not in UTF-8."""
    if len(data) > MAX_SOURCE_BYTES:
        raise Damaged(f"has a source of more than {MAX_SOURCE_BYTES // 2**10} KiB")
    encoding = _ENCODING.match(data)
    if encoding and encoding[1].lower() not in _UTF8:
        raise Damaged(f"is written in {quoted(encoding[1].decode(), 20)} and not in UTF-8")
    try:
        tree = ast.parse(data.decode("utf-8-sig"))
    except SyntaxError as error:
        raise Damaged(f"has a line {error.lineno} that is no Python ({error.msg})") from None
    except (ValueError, RecursionError, MemoryError):
        raise Damaged("is no Python that can be read") from None
    return Outline(frozenset(_defined(tree)), *_used(tree))


def _defined(tree: ast.Module) -> list[str]:
    names = []
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            names.append(statement.name)
        elif isinstance(statement, ast.Assign):
            names += [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return names


def _used(tree: ast.Module) -> tuple[tuple[str, ...], Counter[str]]:
    """The packages imported, and the calls of what is in them."""
    full: dict[str, str] = {}
    packages: dict[str, None] = {}
    called: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                first = name.name.partition(".")[0]
                packages[first] = None
                full[name.asname or first] = name.name if name.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            packages[node.module.partition(".")[0]] = None
            full |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Call) and (dotted := _dotted(node.func)):
            called.append(dotted)
    calls: Counter[str] = Counter()
    for dotted in called:
        first, dot, rest = dotted.partition(".")
        if first in full:
            calls[f"{full[first]}{dot}{rest}"] += 1
    return tuple(packages), calls


def _dotted(node: ast.expr) -> str:
    """ "nn.Linear" of the expression `nn.Linear`; "" of any other."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
