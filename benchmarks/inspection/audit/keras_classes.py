"""The classes that a configuration may name without their module, as .h5 files do; see keras_classes.toml."""

import tomllib
from pathlib import Path

_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
WITHOUT_MODULE = frozenset(name for names in _TABLE.values() for name in names)
