"""Hostile SavedModels that TensorFlow saved, each against the rule that refuses it, and benign ones."""

import re

import pytest
import tensorflow as tf
from tensorflow.core.framework import op_def_pb2
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.client import pywrap_tf_session

from benchmarks.errors import ProblemError
from benchmarks.inspection import describe
from benchmarks.inspection.audit import savedmodel as rules
from benchmarks.inspection.audit import tensorflow_operators as operators

ROW = tf.TensorSpec([None], tf.float32)
WORDS = tf.TensorSpec([None], tf.string)


class Module(tf.Module):
    """Serves `body(x) + weight`."""

    def __init__(self, body, signature=ROW):
        super().__init__()
        self.weight = tf.Variable(1.0)
        self.serve = tf.function(body, input_signature=[signature])


def save(folder, module, **keywords):
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve}, **keywords)
    return folder


def serving(body, signature=ROW):
    return lambda folder: save(folder, Module(body, signature))


def writes(x):
    tf.io.write_file("/tmp/marker", "x")
    return {"y": x}


def reads(x):
    return {"y": x + tf.strings.to_number(tf.io.read_file("/etc/hostname"), out_type=tf.float32)}


def prints(x):
    tf.print(x, output_stream="file:///tmp/marker")
    return {"y": x}


def calls_python(x):
    return {"y": tf.ensure_shape(tf.py_function(lambda a: a, [x], tf.float32), [None])}


def calls_numpy(x):
    return {"y": tf.ensure_shape(tf.numpy_function(lambda a: a, [x], tf.float32), [None])}


def reads_lines(x):
    lines = tf.data.TextLineDataset("/etc/hostname")
    return {"y": x + tf.cast(lines.reduce(tf.constant(0), lambda n, _: n + 1), tf.float32)}


def maps_memory(x):
    return {
        "y": x + tf.raw_ops.ImmutableConst(dtype=tf.float32, shape=[1], memory_region_name="/etc/hostname")
    }


def writes_in_branch(x):
    return {"y": tf.cond(tf.reduce_sum(x) > 0, lambda: writes(x)["y"], lambda: x)}


def writes_in_loop(x):
    return {"y": tf.map_fn(lambda row: writes(row)["y"], x)}


def writes_in_dataset(x):
    rows = tf.data.Dataset.range(3).map(lambda row: writes(row)["y"])
    return {"y": x + tf.cast(rows.reduce(tf.constant(0, tf.int64), lambda a, b: a + b), tf.float32)}


def summarises(x):
    writer = tf.raw_ops.SummaryWriter()
    tf.raw_ops.CreateSummaryFileWriter(
        writer=writer, logdir="/tmp/marker", max_queue=1, flush_millis=1, filename_suffix="s"
    )
    return {"y": x}


def debugs(x):
    debugged = tf.raw_ops.DebugIdentityV2(input=x, debug_urls=["file:///tmp/marker"])
    return {"y": debugged}


def saves(x):
    tf.raw_ops.SaveV2(prefix="/tmp/marker", tensor_names=["x"], shape_and_slices=[""], tensors=[x])
    return {"y": x}


def merges(x):
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=["/tmp/a"], destination_prefix="/tmp/marker")
    return {"y": x}


def restores(x):
    (value,) = tf.raw_ops.RestoreV2(
        prefix="/tmp/other", tensor_names=["x"], shape_and_slices=[""], dtypes=[tf.float32]
    )
    return {"y": x + value}


def unpacks_graph(x):
    graph = tf.raw_ops.DatasetFromGraph(graph_def=tf.constant(b""))
    return {"y": x + tf.cast(tf.raw_ops.DatasetCardinality(input_dataset=graph), tf.float32)}


def aborts(x):
    with tf.control_dependencies([tf.raw_ops.Abort(error_msg="", exit_without_error=True)]):
        return {"y": tf.identity(x)}


def serves_data(x):
    rows = tf.data.experimental.service.from_dataset_id(
        "parallel_epochs", "grpc://127.0.0.1:1", "1", element_spec=tf.TensorSpec([], tf.int64)
    )
    return {"y": x + tf.cast(rows.reduce(tf.constant(0, tf.int64), lambda a, b: a + b), tf.float32)}


def describes_proto(words):
    decoded = tf.raw_ops.DecodeProtoV2(
        bytes=words,
        message_type="m",
        field_names=["f"],
        output_types=[tf.int64],
        descriptor_source="/etc/hostname",
    )
    return {"y": decoded.sizes}


def samples_words(x):
    ids = tf.reshape(tf.cast(x, tf.int64), [1, -1])
    sampled = tf.raw_ops.FixedUnigramCandidateSampler(
        true_classes=ids, num_true=1, num_sampled=1, unique=True, range_max=2, vocab_file="/etc/hostname"
    )
    return {"y": sampled.sampled_candidates}


