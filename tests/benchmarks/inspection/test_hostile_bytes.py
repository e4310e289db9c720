"""Whatever the bytes: a description or a `ProblemError`, within two seconds."""

import gzip
import json
import random
import shutil
import struct
import tarfile
import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.errors import ProblemError
from benchmarks.inspection import describe, unpack

SECONDS = 2
"""Of processor time: a busy machine must not fail the test."""
MAGICS = [
    b"",
    b"\x08\x07",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"\0\0\0\0TFL3",
    b"\x08\x08\x12\x02us\x3a",
    b"\x80\x02",
    b'{"learner":{',
    b"{L\0\0\0\0\0\0\0\x07learner{",
    b"tree\nversion=v4\n",
]
shared = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def survive(path) -> bool:
    """True if it was described, False if refused; anything else fails the test."""
    start = time.process_time()
    try:
        describe(path).to_json()
        return True
    except ProblemError as error:
        assert error.problem.message and error.problem.next_step
        return False
    finally:
        assert time.process_time() - start < SECONDS


@shared
@given(magic=st.sampled_from(MAGICS), data=st.binary(max_size=2000))
def test_random_bytes(tmp_path, magic, data):
    path = tmp_path / "random"
    path.write_bytes(magic + data)
    assert not survive(path) or magic


REAL = [
    "scripted.pt",
    "exported.pt2",
    "image.keras",
    "image.zip",
    "image.tar.gz",
    "module.tar",
    "image.tflite",
    "light_squeezenet.onnx",
    "forest.skops",
    "trees.ubj",
    "trees.json",
    "trees.txt",
]


@pytest.mark.parametrize("name", REAL)
def test_mutated_files(tmp_path, torch_models, keras_models, litert_model, table_models, onnx_light, name):
    source = onnx_light / name if name.endswith(".onnx") else torch_models / name
    whole, chance, path = source.read_bytes(), random.Random(name), tmp_path / name
    assert survive(source)
    for _ in range(60):
        path.write_bytes(mutated(whole, chance))
        survive(path)


MEMBERS = [
    ("scripted.pt", "data.pkl"),
    ("scripted.pt", ".py"),
    ("traced.pt", "traced_inputs.pkl"),
    ("exported.pt2", "models/model.json"),
    ("exported.pt2", "model_weights_config.json"),
    ("image.keras", "config.json"),
    ("image.keras", "metadata.json"),
    ("image.keras", "model.weights.h5"),
    ("image.zip", "saved_model.pb"),
    ("forest.skops", "schema.json"),
    ("forest.skops", ".npy"),
]


@pytest.mark.parametrize(("name", "member"), MEMBERS)
def test_mutated_members_in_a_sound_archive(
    tmp_path, torch_models, keras_models, saved_models, table_models, name, member
):
    """Past the archive's checksums, into each format's own parser."""
    with zipfile.ZipFile(torch_models / name) as source:
        files = {entry: source.read(entry) for entry in source.namelist() if not entry.endswith("/")}
    targets = [entry for entry in files if entry.endswith(member)]
    assert targets
    chance, path = random.Random(member), tmp_path / name
    for _ in range(60):
        with zipfile.ZipFile(path, "w") as target:
            for entry, data in files.items():
                target.writestr(entry, mutated(data, chance) if entry in targets else data)
        survive(path)


def mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at, length = chance.randrange(len(changed) or 1), chance.choice([1, 1, 2, 4, 8, 64])
        change = chance.randrange(5)
        if change == 0:
            changed[at : at + length] = chance.randbytes(length)
        elif change == 1:
            changed[at : at + length] = b"\xff" * length
        elif change == 2:
            del changed[at : at + length]
        elif change == 3:
            changed[at:at] = changed[at : at + length * 16]
        elif change == 4 and len(changed) > 1:
            changed[at] ^= 1 << chance.randrange(8)
    return bytes(changed)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["config", "layers", "class_name", "name", "input_layers", "build_config", "module"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@shared
@given(config=json_values, metadata=json_values)
def test_any_json_in_a_keras_file(tmp_path, config, metadata):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", json.dumps(metadata))
    survive(path)


def varint(value: int) -> bytes:
    return bytes([value & 0x7F | 0x80]) + varint(value >> 7) if value > 0x7F else bytes([value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def torchscript_with(path, pickle: bytes = b"\x80\x02}.", code: bytes = b""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/data.pkl", pickle)
        archive.writestr("m/constants.pkl", b"\x80\x02).")
        archive.writestr("m/code/__torch__.py", code)


def keras_with(path, config: bytes, weights: bytes = b""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", config)
        archive.writestr("metadata.json", b"{}")
        if weights:
            archive.writestr("model.weights.h5", weights)


KERAS = b'{"module": "keras", "class_name": "Sequential", "config": {"layers": []}}'


def groups_within_groups(depth: int) -> bytes:
    """An HDF5 file of superblock 0 in which each group has one group, all under the same long name."""
    name = b"n" * 255 + b"\0"
    start, step = 96, 24 + 16 + 8 + 40
    heap = start + depth * step
    found = bytearray(b"\x89HDF\r\n\x1a\n" + bytes(5) + b"\x08\x08" + bytes(9) + bytes(8))
    found += b"\xff" * 8 + bytes(8) + b"\xff" * 8 + struct.pack("<QQ", 0, start) + bytes(24)
    for level in range(depth):
        at = start + level * step
        node = at + 24 + 16
        found += struct.pack("<BBHII4x", 1, 0, 1, 1, 24) + struct.pack("<HHB3x", 0x11, 16, 0)
        found += struct.pack("<QQ", node, heap) + b"SNOD" + struct.pack("<BBH", 1, 0, 1)
        found += struct.pack("<QQI20x", 0, at + step, 0)
    return bytes(found + b"HEAP" + bytes(20) + struct.pack("<Q", heap + 32) + name)


def nested_graphs(depth: int) -> bytes:
    graph = field(1, field(4, b"Neg"))
    for _ in range(depth):
        graph = field(1, field(4, b"If") + field(5, field(6, graph)))
    return b"\x08\x08" + field(7, graph) + field(8, b"\x10\x11")


def pax_headers(records: int, headers: int) -> bytes:
    """Extended headers, one after the other, each with as many different records."""
    body = b"".join(b"10 %04d=v\n" % number for number in range(records))
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.XHDTYPE, len(body)
    return (entry.tobuf() + body + bytes(-len(body) % 512)) * headers


def method(body: str) -> bytes:
    return f"class A(Module):\n  def __setstate__(self: __torch__.A, x: int) -> None:\n{body}".encode()


def zeros_among_noise(path, total: int):
    """A tar.gz that unpacks to `total` bytes, as few of them noise as the cap on the ratio lets through."""
    noise = random.Random(0).randbytes(total // 190)
    with gzip.open(path, "wb", 1) as target:
        for name, size in (("m/variables/a", total), ("m/variables/b", len(noise))):
            (entry := tarfile.TarInfo(name)).size = size
            target.write(entry.tobuf())
            for _ in range(size // 2**20 if name.endswith("a") else 0):
                target.write(bytes(2**20))
        target.write(noise + bytes(-len(noise) % 512) + bytes(1024))


def exported_with(path, graph: dict):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/archive_format", "pt2")
        archive.writestr("m/models/model.json", json.dumps(graph))


def skops_with(path, inner: str, **files: bytes):
    """A list of skops that holds `inner`."""
    schema = (
        f'{{"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": [{inner}]'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", schema + ', "protocol": 2}')
        for name, data in files.items():
            archive.writestr(f"{name}.npy", data)


def ubj(value) -> bytes:
    """Universal Binary JSON of objects, lists, texts, and bytes, which are themselves."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return b"S" + ubj_length(len(value)) + value.encode()
    if isinstance(value, list):
        return b"[#" + ubj_length(len(value)) + b"".join(map(ubj, value))
    return b"{" + b"".join(ubj(name)[1:] + ubj(inner) for name, inner in value.items()) + b"}"


def ubj_length(length: int) -> bytes:
    return b"L" + struct.pack(">q", length)


def xgboost_with(path, trees: list):
    model = {"gradient_booster": {"name": "gbtree", "model": {"trees": trees}}, "objective": {"name": "r"}}
    model |= {"learner_model_param": {"num_feature": "3"}}
    path.write_bytes(ubj({"learner": model, "version": []}))


def complete_tree(nodes: int) -> dict:
    """A tree of as many nodes, an odd number."""

    def numbers(values) -> bytes:
        return b"[$l#" + ubj_length(nodes) + struct.pack(f">{nodes}i", *values)

    inner = nodes // 2
    return {
        "left_children": numbers(2 * node + 1 if node < inner else -1 for node in range(nodes)),
        "right_children": numbers(2 * node + 2 if node < inner else -1 for node in range(nodes)),
        "split_indices": numbers([0] * nodes),
        "tree_param": {"num_nodes": str(nodes)},
    }


def lightgbm_with(path, trees: int, leaves: int):
    """Trees that go down on one side."""
    splits = leaves - 1
    left = " ".join([*map(str, range(1, splits)), "-1"])
    right = " ".join(str(-2 - split) for split in range(splits))
    lists = "".join(
        f"{key}={' '.join(['0'] * splits)}\n" for key in ("split_feature", "threshold", "decision_type")
    )
    lists += f"left_child={left}\nright_child={right}\nleaf_value={' '.join(['0'] * leaves)}\n"
    blocks = [f"Tree={tree}\nnum_leaves={leaves}\n{lists}\n\n" for tree in range(trees)]
    sizes = " ".join(str(len(block)) for block in blocks)
    header = f"tree\nversion=v4\nmax_feature_idx=4\nobjective=regression\ntree_sizes={sizes}\n\n"
    path.write_text(header + "".join(blocks) + "end of trees\n")


NODE = '{"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": []}'

BOMBS = {
    "skops: half a million nodes": lambda path: skops_with(path, ",".join(['{"__loader__": 0}'] * 480_000)),
    "skops: as many nodes as are read": lambda path: skops_with(path, ",".join([NODE] * 150_000)),
    "skops: estimators within estimators": lambda path: skops_with(
        path, ",".join(['{"__loader__": "ObjectNode", "content":' * 190 + "0" + "}" * 190] * 1200)
    ),
    "skops: an array that declares more than there is": lambda path: skops_with(
        path, NODE, a=b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 0xFFFF
    ),
    "ubjson: as many small trees as are read": lambda path: xgboost_with(path, [complete_tree(3)] * 40_000),
    "ubjson: three million nodes": lambda path: xgboost_with(path, [complete_tree(10_001)] * 299),
    "ubjson: one tree of a million nodes": lambda path: xgboost_with(path, [complete_tree(999_999)]),
    "ubjson: millions of values": lambda path: xgboost_with(path, [b"T"] * 5_000_000),
    "ubjson: lists within lists": lambda path: path.write_bytes(
        b"{" + ubj("learner")[1:] + b"{" + ubj("a")[1:] + b"[" * 10**6
    ),
    "xgboost: millions of numbers": lambda path: path.write_text(
        '{"learner":{"a":[' + "1.5," * 2_900_000 + "1]}}"
    ),
    "xgboost: millions of objects": lambda path: path.write_text(
        '{"learner":{"a":[' + "{}," * 1_450_000 + "1]}}"
    ),
    "lightgbm: as many trees as are read": lambda path: lightgbm_with(path, 30_000, 5),
    "lightgbm: large trees": lambda path: lightgbm_with(path, 30, 30_000),
    "lightgbm: the largest tree": lambda path: lightgbm_with(path, 1, 131_072),
    "lightgbm: a header without end": lambda path: path.write_text(
        "tree\nversion=v4\n" + "".join(f"{line}=\n" for line in range(900_000)) + "\nend of trees\n"
    ),
    "lightgbm: millions of sizes": lambda path: path.write_text(
        "tree\nversion=v4\nmax_feature_idx=1\ntree_sizes=" + "1 " * 4_000_000 + "\nend of trees\n"
    ),
    "lightgbm: one line of 140 MB": lambda path: path.write_bytes(
        b"tree\nversion=v4\nmax_feature_idx=1\nTree=0\nnum_leaves=" + b"1" * 140 * 2**20 + b"\nend of trees\n"
    ),
    "tar: as many zeros as a tar may hold": lambda path: zeros_among_noise(path, 940 * 2**20),
    "pt2: thousands of sizes as text": lambda path: exported_with(
        path, {"x": [{"expr_str": "Abs(" * 40 + str(number) + ")" * 40} for number in range(20_000)]}
    ),
    "pt2: half a million names": lambda path: exported_with(
        path, {"x": [{"name": f"a{number}"} for number in range(490_000)]}
    ),
    "tar: extended headers without end": lambda path: path.write_bytes(
        gzip.compress(pax_headers(1000, 5000), 1)
    ),
    "pickle: tensors of a hundred thousand dimensions": lambda path: torchscript_with(
        path,
        b"\x80\x02(" + b"K\x01" * 100_000 + b"tq\x00"
        b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x01tQq\x01"
        + b"ctorch._utils\n_rebuild_tensor_v2\n(h\x01K\x00h\x00h\x00tR" * 20_000
        + b".",
    ),
    "code: a new operator in each call": lambda path: torchscript_with(
        path, code=b"".join(b"torch.a%06d(" % number for number in range(270_000))
    ),
    "code: calls at loading, and as many classes": lambda path: torchscript_with(
        path,
        code=method("    x0 = (x).unpack()\n" * 4_000)
        + b"".join(b"class A%d(Module):\n  def f(self) -> int:\n" % number for number in range(20_000)),
    ),
    "hdf5: groups within groups": lambda path: keras_with(path, KERAS, groups_within_groups(20_000)),
    "onnx: ten million empty nodes": lambda path: path.write_bytes(
        b"\x08\x08" + field(7, b"\x0a\x00" * 10**7) + field(8, b"\x10\x11")
    ),
    "onnx: deep graphs": lambda path: path.write_bytes(nested_graphs(2000)),
    "onnx: a name of 50 MB": lambda path: path.write_bytes(
        b"\x08\x08" + field(7, field(1, field(4, b"a" * 50_000_000))) + field(8, b"\x10\x11")
    ),
    "onnx: dims beyond all numbers": lambda path: path.write_bytes(
        b"\x08\x08" + field(7, field(5, field(1, varint(2**62) * 200_000))) + field(8, b"\x10\x11")
    ),
    "pickle: tuples that double": lambda path: torchscript_with(
        path, b"\x80\x02)" + b"q\x00h\x00\x86" * 10**5 + b"."
    ),
    "pickle: a doubling storage key": lambda path: torchscript_with(
        path, b"\x80\x02)" + b"q\x00h\x00\x86" * 1000 + b"q\x01(h\x01ctorch\nFloatStorage\nh\x01h\x01K\x01tQ."
    ),
    "pickle: a memo index of two billion": lambda path: torchscript_with(
        path, b"\x80\x02}r\xff\xff\xff\x7f."
    ),
    "pickle: two million opcodes": lambda path: torchscript_with(path, b"\x80\x02" + b"N0" * 10**6 + b"."),
    "code: one endless name": lambda path: torchscript_with(path, code=b"torch." * 10**6),
    "code: open brackets": lambda path: torchscript_with(path, code=b"def f(" * 300_000),
    "code: functions that call each other": lambda path: torchscript_with(
        path,
        code=b"".join(
            b"def f%d(x: Tensor) -> Tensor:\n  return __torch__.f%d(__torch__.f%d(x))\n" % (i, i + 1, i + 1)
            for i in range(20_000)
        ),
    ),
    "json: nested lists": lambda path: keras_with(path, b"[" * 10**6),
    "json: millions of values": lambda path: keras_with(path, b"[" + b"[]," * 7 * 10**6 + b"1]"),
    "json: a number of a million digits": lambda path: keras_with(path, b'{"config": ' + b"9" * 10**6 + b"}"),
    "json: a thousand times its packed size": lambda path: keras_with(path, b" " * 100_000_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(tmp_path, name):
    path = tmp_path / "bomb"
    BOMBS[name](path)
    survive(path)


@shared
@given(data=st.binary(max_size=1500))
def test_unpacking_leaves_nothing_behind_when_it_refuses(tmp_path, saved_models, data):
    path, into = tmp_path / "a.tar", tmp_path / "into"
    into.mkdir(exist_ok=True)
    whole = (saved_models / "module.tar").read_bytes()
    at = 512 * (len(data) % 20)
    path.write_bytes(whole[:at] + data + whole[at + len(data) :])
    try:
        unpack(path, into)
    except ProblemError:
        assert not list(into.iterdir())
    else:
        for folder in into.iterdir():
            shutil.rmtree(folder)
