"""Common cases: answers with a label, in `presets.toml` beside this file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("presets.toml")


@dataclass(frozen=True, eq=False)
class Preset:
    """A common case; `answers` are in the contract's form."""

    label: str
    answers: Mapping


@cache
def presets() -> tuple[Preset, ...]:
    """Those of the file, in its order."""
    return tuple(Preset(**row) for row in tomllib.loads(FILE.read_text(encoding="utf-8"))["preset"])


def matching(answers: Mapping) -> str | None:
    """The label of the case whose answers these are; None where they are nobody's."""
    return next((preset.label for preset in presets() if preset.answers == answers), None)


def answers_of(label: str) -> Mapping:
    """The answers of a case."""
    return next(preset.answers for preset in presets() if preset.label == label)
