"""The PyTorch models of the zoo, each a source file in `pytorch/`, as TorchScript and as ExportedProgram."""

import importlib.util
import inspect
import re
import shutil
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).with_name("pytorch")
PLAIN = ("traced", "exported")
"""How a model leaves PyTorch unless its file says otherwise under FORMS."""


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py"))


def forms(name: str) -> tuple[str, ...]:
    """The ways in which a model leaves PyTorch whole, read from its text: this module loads no framework."""
    found = re.search(r'^FORMS = \("(\w+)",\)$', (FOLDER / f"{name}.py").read_text(), re.MULTILINE)
    return (found.group(1),) if found else PLAIN


def load(name: str):
    """A model's module, its network ready for inference, and its example inputs, which differ in a batch."""
    import torch

    specification = importlib.util.spec_from_file_location(f"zoo_{name}", FOLDER / f"{name}.py")
    module = sys.modules[specification.name] = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    network = module.get_model().eval()
    torch.manual_seed(1)
    return module, network, module.example_inputs()


def torchscript(name: str, folder: Path) -> None:
    import torch

    _, network, examples = load(name)
    _check(name, network, examples)
    if "scripted" in forms(name):
        program = torch.jit.script(network)
        _write_inputs(network, examples, folder / f"{name}.npz")
    else:
        program = torch.jit.trace(network, examples, strict=False, check_trace=False)
    torch.jit.save(program, str(folder / f"{name}.pt"))


def exported(name: str, folder: Path) -> None:
    import torch

    module, network, examples = load(name)
    _check(name, network, examples)
    batch, length = torch.export.Dim("batch", min=1, max=64), torch.export.Dim("length", min=2, max=512)
    open_dims = {0: batch, 1: length} if getattr(module, "DYNAMIC_LENGTH", False) else {0: batch}
    program = torch.export.export(network, examples, dynamic_shapes=tuple(open_dims for _ in examples))
    torch.export.save(program, folder / f"{name}.pt2")
    if len(open_dims) > 1:
        _write_inputs(network, examples, folder / f"{name}.npz")


def source(name: str, folder: Path) -> None:
    _, network, examples = load(name)
    _check(name, network, examples)
    shutil.copyfile(FOLDER / f"{name}.py", folder / f"{name}.py")


def _write_inputs(network, examples, target: Path) -> None:
    """The examples under the names of forward's parameters."""
    names = inspect.signature(network.forward).parameters
    np.savez(target, **{name: value.numpy() for name, value in zip(names, examples, strict=True)})


def _check(name: str, network, examples) -> None:
    """Raises ValueError where the outputs say nothing."""
    import torch

    from benchmarks.worker.torch_session import flatten
    from tests.benchmarks.zoo.build import demand_variation

    with torch.inference_mode():
        outputs = flatten(network(*examples))
    demand_variation(name, [output.numpy() for output in outputs])
