"""PyTorch source: a program by its nature, so what it does is held by the sandbox alone; and the weights
beside it, whose header may lie."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.security.corpus.archives import zip_of
from tests.security.corpus.attempts import payload
from tests.security.corpus.case import Case, Targets

SOURCE = """import torch
{at_import}

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(3))

    def forward(self, x):
        {in_forward}
        return x * self.weight


def get_model():
    {in_model}
    return Net()


def example_inputs():
    {in_example}
    return (torch.ones(2, 3),)
"""
PLACES = ("at_import", "in_forward", "in_model", "in_example")
Build = Callable[[Path, Targets], Path]


def text(**code: str) -> str:
    return SOURCE.format(**{place: code.get(place, "pass") for place in PLACES})


def weights(header: dict | bytes, data: bytes = bytes(12), length: int | None = None) -> bytes:
    """A .safetensors file, right or wrong."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(raw) if length is None else length).to_bytes(8, "little") + raw + data


def stored(begin: int = 0, end: int = 12, dtype: str = "F32", shape: tuple = (3,)) -> dict:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


SOUND = weights({"weight": stored()}, b"\0\0\0\x40" * 3)


def _file(data: str | bytes) -> Build:
    def build(folder: Path, at: Targets) -> Path:
        path = folder / "model.py"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return build


def _runs(place: str, *names: str) -> Build:
    """The source, with attempts made where `place` says."""

    def build(folder: Path, at: Targets) -> Path:
        code = f"exec({payload(names, asdict(at))!r}, {{'__name__': 'payload'}})"
        return _file(text(**{place: code}))(folder, at)

    return build


def _folder(**files: str | bytes) -> Build:
    """Keys are names with __ for the dot."""

    def build(folder: Path, at: Targets) -> Path:
        for name, data in files.items():
            data = data if isinstance(data, bytes) else data.encode()
            (folder / name.replace("__", ".")).write_bytes(data)
        return folder

    return build


def _zip(*entries: tuple[str, str | bytes], **attributes) -> Build:
    def build(folder: Path, at: Targets) -> Path:
        with zipfile.ZipFile(file := io.BytesIO(), "w") as target:
            for name, data in entries:
                info = zipfile.ZipInfo(name)
                for key, value in attributes.items():
                    setattr(info, key, value)
                target.writestr(info, data)
        path = folder / "model.zip"
        path.write_bytes(file.getvalue())
        return path

    return build


def _with(header: dict | bytes, **more) -> Build:
    return _zip(("model.py", text()), ("model.safetensors", weights(header, **more)))


def _beside_a_graph(folder: Path, at: Targets) -> Path:
    path = folder / "model.zip"
    path.write_bytes(zip_of(("m/model.py", text().encode())))
    return path


def _case(name: str, build: Build, expects: str, *kinds: str, **more) -> Case:
    more = {"code": expects != "refused"} | more
    return Case(f"source-{name}", "pytorch-source", expects, build, kinds, **more)


def _does(place: str, name: str, harms: tuple[str, ...] = (), ends: tuple[str, ...] = ()) -> Case:
    where = place.removeprefix("in_").replace("_", "-")
    return _case(
        f"{where}-{name.replace('_', '-')}",
        _runs(place, name),
        "contained",
        loads_as="pytorch-source",
        harms=harms,
        ends=ends,
        attempts=(name,),
    )


