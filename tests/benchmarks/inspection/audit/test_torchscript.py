"""Rows: a spelling in a program's text, a part of its archive, a number, and what it is refused as."""

import struct
import zipfile

import pytest

from benchmarks.errors import ProblemError
from benchmarks.inspection import describe
from benchmarks.inspection.audit import torchscript


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    """A scripted module whose forward is `return torch.add(x, 1)`, with one weight."""
    import torch

    class Plain(torch.nn.Module):
        __module__ = "__main__"

        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(3, 4))

        def forward(self, x: torch.Tensor):
            return x + 1

    path = tmp_path_factory.mktemp("plain") / "plain.pt"
    torch.jit.save(torch.jit.script(Plain()), path)
    return path


def rewritten(source, target, end="", change=None, add=()):
    """A copy in which the file whose name has this end went through `change`; `add`: further files."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if change and name.endswith(end):
                changed = change(data)
                assert changed != data
                data = changed
            new.writestr(name, data)
        for name, data in dict(add).items():
            new.writestr(name, data)
    return target


def with_body(source, target, body: str):
    """The module's forward does this instead."""
    old = b"    return torch.add(x, 1)"
    return rewritten(source, target, ".py", lambda code: code.replace(old, body.encode()))


def refused(path) -> tuple[str, str]:
    with pytest.raises(ProblemError) as caught:
        describe(path)
    problem = caught.value.problem
    assert problem.message.endswith(".") and problem.next_step.endswith(".") and "\n" not in str(problem)
    return problem.kind, problem.message


SPELLINGS = [
    ('    torch.save([x], "f")\n    return x', "file-operator", "line 9"),
    ('    ops.aten.save([x], "f")\n    return x', "file-operator", "ops.aten.save"),
    ('    return torch.from_file("f", True, 4)', "file-operator", "torch.from_file"),
    ('    return ops.debugprims.load_tensor("f")', "file-operator", "load_tensor"),
    ('    t = torch\n    t.save([x], "f")\n    return x', "hidden-operator", "“torch”"),
    ('    t = torch.save\n    t([x], "f")\n    return x', "hidden-operator", "torch.save"),
    ('    o = ops.aten\n    o.save([x], "f")\n    return x', "hidden-operator", "ops.aten"),
    ('    getattr(torch, "sa\\166e")([x], "f")\n    return x', "hidden-operator", "“torch”"),
    ('    getattr(ops.aten, "save")([x], "f")\n    return x', "hidden-operator", "ops.aten"),
    ('    torch . save([x], "f")\n    return x', "unreadable-code", "line 9"),
    ('    torch. \\\n    save([x], "f")\n    return x', "unreadable-code", "line 9"),
    ('    torch.save([x], """f""")\n    return x', "unreadable-code", "line 9"),
    ("    return torch.save([x], 'f')", "unreadable-code", "line 9"),
    ("    return x # torch.save", "unreadable-code", "# torch.save"),
    ("    return tor\u017fch.add(x, 1)", "unreadable-code", "line 9"),
    ("    return ops.prim.PythonOp(x)", "foreign-operator", "prim.PythonOp"),
    ("    return ops.mylib.work(x)", "foreign-operator", "mylib.work"),
    ('    return rpc_sync("worker", x)', "foreign-operator", "another machine"),
    ("    y : __torch__.torch.classes.c10d.Store = x\n    return x", "custom-class", "c10d"),
]


@pytest.mark.parametrize(("body", "kind", "words"), SPELLINGS, ids=[row[0].strip()[:40] for row in SPELLINGS])
def test_spellings(tmp_path, plain, monkeypatch, body, kind, words):
    path = with_body(plain, tmp_path / "model.pt", body)
    found, message = refused(path)
    assert (found, words in message) == (kind, True), message
    others = {name: rule for name, rule in torchscript.RULES.items() if name != kind}
    monkeypatch.setattr(torchscript, "RULES", others)
    try:
        describe(path)  # no other rule speaks of the same thing …
    except ProblemError as error:
        assert error.problem.kind != kind  # … or another one does, by its own name


def test_the_spellings_write_files_where_nobody_looks(tmp_path, plain):
    """The reason for the rules: PyTorch runs each of these. In a process of its own."""
    import subprocess
    import sys

    for number, body in enumerate(
        [
            '    torch.save([x], "{}")\n    return x',
            '    t = torch\n    t.save([x], "{}")\n    return x',
            '    getattr(torch, "sa\\166e")([x], "{}")\n    return x',
            '    torch. \\\n    save([x], "{}")\n    return x',
        ]
    ):
        marker = tmp_path / f"marker{number}"
        path = with_body(plain, tmp_path / f"{number}.pt", body.format(marker))
        code = "import sys, torch; torch.jit.load(sys.argv[1])(torch.zeros(2))"
        subprocess.run([sys.executable, "-W", "ignore", "-c", code, path], check=True)
        assert marker.exists()
        assert refused(path)[0] in torchscript.RULES


HARMLESS = [
    "    return torch.add(x, 1)\n  def save(self: __torch__.Plain, x: Tensor) -> Tensor:\n    return x",
    '    torch.warn("torch.save(x) is not called here \\" nor: torch.from_file", 2)\n    return x',
    '    return torch.add(getattr(self, "weight"), torch.sum(x))',
    "    print(x)\n    return x",
]


