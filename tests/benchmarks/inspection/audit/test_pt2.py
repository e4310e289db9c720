"""Rows: a part of an exported program, what it was changed to, and what it is refused or named as."""

import io
import json
import pickle
import subprocess
import sys
import zipfile

import pytest

from benchmarks.errors import ProblemError
from benchmarks.inspection import describe
from benchmarks.inspection.audit import expressions, pt2

COMMAND = "__import__('os').system('touch {}')"


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    """`inp @ weight + constant` for a batch of any size; weight of 3 x 2, constant of 2 numbers."""
    import torch

    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(3, 2))
            self.constant = torch.ones(2)

        def forward(self, inp, *, scale=None):
            return {"y": (inp @ self.weight + self.constant) * scale}

    path = tmp_path_factory.mktemp("plain") / "plain.pt2"
    shapes = {"inp": {0: 2 * torch.export.Dim("half")}, "scale": None}
    program = torch.export.export(
        Plain(), (torch.zeros(4, 3),), {"scale": torch.ones(2)}, dynamic_shapes=shapes
    )
    torch.export.save(program, path)
    return path


def rewritten(source, target, changes, add=()):
    """A copy; `changes`: end of a file's name → function of its bytes."""
    left = set(changes)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            for end, change in changes.items():
                if name.endswith(end):
                    left.discard(end)
                    changed = change(data)
                    assert changed != data
                    data = changed
            new.writestr(name, data)
        for name, data in dict(add).items():
            new.writestr(name, data)
    assert not left
    return target


def replaced(old: str, new: str):
    """In JSON: one string for another, as a value or a key."""
    return lambda data: data.replace(json.dumps(old).encode(), json.dumps(new).encode())


def configured(owner: str, **fields):
    """In the list of weights: other fields for one of them."""

    def change(data):
        config = json.loads(data)
        config["config"][owner] |= fields
        return json.dumps(config).encode()

    return change


def refused(path) -> tuple[str, str]:
    with pytest.raises(ProblemError) as caught:
        describe(path)
    problem = caught.value.problem
    assert problem.message.endswith(".") and problem.next_step.endswith(".") and "\n" not in str(problem)
    return problem.kind, problem.message


def torch_saved(thing) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(thing, buffer)
    return buffer.getvalue()


class Runs:
    def __reduce__(self):
        return eval, ("print('ran')",)


GRAPH, WEIGHTS, CONSTANTS = "models/model.json", "_weights_config.json", "_constants_config.json"
MUL, SAMPLES = "torch.ops.aten.mul.Tensor", "sample_inputs/model.pt"
SYMBOL = "Mul(Integer(2), Symbol('s"
FACTORY = ' {"default_factory_module": "antigravity", "default_factory_name": "list", "dict_context": []}'
HOSTILE = [
    ("unsafe-name", {GRAPH: replaced("inp", "inp=[print(1)]")}, "inp=[print(1)]"),
    ("unsafe-name", {GRAPH: replaced("mul", "mul\nprint(1)")}, "mul�print(1)"),
    (
        "unsafe-name",
        {GRAPH: lambda data: data.replace(b'["inp", "scale"]', b'["inp", "scale=print(1)"]')},
        "print",
    ),
    (
        "unsafe-name",
        {GRAPH: lambda data: data.replace(rb"\\\"scale\\\"", rb"\\\"scale=print(1)\\\"")},
        "in_spec",
    ),
    ("unsafe-name", {GRAPH: replaced("weight", 'weight"), print(1), ("')}, "parameter_name"),
    ("unsafe-name", {WEIGHTS: replaced("weight", 'weight"), print(1), ("')}, "“weights”"),
    (
        "foreign-expression",
        {GRAPH: lambda data: data.replace(SYMBOL.encode(), b"Mul(exit(), Symbol('s")},
        "exit()",
    ),
    (
        "foreign-expression",
        {
            GRAPH: lambda data: data.replace(
                b"Mul(Integer(2), Sym", b"Mul(Pow(Integer(9), Integer(999999999)), Sym"
            )
        },
        "999999999",
    ),
    (
        "file-operator",
        {GRAPH: replaced(MUL, "torch.ops.aten.from_file.default")},
        "from_file",
    ),
    (
        "foreign-operator",
        {GRAPH: replaced(MUL, "torch.serialization.os.system")},
        "os.system",
    ),
    (
        "foreign-operator",
        {GRAPH: replaced(MUL, "torch.ops.mylib.mul.default")},
        "mylib",
    ),
    ("foreign-operator", {GRAPH: replaced(MUL, "#ext:run")}, "#ext:run"),
    (
        "import-at-loading",
        {
            GRAPH: lambda data: data.replace(
                json.dumps('{"type": "builtins.dict", "context": "[\\"y\\"]"')[1:-1].encode(),
                json.dumps(f'{{"type": "collections.defaultdict", "context": {json.dumps(FACTORY)}')[
                    1:-1
                ].encode(),
            )
        },
        "antigravity",
    ),
    ("unsafe-path", {WEIGHTS: configured("weight", path_name="../../../etc/passwd")}, "../../../etc/passwd"),
    ("unsafe-path", {CONSTANTS: configured("constant", path_name="tensor_9")}, "tensor_9"),
    ("size-lies", {"weights/weight_0": lambda data: data[:-4]}, "24 bytes of a weight and holds 20"),
    ("size-lies", {"weights/weight_0": lambda data: b""}, "24 bytes of a weight and holds 0"),
]


