"""ExportedPrograms: the parts of a `.pt2` that are pickles or text that is evaluated, and the vehicle
that takes arbitrary code into the sandbox.

`torch.export.load` reads weights and constants that say `use_pickle`, opaque constants and sample
inputs with `pickle`, and shapes (`expr_str`) with `sympy.sympify`, which evaluates its text.
"""

import functools
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.security.corpus.attempts import payload
from tests.security.corpus.case import Case, Targets, tensor

INPUTS = (tensor("x", ("batch", 3)),)
WEIGHTS, CONSTANTS = "data/weights/", "data/constants/"
Change = Callable[[dict[str, bytes], Targets], None]
"""Alters the members of a sound file, by their names below its top folder."""


@functools.cache
def sound() -> bytes:
    """A small program with a weight, a buffer, a constant and a symbolic batch, saved by torch."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(3))
            self.register_buffer("shift", torch.ones(3))
            self.constant = torch.ones(3)

        def forward(self, x):
            return x * self.weight + self.shift + self.constant

    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(Net(), (torch.zeros(2, 3),), dynamic_shapes=({0: batch},))
    torch.export.save(program, file := io.BytesIO())
    return file.getvalue()


@functools.cache
def worded() -> bytes:
    """One whose second input is a word, which the program keeps."""
    import torch

    class Net(torch.nn.Module):
        def forward(self, x, how: str):
            return x + 1

    torch.export.save(torch.export.export(Net(), (torch.zeros(2, 3), "a word")), file := io.BytesIO())
    return file.getvalue()


def changed(change: Change, source: Callable[[], bytes] = sound) -> Callable[[Path, Targets], Path]:
    """Builds the file of `source` with `change` made to its members."""

    def build(folder: Path, at: Targets) -> Path:
        with zipfile.ZipFile(io.BytesIO(source())) as source_file:
            names = [entry for entry in source_file.namelist() if not entry.endswith("/")]
            top = names[0].partition("/")[0]
            members = {name.partition("/")[2]: source_file.read(name) for name in names}
        change(members, at)
        path = folder / "model.pt2"
        with zipfile.ZipFile(path, "w") as target:
            for name, data in members.items():
                target.writestr(f"{top}/{name}", data)
        return path

    return build


def _edit_json(members: dict[str, bytes], ending: str, edit: Callable[[dict], None]) -> None:
    [name] = [name for name in members if name.endswith(ending)]
    data = json.loads(members[name])
    edit(data)
    members[name] = json.dumps(data).encode()


class RunsCode:
    """Pickled as a call: unpickling runs `code`, then answers `answer`, an expression over torch."""

    def __init__(self, code: str, answer: str = "torch.ones(3)"):
        self.code, self.answer = code, answer

    def __reduce__(self):
        run = f"exec({self.code!r}, {{'__name__': 'payload'}})"
        return eval, (f"(lambda torch: ({run}, {self.answer})[1])(__import__('torch'))",)


def torch_pickle(thing) -> bytes:
    import torch

    torch.save(thing, file := io.BytesIO())
    return file.getvalue()


def writes(at: Targets, name: str) -> str:
    """Code that leaves a marker."""
    return f"open({at.markers + '/' + name!r}, 'w').write('x')"


def pickled_weight(code: Callable[[Targets], str]) -> Change:
    def change(members: dict[str, bytes], at: Targets) -> None:
        members[WEIGHTS + "weight_0"] = torch_pickle(RunsCode(code(at), "torch.nn.Parameter(torch.ones(3))"))

        def edit(config: dict) -> None:
            config["config"]["weight"]["use_pickle"] = True

        _edit_json(members, "model_weights_config.json", edit)

    return change


def attempt(*names: str) -> Callable[[Path, Targets], Path]:
    """Builds the vehicle: its weight is a pickle that runs functions of `attempts`."""
    return changed(pickled_weight(lambda at: payload(names, asdict(at))))


def _pickled_constant(members: dict[str, bytes], at: Targets) -> None:
    members[CONSTANTS + "tensor_0"] = torch_pickle(RunsCode(writes(at, "constant")))
    _edit_json(
        members, "constants_config.json", lambda config: config["config"]["constant"].update(use_pickle=True)
    )


def _constant_named(prefix: str, data: Callable[[Targets], bytes]) -> Change:
    def change(members: dict[str, bytes], at: Targets) -> None:
        members[CONSTANTS + prefix + "0"] = data(at)
        entry = {"path_name": prefix + "0", "is_param": False, "use_pickle": True, "tensor_meta": None}
        _edit_json(members, "constants_config.json", lambda config: config["config"].update(extra=entry))

    return change


def _sample_inputs(members: dict[str, bytes], at: Targets) -> None:
    members["data/sample_inputs/model.pt"] = torch_pickle(RunsCode(writes(at, "sample"), "((), {})"))


def _legacy(folder: str) -> Change:
    """The layout of older versions, which is read with the same fall back to any pickle."""

    def change(members: dict[str, bytes], at: Targets) -> None:
        members[f"{folder}model.pt"] = torch_pickle({"weight": RunsCode(writes(at, "legacy"))})

    return change


def _expression(text: Callable[[Targets], str]) -> Change:
    """The first size of the input becomes `text`, which sympy evaluates."""

    def change(members: dict[str, bytes], at: Targets) -> None:
        def edit(model: dict) -> None:
            sizes = model["graph_module"]["graph"]["tensor_values"]["x"]["sizes"]
            sizes[0]["as_expr"]["expr_str"] = text(at)

        _edit_json(members, "models/model.json", edit)

    return change


def _sympy_call(at: Targets) -> str:
    marker = f"{at.markers}/expression"
    return f"Integer(2) + open({marker!r}, 'w').write('')"


def _path_name(name: str) -> Change:
    def change(members: dict[str, bytes], at: Targets) -> None:
        _edit_json(
            members,
            "model_weights_config.json",
            lambda config: config["config"]["weight"].update(path_name=name.format(canary=at.canary)),
        )

    return change


def _declared_size(members: dict[str, bytes], at: Targets) -> None:
    """4 TB of weight with 12 bytes in the file: strides and sizes are the file's own word."""

    def edit(config: dict) -> None:
        config["config"]["weight"]["tensor_meta"]["sizes"] = [{"as_int": 1 << 40}]

    _edit_json(members, "model_weights_config.json", edit)


