"""An ONNX model as a torch module, and as the two files that torch makes of one."""

import keyword
import re
import warnings

import numpy as np
import torch

from benchmarks.errors import ProblemError
from benchmarks.onnx_names import Names
from benchmarks.worker.onnx_import.backends.torch_backend import EAGER, EXPORT, TRACE, TorchBackend
from benchmarks.worker.onnx_import.backends.torch_blocks import scripted
from benchmarks.worker.onnx_import.interpreter import walk
from benchmarks.worker.onnx_import.model import Model
from benchmarks.worker.torch_session import tensor as from_numpy

BUFFER_ELEMENTS = 16
"""Constants from this size on are weights of the module; smaller ones stand in its code."""


def identifiers(names: list[str]) -> list[str]:
    """Names that Python can use, each once."""
    found: list[str] = []
    for name in names:
        safe = re.sub(r"\W", "_", name, flags=re.ASCII) or "_"
        if safe[0].isdigit() or keyword.iskeyword(safe) or safe == "self":
            safe = f"_{safe}"
        while safe in found:
            safe += "_"
        found.append(safe)
    return found


class OnnxModule(torch.nn.Module):
    """Runs the graph; `forward` is given the names of its inputs by `module_for`."""

    def __init__(self, model: Model, built_in: bool):
        super().__init__()
        self.model = model
        self.backend = TorchBackend(model.static, walk, built_in)

    def run(self, inputs: list) -> tuple:
        results = walk(self.backend, self.model.graph, list(inputs))
        return tuple(self.backend.guarded([self.backend.tensor(value) for value in results]))

    def prepare(self, feeds: list[torch.Tensor]) -> tuple:
        """Runs once eagerly and makes weights of the constants that were used. Returns the outputs."""
        torch.set_num_threads(1)  # for two runs of the model, threads cost more than they give
        self.backend.start(EAGER)
        with torch.no_grad():
            outputs = self.run(feeds)
        names = {id(array): name for name, array in self.model.graph.constants.items()}
        taken = set(dir(self))
        for number, (array, tensor) in enumerate(self.backend.weights.values()):
            if tensor.numel() < BUFFER_ELEMENTS and tensor.ndim < 2:
                continue
            name = identifiers([names.get(id(array), f"constant_{number}")])[0]
            while name in taken:
                name += "_"
            taken.add(name)
            if tensor.is_floating_point():
                self.register_parameter(name, torch.nn.Parameter(tensor, requires_grad=False))
                self.backend.weights[id(array)] = (array, getattr(self, name))
            else:
                self.register_buffer(name, tensor)
        for number, block in enumerate(self.backend.blocks.values()):
            self.add_module(f"block_{number}", block)
        return outputs


def module_for(model: Model, built_in: bool) -> OnnxModule:
    """Raises UnsupportedOperatorError only when it is run."""
    arguments = identifiers([spec.name for spec in model.inputs])
    listed = ", ".join(arguments)
    space: dict = {}
    single = len(model.outputs) == 1
    exec(
        f"def forward(self{', ' if arguments else ''}{listed}):\n"
        f"    outputs = self.run([{listed}])\n"
        f"    return {'outputs[0]' if single else 'outputs'}\n",
        space,
    )
    kind = type("OnnxModel", (OnnxModule,), {"forward": space["forward"]})
    return kind(model, built_in).eval()


def torchscript(
    model: Model, feeds: list[np.ndarray], built_in: bool
) -> tuple[torch.jit.ScriptModule, Names]:
    """By tracing, with data-dependent control flow scripted; `built_in` says whether parameters that torch
    needs as numbers may be those that `feeds` give. Raises ProblemError."""
    module = module_for(model, built_in)
    tensors = [from_numpy(feed) for feed in feeds]
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        outputs = module.prepare(tensors)
        if not tensors:
            return _without_inputs(outputs), model.names(())
        module.backend.start(TRACE)
        try:
            traced = torch.jit.trace(module, tuple(tensors), check_trace=False)
        except RuntimeError as error:
            raise _refused("torch.jit.trace", error) from error
    return traced, model.names(module.backend.specialised.values())


def _without_inputs(outputs: tuple) -> torch.jit.ScriptModule:
    """A model without inputs gives what it gave."""

    listed = ", ".join(f"self.output_{number}" for number in range(len(outputs)))
    children = {f"output_{number}": output.clone() for number, output in enumerate(outputs)}
    return scripted(f"def forward(self):\n    return {listed}\n", children)


def exported(
    model: Model, feeds: list[np.ndarray], built_in: bool, found: bool = False
) -> tuple[torch.export.ExportedProgram, Names]:
    """With the dynamic dimensions of the ONNX file, or where `found`, those of them that torch.export finds
    to vary; `built_in` as for `torchscript`. Raises ProblemError."""
    module = module_for(model, built_in)
    tensors = [_widened(from_numpy(feed), spec.shape) for feed, spec in zip(feeds, model.inputs, strict=True)]
    shapes = _found_dims(model) if found else named_dims(model)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            module.prepare(tensors)
            module.backend.start(EXPORT)
            program = torch.export.export(
                module, tuple(tensors), dynamic_shapes=tuple(shapes) if model.is_open else None, strict=False
            )
    except ProblemError:
        raise
    except Exception as error:
        raise _refused("torch.export", error) from error
    return program, model.names(module.backend.specialised.values())


def _refused(who: str, error: Exception) -> ProblemError:
    return ProblemError(
        "convert",
        "not-exportable",
        f"{who} does not take the model: {' '.join(str(error).split())[:300]}",
        "Fix the sizes of its inputs in the ONNX file, or keep ONNX.",
    )


def _widened(tensor: torch.Tensor, shape: tuple | None) -> torch.Tensor:
    """Dynamic dimensions of length 1 are doubled, since torch.export takes a 1 for a constant."""
    for axis, dim in enumerate(shape or ()):
        if not isinstance(dim, int) and tensor.shape[axis] == 1:
            tensor = torch.cat([tensor, tensor], axis)
    return tensor


def _found_dims(model: Model) -> list[dict]:
    return [
        {axis: torch.export.Dim.AUTO for axis, dim in enumerate(spec.shape or ()) if not isinstance(dim, int)}
        for spec in model.inputs
    ]


def named_dims(model: Model) -> list[dict]:
    """torch's dynamic dimensions, one symbol for each name in the file."""
    symbols: dict[str, object] = {}
    shapes = []
    for number, spec in enumerate(model.inputs):
        found = {}
        for axis, dim in enumerate(spec.shape or ()):
            if isinstance(dim, int):
                continue
            name = dim or f"input{number}_dim{axis}"
            if name not in symbols:
                safe = identifiers([name])[0].strip("_") or "dim"
                safe = safe if safe[0].isalpha() else f"d{safe}"
                symbols[name] = torch.export.Dim(
                    f"{safe}_{len(symbols)}" if safe in _RESERVED else safe, min=1
                )
            found[axis] = symbols[name]
        shapes.append(found)
    return shapes


_RESERVED = {"I", "E", "N", "S", "Q", "O", "C"}
"""Names that sympy reads as numbers or functions."""