def at_load(folder):
    class Resource(tf.saved_model.experimental.TrackableResource):
        def _create_resource(self):
            return tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[], shared_name="r")

        def _initialize(self):
            tf.io.write_file("/tmp/marker", "loaded")
            tf.raw_ops.AssignVariableOp(resource=self.resource_handle, value=1.0)

    module = Module(lambda x: {"y": x})
    module.resource = Resource()
    read = tf.function(
        lambda x: {
            "y": x + tf.raw_ops.ReadVariableOp(resource=module.resource.resource_handle, dtype=tf.float32)
        },
        input_signature=[ROW],
    )
    module.serve = read
    return save(folder, module)


def unserved(folder):
    """In a function that no signature calls."""
    module = Module(lambda x: {"y": x})
    module.other = tf.function(writes, input_signature=[ROW])
    module.other.get_concrete_function()
    return save(folder, module)


def edited(folder, change):
    """A benign model after `change(saved)`."""
    save(folder, Module(lambda x: {"y": tf.nn.relu(x)}))
    return edit(folder, change)


def edit(folder, change):
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((folder / "saved_model.pb").read_bytes())
    change(saved)
    (folder / "saved_model.pb").write_bytes(saved.SerializeToString())
    return folder


def second_meta_graph(folder):
    other = save(folder.with_name("other"), Module(writes))
    hostile = saved_model_pb2.SavedModel.FromString((other / "saved_model.pb").read_bytes())
    return edited(folder, lambda saved: saved.meta_graphs.extend(hostile.meta_graphs))


def gradient(folder):
    """In the gradient of a function, which no node names."""

    def change(saved):
        library = saved.meta_graphs[0].graph_def.library
        function = library.function.add()
        function.signature.name = "slope"
        function.node_def.add(name="it", op="WriteFile", input=["a", "b"])
        library.gradient.add(function_name=library.function[0].signature.name, gradient_func="slope")

    return edited(folder, change)


def saver_of_another(folder):
    """A save that hangs on the node which restores, and so runs at loading."""

    def change(saved):
        meta = saved.meta_graphs[0]
        meta.graph_def.node.add(name="extra", op="SaveV2")
        node = next(node for node in meta.graph_def.node if node.name == meta.saver_def.restore_op_name)
        node.input.append("^extra")

    return edited(folder, change)


def table(folder, vocabulary=b"a\nb\n"):
    words = folder.with_name("words.txt")
    words.write_bytes(vocabulary)
    initializer = tf.lookup.TextFileInitializer(
        str(words),
        tf.string,
        tf.lookup.TextFileIndex.WHOLE_LINE,
        tf.int64,
        tf.lookup.TextFileIndex.LINE_NUMBER,
    )
    entries = tf.lookup.StaticVocabularyTable(initializer, 1)
    counts = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, 0)
    module = Module(lambda words: {"y": entries.lookup(words) + counts.lookup(words)}, WORDS)
    module.entries, module.counts = entries, counts
    return save(folder, module)


def saved_again(folder):
    loaded = tf.saved_model.load(str(table(folder.with_name("first"))))
    tf.saved_model.save(loaded, str(folder), signatures=loaded.signatures)
    return folder


def reader(saved):
    """The function and the node that read the table's file."""
    for function in saved.meta_graphs[0].graph_def.library.function:
        for node in function.node_def:
            if node.op == "InitializeTableFromTextFileV2":
                return function, node
    raise AssertionError


def table_of_a_constant(folder):
    def change(saved):
        function, node = reader(saved)
        path = function.node_def.add(name="path", op="Const")
        path.attr["value"].tensor.string_val.append(b"/etc/passwd")
        node.input[1] = "path:output:0"

    return edit(table(folder), change)


def table_of_a_bound_constant(folder):
    """The function takes its path as an argument, as it should; the object bound to it is no asset."""

    def change(saved):
        for node in saved.meta_graphs[0].object_graph_def.nodes:
            if node.WhichOneof("kind") == "asset":
                node.constant.operation = "Const"

    return edit(table(folder), change)


def table_of_a_callers_constant(folder):
    """As a model that was saved again: the path goes through a variable of the graph."""

    def change(saved):
        nodes = saved.meta_graphs[0].graph_def.node
        path = nodes.add(name="path", op="Const")
        path.attr["value"].tensor.string_val.append(b"/etc/passwd")
        assign = next(node for node in nodes if node.op == "AssignVariableOp")
        assign.input[1] = "path"

    return edit(saved_again(folder), change)