def _compiled(members: dict[str, bytes], at: Targets) -> None:
    members["data/aotinductor/model/model.so"] = b"\x7fELF" + bytes(60)


def _operator(target: str) -> Change:
    def change(members: dict[str, bytes], at: Targets) -> None:
        def edit(model: dict) -> None:
            model["graph_module"]["graph"]["nodes"][0]["target"] = target

        _edit_json(members, "models/model.json", edit)

    return change


def _second_program(members: dict[str, bytes], at: Targets) -> None:
    members["models/second.json"] = members["models/model.json"]


def _library(members: dict[str, bytes], at: Targets) -> None:
    members["data/executorch/model.so"] = b"\x7fELF" + bytes(60)


def _name_with_code(members: dict[str, bytes], at: Targets) -> None:
    """Names become lines of Python when the graph is made callable."""
    name = f"x = open({at.markers + '/name'!r}, 'w')"
    members["models/model.json"] = members["models/model.json"].replace(b'"mul"', json.dumps(name).encode())


def _guard(text: Callable[[Targets], str]) -> Change:
    """A guard is a line of Python, executed when the program is called."""

    def change(members: dict[str, bytes], at: Targets) -> None:
        _edit_json(members, "models/model.json", lambda model: model.update(guards_code=[text(at)]))

    return change


def _guard_call(at: Targets) -> str:
    return f"__import__('pathlib').Path({at.markers + '/guard'!r}).touch() is None"


def _word_with_code(members: dict[str, bytes], at: Targets) -> None:
    """The word among the inputs ends the quotes of the guard that it is pasted into."""
    word = f"' #\n, '')\nopen({at.markers + '/word'!r}, 'w')\ndef _(*args):\n#"
    members["models/model.json"] = members["models/model.json"].replace(
        b'"a word"', json.dumps(word).encode()
    )


def _word_of_json(members: dict[str, bytes], at: Targets) -> None:
    """PyTorch makes text of what is none, quotes and all."""
    members["models/model.json"] = members["models/model.json"].replace(b'"a word"', b"5")


def _key_with_code(members: dict[str, bytes], at: Targets) -> None:
    """A pickle of tensors alone, under a key that ends the quotes of a guard's message."""
    import torch

    key = f'k" + str(__import__("pathlib").Path("{at.markers}/key").touch()) + "'
    members["data/sample_inputs/model.pt"] = torch_pickle((({key: torch.ones(2, 3)},), {}))


