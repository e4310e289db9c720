"""A model given as PyTorch source: its program is executed, here and nowhere else, in a fork of its own.

Every step loads the model again, so the random numbers begin at the same seed in each: weights that the
program draws are then the same everywhere.
"""

import importlib.util
import inspect
import random
import re
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from benchmarks.errors import ProblemError

SEED = 0
NAME = "model_source"
"""The program's name as a module."""
_DEFINES_MODEL = re.compile(r"^(?:def[ \t]+get_model[ \t]*\(|get_model[ \t]*=)", re.MULTILINE)
_SHOWN_KEYS = 5


@dataclass(frozen=True)
class SourceModel:
    """`module` in evaluation mode with its weights; `example`: the tensors that it is called with, in order;
    `names`: of its parameters that take them; `by_name`: they are given by name, not by position."""

    module: torch.nn.Module
    example: tuple[torch.Tensor, ...]
    names: tuple[str, ...]
    by_name: bool

    def arguments(self, tensors: tuple[torch.Tensor, ...]) -> tuple[tuple, dict[str, torch.Tensor]]:
        """`tensors`, in order, as what the module is called with."""
        return ((), dict(zip(self.names, tensors, strict=True))) if self.by_name else (tensors, {})

    def pair(self) -> tuple[torch.Tensor, ...]:
        """The example with a batch of two at least: exporters take a size of 1 for a constant."""
        return tuple(torch.cat([one, one]) if one.ndim and one.shape[0] == 1 else one for one in self.example)

    def open_batch(self) -> dict[str, dict] | tuple[dict, ...]:
        """torch.export's `dynamic_shapes` for a first dimension as open as the model leaves it."""
        dims = tuple({0: torch.export.Dim.AUTO} for _ in self.example)
        return dict(zip(self.names, dims, strict=True)) if self.by_name else dims


def load(path: Path) -> SourceModel:
    """The model of the program at `path`, a file, or a folder with weights beside it. Raises ProblemError
    with the line that failed where it does not run, and where weights and model do not fit."""
    program, folder = _program(path)
    _seed()
    defined = _run(program, lambda: _imported(program, folder))
    module = _run(program, defined["get_model"])
    if not isinstance(module, torch.nn.Module):
        raise _unusable(f"get_model() returns {type(module).__name__}, no torch.nn.Module.")
    weights = sorted(folder.glob("*.safetensors")) if folder else []
    if weights:
        _load_weights(module, weights)
    _seed()
    given = _run(program, defined["example_inputs"])
    return SourceModel(module.eval(), *_example(module, given))


def _seed() -> None:
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)


def _program(path: Path) -> tuple[Path, Path | None]:
    """The file that defines the functions, and the folder of a model that is several files: `path`, or one in
    it."""
    if path.is_file():
        return path, None
    files = sorted((*path.glob("*.py"), *path.glob("*/*.py")))
    found = [file for file in files if _DEFINES_MODEL.search(file.read_text("utf-8"))]
    if len(found) != 1:
        raise _unusable(f"{len(found)} files define get_model(), not one.")
    return found[0], found[0].parent


def _imported(program: Path, folder: Path | None) -> dict:
    """What the program defines. It stays a module with a file, which scripting reads the source from."""
    if folder:
        sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location(NAME, program)
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    spec.loader.exec_module(module)
    return {name: getattr(module, name) for name in ("get_model", "example_inputs")}


def _run(program: Path, call):
    """What `call` returns; what the program raises is told with its own line."""
    try:
        return call()
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        lines = [
            entry.lineno
            for entry in traceback.extract_tb(error.__traceback__)
            if Path(entry.filename) == program
        ]
        place = f" in line {lines[-1]}" if lines else ""
        words = " ".join(str(error).split())[:300]
        raise _unusable(f"The source does not run{place}: {type(error).__name__}: {words}") from error


def _load_weights(module: torch.nn.Module, files: list[Path]) -> None:
    """Every weight of the module must be given and no other. One that shares its memory with another that is
    given is that other: .safetensors holds shared tensors once."""
    given: dict[str, torch.Tensor] = {}
    for file in files:
        given |= load_file(file)
    own = {name: one for name, one in module.state_dict().items() if isinstance(one, torch.Tensor)}
    shared = {one.data_ptr() for name, one in own.items() if name in given and one.numel()}
    missing = [name for name, one in own.items() if name not in given and one.data_ptr() not in shared]
    unknown = [name for name in given if name not in own]
    if missing or unknown:
        told = [f"{_listed(missing)} missing"] if missing else []
        told += [f"{_listed(unknown)} unknown to the model"] if unknown else []
        raise _unusable(f"The weights do not fit the model: {'; '.join(told)}.")
    try:
        module.load_state_dict(given, strict=False)
    except RuntimeError as error:  # shapes
        words = " ".join(str(error).split())[:400]
        raise _unusable(f"The weights do not fit the model: {words}") from error


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN_KEYS
    return ", ".join(names[:_SHOWN_KEYS]) + (f" and {more} more" if more > 0 else "")


def _example(
    module: torch.nn.Module, given: object
) -> tuple[tuple[torch.Tensor, ...], tuple[str, ...], bool]:
    """The tensors in the order of `forward`, their names there, and whether they go by name: where `forward`
    has another parameter between them, or takes them by name only."""
    if isinstance(given, Mapping):
        values, names = tuple(given.values()), tuple(map(str, given))
    elif isinstance(given, (tuple, list)):
        values, names = tuple(given), ()
    else:
        raise _unusable(f"example_inputs() returns {type(given).__name__}, no tuple or dict of tensors.")
    odd = [type(one).__name__ for one in values if not isinstance(one, torch.Tensor)]
    if odd or not values:
        raise _unusable(f"example_inputs() returns {odd[0] if odd else 'nothing'} where tensors are needed.")
    values = tuple(one.detach().cpu().contiguous() for one in values)
    places = _places(module)
    if not names:
        several = next((one.name for one in places if one.kind is one.VAR_POSITIONAL), "input")
        plain = [one.name for one in places if one.kind is not one.VAR_POSITIONAL]
        rest = [f"{several}_{k}" for k in range(len(values) - len(plain))]
        return values, (*plain[: len(values)], *rest), False
    order = [one.name for one in places]
    if set(names) == set(order[: len(names)]):
        by_name = dict(zip(names, values, strict=True))
        ordered = order[: len(names)]
        return tuple(by_name[name] for name in ordered), tuple(ordered), False
    return values, names, True


def _places(module: torch.nn.Module) -> list[inspect.Parameter]:
    """The parameters of `forward` that take arguments by position."""
    kinds = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    )
    return [one for one in inspect.signature(module.forward).parameters.values() if one.kind in kinds]


def _unusable(message: str) -> ProblemError:
    return ProblemError(
        "verify",
        "source-does-not-run",
        message,
        "Run get_model()(*example_inputs()) on your own machine; the log of the run has the whole output.",
    )
