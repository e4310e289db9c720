"""Rows: what a configuration or the weights were changed to, and what it is refused as."""

import io
import json
import zipfile

import pytest

from benchmarks.errors import ProblemError
from benchmarks.inspection import describe
from benchmarks.inspection.audit import keras as audit_keras
from benchmarks.inspection.content import Content

WEIGHTS = "model.weights.h5"


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    """A dense layer with a relu of 3 numbers to 2, and one that splits text."""
    import keras

    words = keras.layers.TextVectorization(vocabulary=["a", "b"], output_sequence_length=4, name="words")
    text, numbers = keras.Input((1,), dtype="string"), keras.Input((3,))
    dense = keras.layers.Dense(2, activation=keras.activations.relu, name="dense")
    path = tmp_path_factory.mktemp("plain") / "plain.keras"
    keras.Model([text, numbers], [words(text), dense(numbers)]).save(path)
    return path


def rewritten(source, target, config=None, weights=None, add=()):
    """A copy; `config` changes the configuration in place, `weights` the bytes of the HDF5 file."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json" and config:
                changed = json.loads(data)
                config(changed)
                assert changed != json.loads(data)
                data = json.dumps(changed).encode()
            new.writestr(name, weights(data) if name == WEIGHTS and weights else data)
        for name, data in dict(add).items():
            new.writestr(name, data)
    return target


def layer(config: dict, name: str) -> dict:
    return next(found for found in config["config"]["layers"] if found["config"]["name"] == name)


def dense(**fields):
    """Changes fields of the dense layer's own configuration."""
    return lambda config: layer(config, "dense")["config"].update(fields)


def outer(**fields):
    """Changes what the dense layer is said to be."""
    return lambda config: layer(config, "dense").update(fields)


def function(name: str, module: str, registered: str | None = None) -> dict:
    return {"module": module, "class_name": "function", "config": name, "registered_name": registered or name}


def made(module: str | None, name: str, **config) -> dict:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def nested(levels: int) -> dict:
    found: dict = {}
    for _ in range(levels):
        found = {"deeper": found}
    return found


LAMBDA = made("builtins", "__lambda__", value="4wEAAAA=")
HOSTILE = [
    ("python-code", dense(activation=LAMBDA), "safe mode"),
    (
        "python-code",
        outer(class_name="Lambda", config={"name": "dense", "function": ["4wEA", None, None]}),
        "dense",
    ),
    ("python-code", outer(class_name="Lambda", config={"name": "dense", "function": "4wEA"}), "“dense”"),
    ("custom-class", outer(module=None, class_name="Mine", registered_name="ours>Mine"), "class “ours>Mine”"),
    ("custom-class", outer(module=None, class_name="Mine", registered_name=None), "class “Mine”"),
    ("custom-class", dense(activation=function("ours>act", "builtins")), "function “ours>act”"),
    ("foreign-class", outer(module="os", class_name="system"), "os.system"),
    ("foreign-class", outer(module="builtins", class_name="exec"), "builtins.exec"),
    ("foreign-class", outer(module="numpy", class_name="load"), "numpy.load"),
    ("foreign-class", outer(module="keras.utils", class_name="get_file"), "keras.utils.get_file"),
    ("foreign-class", outer(module="keras.models..saving", class_name="X"), "keras.models..saving"),
    ("foreign-class", outer(module="keras.src.saving.saving_lib", class_name="X"), "keras.src.saving"),
    ("foreign-class", outer(module="keras.layers", class_name="TFSMLayer"), "TFSMLayer"),
    ("foreign-class", outer(module="keras.layers", class_name="TorchModuleWrapper"), "TorchModuleWrapper"),
    ("foreign-class", outer(module=["keras"], class_name="Dense"), "Dense"),
    ("foreign-class", lambda config: config.update(module="keras.applications"), "keras.applications"),
    (
        "foreign-class",
        outer(module="keras.src.applications.convnext", class_name="ConvNeXt"),
        "keras.src.applications.convnext",
    ),
    ("foreign-class", lambda config: config.update(compile_config=made("os", "popen")), "os.popen"),
    ("foreign-function", dense(activation=function("system", "os")), "os.system"),
    ("foreign-function", dense(activation=function("exec", "builtins")), "builtins.exec"),
    ("foreign-function", dense(activation=function("get_file", "keras.utils")), "keras.utils.get_file"),
    ("foreign-function", dense(activation=function("load_model", "keras.models")), "load_model"),
    ("foreign-function", dense(activation=function("relu.__globals__", "keras.activations")), "__globals__"),
    (
        "outside-file",
        lambda config: layer(config, "words")["config"].update(vocabulary="/etc/passwd"),
        "/etc/passwd",
    ),
    ("outside-file", dense(filepath="http://there/"), "http://there/"),
    ("too-deep", dense(bias_initializer=nested(300)), "levels deep"),
]


@pytest.mark.parametrize(("kind", "change", "words"), HOSTILE, ids=[f"{row[0]}: {row[2]}" for row in HOSTILE])
def test_hostile_configurations(tmp_path, plain, monkeypatch, kind, change, words):
    check_refused(rewritten(plain, tmp_path / "model.keras", change), kind, words, monkeypatch)


def check_refused(path, kind, words, monkeypatch):
    with pytest.raises(ProblemError) as caught:
        describe(path)
    problem = caught.value.problem
    assert (problem.kind, words in problem.message) == (kind, True), problem.message
    assert problem.message.endswith(".") and problem.next_step.endswith(".") and "\n" not in str(problem)
    rules = {name: rule for name, rule in audit_keras.RULES.items() if name != kind}
    monkeypatch.setattr(audit_keras, "RULES", rules)
    try:
        describe(path)
    except ProblemError as error:
        assert error.problem.kind != kind


