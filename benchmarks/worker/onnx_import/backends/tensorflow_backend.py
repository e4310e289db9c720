"""The primitives on TensorFlow: called while a tf.function is traced, or eagerly."""

import contextlib
import math
import re

import ml_dtypes  # noqa: F401  (teaches numpy the name bfloat16)
import numpy as np
import tensorflow as tf
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from benchmarks.worker.onnx_import import dims
from benchmarks.worker.onnx_import.backends.tensorflow_arithmetic import TensorFlowArithmetic
from benchmarks.worker.onnx_import.backends.tensorflow_control import TensorFlowControl
from benchmarks.worker.onnx_import.backends.tensorflow_indexing import TensorFlowIndexing
from benchmarks.worker.onnx_import.backends.tensorflow_layers import TensorFlowLayers
from benchmarks.worker.onnx_import.backends.tensorflow_shape import TensorFlowShape
from benchmarks.worker.onnx_import.errors import NotConstantError

VARIABLE_BYTES = 1024
"""Floating constants from this size on are variables of the SavedModel; smaller ones stand in its graph."""


class TensorFlowBackend(
    TensorFlowLayers, TensorFlowIndexing, TensorFlowArithmetic, TensorFlowShape, TensorFlowControl
):
    """`names`: what a constant is called, by the id of its array; `seen`: parameters that must be numbers,
    as an eager walk over the example found them."""

    dynamic_axes = True
    has_recurrent = False

    def __init__(self, walk, names: dict[int, str]):
        self.walk = walk
        self.eager = self.probing = False
        self.variables: list[tf.Variable] = []
        self.seen: dict[tuple, np.ndarray] = {}
        self.specialised: dict[tuple, str] = {}
        self.node = None
        self.scope: dict = {}
        self.last: dict[int, tuple] = {}
        self._names = names
        self._constants: dict[int, tuple] = {}
        self._derived: dict[tuple, tuple] = {}
        self._count: dict[tuple, int] = {}

    @contextlib.contextmanager
    def at(self, node, scope):
        before = self.node, self.scope
        self.node, self.scope = node, scope
        try:
            yield
        finally:
            self.node, self.scope = before

    def start(self, eager: bool) -> None:
        self.eager = eager
        self._count, self.last = {}, {}

    # ---- values --------------------------------------------------------------------------------------------
    def tensor(self, value):
        if value is None or isinstance(value, tf.Tensor):
            return value
        if not isinstance(value, np.ndarray):
            value = np.asarray(value)
        if value.dtype == object:
            flat = [tf.cast(item, tf.int64) for item in value.ravel().tolist()]
            if not value.ndim:
                return flat[0]
            stacked = tf.stack(flat) if flat else tf.zeros([0], tf.int64)
            return stacked if value.ndim == 1 else tf.reshape(stacked, value.shape)
        known = self._constants.get(id(value))
        if known is None and self.probing:  # a variable must not be made in a graph that is thrown away
            return tf.constant(value)
        if known is None:
            known = self._constants[id(value)] = (value, self._made(value))
        return tf.convert_to_tensor(known[1]) if isinstance(known[1], tf.Variable) else tf.constant(value)

    def keep(self, name: str, value: np.ndarray) -> None:
        """Tells of a constant that is the same array in every walk."""
        self._names.setdefault(id(value), name)

    def note(self, x, known: list) -> None:
        """What is known of a tensor's shape before the model runs; None for a dimension that is open."""
        if isinstance(x, tf.Tensor) and not self.eager:
            x.set_shape(known)

    def _made(self, value: np.ndarray):
        floating = value.dtype.kind == "f" or value.dtype.name == "bfloat16"
        if id(value) not in self._names:
            return None  # made anew by every walk, and a variable can be made by the first one only
        if value.nbytes < VARIABLE_BYTES or not (floating or value.nbytes > 1 << 20):
            return None
        name = re.sub(
            r"[^A-Za-z0-9_.\\/>-]", "_", self._names.get(id(value), f"constant_{len(self.variables)}")
        )
        # tf.Variable would tell the tf.function that is being traced, which then traces everything again.
        with tf.init_scope():
            made = ResourceVariable(value, trainable=False, name=name if name[:1].isalnum() else f"v{name}")
        self.variables.append(made)
        return made

    def derived(self, key: tuple, sources: list[np.ndarray], make) -> np.ndarray:
        """An array computed from constants, once for each of them."""
        key = (*key, *[id(source) for source in sources])
        if key not in self._derived:
            made = make()
            self._derived[key] = (sources, made)
            if id(sources[0]) in self._names:
                self.keep(self._names[id(sources[0])], made)
        return self._derived[key][1]

    def number(self, value, like):
        return tf.cast(value, like.dtype) if like.dtype != tf.bool else tf.constant(bool(value))

    def ints(self, value) -> list:
        if isinstance(value, np.ndarray):
            return [
                v if dims.is_dims(value) and not isinstance(v, int) else int(v)
                for v in value.ravel().tolist()
            ]
        flat = tf.cast(tf.reshape(value, [-1]), tf.int64)
        if self.eager:
            return [int(v) for v in flat.numpy()]
        if flat.shape[0] is None:
            raise self.node.unsupported("the number of elements of a shape is not known")
        return [flat[i] for i in range(flat.shape[0])]

    def key(self, what: str) -> tuple:
        place = (self.node.op_type, self.node.outputs, what)
        number = self._count.get(place, 0)
        self._count[place] = number + 1
        return (*place, number)

    def constant(self, value, what: str) -> np.ndarray:
        """A parameter that must be a number when the model is built. Where it is computed, the value that the
        example gives it (`seen`) is built in, with a check in the artifact that refuses any other. Raises
        NotConstantError."""
        key = self.key(what)
        if isinstance(value, np.ndarray) and value.dtype != object:
            if self.eager:
                self.seen[key] = value
            return value
        if self.eager:
            found = self.seen[key] = self.tensor(value).numpy()
            return np.asarray(found)
        known = tf.get_static_value(self.tensor(value))
        if known is not None:
            return np.asarray(known)
        if key not in self.seen or np.size(self.seen[key]) > 64:
            raise NotConstantError(self.node, what)
        found = np.asarray(self.seen[key])
        self.specialised[key] = f"{what} of {self.node.words} is fixed at {found.tolist()}"
        tf.debugging.assert_equal(self.tensor(value), found, f"the artifact was built for {found.tolist()}")
        return found

    def has_dtype(self, name: str) -> bool:
        return isinstance(getattr(tf, name, None), tf.DType) and not name.startswith(("float8", "float4"))

    def dtype(self, x) -> str:
        return x.dtype.name

    def rank(self, x) -> int:
        if x.shape.rank is None:
            raise self.node.unsupported("the rank of its input is not known")
        return x.shape.rank

    def shape(self, x) -> list:
        known = [None] * self.rank(x) if x.shape.rank is None else x.shape.as_list()
        if None not in known:
            return known
        open_ = tf.shape(x, out_type=tf.int64)
        return [open_[i] if d is None else d for i, d in enumerate(known)]

    def vector(self, items: list):
        """A shape as TensorFlow takes it."""
        if all(isinstance(item, int) for item in items):
            return np.array(items, np.int64)
        return tf.stack([tf.cast(item, tf.int64) for item in items])

    def cast(self, x, name: str):
        kind = getattr(tf, name)
        if x.dtype == kind:
            return x
        if x.dtype.is_floating and kind in (tf.int8, tf.int16, tf.uint8, tf.uint16, tf.uint32):
            return tf.cast(tf.cast(x, tf.int64), kind)
        return tf.cast(x, kind)

    def bitcast(self, x, name: str):
        if x.dtype == tf.bool:
            x = tf.cast(x, tf.uint8)
        if name == "bool":
            return tf.cast(tf.bitcast(x, tf.uint8), tf.bool)
        return tf.bitcast(x, getattr(tf, name))

    # ---- dimensions ----------------------------------------------------------------------------------------
    def same_dim(self, x, y) -> bool | None:
        """Whether two dimensions are equal, None where that depends on the inputs."""
        return x == y if isinstance(x, int) and isinstance(y, int) else None

    def dim_min(self, x, y):
        if isinstance(x, int) and isinstance(y, int):
            return min(x, y)
        return tf.minimum(self.dim_tensor(x), self.dim_tensor(y))

    def dim_max(self, x, y):
        if isinstance(x, int) and isinstance(y, int):
            return max(x, y)
        return tf.maximum(self.dim_tensor(x), self.dim_tensor(y))

    def dim_tensor(self, x):
        return tf.cast(x, tf.int64) if not isinstance(x, int) else tf.constant(x, tf.int64)

    def dim_float(self, x):
        return tf.cast(x, tf.float32)

    def zero_copies(self, wanted: list, known: list) -> list:
        if self.eager:
            return [known[i] if w == 0 else w for i, w in enumerate(wanted)]
        return [
            tf.where(tf.equal(w, 0), self.dim_tensor(known[i]), w) if i < len(known) else w
            for i, w in enumerate(wanted)
        ]

    # ---- making --------------------------------------------------------------------------------------------
    def full(self, shape: list, value, dtype: str):
        kind = getattr(tf, dtype)
        if isinstance(value, float) and not math.isfinite(value) and not kind.is_floating:
            value = kind.max if value > 0 else kind.min
        return tf.fill(self.vector(shape), tf.cast(value, kind))

    def arange(self, n):
        return tf.range(self.dim_tensor(n))

    def range(self, start, limit, delta):
        kind = start.dtype
        if kind not in (tf.float32, tf.float64, tf.int32, tf.int64):
            wide = tf.int64 if kind.is_integer else tf.float32
            start, limit, delta = (tf.cast(tf.reshape(t, []), wide) for t in (start, limit, delta))
        start, limit, delta = (tf.reshape(t, []) for t in (start, limit, delta))
        return tf.cast(tf.range(start, limit, delta), kind)

    def random_uniform(self, shape: list, dtype: str, seed):
        return tf.cast(tf.random.uniform(self.vector(shape)), getattr(tf, dtype))

    def random_normal(self, shape: list, dtype: str, seed):
        return tf.cast(tf.random.normal(self.vector(shape)), getattr(tf, dtype))
