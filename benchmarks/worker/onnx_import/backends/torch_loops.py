"""Data-dependent loops on torch: scripted modules in TorchScript, `while_loop` in torch.export."""

import torch
from torch._higher_order_ops.while_loop import while_loop
from torch.fx.experimental.proxy_tensor import make_fx

from benchmarks.worker.onnx_import.backends.torch_blocks import scripted

MOST_COLLECTED = 1 << 24
"""Iterations for which torch.export reserves room; a loop that only its condition ends announces 2⁶²."""
_ROWS = 7919
"""Of the room while it is recorded: a length that nothing else has, since equal ones become one symbol."""


class TorchLoops:
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
        sample = self._run(key, step, first)[1 + count :]
        children = {"body": self._traced(key, step, first)}
        for number, made in enumerate(sample):
            children[f"empty_{number}"] = torch.zeros([0, *made.shape], dtype=made.dtype)
        module = self.blocks[key] = scripted(_loop_source(count, len(captured), scans), children)
        self._loop_graph(key, trips, condition, carried, captured, body, sample)
        results = list(module(trips, condition, *carried, *captured))
        return results[:count], results[count:]

    def _export_loop(self, key, trips, condition, carried, captured, scans):
        """What iterations collect is written into room for all of them, of which those that ran are kept."""
        if key not in self.graphs:
            raise self.node.unsupported(
                "torch.export cannot record its body, or does not know how often it runs at most",
                "Give the loop a constant number of iterations, or convert to TorchScript or keep ONNX.",
            )
        [graph, sample], count = self.graphs[key], len(carried)
        weights = [tensor for _, tensor in self.weights.values()][: self.lent[key]]
        most = trips.reshape([]).item() if sample else 0
        if sample:
            torch._check(most >= 0)

        def more(iteration, going, *state):
            return (iteration < state[count]) & going

        state = (
            torch.zeros([], dtype=torch.int64),
            condition.reshape([]).clone(),
            *[c.clone() for c in carried],
            trips.reshape([]).clone(),
            *[torch.zeros([most, *made.shape], dtype=made.dtype) for made in sample],
            *[c.clone() for c in captured],
            *[tensor.clone() for tensor in weights],
        )
        after = while_loop(more, graph, state)
        if not sample:
            return list(after[2 : 2 + count]), []
        ran = after[0].item()
        torch._check(ran >= 0)
        torch._check(ran <= most)
        rooms = after[3 + count : 3 + count + len(sample)]
        return list(after[2 : 2 + count]), [room.narrow(0, 0, ran) for room in rooms]

    def _loop_graph(self, key, trips, condition, carried, captured, body, sample) -> None:
        """Records a loop's body as a function of its whole state: the iteration, the condition, what is
        carried on, the number of iterations, what is collected, what is captured, and every weight so far.
        `sample`: what one iteration collects."""
        if sample and int(trips) > MOST_COLLECTED:
            return  # torch.export will say that it has no such loop; TorchScript does not need it
        weights = list(self.weights.items())
        count, rooms, taken = len(carried), len(sample), len(captured)

        def step(iteration, going, *state):
            before, mode = self.weights, self.mode
            rest = state[count + 1 + rooms :]
            lent = rest[taken:]
            self.weights = {k: (array, t) for (k, (array, _)), t in zip(weights, lent, strict=True)}
            self.mode = "export"
            try:
                with self._inside(key):
                    onward, after, made = body(iteration, going, list(state[:count]), list(rest[:taken]))
                    after = [self.tensor(value).clone() for value in after]
                    onward = self.tensor(onward).reshape([]).clone()
                    made = [self.tensor(value) for value in made]
            finally:
                self.weights, self.mode = before, mode
            filled = [
                room.index_copy(0, iteration.reshape([1]), value.unsqueeze(0))
                for room, value in zip(state[count + 1 :], made, strict=False)
            ]
            kept = [state[count].clone(), *filled, *[tensor.clone() for tensor in rest]]
            return (iteration + 1, onward, *after, *kept)

        state = [torch.tensor(0), condition.reshape([]), *carried, trips.reshape([])]
        state += [torch.zeros([_ROWS, *made.shape], dtype=made.dtype) for made in sample]
        state += [*captured, *[tensor for _, (_, tensor) in weights]]
        try:
            graph = make_fx(step, tracing_mode="symbolic")(*state)
        except Exception:
            return  # as above
        self.graphs[key], self.lent[key] = [graph, sample], len(weights)


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