def _enumeration(members: dict[str, bytes], at: Targets) -> None:
    """What an input is built of is an enumeration's member, whose class is imported by its name."""
    context = {"__enum__": True, "fqn": "this:d", "name": "A"}
    spec = {"type": "builtins.tuple", "context": json.dumps(context), "children_spec": []}

    def edit(model: dict) -> None:
        model["graph_module"]["module_call_graph"][0]["signature"]["in_spec"] = json.dumps([1, spec])

    _edit_json(members, "models/model.json", edit)


def _factory(members: dict[str, bytes], at: Targets) -> None:
    """A defaultdict among the inputs, whose factory is imported by its name."""
    context = {"default_factory_module": "os", "default_factory_name": "getpid", "dict_context": []}
    spec = {"type": "collections.defaultdict", "context": json.dumps(context), "children_spec": []}

    def edit(model: dict) -> None:
        model["graph_module"]["module_call_graph"][0]["signature"]["in_spec"] = json.dumps([1, spec])

    _edit_json(members, "models/model.json", edit)


def _script_object(at: Targets) -> bytes:
    """What torch's own pickler for classes would read; a plain pickle, which it must not run."""
    return pickle.dumps(RunsCode(writes(at, "script-object")), protocol=2)


def _nested_names(members: dict[str, bytes], at: Targets) -> None:
    """A file of names that a reader without a limit would recurse into."""
    members["extra/onnx_names.json"] = b"[" * 2_000_000


def _case(name: str, change: Change, expects: str, *kinds: str, source=sound, **more) -> Case:
    return Case(f"pt2-{name}", "pt2", expects, changed(change, source), kinds, "torch", "pt2", INPUTS, **more)


MARKS, PICKLE = {"harms": ("markers",)}, {"harms": ("markers",), "pickled": True}
OPAQUE = _constant_named("opaque_obj_", lambda at: pickle.dumps(RunsCode(writes(at, "opaque"))))
IMPORTS = _expression(lambda at: f"__import__('pathlib').Path({at.markers + '/import'!r}).touch()")
HANGS = _expression(lambda at: "Integer(9)**Integer(9)**Integer(9)**Integer(9)")
CASES = (
    _case("sound", lambda members, at: None, "accepted"),
    _case("weight-is-a-pickle", pickled_weight(lambda at: writes(at, "weight")), "contained", **PICKLE),
    _case("constant-is-a-pickle", _pickled_constant, "contained", **PICKLE),
    _case("opaque-constant", OPAQUE, "contained", **PICKLE),
    _case("script-object", _constant_named("custom_obj_", _script_object), "contained", pickled=True),
    _case("sample-inputs", _sample_inputs, "contained", **PICKLE),
    _case("sample-inputs-with-code-as-key", _key_with_code, "contained", **PICKLE),
    _case("legacy-weights", _legacy(WEIGHTS), "contained", **PICKLE),
    _case("legacy-constants", _legacy(CONSTANTS), "contained", **PICKLE),
    _case("expression-opens-a-file", _expression(_sympy_call), "refused", "foreign-expression", **MARKS),
    _case("expression-imports", IMPORTS, "refused", "foreign-expression", **MARKS),
    _case("expression-hangs", HANGS, "refused", "foreign-expression", ends=("timeout",)),
    _case("weight-path-leaves", _path_name("../../../../../../{canary}"), "refused", "unsafe-path"),
    _case("weight-missing", _path_name("weight_9"), "refused", "unsafe-path"),
    _case("declared-4-TB", _declared_size, "refused", "size-lies"),
    _case("compiled-model", _compiled, "refused", "aotinductor"),
    _case("compiled-library", _library, "refused", "compiled-part"),
    _case("second-program", _second_program, "refused", "unclear-layout"),
    _case("name-is-code", _name_with_code, "refused", "unsafe-name"),
    _case("word-is-code", _word_with_code, "refused", "unsafe-name", source=worded, **MARKS),
    _case("word-is-none", _word_of_json, "refused", "unsafe-name", source=worded),
    _case("guard-opens-a-file", _guard(_guard_call), "refused", "foreign-expression", **MARKS),
    _case("names-are-nested", _nested_names, "refused", "names-file"),
    _case("imports-an-enumeration", _enumeration, "refused", "import-at-loading"),
    _case("imports-a-factory", _factory, "refused", "import-at-loading"),
    _case("operator-from-file", _operator("torch.ops.aten.from_file.default"), "refused", "file-operator"),
    _case("operator-of-python", _operator("os.system"), "refused", "foreign-operator"),
)
