"""The primitives on torch: called eagerly, while tracing for TorchScript, or under torch.export."""

import contextlib
import math

import ml_dtypes  # noqa: F401  (teaches numpy the name bfloat16)
import numpy as np
import torch
from torch.fx.experimental.symbolic_shapes import statically_known_true

from benchmarks.worker.onnx_import import dims
from benchmarks.worker.onnx_import.backends.torch_arithmetic import TorchArithmetic
from benchmarks.worker.onnx_import.backends.torch_blocks import TorchBlocks
from benchmarks.worker.onnx_import.backends.torch_branches import TorchBranches
from benchmarks.worker.onnx_import.backends.torch_layers import TorchLayers
from benchmarks.worker.onnx_import.backends.torch_loops import TorchLoops
from benchmarks.worker.onnx_import.backends.torch_movement import TorchMovement
from benchmarks.worker.onnx_import.errors import NotConstantError
from benchmarks.worker.torch_session import tensor as from_numpy

EAGER, TRACE, EXPORT = "eager", "trace", "export"


def torch_dtype(name: str) -> torch.dtype:
    return torch.bool if name == "bool" else getattr(torch, name)


@torch.jit.script
def _given_if(guards: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    if not bool(guards.all()):
        raise RuntimeError("A parameter differs from the one that the artifact was built for.")
    return output


class TorchBackend(TorchLayers, TorchArithmetic, TorchMovement, TorchBranches, TorchLoops, TorchBlocks):
    """`static`: every shape is known, so that sizes may be recorded as numbers while tracing; `built_in`:
    whether what the example decides may be built in where the target needs it decided.

    A walk with mode EAGER comes first: it turns constants into weights (`weights`), notes the values of
    parameters that torch needs as numbers (`seen`), and traces the branches and bodies that are
    data-dependent.
    """

    dynamic_axes = False
    has_recurrent = True

    def __init__(self, static: bool, walk, built_in: bool):
        super().__init__()
        self.walk, self.built_in = walk, built_in
        self.mode = EAGER
        self.static = static
        self.weights: dict[int, tuple[np.ndarray, torch.Tensor]] = {}
        self.seen: dict[tuple, np.ndarray] = {}
        self.specialised: dict[tuple, str] = {}
        self.guards: list[torch.Tensor] = []
        self.blocks: dict[tuple, torch.nn.Module] = {}
        self.node = None
        self.scope: dict = {}
        self._count: dict[int, int] = {}

    @contextlib.contextmanager
    def at(self, node, scope):
        before = self.node, self.scope
        self.node, self.scope = node, scope
        try:
            yield
        finally:
            self.node, self.scope = before

    def start(self, mode: str) -> None:
        self.mode = mode
        self._count, self.guards = {}, []

    def key(self, what: str) -> tuple:
        """The same in every walk for the same place in it."""
        place = (*self.path, self.node.op_type, self.node.outputs, what)
        number = self._count.get(place, 0)
        self._count[place] = number + 1
        return (*place, number)

    # ---- values --------------------------------------------------------------------------------------------
    def tensor(self, value):
        if value is None or isinstance(value, torch.Tensor):
            return value
        if not isinstance(value, np.ndarray):
            value = np.asarray(value)
        if value.dtype == object:
            if not value.ndim:
                return self._scalar(value[()])
            flat = [self._scalar(item) for item in value.ravel().tolist()]
            stacked = torch.stack(flat) if flat else torch.zeros(0, dtype=torch.int64)
            return stacked.reshape(value.shape) if value.ndim != 1 else stacked
        if self.mode == EXPORT and not value.size:  # torch.export.save cannot store an empty constant
            return torch.zeros(value.shape, dtype=torch_dtype(value.dtype.name))
        known = self.weights.get(id(value))
        if known is None:
            known = self.weights[id(value)] = (value, from_numpy(value))
            self.note(known[1], list(value.shape))
        return known[1]

    def keep(self, name: str, value: np.ndarray) -> None:
        """Tells of a constant that is the same array in every walk."""

    def note(self, x, known: list) -> None:
        """What is known of a tensor's shape before the model runs; None for a dimension that is open."""
        if isinstance(x, torch.Tensor):
            x.onnx_dims = known

    def _scalar(self, item):
        if isinstance(item, torch.Tensor):
            return item.to(torch.int64)
        if isinstance(item, int):
            return torch.tensor(item, dtype=torch.int64)
        return torch.scalar_tensor(item, dtype=torch.int64)

    def number(self, value, like):
        """A scalar constant of the type of a tensor."""
        return torch.tensor(value, dtype=like.dtype)

    def ints(self, value) -> list:
        """A vector of dimensions: ints where known, symbols where not."""
        if isinstance(value, np.ndarray):
            self.key("ints")
            return [
                v if dims.is_dims(value) and not isinstance(v, int) else int(v)
                for v in value.ravel().tolist()
            ]
        flat, key = value.reshape(-1), self.key("ints")
        if self.mode == EAGER:
            self.seen[key] = value.numpy()
        if self.mode == EXPORT:
            # torch.export takes a size that it does not know for a positive one: 0 and -1 are built in.
            if key in self.seen and self.seen[key].size <= 64 and (self.seen[key] <= 0).any():
                self.specialise(key, "shape", f"is fixed at {self.seen[key].tolist()}")
                self._insist(value, self.seen[key])
                return [int(v) for v in self.seen[key].ravel()]
            return [flat[i].item() for i in range(int(flat.shape[0]))]
        return [flat[i] for i in range(int(flat.shape[0]))]

    def constant(self, value, what: str) -> np.ndarray:
        """A parameter that must be a number when the model is built. Where it is computed, the value that the
        example gives it may be built in, with a check in the artifact that refuses any other. Raises
        NotConstantError."""
        key = self.key(what)
        if isinstance(value, np.ndarray) and value.dtype != object:
            if self.mode == EAGER:
                self.seen[key] = value
            return value
        if self.mode == EAGER:
            found = self.seen[key] = self.tensor(value).numpy()
            return found
        found = self.seen.get(key)
        if found is None or found.size > 64:
            raise NotConstantError(self.node, what)
        self.specialise(key, what, f"is fixed at {found.tolist()}")
        self._insist(self.tensor(value), found)
        return found

    def specialise(self, key: tuple, what: str, how: str) -> None:
        """Takes the example's word for something. Raises NotConstantError where that is not wanted."""
        if not self.built_in:
            raise NotConstantError(self.node, what)
        self.specialised[key] = f"{what} of {self.node.words} {how}"

    def _insist(self, tensor, expected: np.ndarray) -> None:
        if not expected.size:
            return  # its shape says it all
        same = (tensor == from_numpy(expected.copy())).all()
        if self.mode == TRACE:  # a tracer drops assertions, so outputs are made to depend on this one
            self.guards.append(same)
        else:
            torch._assert_async(same, "A parameter differs from the one that the artifact was built for.")

    def guarded(self, outputs: list) -> list:
        """The outputs, given only where every parameter is the one that was built in."""
        guards, self.guards = self.guards, []
        if not guards:
            return outputs
        return [_given_if(torch.stack(guards), outputs[0]), *outputs[1:]]

    def has_dtype(self, name: str) -> bool:
        return isinstance(getattr(torch, name, None), torch.dtype) and not name.startswith(
            ("float8", "float4")
        )

    def dtype(self, x) -> str:
        return str(x.dtype).removeprefix("torch.")

    def rank(self, x) -> int:
        return x.ndim

    def shape(self, x) -> list:
        if self.mode == EXPORT:
            return list(x.shape)
        if self.static:
            return [int(d) for d in x.shape]
        known = getattr(x, "onnx_dims", None) or [None] * x.ndim
        if self.mode == EAGER:  # open sizes are tensors here too, so that both walks decide alike
            return [torch.tensor(int(d)) if k is None else k for k, d in zip(known, x.shape, strict=True)]
        return [d if k is None else k for k, d in zip(known, list(x.shape), strict=True)]

    def cast(self, x, name: str):
        return x.to(torch_dtype(name))

    def bitcast(self, x, name: str):
        return self.viewed(x, torch_dtype(name))

    def viewed(self, x, kind: torch.dtype):
        """The same bytes as another type; a tracer cannot record it as a view."""
        return torch.ops.aten.view_copy.dtype(x, kind) if self.mode == TRACE else x.view(kind)

    # ---- dimensions ----------------------------------------------------------------------------------------
    def same_dim(self, x, y) -> bool | None:
        """Whether two dimensions are equal, None where that depends on the inputs."""
        if isinstance(x, int) and isinstance(y, int):
            return x == y
        if self.mode != EXPORT:
            return None
        return True if statically_known_true(x == y) else False if statically_known_true(x != y) else None

    def dim_min(self, x, y):
        if isinstance(x, int) and isinstance(y, int):
            return min(x, y)
        if self.mode != EXPORT:
            return torch.minimum(self._scalar(x), self._scalar(y))
        return torch.sym_min(x, y)

    def dim_max(self, x, y):
        if isinstance(x, int) and isinstance(y, int):
            return max(x, y)
        if self.mode != EXPORT:
            return torch.maximum(self._scalar(x), self._scalar(y))
        return torch.sym_max(x, y)

    def dim_tensor(self, x):
        """A dimension as an int64 scalar tensor."""
        return self._scalar(x)

    def zero_copies(self, wanted: list, known: list) -> list:
        """Sizes that turn out to be 0 are those of the input."""
        if self.mode == EXPORT:
            return [known[i] if isinstance(w, int) and w == 0 else w for i, w in enumerate(wanted)]
        return [
            torch.where(w == 0, self._scalar(known[i]), w) if i < len(known) else w
            for i, w in enumerate(wanted)
        ]

    def dim_float(self, x):
        """A dimension as a float32 scalar tensor."""
        return self._scalar(x).to(torch.float32)

    # ---- making --------------------------------------------------------------------------------------------
    def full(self, shape: list, value, dtype: str):
        wide = torch_dtype(dtype)
        if isinstance(value, torch.Tensor):
            return value.to(wide).expand(shape) if shape else value.to(wide)
        if (
            isinstance(value, float)
            and not math.isfinite(value)
            and not dtype.startswith(("float", "bfloat"))
        ):
            info = torch.iinfo(wide)
            value = info.max if value > 0 else info.min
        return torch.full(shape, value, dtype=wide)

    def arange(self, n):
        return torch.arange(n)

    def range(self, start, limit, delta):
        start, limit, delta = (t.reshape([]) for t in (start, limit, delta))
        if self.mode == EAGER:
            return torch.arange(start.item(), limit.item(), delta.item()).to(start.dtype)
        count = (
            torch.ceil((limit - start).to(torch.float64) / delta.to(torch.float64))
            .to(torch.int64)
            .clamp_min(0)
        )
        length = count if self.mode == TRACE else count.item()
        return torch.arange(length).to(start.dtype) * delta + start

    def random_uniform(self, shape: list, dtype: str, seed):
        return torch.rand(shape, dtype=torch.float32).to(torch_dtype(dtype))

    def random_normal(self, shape: list, dtype: str, seed):
        return torch.randn(shape, dtype=torch.float32).to(torch_dtype(dtype))
