"""SavedModels: graphs of operators, among which are those that read, write and print files.

Functions that initialise run when the model is loaded, signatures when it is run.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.security.corpus.case import UNANSWERED, Case, Targets, tensor

INPUTS = (tensor("x", (None, 3)),)


def _module(body: Callable, at: Targets, **assets):
    """A module whose signature answers `body(tf, x, at)`."""
    import tensorflow as tf

    module = tf.Module()
    module.weight = tf.Variable(tf.ones([3]))
    for name, asset in assets.items():
        setattr(module, name, asset)
    spec = tf.TensorSpec([None, 3], tf.float32, name="x")
    module.serve = tf.function(lambda x: {"y": body(tf, x * module.weight, at)}, input_signature=[spec])
    return module


def _running(body: Callable) -> Callable[[Path, Targets], Path]:
    """A SavedModel that does `body` when it is run."""

    def build(folder: Path, at: Targets) -> Path:
        import tensorflow as tf

        module = _module(body, at)
        tf.saved_model.save(
            module, str(path := folder / "model"), signatures={"serving_default": module.serve}
        )
        return path

    return build


def _sound(tf, x, at):
    return tf.nn.relu(x) + 1.0


def _zipped(folder: Path, at: Targets) -> Path:
    model = _running(_sound)(folder, at)
    archive = shutil.make_archive(str(folder / "model"), "zip", root_dir=folder, base_dir="model")
    shutil.rmtree(model)
    return Path(archive)


def _write_file(tf, x, at):
    tf.io.write_file(os.path.join(at.markers, "savedmodel"), "x")
    return x


def _read_file(tf, x, at):
    return x + tf.cast(tf.strings.length(tf.io.read_file(at.canary)), tf.float32)


def _returns_file(tf, x, at):
    letters = tf.io.decode_raw(tf.io.read_file(at.canary), tf.uint8)
    return tf.cast(letters, tf.float32) + 0.0 * tf.reduce_sum(x)


def _matching_files(tf, x, at):
    return x + tf.cast(tf.size(tf.io.matching_files(os.path.dirname(at.canary) + "/*")), tf.float32)


def _prints_to_file(tf, x, at):
    tf.print("x", output_stream="file://" + os.path.join(at.markers, "print"))
    return x


def _debug_identity(tf, x, at):
    return tf.raw_ops.DebugIdentityV2(
        input=x,
        debug_urls=["file://" + os.path.join(at.markers, "debug")],
        circular_buffer_size=-1,
        tensor_debug_mode=2,
    )


def _save_slices(tf, x, at):
    save = tf.raw_ops.SaveV2(
        prefix=os.path.join(at.markers, "slices"), tensor_names=["x"], shape_and_slices=[""], tensors=[x]
    )
    with tf.control_dependencies([save]):  # TensorFlow does not add it for this operator by itself
        return tf.identity(x)


def _old_save(tf, x, at):
    tf.raw_ops.Save(filename=os.path.join(at.markers, "save"), tensor_names=["x"], data=[x])
    return x


def _summary(tf, x, at):
    writer = tf.raw_ops.SummaryWriter(shared_name="", container="")
    tf.raw_ops.CreateSummaryFileWriter(
        writer=writer, logdir=os.path.join(at.markers, "log"), max_queue=0, flush_millis=1, filename_suffix=""
    )
    tf.raw_ops.WriteScalarSummary(writer=writer, step=tf.constant(1, tf.int64), tag="x", value=1.0)
    return x


def _text_lines(tf, x, at):
    lines = tf.data.TextLineDataset(at.canary)
    return x + lines.reduce(0.0, lambda total, line: total + tf.cast(tf.strings.length(line), tf.float32))


def _records(tf, x, at):
    records = tf.data.TFRecordDataset(at.canary)
    return x + records.reduce(0.0, lambda total, record: total + 1.0)


def _fixed_records(tf, x, at):
    records = tf.data.FixedLengthRecordDataset(at.canary, 1)
    return x + records.reduce(0.0, lambda total, record: total + 1.0)


def _caches(tf, x, at):
    cached = tf.data.Dataset.range(3).cache(os.path.join(at.markers, "cache"))
    return x + cached.reduce(0.0, lambda total, n: total + tf.cast(n, tf.float32))


def _python(tf, x, at):
    return tf.ensure_shape(tf.py_function(lambda x: x, [x], tf.float32), [None, 3])


def _immutable(tf, x, at):
    return x + tf.raw_ops.ImmutableConst(dtype=tf.float32, shape=[3], memory_region_name=at.canary)


def _remote(tf, x, at):
    spec = tf.TensorSpec([None, 3], tf.float32)
    double = tf.function(lambda x: x + x, input_signature=[spec]).get_concrete_function()
    return tf.raw_ops.RemoteCall(
        target="/job:other/task:0/device:CPU:0", args=[x], Tout=[tf.float32], f=double
    )[0]


def _packed_graph(tf, x, at):
    tf.raw_ops.DatasetFromGraph(graph_def=b"x")
    return x


def _abort(tf, x, at):
    tf.raw_ops.Abort(error_msg="", exit_without_error=True)
    return x


def _table_of_any_file(tf, x, at):
    table = tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64, shared_name="t")
    tf.raw_ops.InitializeTableFromTextFileV2(
        table_handle=table, filename=at.canary, key_index=-2, value_index=-1, vocab_size=-1, delimiter=","
    )
    return x + tf.cast(tf.raw_ops.LookupTableSizeV2(table_handle=table), tf.float32)


def _file_in_an_attribute(tf, x, at):
    sampled = tf.raw_ops.FixedUnigramCandidateSampler(
        true_classes=tf.zeros([1, 1], tf.int64), num_true=1, num_sampled=1, unique=False, range_max=1,
        vocab_file=at.canary,
    )  # fmt: skip
    return x + tf.cast(sampled[0][0], tf.float32)


def _endless(tf, x, at):
    return tf.while_loop(lambda x: tf.reduce_all(tf.equal(x, x)), lambda x: (x * 1.0,), [x])[0]


def _glutton(tf, x, at):
    free = [tf.TensorShape([]), tf.TensorShape([None])]
    start = [0, tf.zeros([20_000]) + tf.reduce_sum(x)]
    _, grown = tf.while_loop(
        lambda i, big: i < 14, lambda i, big: (i + 1, tf.concat([big, big], 0)), start, shape_invariants=free
    )
    return x + tf.reduce_sum(grown)


def _leap(tf, x, at):
    return x + tf.reduce_sum(tf.zeros([1 << 40]) + tf.reduce_sum(x))


def _asserts(tf, x, at):
    tf.debugging.assert_none_equal(x, float("inf"), message="hostile <script>alert(1)</script>")
    return x


def _random(tf, x, at):
    return x + 0.0 * tf.random.uniform([3])


def _initializer(folder: Path, at: Targets) -> Path:
    """Writes when it is loaded: the initialiser of a resource, before anything is run."""
    import tensorflow as tf
    from tensorflow.python.trackable.resource import TrackableResource

    class Writes(TrackableResource):
        def _create_resource(self):
            return tf.raw_ops.MutableHashTableV2(key_dtype=tf.string, value_dtype=tf.int64, shared_name="a")

        def _initialize(self):
            tf.io.write_file(os.path.join(at.markers, "initializer"), "x")

    module = _module(_sound, at)
    module.resource = Writes()
    tf.saved_model.save(module, str(path := folder / "model"), signatures={"serving_default": module.serve})
    return path


def _table(outside: bool) -> Callable[[Path, Targets], Path]:
    """A lookup table read from a file at loading: an asset of the model's own, or one outside."""

    def build(folder: Path, at: Targets) -> Path:
        import tensorflow as tf

        words = folder / "words.txt"
        words.write_text("one\ntwo\n")
        table = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                str(words),
                tf.string,
                tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
            ),
            -1,
        )
        module = tf.Module()
        module.table = table
        spec = tf.TensorSpec([None, 3], tf.float32, name="x")
        module.serve = tf.function(
            lambda x: {"y": x + tf.cast(table.lookup(tf.constant(["two"])), tf.float32)},
            input_signature=[spec],
        )
        path = folder / "model"
        tf.saved_model.save(module, str(path), signatures={"serving_default": module.serve})
        words.unlink()
        if outside:
            _change_graph(path, lambda graph: _lead_asset_outside(graph, at))
        return path

    return build


