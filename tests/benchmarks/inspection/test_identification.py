"""Rows: what lies there, and what it is found to be or refused as."""

import bz2
import gzip
import io
import lzma
import os
import pickle
import shutil
import struct
import subprocess
import sys
import time
import zipfile
import zlib

import numpy
import pytest

from benchmarks.errors import ProblemError
from benchmarks.inspection import Identified, describe, identify

MODELS = [
    ("scripted.pt", "torchscript", "zip", "scripted"),
    ("traced.pt", "torchscript", "zip", "traced"),
    ("exported.pt2", "pt2", "zip", "exported"),
    ("image.keras", "keras", "zip", ""),
    ("image", "savedmodel", "folder", ""),
    ("image.zip", "savedmodel", "zip", "image"),
    ("image.tar.gz", "savedmodel", "tar", "1"),
    ("module.tar", "savedmodel", "tar", ""),
    ("image.tflite", "litert", "file", ""),
]


@pytest.mark.parametrize(("name", "format", "container", "root"), MODELS)
def test_models(torch_models, keras_models, litert_model, name, format, container, root):
    assert identify(torch_models / name) == Identified(format, container, root)


def test_the_name_does_not_matter(tmp_path, torch_models, onnx_light):
    shutil.copy(torch_models / "scripted.pt", tmp_path / "model.onnx")
    shutil.copy(onnx_light / "light_zfnet512.onnx", tmp_path / "model.pt")
    assert identify(tmp_path / "model.onnx").format == "torchscript"
    assert identify(tmp_path / "model.pt") == Identified("onnx", "file", "")


PICKLED = pickle.dumps({"weights": numpy.ones(300)})


def saved_array(array: numpy.ndarray) -> bytes:
    buffer = io.BytesIO()
    numpy.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


SAFETENSORS_HEADER = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
SAFETENSORS = struct.pack("<Q", len(SAFETENSORS_HEADER)) + SAFETENSORS_HEADER + bytes(4)
FILES = [
    ("empty.onnx", b"", "empty-file"),
    ("text.onnx", "torch.save(model)\n# é\n".encode() * 300, "text-file"),
    ("page.onnx", b"<!DOCTYPE html><html><body>Sign in</body></html>", "text-file"),
    (
        "pointer.onnx",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 3\n",
        "git-lfs-pointer",
    ),
    ("pickle.pt", pickle.dumps({"weight": [1.0]}), "pickle"),
    ("pickle0.pt", pickle.dumps([1], protocol=0), "pickle"),
    ("model.joblib", pickle.dumps(numpy.ones(3)), "pickle"),
    ("text.pkl", pickle.dumps({"a": [1, (2.5, None)]}, protocol=0), "pickle"),
    ("runs.onnx", b"cposix\nsystem\n(S'id'\ntR.", "pickle"),
    ("zlib.joblib", zlib.compress(PICKLED), "joblib"),
    ("gzip.joblib", gzip.compress(PICKLED), "joblib"),
    ("bz2.joblib", bz2.compress(PICKLED), "joblib"),
    ("xz.joblib", lzma.compress(PICKLED), "joblib"),
    ("lzma.joblib", lzma.compress(PICKLED, lzma.FORMAT_ALONE), "joblib"),
    ("lz4.joblib", b"\x04\x22\x4d\x18" + bytes(64), "unsupported-archive"),
    (
        "protocol0.joblib",
        zlib.compress(pickle.dumps([numpy.float32(1)] * 9, protocol=0)),
        "joblib",
    ),
    ("broken.joblib", b"\x78\x9c" + bytes(range(200, 256)), "joblib"),
    ("array.npy", saved_array(numpy.zeros(3)), "numpy"),
    ("objects.npy", saved_array(numpy.array([{}, None], object)), "pickle"),
    ("bz2.onnx", bz2.compress(b"\x08\x07" * 500), "unsupported-archive"),
    (
        "model.safetensors",
        struct.pack("<Q", len(SAFETENSORS_HEADER)) + SAFETENSORS_HEADER + bytes(4),
        "safetensors",
    ),
    ("model.gguf", b"GGUF\x03\0\0\0" + bytes(64), "gguf"),
    ("model.xml", b'<?xml version="1.0"?>\n<net name="m" version="11"><layers/></net>', "openvino-ir"),
    ("page.xml", b'<?xml version="1.0"?>\n<page name="m"/>', "text-file"),
    ("model.pte", b"\x30\0\0\0ET12" + bytes(64), "executorch"),
    ("model.so", b"\x7fELF\x02\x01\x01" + bytes(64), "machine-code"),
    ("model.7z", b"7z\xbc\xaf\x27\x1c" + bytes(64), "unsupported-archive"),
    ("model.onnx.gz", gzip.compress(b"\x08\x07" * 500), "compressed-file"),
    ("zeros.onnx", bytes(1000), "unknown"),
    ("png.onnx", b"\x89PNG\r\n\x1a\n" + bytes(64), "unknown"),
    ("cut.zip", b"PK\x03\x04" + bytes(300), "truncated-model"),
]


