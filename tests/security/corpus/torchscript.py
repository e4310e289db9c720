"""TorchScript: code of its own language, with operators that read and write files, and loops.

`__setstate__` runs while the file is loaded, `forward` when the model is run.
"""

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.security.corpus.case import Case, Targets, tensor

INPUTS = (tensor("x", ("batch", 3)),)


def _saved(module, path: Path) -> Path:
    import torch

    torch.jit.save(torch.jit.script(module), path)
    return path


def _sound(folder: Path, at: Targets) -> Path:
    import torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)).eval()
    return _saved(net, folder / "model.pt")


def _traced(folder: Path, at: Targets) -> Path:
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh())
    torch.jit.save(torch.jit.trace(net, torch.zeros(2, 3)), path := folder / "model.pt")
    return path


def _empty(torch):
    """A module to define methods of; scripted modules of one class would share them."""
    return torch.jit.script(type("Net", (torch.nn.Module,), {})())


def _forward(body: str) -> Callable[[Path, Targets], Path]:
    """A module whose forward is `body`, in which MARKER, CANARY and WORDS are filled in."""

    def build(folder: Path, at: Targets) -> Path:
        import torch

        marker = os.path.join(at.markers, "torchscript")
        text = body.replace("MARKER", repr(marker)).replace("CANARY", repr(at.canary))
        text = text.replace("WORDS", repr("hostile " * 10_000))
        scripted = _empty(torch)
        scripted.define(f"def forward(self, x: Tensor) -> Tensor:\n{text}")
        torch.jit.save(scripted, path := folder / "model.pt")
        return path

    return build


SAVE = "    torch.save(x, MARKER)\n    return x\n"
READ = "    return torch.from_file(CANARY, False, 32, dtype=torch.uint8).to(torch.float32) + 0.0 * x.sum()\n"
WRITE_SHARED = (
    "    zeros = torch.from_file(CANARY, True, 4, dtype=torch.uint8).fill_(0)\n"
    "    return x + zeros.sum().to(torch.float32)\n"
)
ENDLESS = "    while bool(x.sum() == x.sum()):\n        x = x * 1.0\n    return x\n"
GLUTTON = (
    "    kept = [x]\n    for _ in range(60):\n"
    "        kept.append(torch.ones([5000000]) * x.sum())\n"
    "    while bool(x.sum() == x.sum()):\n        x = x * 1.0\n    return kept[-1]\n"
)
LEAP = "    return torch.ones([4398046511104]) * x.sum()\n"
WILD = "    return torch.as_strided(x, [1], [1], 1099511627776).fill_(1.0)\n"
PRINTS = "    while bool(x.sum() == x.sum()):\n        print(WORDS)\n    return x\n"
RECURSES = "    return torch.zeros([1] * 60) + x.sum()\n"


def _setstate(body: str) -> Callable[[Path, Targets], Path]:
    """A sound module whose file is given a `__setstate__` that runs when the file is loaded."""

    def build(folder: Path, at: Targets) -> Path:
        import torch

        marker = os.path.join(at.markers, "setstate")
        net = _empty(torch)
        net.define(
            "def __getstate__(self):\n    return (torch.ones([3]), self.training)\n"
            "def __setstate__(self, state: Tuple[Tensor, bool]) -> None:\n"
            "    self.training = state[1]\n" + body.replace("MARKER", repr(marker)) + "\n"
            "def forward(self, x: Tensor) -> Tensor:\n    return x\n"
        )
        torch.jit.save(net, path := folder / "model.pt")
        return path

    return build


def _changed(change: Callable[[dict[str, bytes], Targets], None]) -> Callable[[Path, Targets], Path]:
    def build(folder: Path, at: Targets) -> Path:
        path = _sound(folder, at)
        with zipfile.ZipFile(path) as source:
            members = {name: source.read(name) for name in source.namelist()}
        change(members, at)
        with zipfile.ZipFile(path, "w") as target:
            for name, data in members.items():
                target.writestr(name, data)
        return path

    return build


class _Marks:
    def __init__(self, marker: str):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def _pickle_calls(members: dict[str, bytes], at: Targets) -> None:
    """torch's C++ unpickler knows no such function, Python's would run it."""
    members["model/data.pkl"] = pickle.dumps(_Marks(at.markers + "/torchscript"), protocol=2)


def _traced_inputs(members: dict[str, bytes], at: Targets) -> None:
    members["model/traced_inputs.pkl"] = pickle.dumps(_Marks(at.markers + "/traced"), protocol=2)


def _extra_pickle(members: dict[str, bytes], at: Targets) -> None:
    members["model/extra/producer.pkl"] = pickle.dumps(_Marks(at.markers + "/extra"), protocol=2)


def _names_pickle(members: dict[str, bytes], at: Targets) -> None:
    members["model/extra/onnx_names.json"] = pickle.dumps(_Marks(at.markers + "/names"), protocol=2)