def _change_graph(path: Path, change: Callable) -> None:
    from tensorflow.core.protobuf import saved_model_pb2

    graph = saved_model_pb2.SavedModel()
    graph.ParseFromString((path / "saved_model.pb").read_bytes())
    change(graph)
    (path / "saved_model.pb").write_bytes(graph.SerializeToString())


def _lead_asset_outside(graph, at: Targets) -> None:
    for asset in graph.meta_graphs[0].asset_file_def:
        asset.filename = "../" * 20 + at.canary.lstrip("/")


def _linked_variables(folder: Path, at: Targets) -> Path:
    """A folder in which the variables are a link to the canary."""
    path = _running(_sound)(folder, at)
    [data] = path.glob("variables/variables.data-*")
    data.unlink()
    data.symlink_to(at.canary)
    return path


def _second_graph(folder: Path, at: Targets) -> Path:
    path = _running(_sound)(folder, at)
    (path / "saved_model.pbtxt").write_text("saved_model_schema_version: 1")
    return path


def _without_variables(folder: Path, at: Targets) -> Path:
    path = _running(_sound)(folder, at)
    shutil.rmtree(path / "variables")
    return path


def _calls_itself(folder: Path, at: Targets) -> Path:
    """A function whose node calls the function."""
    path = _running(_sound)(folder, at)

    def change(graph) -> None:
        for function in graph.meta_graphs[0].graph_def.library.function:
            for node in function.node_def:
                if "Relu" in node.op:
                    node.op = function.signature.name

    _change_graph(path, change)
    return path