@pytest.mark.parametrize("body", HARMLESS)
def test_harmless_spellings(tmp_path, plain, body):
    assert describe(with_body(plain, tmp_path / "model.pt", body)).format == "torchscript"


SET_STATE = (
    "    return torch.add(x, 1)\n  def __setstate__(self: __torch__.Plain, state: Tensor) -> NoneType:\n"
)
AT_LOADING = [
    "    while True:\n      pass\n    return None",
    "    _0 = torch.mul(state, state)\n    self.weight = _0\n    return None",
    "    _0 = (self).forward(state, )\n    return None",
    "    _0 = (self.sub).forward(state, )\n    return None",
    "    _0 = ((state)[0]).unpack()\n    return None",
    "    self = (state)[0]\n    return None",
    "    _0 = __torch__.helper(state)\n    return None",
    "    for i in range(9223372036854775807):\n      self.weight = state\n    return None",
]


@pytest.mark.parametrize("body", AT_LOADING)
def test_code_at_loading(tmp_path, plain, body):
    kind, message = refused(with_body(plain, tmp_path / "model.pt", SET_STATE + body))
    assert kind == "code-at-loading"
    assert "“__torch__.Plain”" in message


def test_a_state_that_only_sets_attributes(tmp_path, plain):
    body = "    self.weight = (state)[0]\n    self.training = (state)[1]\n    return None"
    assert describe(with_body(plain, tmp_path / "model.pt", SET_STATE + body)).parameters == 12


def test_quantised_models_pack_their_weights_at_loading(tmp_path):
    import torch
    from torch.ao import quantization

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.quant, self.dequant = quantization.QuantStub(), quantization.DeQuantStub()
            self.conv = torch.nn.Conv2d(3, 4, 3)

        def forward(self, x: torch.Tensor):
            return self.dequant(self.conv(self.quant(x)))

    net = Net().eval()
    net.qconfig = quantization.get_default_qconfig("x86")
    quantization.prepare(net, inplace=True)
    net(torch.zeros(1, 3, 8, 8))
    quantization.convert(net, inplace=True)
    torch.jit.save(torch.jit.script(net), tmp_path / "static.pt")
    assert describe(tmp_path / "static.pt").operators["quantized.conv2d"] == 1
    lstm = quantization.quantize_dynamic(torch.nn.Sequential(torch.nn.LSTM(4, 4)), {torch.nn.LSTM})
    torch.jit.save(torch.jit.script(lstm[0]), tmp_path / "dynamic.pt")
    assert describe(tmp_path / "dynamic.pt").format == "torchscript"


def test_globals_that_no_model_needs(tmp_path, plain):
    pickle = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R."
    path = rewritten(plain, tmp_path / "model.pt", "/data.pkl", lambda _: pickle)
    assert refused(path) == (
        "unknown-global",
        "The model's pickle refers to “os.system”, which no TorchScript model needs. It is in “data.pkl”.",
    )
    path = rewritten(plain, tmp_path / "model.pt", "/constants.pkl", lambda _: pickle)
    assert "“constants.pkl”" in refused(path)[1]


def test_a_number_in_place_of_a_function(tmp_path, plain):
    """PyTorch's reader would take the number for the place of a function."""
    pickle = b"\x80\x02ccollections\nOrderedDict\nK\x00)R."
    assert (
        refused(rewritten(plain, tmp_path / "model.pt", "/data.pkl", lambda _: pickle))[0] == "damaged-model"
    )


def test_weights_that_are_announced_and_not_there(tmp_path, plain):
    """Twelve numbers are in the file."""
    longer = rewritten(
        plain, tmp_path / "a.pt", "/data.pkl", lambda data: data.replace(b"K\x0ctQ", b"K\x0dtQ")
    )
    assert refused(longer)[0] == "size-lies"
    assert "52 bytes of weights and holds 48" in refused(longer)[1]
    wider = rewritten(
        plain, tmp_path / "b.pt", "/data.pkl", lambda data: data.replace(b"(K\x03K\x04t", b"(K\x03K\x05t")
    )
    assert "reaches past its weights" in refused(wider)[1]
    backwards = rewritten(
        plain,
        tmp_path / "c.pt",
        "/data.pkl",
        lambda data: data.replace(b"(K\x04K\x01t", b"(J" + struct.pack("<i", -4) + b"K\x01t", 1),
    )
    assert "reaches past its weights" in refused(backwards)[1]


LAYOUTS = [
    ({"plain/CODE/__torch__/more.py": b""}, "unclear-layout"),
    ({"plain/code/more.PY": b""}, "unclear-layout"),
    ({"other/data.pkl": b""}, "unclear-layout"),
    ({"plain/Model.json": b"{}"}, "unclear-layout"),
    ({"plain/model.json": b"{}"}, "legacy-program"),
]


@pytest.mark.parametrize(("added", "kind"), LAYOUTS)
def test_layouts(tmp_path, plain, added, kind):
    assert refused(rewritten(plain, tmp_path / "model.pt", add=added))[0] == kind


def test_what_is_not_loaded_is_named(tmp_path, plain, torch_models):
    path = rewritten(plain, tmp_path / "model.pt", add={"plain/extra/notes.pkl": b"x", "plain/odd": b""})
    assert describe(path).not_examined == ("“extra”", "“odd”", "debug information (code/….debug_pkl)")
    assert "“traced_inputs.pkl”" in describe(torch_models / "traced.pt").not_examined
    assert describe(torch_models / "scripted.pt").pickled == ()
