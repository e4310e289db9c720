"""Data-dependent branches on torch: scripted modules in TorchScript, `torch.cond` in torch.export."""

import torch
from torch.fx.experimental.proxy_tensor import make_fx

from benchmarks.worker.onnx_import.backends.torch_blocks import scripted


class TorchBranches:
    def branch(self, condition, then, other, captured: list) -> list:
        """`then` and `other` take the captured tensors and return as many tensors as each other."""
        key = self.key("branch")
        condition = condition.reshape([]) if condition.ndim else condition
        operands = [condition, *captured]

        def taken(function):
            return lambda _, *tensors: function(*tensors)

        if self.mode == "export":
            if key not in self.graphs:
                raise self.node.unsupported(
                    "torch.export cannot record its branches",
                    "Rewrite the condition as an operator (Where), or convert to TorchScript or keep ONNX.",
                )
            return self._export_branch(key, condition, captured)
        if self.mode == "trace":
            return list(self.blocks[key](*operands))
        children, lines = {}, {}
        names = ", ".join(["c", *[f"x{i}" for i in range(len(captured))]])
        for name, function in (("then", then), ("else", other)):
            try:
                children[f"{name}_branch"] = self._traced((*key, name), taken(function), operands)
                lines[name] = f"r = self.{name}_branch({names})"
            except Exception:
                if bool(condition) == (name == "then"):
                    raise
                # It cannot be recorded, since it does not run on the example.
                self.specialise((*key, name), f"{name} branch", "does not run")
                lines[name] = 'raise RuntimeError("The artifact was built for the other branch.")'
        source = (
            f"def forward(self, {names}):\n    if bool(c):\n        {lines['then']}\n"
            f"    else:\n        {lines['else']}\n    return r\n"
        )
        self.blocks[key] = scripted(source, children)
        self._graphs(key, then, other, captured)
        taken_name, chosen = ("then", then) if bool(condition) else ("else", other)
        return self._run((*key, taken_name), chosen, captured)

    def _export_branch(self, key, condition, captured):
        """The branches as graphs: torch.cond would otherwise follow this interpreter's own code."""
        weights = [tensor for _, tensor in self.weights.values()]
        operands = (*captured, *weights[: self.lent[key]])
        return list(torch.cond(condition, *self.graphs[key], operands))

    def _graphs(self, key: tuple, then, other, captured: list) -> None:
        """Records both branches as functions of what they capture and of every weight so far."""
        weights = list(self.weights.items())
        count = len(captured)

        def with_operands(function, name):
            def call(*tensors):
                before, mode = self.weights, self.mode
                lent = tensors[count:]
                self.weights = {k: (array, t) for (k, (array, _)), t in zip(weights, lent, strict=True)}
                self.mode = "export"
                try:
                    return tuple(self._run((*key, name), function, list(tensors[:count])))
                finally:
                    self.weights, self.mode = before, mode

            return call

        operands = (*captured, *[tensor for _, (_, tensor) in weights])
        try:
            self.graphs[key] = [
                make_fx(with_operands(function, name), tracing_mode="symbolic")(*operands)
                for function, name in ((then, "then"), (other, "else"))
            ]
        except Exception:
            return  # torch.export will say that it has no such branch; TorchScript does not need it
        self.lent[key] = len(weights)