def table_of_an_input(folder):
    def change(saved):
        signature = saved.meta_graphs[0].signature_def["serving_default"]
        nodes = saved.meta_graphs[0].graph_def.node
        for node in nodes:
            if node.op == "StatefulPartitionedCall" and "initializer" in node.attr["f"].func.name:
                node.input[0] = next(iter(signature.inputs.values())).name.split(":")[0]

    return edit(table(folder), change)


def asset_outside(folder):
    return edit(
        table(folder),
        lambda saved: setattr(saved.meta_graphs[0].asset_file_def[0], "filename", "../../../etc/passwd"),
    )


def text_beside(folder):
    edited(folder, lambda saved: None)
    (folder / "saved_model.pbtxt").write_text("saved_model_schema_version: 1")
    return folder


def version_1(folder, hostile=False):
    """As TensorFlow 1 saved: variables, a saver and a main operator in one graph, and a leftover restore."""
    v1 = tf.compat.v1
    words = folder.with_name("words.txt")
    words.write_text("a\nb\n")
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.string, [None], name="x")
        weight = v1.get_variable("w", initializer=1.0, use_resource=False)
        v1.train.Saver()
        v1.summary.scalar("w", weight)
        tf.raw_ops.RestoreV2(
            prefix="gs://elsewhere", tensor_names=["x"], shape_and_slices=[""], dtypes=[tf.float32]
        )
        found = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                str(words),
                tf.string,
                tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
            ),
            -1,
        ).lookup(x)
        y = tf.cast(found, tf.float32) + weight
        main = v1.tables_initializer()
        if hostile:
            with tf.control_dependencies([main]):
                main = tf.io.write_file("/tmp/marker", "loaded")
        session.run([v1.global_variables_initializer()])
        builder = v1.saved_model.Builder(str(folder))
        signature = v1.saved_model.predict_signature_def({"x": x}, {"y": y})
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"serving_default": signature}, main_op=main,
            assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
        )  # fmt: skip
        builder.save()
    return folder


def saves_in_an_initializer(folder):
    def change(saved):
        nodes = saved.meta_graphs[0].graph_def.node
        nodes.add(name="extra", op="SaveV2")
        next(node for node in nodes if node.name == "w/Assign").input.append("^extra")

    return edit(version_1(folder), change)


