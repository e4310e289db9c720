"""What can be read off TorchScript's program text: signatures, and calls of operators.

The text is what PyTorch's own printer writes, a small and regular part of Python: one definition per
line start, two spaces of indentation, every operator as `torch.<name>(` or `ops.<namespace>.<name>(`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from benchmarks.inspection.damage import Damaged

_DEFINITION = re.compile(r"^(?:class (\w+)|( *)def (\w+)\()", re.MULTILINE)
_OPERATOR = re.compile(r"\b(?:torch|ops)\.([A-Za-z_][\w.]{0,100})\(")
_FUNCTION_NAME = re.compile(r"\b__torch__(?:\.\w{1,100}){1,40}")
MAX_SIGNATURE = 20_000
MAX_DEFINITIONS = 30_000
"""A model of 5,000 modules has about 10,000."""
MAX_WEIGHT = 10**6
"""Uses of one function; more than that is nesting for its own sake."""
_NOT_OPERATORS = ("__", "prim.", "format", "len", "annotate", "unchecked_cast", "_unwrap_optional", "device")
"""Python's own bookkeeping in the printed text: checks of None, lengths, messages of exceptions, the names of
devices."""


@dataclass(frozen=True)
class Argument:
    """One argument of a method; `default` as written, None where the caller must give it."""

    name: str
    type: str
    default: str | None

    @classmethod
    def parse(cls, text: str) -> "Argument":
        name, _, rest = text.partition(":")
        kind, equals, default = rest.partition("=")
        return cls(name.strip()[:200], kind.strip()[:200], default.strip()[:200] if equals else None)

    @staticmethod
    def split(text: str) -> list[str]:
        """Parts between the commas that are in no brackets."""
        parts, depth, start = [], 0, 0
        for at, letter in enumerate(text):
            depth += (letter in "[({") - (letter in "])}")
            if letter == "," and depth == 0:
                parts.append(text[start:at])
                start = at + 1
        return [part for part in [*parts, text[start:]] if part.strip()]


@dataclass(frozen=True)
class Method:
    """A method or function: its arguments without self, its type of return, its text; `receiver` is what
    it calls itself (self), "" in a function."""

    arguments: tuple[Argument, ...]
    returns: str
    text: str
    receiver: str = ""


class Program:
    """The definitions in a model's `sources`: module path → text."""

    def __init__(self, sources: Mapping[str, str]):
        self._left = MAX_DEFINITIONS
        self._methods: dict[str, dict[str, Method]] = {}
        self._functions: dict[str, Method] = {}
        for module, source in sources.items():
            self._read(module, source)

    def _read(self, module: str, source: str) -> None:
        owner = ""
        found = list(islice(_DEFINITION.finditer(source), self._left + 1))
        self._left -= len(found)
        if self._left < 0:
            raise Damaged("has more functions than any real model")
        ends = [*(match.start() for match in found[1:]), len(source)]
        for match, end in zip(found, ends, strict=False):  # a file of no definitions is no mistake
            if match[1]:
                owner = f"{module}.{match[1]}"
                continue
            method = _method(source[match.end() : end])
            if match[2]:
                self._methods.setdefault(owner, {})[match[3]] = method
            else:
                self._functions[f"{module}.{match[3]}"] = method

    def method(self, owner: str, name: str) -> Method | None:
        return self._methods.get(owner, {}).get(name)

    def owners(self, name: str) -> list[str]:
        """The classes that have a method of this name."""
        return [owner for owner, methods in self._methods.items() if name in methods]

    def operators(self, instances: Mapping[str, int]) -> dict[str, int]:
        """Calls in the text of each class, times its `instances` in the model, and of the functions
        that it uses; most frequent first."""
        uses: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for owner, methods in self._methods.items():
            for method in methods.values():
                self._count(method, instances.get(owner, 0), total, uses)
        for name in self._callers_first():
            self._count(self._functions[name], uses[name], total, uses)
        return {name: count for name, count in total.most_common() if count}

    def _count(self, method: Method, times: int, total: Counter[str], uses: Counter[str]) -> None:
        times = min(times, MAX_WEIGHT)
        for name in _OPERATOR.findall(method.text):
            if not name.startswith(_NOT_OPERATORS):
                total[name] += times
        for name in _FUNCTION_NAME.findall(method.text):
            if name in self._functions:
                uses[name] += times

    def _callers_first(self) -> list[str]:
        """Functions so ordered that each comes after those that use it. TorchScript has no recursion;
        a file that pretends to gets some order."""
        order: list[str] = []
        state: dict[str, bool] = {}
        for start in self._functions:
            waiting = [(start, False)]
            while waiting:
                name, done = waiting.pop()
                if done:
                    order.append(name)
                elif name not in state:
                    state[name] = True
                    waiting.append((name, True))
                    used = set(_FUNCTION_NAME.findall(self._functions[name].text)) & self._functions.keys()
                    waiting += [(other, False) for other in sorted(used)]
        return order[::-1]


def _method(text: str) -> Method:
    """`text` begins after the opening bracket of a definition."""
    depth, end = 1, 0
    while depth and end < min(len(text), MAX_SIGNATURE):
        depth += (text[end] in "[({") - (text[end] in "])}")
        end += 1
    arguments = [Argument.parse(part) for part in Argument.split(text[: end - 1])]
    receiver = ""
    if arguments and arguments[0].type.startswith("__torch__"):
        receiver = arguments.pop(0).name
    head, _, body = text[end:].partition(":\n")
    return Method(tuple(arguments), head.strip().removeprefix("->").strip(), body, receiver)