def _custom_class(members: dict[str, bytes], at: Targets) -> None:
    [name] = [name for name in members if name.endswith(("code/__torch__.py", "container.py"))][:1]
    members[name] += b"\ndef f(x: __torch__.torch.classes.dist_rpc.WorkerInfo) -> int:\n  return 0\n"


def _unknown_operator(members: dict[str, bytes], at: Targets) -> None:
    name = next(name for name in members if name.endswith("container.py"))
    members[name] = members[name].replace(b"return ", b"_9 = ops.evil.run_anything(input)\n    return ", 1)


def _hidden_operator(members: dict[str, bytes], at: Targets) -> None:
    name = next(name for name in members if name.endswith("container.py"))
    members[name] = members[name].replace(b"return ", b"_9 = torch.relu\n    return ", 1)


def _unreadable(members: dict[str, bytes], at: Targets) -> None:
    members[next(name for name in members if name.endswith("container.py"))] += b"\n`\n"


def _second_folder(members: dict[str, bytes], at: Targets) -> None:
    members["Other/data.pkl"] = members["model/data.pkl"]


def _old_program(members: dict[str, bytes], at: Targets) -> None:
    """The layout of PyTorch 1.0, which is loaded in place of the other where both are there."""
    members["model/model.json"] = b"{}"


def _short_weights(members: dict[str, bytes], at: Targets) -> None:
    members["model/data/0"] = members["model/data/0"][:4]


def _checkpoint(folder: Path, at: Targets) -> Path:
    import torch

    torch.save({"weight": torch.zeros(3)}, path := folder / "model.pt")
    return path


def _checkpoint_that_marks(folder: Path, at: Targets) -> Path:
    import torch

    torch.save(_Marks(at.markers + "/checkpoint"), file := io.BytesIO())
    (path := folder / "model.pt").write_bytes(file.getvalue())
    return path


def _case(name: str, build, expects: str, *kinds: str, **more) -> Case:
    more = {"loads_as": "torchscript", "inputs": INPUTS} | more
    return Case(f"torchscript-{name}", "torchscript", expects, build, kinds, "torch", **more)


FILES = "file-operator"
MARKS, LEAKS, CHANGES = {"harms": ("markers",)}, {"harms": ("leaks",)}, {"harms": ("changes",)}
SAVES_AT_LOADING = _setstate("    torch.save(state[0], MARKER)")
HANGS_AT_LOADING = _setstate("    n = 0\n    while n >= 0:\n        n = n * 1")
CASES = (
    _case("sound", _sound, "accepted"),
    _case("traced", _traced, "accepted"),
    _case("saves-when-run", _forward(SAVE), "refused", FILES, **MARKS),
    _case("reads-when-run", _forward(READ), "refused", FILES, **LEAKS),
    _case("maps-for-writing", _forward(WRITE_SHARED), "refused", FILES, **CHANGES),
    _case("saves-when-loaded", SAVES_AT_LOADING, "refused", FILES, "code-at-loading", **MARKS),
    _case("hangs-when-loaded", HANGS_AT_LOADING, "refused", "code-at-loading", ends=("timeout",)),
    _case("endless", _forward(ENDLESS), "contained", ends=("timeout",)),
    _case("glutton", _forward(GLUTTON), "contained", ends=("out-of-memory", "timeout")),
    _case("allocates-16-TB", _forward(LEAP), "contained", ends=("out-of-memory", "source-does-not-run")),
    _case("writes-wild", _forward(WILD), "contained", ends=("crashed", "source-does-not-run")),
    _case("prints-for-ever", _forward(PRINTS), "contained", ends=("output-too-large", "source-does-not-run")),
    _case("sixty-dimensions", _forward(RECURSES), "contained"),
    _case("pickle-calls-a-function", _changed(_pickle_calls), "refused", "unknown-global"),
    # PyTorch does not read it; the audit says that it did not look.
    _case("traced-inputs-call", _changed(_traced_inputs), "contained"),
    _case("extra-file-is-a-pickle", _changed(_extra_pickle), "contained"),
    _case("names-are-a-pickle", _changed(_names_pickle), "refused", "names-file"),
    _case("class-of-cpp", _changed(_custom_class), "refused", "custom-class"),
    _case("unknown-operator", _changed(_unknown_operator), "refused", "foreign-operator"),
    _case("hidden-operator", _changed(_hidden_operator), "refused", "hidden-operator"),
    _case("unreadable-code", _changed(_unreadable), "refused", "unreadable-code"),
    _case("second-folder", _changed(_second_folder), "refused", "unclear-layout"),
    _case("old-program", _changed(_old_program), "refused", "legacy-program"),
    _case("short-weights", _changed(_short_weights), "refused", "size-lies"),
    _case("checkpoint", _checkpoint, "refused", "torch-checkpoint", inputs=()),
    _case("checkpoint-that-marks", _checkpoint_that_marks, "refused", "torch-checkpoint", inputs=()),
)