@pytest.mark.parametrize(
    ("kind", "changes", "words"), HOSTILE, ids=[f"{row[0]}: {row[2]}" for row in HOSTILE]
)
def test_hostile_parts(tmp_path, plain, monkeypatch, kind, changes, words):
    path = rewritten(plain, tmp_path / "model.pt2", changes)
    found, message = refused(path)
    assert (found, words in message) == (kind, True), message
    monkeypatch.setattr(pt2, "RULES", {name: rule for name, rule in pt2.RULES.items() if name != kind})
    try:
        describe(path)
    except ProblemError as error:
        assert error.problem.kind != kind


ADDED = [
    ("unclear-layout", "plain/Models/other.json"),
    ("unclear-layout", "plain/models/other.json"),
    ("unclear-layout", "plain/models/other.txt"),
    ("unclear-layout", "other/models.json"),
    ("compiled-part", "plain/data/mtia/kernel"),
    ("compiled-part", "plain/extra/kernel.so"),
]


@pytest.mark.parametrize(("kind", "name"), ADDED)
def test_hostile_files(tmp_path, plain, kind, name):
    found, message = refused(rewritten(plain, tmp_path / "model.pt2", {}, {name: b"{}"}))
    assert (found, f"“{name}”" in message) == (kind, True)


def test_names_run_as_python_when_nobody_looks(tmp_path, plain):
    """The reason for the rule. In a process of its own, and only here."""
    marker = tmp_path / "marker"
    name = f"scale=[{COMMAND.format(marker)}]"
    path = rewritten(plain, tmp_path / "model.pt2", {GRAPH: replaced("scale", name)})
    code = "import sys, torch; torch.export.load(sys.argv[1])"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code, path], capture_output=True, check=False)
    assert marker.exists()
    assert refused(path)[0] == "unsafe-name"


def test_an_ordinary_program_holds_nothing_that_runs(plain, torch_models):
    for path in (plain, torch_models / "exported.pt2", torch_models / "two_inputs.pt2"):
        found = describe(path)
        assert found.pickled == () and found.not_examined == ()
        assert any("refers to tensors and nothing else" in finding.text for finding in found.findings)


SAFE = [((1, 2.5, "three", None, True),), {"a": [(), {}]}]


@pytest.mark.parametrize("samples", SAFE, ids=["numbers", "nested"])
def test_plain_example_inputs(tmp_path, plain, samples):
    path = rewritten(plain, tmp_path / "model.pt2", {SAMPLES: lambda _: torch_saved((samples, {}))})
    assert describe(path).pickled == ()


def test_example_inputs_with_marks_of_tracing_are_plain(tmp_path):
    """Automatic dynamic shapes leave attributes on the examples, which need two more globals."""
    import torch

    program = torch.export.export(
        torch.nn.Linear(4, 4), (torch.zeros(3, 4),), dynamic_shapes={"input": {0: torch.export.Dim.DYNAMIC}}
    )
    torch.export.save(program, tmp_path / "model.pt2")
    assert describe(tmp_path / "model.pt2").pickled == ()