def _large_names(folder: Path, at: Targets) -> Path:
    """A file of names of 256 MB that takes no place on disk."""
    path = _running(_sound)(folder, at)
    (path / "assets.extra").mkdir()
    with (path / "assets.extra/onnx_names.json").open("wb") as file:
        file.truncate(2**28)
    return path


def _case(name: str, build, expects: str, *kinds: str, **more) -> Case:
    more = {"loads_as": "savedmodel", "inputs": INPUTS} | more
    return Case(f"savedmodel-{name}", "savedmodel", expects, build, kinds, "tensorflow", **more)


WRITES, READS, PRINTS = "writes-files", "reads-files", "prints-or-debugs"
MARKS, LEAKS = {"harms": ("markers",)}, {"harms": ("leaks",)}
CASES = (
    _case("sound", _running(_sound), "accepted"),
    _case("sound-zip", _zipped, "accepted", loads_as=""),
    _case("own-table", _table(outside=False), "accepted"),
    _case("random", _running(_random), "accepted"),
    _case("asserts", _running(_asserts), "contained"),
    _case("write-file", _running(_write_file), "refused", WRITES, **MARKS),
    _case("write-file-when-loaded", _initializer, "refused", WRITES, **MARKS),
    _case("read-file", _running(_read_file), "refused", READS),
    _case("returns-file", _running(_returns_file), "refused", READS, **LEAKS),
    _case("matching-files", _running(_matching_files), "refused", READS),
    _case("print-to-file", _running(_prints_to_file), "refused", PRINTS, **MARKS),
    _case("debug-identity", _running(_debug_identity), "refused", PRINTS, **MARKS),
    _case("save-slices", _running(_save_slices), "refused", "checkpoint-operator", **MARKS),
    _case("old-save", _running(_old_save), "refused", WRITES, **MARKS),
    _case("summary", _running(_summary), "refused", WRITES, **MARKS),
    _case("text-lines", _running(_text_lines), "refused", READS),
    _case("records", _running(_records), "refused", READS),
    _case("fixed-records", _running(_fixed_records), "refused", READS),
    _case("cache-to-file", _running(_caches), "refused", WRITES, **MARKS),
    _case("python", _running(_python), "refused", "runs-python"),
    _case("immutable-const", _running(_immutable), "refused", READS),
    _case("remote-call", _running(_remote), "refused", "leaves-the-process"),
    _case("packed-graph", _running(_packed_graph), "refused", "hides-a-graph"),
    _case("abort", _running(_abort), "refused", "ends-the-process"),
    _case("table-of-any-file", _running(_table_of_any_file), "refused", "table-file"),
    _case("file-in-an-attribute", _running(_file_in_an_attribute), "refused", "attribute-file"),
    _case("table-from-outside", _table(outside=True), "refused", "asset-path"),
    _case("second-graph", _second_graph, "refused", "second-graph"),
    _case("large-names", _large_names, "refused", "names-file"),
    # Only a folder of this machine can hold links; an archive with one is refused.
    _case("linked-variables", _linked_variables, "contained"),
    _case("no-variables", _without_variables, "contained"),
    _case("calls-itself", _calls_itself, "contained"),
    _case("endless", _running(_endless), "contained", ends=("timeout",)),
    _case("glutton", _running(_glutton), "contained", ends=("out-of-memory", "source-does-not-run")),
    _case("allocates-4-TB", _running(_leap), "contained", ends=UNANSWERED),
)
