"""Pickles in every dress: each would leave a marker in whatever unpickles it."""

import bz2
import gzip
import io
import lzma
import os
import pickle
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.security.corpus.case import Case, Targets


class Marks:
    """Unpickling makes a folder among the markers."""

    def __init__(self, marker: str):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def _dumped(at: Targets, protocol: int = 4) -> bytes:
    return pickle.dumps({"weights": [1.0, 2.0], "x": Marks(f"{at.markers}/pickle")}, protocol)


def _file(name: str, make: Callable[[Targets], bytes]) -> Callable[[Path, Targets], Path]:
    def build(folder: Path, at: Targets) -> Path:
        (path := folder / name).write_bytes(make(at))
        return path

    return build


def _archive(name: str, *members: tuple[str, Callable[[Targets], bytes]]) -> Callable[[Path, Targets], Path]:
    def build(folder: Path, at: Targets) -> Path:
        with zipfile.ZipFile(path := folder / name, "w") as target:
            for member, make in members:
                target.writestr(member, make(at))
        return path

    return build


def _array(at: Targets) -> bytes:
    import numpy

    numpy.save(file := io.BytesIO(), numpy.array([Marks(f"{at.markers}/array")], object), allow_pickle=True)
    return file.getvalue()


def _renamed_global(at: Targets) -> bytes:
    """Protocol 0 by hand, as a scanner of the first bytes would not expect it."""
    return f"cposix\nmkdir\n(V{at.markers}/text\ntR.".encode()


def _behind_onnx(at: Targets) -> bytes:
    """The start of an ONNX model, then a pickle."""
    return b"\x08\x09\x12\x07pytorch" + _dumped(at)


def _protocol(number: int) -> Callable[[Targets], bytes]:
    return lambda at: _dumped(at, number)


def _compressed(squeeze: Callable[[bytes], bytes]) -> Callable[[Targets], bytes]:
    """As joblib writes them: the pickle compressed as a whole."""
    return lambda at: squeeze(_dumped(at) * 50)


def _case(name: str, build, *kinds: str, **more) -> Case:
    return Case(f"pickle-{name}", "pickle", "refused", build, kinds, **more)


PICKLE = ("pickle", "joblib", "pickle-inside")
COMPRESSED = (*PICKLE, "compressed-file", "unsupported-archive")
CASES = (
    *(
        _case(f"protocol-{n}", _file("model.pkl", _protocol(n)), *PICKLE, "text-file", "unknown")
        for n in range(6)
    ),
    _case("by-hand", _file("model.pkl", _renamed_global), *PICKLE, "text-file"),
    _case("named-onnx", _file("model.onnx", _protocol(4)), *PICKLE),
    _case("named-pt2", _file("model.pt2", _protocol(2)), *PICKLE),
    _case(
        "behind-onnx",
        _file("model.onnx", _behind_onnx),
        "damaged-model",
        "truncated-model",
        "unknown",
        *PICKLE,
    ),
    _case("joblib-zlib", _file("model.joblib", _compressed(zlib.compress)), *COMPRESSED),
    _case("joblib-gzip", _file("model.joblib", _compressed(gzip.compress)), *COMPRESSED),
    _case("joblib-bz2", _file("model.joblib", _compressed(bz2.compress)), *COMPRESSED),
    _case("joblib-xz", _file("model.joblib", _compressed(lzma.compress)), *COMPRESSED),
    _case(
        "joblib-lzma",
        _file("model.joblib", _compressed(lambda data: lzma.compress(data, lzma.FORMAT_ALONE))),
        *COMPRESSED,
        "unknown",
    ),
    _case("numpy-objects", _file("model.npy", _array), "numpy", *PICKLE),
    _case("numpy-archive", _archive("model.npz", ("weights.npy", _array)), "numpy", *PICKLE),
    _case(
        "in-a-zip",
        _archive("model.zip", ("model.pkl", _protocol(4))),
        "archive-without-model",
        "packed-model",
        *PICKLE,
    ),
    _case(
        "skops-named",
        _archive("model.skops", ("schema.json", lambda at: b"{}"), ("object.pkl", _protocol(4))),
        "archive-without-model",
        *PICKLE,
    ),
)