MAIN, BROKEN, RUNS = "model.py", ("damaged-model", "truncated-model"), {"loads_as": "pytorch-source"}
TWICE = b'{"weight": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}, "weight": 1}'
MANY = {str(k): stored(0, 0, "F32", (0,)) for k in range(60_000)}
GAP = {"a": stored(0, 4, "F32", (1,)), "b": stored(8, 12, "F32", (1,))}
OVERLAP = {"a": stored(0, 8, "F32", (2,)), "b": stored(4, 12, "F32", (2,))}
CASES = (
    _case("sound", _file(text()), "accepted", **RUNS),
    _case("sound-with-weights", _folder(model__py=text(), model__safetensors=SOUND), "accepted", **RUNS),
    _case("sound-zip", _zip((f"m/{MAIN}", text()), ("m/w.safetensors", SOUND)), "accepted"),
    _does("at_import", "read_outside", ("leaks",)),
    _does("at_import", "write_outside", ("markers",)),
    _does("at_import", "tcp", ("connections",)),
    _does("at_import", "unix", ("connections",)),
    _does("at_import", "fork"),
    _does("at_import", "execute", ("markers",)),
    _does("at_import", "left_files", ("left",)),
    _does("at_import", "memory", ends=("out-of-memory",)),
    _does("at_import", "endless", ends=("timeout",)),
    _does("at_import", "exit_now", ends=("crashed",)),
    _does("at_import", "fake_result", ends=("bad-answer",)),
    _does("in_model", "sibling_read", ("leaks",)),
    _does("in_model", "links", ("leaks",)),
    _does("in_example", "udp", ("connections",)),
    _does("in_forward", "read_outside", ("leaks",)),
    _does("in_forward", "disk", ends=("disk-full",)),
    _case("raises", _file(text(at_import="1 / 0")), "contained", ends=("source-does-not-run",), **RUNS),
    _case(
        "leaves",
        _file(text(in_model="raise SystemExit(0)")),
        "contained",
        ends=("source-does-not-run",),
        **RUNS,
    ),
    _case(
        "strange-weights",
        _folder(model__py=text(), model__safetensors=weights({"other": stored()})),
        "contained",
        ends=("source-does-not-run",),
        **RUNS,
    ),
    _case("two-programs", _zip((MAIN, text()), ("other.py", text())), "refused", "several-models"),
    _case("beside-a-graph", _beside_a_graph, "refused", "several-models"),
    _case("no-example", _file(text().partition("def example")[0]), "refused", "source-without-functions"),
    _case("no-model", _zip((MAIN, "import torch\n")), "refused", "source-without-functions"),
    _case("in-a-string", _file(f"x = '''\n{text()}'''\n"), "refused", "source-without-functions"),
    _case("no-python", _file(text() + "def (\n"), "refused", *BROKEN),
    _case("nested-deep", _file(text() + "x = " + "-" * 200_000 + "1\n"), "refused", *BROKEN),
    _case("long", _file(text() + "#" * 300_000), "refused", *BROKEN),
    _case("other-encoding", _file("# coding: utf-7\n" + text()), "refused", *BROKEN),
    _case("not-utf-8", _file(text().encode() + b"# \xff\n"), "refused", *BROKEN),
    _case("zip-slips", _zip((MAIN, text()), ("../slip.py", "x")), "refused", "unsafe-name"),
    _case(
        "zip-link",
        _zip((MAIN, text()), ("w.safetensors", "/etc/passwd"), external_attr=0o120777 << 16),
        "refused",
        "special-file",
    ),
    _case("compiled-beside", _zip((MAIN, text()), ("net.so", b"\x7fELF")), "refused", "compiled-part"),
    _case("pickle-beside", _zip((MAIN, text()), ("model.pth", b"\x80\x02.")), "refused", "pickle"),
    _case("offsets-outside", _with({"weight": stored(0, 1 << 40)}), "refused", "size-lies"),
    _case("offsets-before", _with({"weight": stored(-12, 0)}), "refused", "size-lies"),
    _case("offsets-reversed", _with({"weight": stored(12, 0)}), "refused", "size-lies"),
    _case("declared-4-TB", _with({"weight": stored(shape=(1 << 40,))}), "refused", "size-lies"),
    _case("overlap", _with(OVERLAP), "refused", "size-lies"),
    _case("gap", _with(GAP), "refused", "size-lies"),
    _case("bytes-left", _with({"weight": stored()}, data=bytes(16)), "refused", "size-lies"),
    _case("negative-shape", _with({"weight": stored(shape=(-1, -3))}), "refused", *BROKEN),
    _case("unknown-type", _with({"weight": stored(dtype="F33", shape=(12,))}), "refused", "unknown-type"),
    _case("huge-header", _with({"weight": stored()}, length=1 << 63), "refused", *BROKEN),
    _case("header-cut", _with({"weight": stored()}, length=20), "refused", *BROKEN),
    _case("header-list", _with(b"[1, 2]"), "refused", *BROKEN),
    _case("header-of-numbers", _with(b'{"weight": 1}'), "refused", *BROKEN),
    _case("named-twice", _with(TWICE), "refused", *BROKEN),
    _case("60000-weights", _with(MANY, data=b""), "refused", *BROKEN),
    _case(
        "weight-in-two-files",
        _zip((MAIN, text()), ("a.safetensors", SOUND), ("b.safetensors", SOUND)),
        "refused",
        "weight-twice",
    ),
)
