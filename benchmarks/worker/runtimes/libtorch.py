"""TorchScript through LibTorch in C++: each call, and the clock around it, runs without Python.

`benchmarks/native` compiles what is called here through ctypes. The library is loaded into the same fork as
everything else, so that it has the same walls.
"""

import ctypes
from ctypes import POINTER, c_bool, c_char_p, c_int, c_int64, c_size_t, c_void_p
from functools import cache
from pathlib import Path

import ml_dtypes
import numpy as np
import torch

from benchmarks import native, onnx_names
from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.worker import installed, preload
from benchmarks.worker.torch_session import named, tensor

OPTION_OF = "torchscript"
FORMATS = ("torchscript", "torchscript-scripted")

_FUNCTIONS = {
    "runner_error": (c_char_p,),
    "runner_load": (c_void_p, c_char_p, c_char_p, c_int),
    "runner_free": (None, c_void_p),
    "runner_threads": (c_int,),
    "runner_extra": (POINTER(ctypes.c_char), c_void_p, POINTER(c_size_t)),
    "runner_input_count": (c_size_t, c_void_p),
    "runner_input_name": (c_char_p, c_void_p, c_size_t),
    "runner_bind": (
        c_bool,
        c_void_p,
        c_size_t,
        POINTER(c_void_p),
        POINTER(c_char_p),
        POINTER(c_size_t),
        POINTER(c_int64),
    ),
    "runner_call": (c_bool, c_void_p),
    "runner_timed": (c_bool, c_void_p, c_size_t, POINTER(c_int64)),
    "runner_flatten": (c_bool, c_void_p, POINTER(c_size_t)),
    "runner_output_dtype": (c_char_p, c_void_p, c_size_t),
    "runner_output_shape": (POINTER(c_int64), c_void_p, c_size_t, POINTER(c_size_t)),
    "runner_output_data": (c_void_p, c_void_p, c_size_t),
}
"""Name → what it returns, then what it takes."""


def unavailable() -> str:
    return preload.missing.get("torch", "") or native.unavailable()


def prepare() -> None:
    _library()


def installed_mb() -> float | None:
    """The folder of torch's libraries, which LibTorch's own archive holds too, and the runner. Python,
    torch's other files and its dependencies are not needed."""
    runner = native.built()
    libraries = installed.folder_mb(Path(torch.__file__).with_name("lib"))
    return libraries + (runner.stat().st_size / 1e6 if runner else 0.0)


def load(path: Path, threads: int) -> "LibTorchSession":
    return LibTorchSession(path, threads)


@cache
def _library() -> ctypes.CDLL:
    built = native.built()
    if built is None:
        raise ProblemError(
            "job",
            "not-built",
            f"LibTorch cannot be called: {native.unavailable() or 'its runner is not compiled yet'}.",
            "Run `python -m benchmarks.native`.",
        )
    # torch is imported above, so the libraries that it was linked with are those in this process.
    library = ctypes.CDLL(str(built))
    for name, (returned, *taken) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = returned, taken
    return library


class LibTorchSession:
    """Raises RuntimeError with LibTorch's words where it refuses a file, an input or a call."""

    def __init__(self, path: Path, threads: int):
        torch.seed()  # as in `TorchSession`: forks inherit one random state, which C++ shares
        self._library = _library()
        self._runner = self._library.runner_load(str(path).encode(), onnx_names.FILE.encode(), threads)
        self._checked(self._runner)
        count = self._library.runner_input_count(self._runner)
        names = [self._library.runner_input_name(self._runner, place).decode() for place in range(count)]
        length = c_size_t()
        extra = self._library.runner_extra(self._runner, ctypes.byref(length))
        specs = tuple(TensorSpec(name, None, None) for name in names)
        self.inputs, self._names = named(specs, ctypes.string_at(extra, length.value))
        self.outputs = self._names

    def __del__(self):
        if getattr(self, "_runner", None):
            self._library.runner_free(self._runner)

    @property
    def threads(self) -> int:
        """As many as LibTorch uses within one operator."""
        return self._library.runner_threads()

    def bind(self, feeds: list[np.ndarray]) -> "_Call":
        return _Call(self, [tensor(feed) for feed in feeds])

    def arrays(self, raw) -> list[np.ndarray]:
        count = c_size_t()
        self._checked(self._library.runner_flatten(self._runner, ctypes.byref(count)))
        arrays = [self._array(place) for place in range(count.value)]
        numbered = tuple(f"output_{i}" for i in range(len(arrays)))
        self.outputs = self._names if len(self._names) == len(arrays) else numbered
        return arrays

    def _array(self, place: int) -> np.ndarray:
        """A copy of an output, which the next call replaces."""
        name = self._library.runner_output_dtype(self._runner, place).decode()
        dtype = np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
        rank = c_size_t()
        sizes = self._library.runner_output_shape(self._runner, place, ctypes.byref(rank))
        shape = tuple(sizes[axis] for axis in range(rank.value))
        length = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        data = (
            ctypes.string_at(self._library.runner_output_data(self._runner, place), length) if length else b""
        )
        return np.frombuffer(bytearray(data), dtype).reshape(shape)

    def _checked(self, done) -> None:
        if not done:
            raise RuntimeError(self._library.runner_error().decode("utf-8", "replace"))


class _Call:
    """`tensors` stay alive with it: the runner reads them where they lie."""

    def __init__(self, session: LibTorchSession, tensors: list[torch.Tensor]):
        self._session, self._tensors = session, tensors
        shapes = [size for one in tensors for size in one.shape]
        count = len(tensors)
        session._checked(
            session._library.runner_bind(
                session._runner,
                count,
                (c_void_p * count)(*(one.data_ptr() for one in tensors)),
                (c_char_p * count)(*(str(one.dtype).removeprefix("torch.").encode() for one in tensors)),
                (c_size_t * count)(*(one.dim() for one in tensors)),
                (c_int64 * len(shapes))(*shapes),
            )
        )

    def __call__(self) -> None:
        self._session._checked(self._session._library.runner_call(self._session._runner))

    def timed(self, count: int) -> list[int]:
        durations = (c_int64 * count)()
        session = self._session
        session._checked(session._library.runner_timed(session._runner, count, durations))
        return list(durations)