@pytest.mark.parametrize(("name", "data", "kind"), FILES, ids=[row[0] for row in FILES])
def test_files_that_are_no_model(tmp_path, name, data, kind):
    (tmp_path / name).write_bytes(data)
    check_refused(tmp_path / name, kind)


ARCHIVES = [
    ({"readme.txt": b"hello"}, "archive-without-model"),
    ({}, "archive-without-model"),
    ({"a/model.onnx": b"x"}, "packed-model"),
    ({"a.onnx": b"x", "b.pt": b"x"}, "several-models"),
    ({"1/saved_model.pb": b"x", "2/saved_model.pb": b"x"}, "several-models"),
    ({"saved_model.pb": b"\x08\x01", "config.json": b"{}", "metadata.json": b"{}"}, "several-models"),
    ({"m/saved_model.pbtxt": b"x"}, "saved-model-text"),
    ({"arrays/a.npy": b"x", "arrays/b.npy": b"x"}, "numpy"),
    ({"a.npy": b"x", "b.npy": saved_array(numpy.array([{}], object))}, "pickle"),
    ({"model.pkl": PICKLED}, "pickle"),
    ({"inner.zip": b"PK\x03\x04"}, "nested-archive"),
    ({"ir/model.xml": b"<net/>", "ir/model.bin": b""}, "openvino-ir"),
    ({"ir/model.xml": b"<net/>", "model.bin": b""}, "archive-without-model"),
    ({"m/data.pkl": b"x", "m/version": b"3"}, "torch-checkpoint"),
]


@pytest.mark.parametrize(("files", "kind"), ARCHIVES)
def test_archives_without_exactly_one_model(tmp_path, files, kind):
    with zipfile.ZipFile(tmp_path / "upload.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    check_refused(tmp_path / "upload.zip", kind)


def test_real_files_of_other_tools(torch_models, keras_models, saved_models):
    check_refused(torch_models / "checkpoint.pt", "torch-checkpoint")
    check_refused(torch_models / "old_checkpoint.pt", "torch-checkpoint")
    check_refused(keras_models / "image.weights.h5", "hdf5")
    check_refused(saved_models / "image/saved_model.pb", "lone-saved-model")


def test_paths(tmp_path):
    check_refused(tmp_path / "nothing.onnx", "missing")
    (tmp_path / "folder").mkdir()
    check_refused(tmp_path / "folder", "not-a-model-folder")
    os.mkfifo(tmp_path / "pipe")
    check_refused(tmp_path / "pipe", "not-a-file")


@pytest.mark.parametrize("name", ["scripted.pt", "exported.pt2", "image.keras", "image.zip", "image.tar.gz"])
def test_every_truncation_of_an_archive_is_refused(tmp_path, torch_models, keras_models, saved_models, name):
    whole = (torch_models / name).read_bytes()
    path = tmp_path / name
    for length in range(1, len(whole) - 22, max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        with pytest.raises(ProblemError):
            describe(path)


def check_refused(path, kind):
    for verb in (identify, describe):
        with pytest.raises(ProblemError) as refused:
            verb(path)
        problem = refused.value.problem
        assert problem.kind == kind
        assert problem.stage == "identify"
        assert problem.message.endswith((".", "”")) and "\n" not in problem.message
        assert problem.next_step.endswith(".")


def test_a_large_model_is_described_fast_in_little_memory(tmp_path):
    """100 MB of weights: sha256 included within seconds, and never in memory. Measured in a process of
    its own, which must not load a framework either."""
    import onnx
    from onnx import TensorProto, helper

    tensor = helper.make_tensor("w", TensorProto.FLOAT, [25_000_000], bytes(100_000_000), raw=True)
    value = helper.make_tensor_value_info("y", TensorProto.FLOAT, [25_000_000])
    graph = helper.make_graph([helper.make_node("Neg", ["w"], ["y"])], "g", [], [value], initializer=[tensor])
    path = tmp_path / "large.onnx"
    onnx.save(helper.make_model(graph), path)
    code = (
        "import resource, sys, pathlib; from benchmarks.inspection import describe\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert describe(pathlib.Path(sys.argv[1])).parameters == 25_000_000\n"
        "frameworks = {'torch', 'tensorflow', 'keras', 'onnx', 'onnxruntime', 'h5py', 'numpy'}\n"
        "assert not frameworks & set(sys.modules)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert time.perf_counter() - start < 5
    assert int(done.stdout) < 20_000  # KiB
