import shutil
from collections import Counter

import pytest

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.inspection import describe


@pytest.mark.parametrize("name", ["image", "image.zip", "image.tar.gz"])
def test_image(saved_models, keras_nets, name):
    found = describe(saved_models / name)
    assert found.inputs == (TensorSpec("img", "float32", (None, 8, 8, 3)),)
    assert found.outputs == (TensorSpec("output_0", "float32", (None, 2)),)
    assert found.parameters == keras_nets["image"].count_params()
    assert found.version["signature"] == "serving_default"
    assert found.version["tags"] == "serve"
    assert found.version["tensorflow"].startswith("2.")
    assert "“serve”" in found.findings[0].text


def test_operators_agree_with_tensorflow(saved_models):
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((saved_models / "image/saved_model.pb").read_bytes())
    graph = saved.meta_graphs[0].graph_def
    expected = Counter(node.op for node in graph.node)
    expected += Counter(node.op for function in graph.library.function for node in function.node_def)
    assert describe(saved_models / "image").operators == expected


@pytest.mark.parametrize("name", ["module", "module.tar"])
def test_first_signature_by_name_and_variables_of_one_name(saved_models, name):
    found = describe(saved_models / name)
    assert found.version["signature"] == "matrix"
    assert found.inputs == (TensorSpec("b", "float32", (None, 3)),)
    assert found.outputs == (TensorSpec("sum", "float32", ()), TensorSpec("y", "float32", (None, 2)))
    assert found.parameters == 2 * 6


def test_an_optimizer_holds_no_weights(tmp_path):
    import tensorflow

    class Holder(tensorflow.Module):
        def __init__(self):
            super().__init__()
            self.kernel = tensorflow.Variable(tensorflow.ones([4, 4]))
            self.optimizer = tensorflow.Module()
            self.optimizer.rate = tensorflow.Variable(0.1)

        @tensorflow.function(input_signature=[tensorflow.TensorSpec([None, 4])])
        def __call__(self, x):
            return x @ self.kernel

    holder = Holder()
    tensorflow.saved_model.save(holder, str(tmp_path / "held"))
    assert describe(tmp_path / "held").parameters == 16


def test_folder_digest_depends_on_names_and_bytes(tmp_path, saved_models):
    first = shutil.copytree(saved_models / "image", tmp_path / "first")
    same = shutil.copytree(saved_models / "image", tmp_path / "second")
    assert describe(first).sha256 == describe(same).sha256
    (same / "assets" / "words.txt").write_text("a")
    changed = describe(same).sha256
    (same / "assets" / "words.txt").write_text("b")
    assert len({describe(first).sha256, changed, describe(same).sha256}) == 3


def test_missing_variables_are_told(tmp_path, saved_models):
    copy = shutil.copytree(saved_models / "image", tmp_path / "copy")
    shutil.rmtree(copy / "variables")
    assert any("variables/ is not there" in finding.text for finding in describe(copy).findings)


def test_two_models_in_one_folder_are_refused(tmp_path, saved_models):
    shutil.copytree(saved_models / "image", tmp_path / "both/1")
    shutil.copytree(saved_models / "image", tmp_path / "both/2")
    with pytest.raises(ProblemError) as refused:
        describe(tmp_path / "both")
    assert refused.value.problem.kind == "several-models"
