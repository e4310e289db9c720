"""Branches and bodies of loops on torch, as modules that are traced or compiled from source."""

import contextlib
import linecache

import torch


class _Block(torch.nn.Module):
    """A branch or a loop's body, as a module that can be traced."""

    def __init__(self, function):
        super().__init__()
        self._function = function

    def forward(self, *tensors):
        return tuple(self._function(*tensors))


class TorchBlocks:
    """`path`: the branches and bodies that the walk is inside of."""

    path: tuple = ()

    def __init__(self):
        self.graphs: dict[tuple, list] = {}
        self.lent: dict[tuple, int] = {}

    @contextlib.contextmanager
    def _inside(self, key: tuple):
        before = self.path, self._count, self.static, self.guards
        self.path, self._count, self.static, self.guards = key, {}, False, []
        try:
            yield
        finally:
            self.path, self._count, self.static, self.guards = before

    def _run(self, key: tuple, function, tensors: list) -> list:
        """The outputs as tensors that are no inputs, which torch.cond does not allow."""
        with self._inside(key):
            outputs = self.guarded([self.tensor(value) for value in function(*tensors)])
        if self.mode != "export":
            return outputs
        return [output.clone() for output in outputs]

    def _traced(self, key: tuple, function, examples: list) -> torch.nn.Module:
        """Carries the block out once, eagerly, then records it."""
        self._run(key, function, examples)
        before, self.mode = self.mode, "trace"
        try:
            block = _Block(lambda *tensors: self._run(key, function, list(tensors)))
            for number, (_, weight) in enumerate(self.weights.values()):
                block.register_buffer(f"constant_{number}", weight)
            return torch.jit.trace(block, tuple(examples), check_trace=False)
        finally:
            self.mode = before


def scripted(source: str, children: dict) -> torch.jit.ScriptModule:
    """A module whose `forward` is compiled from source, which torch reads through `linecache`."""
    file = f"<onnx block {len(linecache.cache)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space = {"torch": torch, "List": list, "Tensor": torch.Tensor}
    exec(compile(source, file, "exec"), space)
    module = type("OnnxBlock", (torch.nn.Module,), {"forward": space["forward"]})()
    for name, child in children.items():
        if isinstance(child, torch.Tensor):
            module.register_buffer(name, child)
        else:
            module.add_module(name, child)
    return torch.jit.script(module)