def test_more_objects_than_any_real_model(tmp_path, plain):
    objects = [made("keras", "ReLU")] * (audit_keras.MAX_OBJECTS + 1)
    path = rewritten(plain, tmp_path / "model.keras", dense(bias_initializer=objects))
    with pytest.raises(ProblemError, match="more objects"):
        describe(path)


def test_work_is_done_once(tmp_path, plain, monkeypatch):
    """The configuration is parsed once, and no place is put into words that nobody is told."""
    parsed, worded = [], []
    json_of, quoted = Content.json, audit_keras.quoted
    monkeypatch.setattr(Content, "json", lambda self, name: parsed.append(name) or json_of(self, name))
    monkeypatch.setattr(audit_keras, "quoted", lambda name: worded.append(name) or quoted(name))
    describe(plain)
    assert (sorted(parsed), worded) == (["config.json", "metadata.json"], [])


def opened(change):
    """A change of the weights through h5py."""

    def changed(data: bytes) -> bytes:
        import h5py

        buffer = io.BytesIO(data)
        with h5py.File(buffer, "r+") as file:
            change(file)
        return buffer.getvalue()

    return changed


def external_link(file):
    import h5py

    file["layers/elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")


def external_data(file):
    file.create_dataset("elsewhere", (4,), "u1", external=[("/etc/passwd", 0, 4)])


def soft_link(file):
    import h5py

    file["elsewhere"] = h5py.SoftLink("/layers")


def virtual(file):
    import h5py

    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    file.create_virtual_dataset("virtual", layout)


HOSTILE_WEIGHTS = [
    ("outside-data", external_link, "links that are no plain ones"),
    ("outside-data", soft_link, "a link that is no plain one"),
    (
        "outside-data",
        lambda f: f.create_dataset("e", (4,), "u1", external=[("/etc/passwd", 0, 4)]),
        "another file",
    ),
    ("outside-data", virtual, "laid out in a way"),
    ("outside-data", lambda f: f.create_group("new", track_order=True), "another layout"),
    ("size-lies", lambda f: f.create_dataset("big", (10**12,), "f4"), "4,000,000,000,000 bytes and hold 0"),
    (
        "size-lies",
        lambda f: f.create_dataset("big", (10**9,), "f4", chunks=(10**6,), compression="gzip"),
        "4,000,000,000 bytes",
    ),
]


@pytest.mark.parametrize(
    ("kind", "change", "words"), HOSTILE_WEIGHTS, ids=[row[2] for row in HOSTILE_WEIGHTS]
)
def test_hostile_weights(tmp_path, plain, monkeypatch, kind, change, words):
    path = rewritten(plain, tmp_path / "model.keras", weights=opened(change))
    check_refused(path, kind, words, monkeypatch)


def test_weights_of_which_a_part_is_missing(tmp_path, plain):
    with pytest.raises(ProblemError) as caught:
        describe(rewritten(plain, tmp_path / "model.keras", weights=lambda data: data[:-600]))
    assert caught.value.problem.kind in ("size-lies", "damaged-model")


def test_compressed_weights_are_no_bomb(tmp_path, plain):
    import numpy

    def zeros(file):
        file.create_dataset("zeros", data=numpy.zeros(10**6, "f4"), compression="gzip")

    assert describe(rewritten(plain, tmp_path / "model.keras", weights=opened(zeros))).parameters > 10**6


def test_lambda_and_custom_classes_of_keras_itself(tmp_path):
    import keras

    @keras.saving.register_keras_serializable(package="ours")
    class Twice(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    for added, kind in ((keras.layers.Lambda(lambda x: x + 1), "python-code"), (Twice(), "custom-class")):
        keras.Sequential([keras.Input((3,)), added]).save(tmp_path / "model.keras")
        with pytest.raises(ProblemError) as caught:
            describe(tmp_path / "model.keras")
        assert caught.value.problem.kind == kind


def test_what_keras_writes_is_taken(tmp_path, plain):
    """Regularizers, schedules, operators, policies, attention, quantised layers, cells in cells."""
    import keras

    assert describe(plain).not_examined == ()
    with_words = rewritten(plain, tmp_path / "model.keras", add={"assets/layers/words/vocabulary.txt": b"a"})
    assert describe(with_words).not_examined == ("“assets”",)
    image = keras.Input((8, 8, 3))
    norm = keras.regularizers.L2(0.1)
    x = keras.layers.Conv2D(4, 3, kernel_regularizer=norm, kernel_constraint="max_norm")(image)
    x = keras.ops.sin(keras.ops.mean(x, axis=(1, 2)))[:, :2] * 2
    net = keras.Model(image, keras.layers.Activation(keras.activations.gelu)(x))
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    net.compile(keras.optimizers.Adam(rate), loss=keras.losses.huber, metrics=["mae", keras.metrics.AUC()])
    states = keras.Input((5, 8))
    y = keras.layers.MultiHeadAttention(2, 4)(states, states)
    y = keras.layers.RNN([keras.layers.LSTMCell(4), keras.layers.GRUCell(4)])(y)
    quantised = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3)])
    quantised.quantize("int8")
    for number, model in enumerate((net, keras.Model(states, y), quantised)):
        path = tmp_path / f"{number}.keras"
        model.save(path)
        assert describe(path).parameters == model.count_params()


def test_every_function_of_keras_own_is_taken():
    import types

    import keras
    from keras.src.saving.serialization_lib import BUILTIN_MODULES

    refused = {
        name
        for module in BUILTIN_MODULES
        for name, found in vars(getattr(keras, module)).items()
        if isinstance(found, types.FunctionType) and not audit_keras._is_function(name)
    }
    assert refused == {"deserialize"}