def test_guards_words_and_keys_of_a_real_program_are_taken(tmp_path):
    import torch

    class Guarded(torch.nn.Module):
        def forward(self, x, more, how: str, k: float):
            pixels = more["q"]["w x/y"]
            x = x.reshape(x.shape[0] // 2, 2, 8)
            wide = torch.nn.functional.interpolate(pixels, scale_factor=2.0, mode="bilinear")
            return {"out 1": torch.einsum("bij,bkj->bik", x, x)}, wide[:, :, 1:, 1:] * k

    automatic, half = torch.export.Dim.AUTO, torch.export.Dim("half", min=1, max=30)
    program = torch.export.export(
        Guarded(),
        (torch.zeros(4, 8), {"q": {"w x/y": torch.zeros(1, 3, 16, 16)}}, "any word", 1.5),
        dynamic_shapes=({0: 2 * half}, {"q": {"w x/y": {2: automatic, 3: automatic}}}, None, None),
    )
    torch.export.save(program, path := tmp_path / "model.pt2")
    assert any("max(" in guard for guard in program._guards_code)
    assert describe(path).pickled == ()


@pytest.mark.parametrize(
    "guard",
    [
        "__import__('os')",
        "L.__class__",
        "L['x'].size()[0] == open",
        "max(L['x\\'])",
        "L['x\"y'] == 1",
        "(lambda: 0)()",
        "f'{L}'",
        "L['x'].size()[0] := 3",
        "1;print(1)",
        "1\nprint(1)" + " " * 20_000,
        "{1}",
    ],
)
def test_guards_that_are_more_than_arithmetic(guard):
    with pytest.raises(expressions.Foreign):
        expressions.check_guard(guard)


def test_parts_that_run_code_are_named(tmp_path, plain, torch_models):
    evil = torch_saved(Runs())
    assert "eval" in evil.decode("latin-1")
    legacy = pickle.dumps((1,))
    program = (torch_models / "scripted.pt").read_bytes()
    for samples in (evil, legacy, program, b"PK\x03\x04 and no more"):
        path = rewritten(plain, tmp_path / "model.pt2", {SAMPLES: lambda _, data=samples: data})
        assert describe(path).pickled == ("the example inputs “data/sample_inputs/model.pt”",)
    changes = {WEIGHTS: configured("weight", use_pickle=True), "weights/weight_0": lambda _: evil}
    assert describe(rewritten(plain, tmp_path / "model.pt2", changes)).pickled == ("the weight “weight”",)
    for kind in ("opaque_obj_0", "custom_obj_0"):
        changes = {CONSTANTS: configured("constant", path_name=kind, use_pickle=True)}
        path = rewritten(plain, tmp_path / "model.pt2", changes, {f"plain/data/constants/{kind}": b"x"})
        assert describe(path).pickled == ("the object “constant”",)
    path = rewritten(plain, tmp_path / "model.pt2", {}, {"plain/data/weights/model.pt": evil})
    assert describe(path).pickled == ("the example inputs “data/weights/model.pt”",)


def test_a_pickled_weight_of_nothing_but_numbers_is_plain(tmp_path, plain):
    import torch

    changes = {
        WEIGHTS: configured("weight", use_pickle=True),
        "weights/weight_0": lambda _: torch_saved(torch.ones(3, 2)),
    }
    assert describe(rewritten(plain, tmp_path / "model.pt2", changes)).pickled == ()


def test_extra_files_are_not_examined(tmp_path, plain):
    path = rewritten(plain, tmp_path / "model.pt2", {}, {"plain/extra/notes.txt": b"hello"})
    assert describe(path).not_examined == ("“extra” files",)


WRITTEN = [
    "Symbol('s77', positive=True, integer=True)",
    "Add(Mul(Integer(2), Symbol('s77', positive=True, integer=True)), Integer(-1))",
    "Max(Integer(1), TruncToInt(Mul(Float('1.7', precision=53), ToFloat(Symbol('u0')))))",
    "Pow(Symbol('s0', integer=True), Integer(2))",
    "Equality(Mod(Symbol('s0'), Integer(8)), Integer(0))",
    "int_oo",
]
FOREIGN = [
    "",
    "__import__('os').system('id')",
    "Symbol('s0').__class__",
    "Symbol('s0; print(1)')",
    'Symbol("s0")',
    "Symbol(Symbol('s0'), evaluate=print)",
    "Integer(2) + Integer(2)",
    "Lambda(Symbol('x'), Integer(1))",
    "Function('f')(Integer(1))",
    "Integer()",
    "Integer(1)) + (Integer(1)",
    "Pow(Integer(9), Integer(65))",
    "Pow(Pow(Pow(Pow(Integer(9), Integer(64)), Integer(64)), Integer(64)), Integer(64))",
    "LShift(Integer(1), Integer(99999999999))",
    "Integer(" + "9" * 21 + ")",
    "Add(" * 60 + "Integer(1)" + ")" * 60,
    "Integer(1)\n#",
]


def test_sizes_as_text():
    for text in WRITTEN:
        expressions.check(text)
    for text in FOREIGN:
        with pytest.raises(expressions.Foreign):
            expressions.check(text)


def test_sizes_as_text_mean_to_sympy_what_they_meant():
    """The names of the grammar are sympy's or PyTorch's own, none of them free to be something else."""
    import sympy
    from torch.utils._sympy import functions

    known = {name for name in expressions.NAMES if hasattr(sympy, name) or hasattr(functions, name)}
    assert known == expressions.NAMES
