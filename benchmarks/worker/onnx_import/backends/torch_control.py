"""Data-dependent branches and loops on torch: scripted modules in TorchScript, higher-order operators in
torch.export."""

import contextlib
import linecache

import torch
from torch._higher_order_ops.while_loop import while_loop
from torch.fx.experimental.proxy_tensor import make_fx


class _Block(torch.nn.Module):
    """A branch or a loop's body, as a module that can be traced."""

    def __init__(self, function):
        super().__init__()
        self._function = function

    def forward(self, *tensors):
        return tuple(self._function(*tensors))


class TorchControl:
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

    # ---- branches ------------------------------------------------------------------------------------------
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

    # ---- loops ---------------------------------------------------------------------------------------------
    def loop(self, trips, condition, carried: list, captured: list, body, scans: int) -> tuple[list, list]:
        """`body(iteration, condition, carried, captured)` returns the next condition, what is carried on
        and `scans` tensors, which are stacked over the iterations; `trips` and `condition` are scalar
        tensors."""
        key = self.key("loop")
        if self.mode == "export":
            return self._export_loop(key, trips, condition, carried, captured, scans)
        count = len(carried)

        def step(iteration, condition, *tensors):
            onward, after, made = body(iteration, condition, list(tensors[:count]), list(tensors[count:]))
            return [onward, *after, *made]

        if self.mode == "trace":
            results = list(self.blocks[key](trips, condition, *carried, *captured))
            return results[:count], results[count:]
        first = [torch.tensor(0), condition, *carried, *captured]
        sample = self._run(key, step, first)
        children = {"body": self._traced(key, step, first)}
        for number in range(scans):
            made = sample[1 + count + number]
            children[f"empty_{number}"] = torch.zeros([0, *made.shape], dtype=made.dtype)
        module = self.blocks[key] = scripted(_loop_source(count, len(captured), scans), children)
        if not scans:
            self._loop_graph(key, trips, condition, carried, captured, body)
        results = list(module(trips, condition, *carried, *captured))
        return results[:count], results[count:]

    def _export_loop(self, key, trips, condition, carried, captured, scans):
        if scans:
            raise self.node.unsupported(
                "torch.export has no loop of unknown length that collects outputs",
                "Give the loop a constant number of iterations, or convert to TorchScript or keep ONNX.",
            )
        if key not in self.graphs:
            raise self.node.unsupported(
                "torch.export cannot record its body",
                "Give the loop a constant number of iterations, or convert to TorchScript or keep ONNX.",
            )
        graph, count = self.graphs[key][0], len(carried)
        weights = [tensor for _, tensor in self.weights.values()][: self.lent[key]]

        def more(iteration, going, *state):
            return (iteration < state[count]) & going

        state = (
            torch.zeros([], dtype=torch.int64),
            condition.reshape([]).clone(),
            *[c.clone() for c in carried],
            trips.reshape([]).clone(),
            *[c.clone() for c in captured],
            *[tensor.clone() for tensor in weights],
        )
        return list(while_loop(more, graph, state)[2 : 2 + count]), []

    def _loop_graph(self, key, trips, condition, carried, captured, body) -> None:
        """Records a loop's body as a function of its whole state: the iteration, the condition, what is
        carried on, the number of iterations, what is captured, and every weight so far."""
        weights = list(self.weights.items())
        count, taken = len(carried), len(captured)

        def step(iteration, going, *state):
            before, mode = self.weights, self.mode
            lent = state[count + 1 + taken :]
            self.weights = {k: (array, t) for (k, (array, _)), t in zip(weights, lent, strict=True)}
            self.mode = "export"
            try:
                with self._inside(key):
                    inside = list(state[count + 1 : count + 1 + taken])
                    onward, after, _ = body(iteration, going, list(state[:count]), inside)
                    after = [self.tensor(value).clone() for value in after]
                    onward = self.tensor(onward).reshape([]).clone()
            finally:
                self.weights, self.mode = before, mode
            return (iteration + 1, onward, *after, *[tensor.clone() for tensor in state[count:]])

        state = [torch.tensor(0), condition.reshape([]), *carried, trips.reshape([]), *captured]
        try:
            graph = make_fx(step, tracing_mode="symbolic")(*state, *[tensor for _, (_, tensor) in weights])
        except Exception:
            return  # torch.export will say that it has no such loop; TorchScript does not need it
        self.graphs[key], self.lent[key] = [graph], len(weights)


def _loop_source(carried: int, captured: int, scans: int) -> str:
    xs = [f"x{i}" for i in range(carried)]
    ks = [f"k{i}" for i in range(captured)]
    lines = [f"def forward(self, m, c, {', '.join(xs + ks)}):"]
    lines += [f"    s{i}: list[torch.Tensor] = []" for i in range(scans)]
    lines += [
        "    i = 0",
        "    n = int(m)",
        "    go = bool(c)",
        "    while i < n and go:",
        f"        r = self.body(torch.tensor(i), torch.tensor(go), {', '.join(xs + ks)})",
        "        go = bool(r[0])",
    ]
    lines += [f"        {x} = r[{1 + i}]" for i, x in enumerate(xs)]
    lines += [f"        s{i}.append(r[{1 + carried + i}])" for i in range(scans)]
    lines += ["        i += 1"]
    for i in range(scans):
        lines += [f"    o{i} = self.empty_{i}", f"    if len(s{i}) > 0:", f"        o{i} = torch.stack(s{i})"]
    results = xs + [f"o{i}" for i in range(scans)]
    lines += [f"    return ({', '.join(results)},)"]
    return "\n".join(lines) + "\n"


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