HOSTILE = {
    "writes": (serving(writes), "writes-files", "WriteFile"),
    "writes in a branch": (serving(writes_in_branch), "writes-files", "WriteFile"),
    "writes in a loop": (serving(writes_in_loop), "writes-files", "WriteFile"),
    "writes in a dataset": (serving(writes_in_dataset), "writes-files", "WriteFile"),
    "writes at load": (at_load, "writes-files", "initialize"),
    "writes in a function of no signature": (unserved, "writes-files", "WriteFile"),
    "writes in the second meta graph": (second_meta_graph, "writes-files", "WriteFile"),
    "writes in a gradient": (gradient, "writes-files", "the function “slope”, node “it”"),
    "writes at load, TensorFlow 1": (
        lambda folder: version_1(folder, True),
        "writes-files",
        "the graph, node",
    ),
    "writes a summary": (serving(summarises), "writes-files", "SummaryWriter"),
    "reads": (serving(reads), "reads-files", "ReadFile"),
    "reads lines": (serving(reads_lines), "reads-files", "TextLineDataset"),
    "maps a file": (serving(maps_memory), "reads-files", "ImmutableConst"),
    "prints into a file": (serving(prints), "prints-or-debugs", "PrintV2"),
    "debugs into a file": (serving(debugs), "prints-or-debugs", "DebugIdentityV2"),
    "calls Python": (serving(calls_python), "runs-python", "EagerPyFunc"),
    "calls Python through numpy": (serving(calls_numpy), "runs-python", "PyFunc"),
    "asks a data service": (serving(serves_data), "leaves-the-process", "DataServiceDataset"),
    "unpacks a graph": (serving(unpacks_graph), "hides-a-graph", "DatasetFromGraph"),
    "aborts": (serving(aborts), "ends-the-process", "Abort"),
    "saves when called": (serving(saves), "checkpoint-operator", "SaveV2"),
    "merges when called": (serving(merges), "checkpoint-operator", "MergeV2Checkpoints"),
    "restores when called": (serving(restores), "checkpoint-operator", "RestoreV2"),
    "saves at load": (saver_of_another, "checkpoint-operator", "node “extra”"),
    "saves in an initializer, TensorFlow 1": (
        saves_in_an_initializer,
        "checkpoint-operator",
        "node “extra”",
    ),
    "a table of a constant path": (table_of_a_constant, "table-file", "initializer"),
    "a table of a bound constant": (table_of_a_bound_constant, "table-file", "initializer"),
    "a table of a caller's constant": (table_of_a_callers_constant, "table-file", "initializer"),
    "a table of the caller's path": (table_of_an_input, "table-file", "initializer"),
    "a descriptor in a file": (serving(describes_proto, WORDS), "attribute-file", "/etc/hostname"),
    "a vocabulary in a file": (serving(samples_words), "attribute-file", "/etc/hostname"),
    "an asset outside": (asset_outside, "asset-path", "../../../etc/passwd"),
    "a second graph as text": (text_beside, "second-graph", "saved_model.pbtxt"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(tmp_path, monkeypatch, name):
    """Refused by its rule with the place in the file, and by nothing else."""
    make, kind, words = HOSTILE[name]
    folder = make(tmp_path / "model")
    with pytest.raises(ProblemError) as refused:
        describe(folder)
    problem = refused.value.problem
    assert (problem.stage, problem.kind) == ("audit", kind)
    assert words in problem.message
    assert problem.next_step
    monkeypatch.delitem(rules.RULES, kind)
    assert describe(folder).format == "savedmodel"


def keras_with_words(folder):
    import keras

    lookup = keras.layers.StringLookup(vocabulary=["a", "b"])
    net = keras.Sequential([keras.Input((1,), dtype="string"), lookup, keras.layers.Embedding(4, 2)])
    net.export(folder, verbose=False)
    return folder


def asserts(x):
    tf.debugging.assert_positive(tf.reduce_sum(x) + 1e9)
    return {"y": tf.debugging.check_numerics(x, "x")}


def describes_proto_inside(words):
    decoded = tf.raw_ops.DecodeProtoV2(
        bytes=words,
        message_type="m",
        field_names=["f"],
        output_types=[tf.int64],
        descriptor_source="local://",
    )
    return {"y": decoded.sizes}


BENIGN = {
    "a variable": serving(lambda x: {"y": tf.nn.relu(x)}),
    "assertions": serving(asserts),
    "a table of an asset": table,
    "a table of an asset, saved again": saved_again,
    "TensorFlow 1 with a saver, a table and a leftover restore": version_1,
    "Keras with words": keras_with_words,
    "a descriptor of the program": serving(describes_proto_inside, WORDS),
}


@pytest.mark.parametrize("name", BENIGN)
def test_benign(tmp_path, name):
    folder = BENIGN[name](tmp_path / "model")
    found = describe(folder)
    assert any("variables/" in text for text in found.not_examined)
    assert tf.saved_model.load(str(folder)).signatures


def test_keras_exports_are_accepted(saved_models):
    assert describe(saved_models / "image").not_examined
    assert describe(saved_models / "module.tar").not_examined


def test_what_is_not_looked_at_is_named(tmp_path):
    folder = save(tmp_path / "model", Module(lambda x: {"y": x}))
    (folder / "keras_metadata.pb").write_bytes(b"x")
    (folder / "assets.extra").mkdir()
    (folder / "assets.extra/run.sh").write_text("x")
    shown = "; ".join(describe(folder).not_examined)
    assert "“keras_metadata.pb”" in shown and "“assets.extra/run.sh”" in shown


FILE_WORDS = re.compile(
    r"(^|_)(file|files|filename|filenames|path|dir|directory|logdir|url|urls|uri|address|descriptor_source"
    r"|region|prefix|patterns?|data_source|output_stream|graph_def|serialized|mlir_module|ckpt)(_|$)"
)
PURE = """
BoostedTreesCreateEnsemble BoostedTreesDeserializeEnsemble DeserializeManySparse DeserializeSparse
ParseExample ParseExampleV2 ParseSequenceExample ParseSequenceExampleV2 ParseSingleExample
ParseSingleSequenceExample ParseTensor RegexFullMatch RegexReplace StaticRegexFullMatch StaticRegexReplace
OptionsDataset TensorSliceDataset TensorSummaryV2 SetStatsAggregatorDataset
ExperimentalSetStatsAggregatorDataset
"""
"""Whose bytes are data and whose patterns are of text: they touch no file."""


def test_every_operator_that_takes_a_path_is_known():
    """A newer TensorFlow may bring more: each must be refused, or be looked at and listed here."""
    registry = op_def_pb2.OpList()
    registry.ParseFromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    taking_paths = {
        definition.name
        for definition in registry.op
        for part in (*definition.input_arg, *definition.attr)
        if FILE_WORDS.search(part.name)
    }
    assert len(taking_paths) > 60
    known = frozenset().union(*(group.operators for group in operators.GROUPS))
    known |= operators.SAVES | operators.RESTORES | operators.READS_TABLE | operators.FILE_ATTRIBUTES.keys()
    assert taking_paths - known - set(PURE.split()) == set()
    unknown = known - {definition.name for definition in registry.op}
    assert unknown <= {"TRTEngineOp"}, "no such operator: is it spelt right?"
