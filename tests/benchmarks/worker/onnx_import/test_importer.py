"""The ONNX importer against ONNX's own tests and ONNX Runtime. The frameworks run in processes of their
own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from benchmarks.settings import PROJECT

PROCESS = Path(__file__).parent / "importer_process.py"
TARGETS = ("torchscript", "pt2", "savedmodel")

FAMILIES = {
    "elementwise": (
        "add_bcast mod_mixed_sign_int64 clip_default_inbounds "
        "pow_types_float32_int64 gelu_tanh_1 where_example"
    ),
    "reductions": (
        "reduce_sum_square_keepdims_example argmax_negative_axis_keepdims_example cumsum_2d_axis_0 top_k"
    ),
    "shape": (
        "reshape_reordered_all_dims transpose_all_permutations_3 "
        "split_variable_parts_2d_opset18 expand_dim_changed"
    ),
    "indexing": (
        "gather_negative_indices gather_elements_0 slice_neg_steps nonzero_example onehot_with_axis edge_pad"
    ),
    "scattering": "scatter_elements_with_negative_indices scatternd_add",
    "convolution": (
        "conv_with_autopad_same basic_conv_with_padding convtranspose_group_2 convtranspose_dilations"
    ),
    "pooling": "maxpool_2d_ceil averagepool_2d_pads maxpool_with_argmax_2d_precomputed_pads lppool_2d_pads",
    "normalization": (
        "batchnorm_example layer_normalization_2d_axis1 lrn softmax_axis_1 group_normalization_epsilon"
    ),
    "matrix products": "matmul_3d gemm_all_attributes einsum_batch_matmul det_nd",
    "recurrent": "lstm_with_peepholes gru_batchwise simple_rnn_with_initial_bias lstm_batchwise",
    "control flow": "if loop11 scan9_sum",
    "quantisation": "quantizelinear_axis dequantizelinear_axis qlinearconv qlinearmatmul_2D_uint8_float32",
    "resizing": "resize_upsample_scales_cubic resize_downsample_scales_linear_antialias gridsample_bicubic",
    "detection": "nonmaxsuppression_two_classes roialign_aligned_false",
    "transforms": "dft_axis stft_with_window",
    "functions of ONNX": "attention_4d_gqa rotary_embedding hannwindow rms_normalization_2d_axis1",
}
NO_LOOP_OF_UNKNOWN_LENGTH = {("pt2", "loop11")}


@pytest.fixture(scope="module")
def answer(tmp_path_factory) -> Iterator[Callable[..., dict]]:
    """Asks a check of a target; one process for each target, since loading the frameworks takes longer than
    most checks."""
    asked: dict[str, subprocess.Popen] = {}
    said = tmp_path_factory.mktemp("said")

    def ask(check: str, target: str, *arguments: str) -> dict:
        log = said / target
        if target not in asked:
            with log.open("w") as stderr:
                asked[target] = subprocess.Popen(
                    [sys.executable, str(PROCESS)],
                    cwd=PROJECT,
                    env=os.environ | {"PYTHONPATH": str(PROJECT)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    text=True,
                )
        process = asked[target]
        process.stdin.write(json.dumps([check, target, *arguments]) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, log.read_text()[-3000:]
        return json.loads(line)

    yield cache(ask)
    for process in asked.values():
        process.stdin.close()
        process.stdout.close()
        process.wait(timeout=60)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("target", TARGETS)
def test_a_familys_node_tests_pass(answer: Callable[..., dict], target: str, family: str):
    names = [name for words in FAMILIES.values() for name in words.split()]
    reasons = answer("families", target, *[n for n in names if (target, n) not in NO_LOOP_OF_UNKNOWN_LENGTH])
    failed = {name: reasons[name] for name in FAMILIES[family].split() if reasons.get(name)}
    assert not failed


@pytest.mark.parametrize("target", TARGETS)
def test_names_types_order_and_dynamic_dimensions_stay(answer: Callable[..., dict], target: str):
    found = answer("quick", target)["odd_names"]
    names = ["input.1", "class", "count"]
    assert [name for name, _, _ in found["inputs"]] == names
    assert found["outputs"] == ["z/out:0", "a.out", "more"]
    if target != "torchscript":  # which stores neither
        assert found["inputs"] == [["input.1", "float32", 3], ["class", "float32", 3], ["count", "int64", 1]]
        assert found["fixed"] == [[4], [3], [1]]
    assert set(found["errors"]) == {"1x5", "2x5", "7x2", "3x1"}
    assert all(error <= 1e-5 for error in found["errors"].values()), found["errors"]


def as_fixed(inputs: list) -> list:
    """Sizes that are open, whatever they are called, as None."""
    return [
        [name, dtype, [dim if isinstance(dim, int) else None for dim in shape]]
        for name, dtype, shape in inputs
    ]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("target", TARGETS)
def test_what_goes_in_and_out_is_the_onnx_files(answer: Callable[..., dict], target: str):
    """Names, order, types and sizes, open ones open; of the outputs, what is computed."""
    found = answer("interfaces", target)
    assert len(found) >= 100
    assert sum(len(one["runs"]) == 2 for one in found.values()) >= 15
    for name, one in found.items():
        if target == "torchscript":  # which stores neither types nor sizes
            assert [i[0] for i in one["artifact"]] == [i[0] for i in one["onnx"]], name
        else:
            assert as_fixed(one["artifact"]) == as_fixed(one["onnx"]), name
        expected, actual = one["outputs"]
        assert actual == expected, name
        for expected, actual in one["runs"]:
            assert actual == expected, name


@pytest.mark.parametrize("target", TARGETS)
def test_branches_and_loops_depend_on_their_data(answer: Callable[..., dict], target: str):
    assert answer("quick", target)["control_flow"] == {"branch": 0.0, "loop": 0.0, "collecting": 0.0}


@pytest.mark.parametrize("target", TARGETS)
def test_sizes_that_are_compared_stay_open(answer: Callable[..., dict], target: str):
    assert answer("quick", target)["compared_sizes"] == 0.0


@pytest.mark.parametrize("target", TARGETS)
def test_an_input_that_is_not_used_stays(answer: Callable[..., dict], target: str):
    assert answer("quick", target)["unused"] == ["spare", "x"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_parameter_is_built_in_only_by_an_attempt_of_its_own_and_checked(
    answer: Callable[..., dict], target: str
):
    found = answer("quick", target)["built_in"]
    assert found["first"] == "not-constant"
    assert found["inputs"] == ["x", "axis"]
    words = "Built for one example: axis of CumSum (node “y”) is fixed at 1. It refuses other values."
    assert words in found["findings"]
    assert found["same"] == 0.0
    assert found["other"]


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_not_supported_is_named(answer: Callable[..., dict], target: str):
    found = answer("quick", target)["refusals"]
    assert found["decoder"]["type"] == found["foreign"]["type"] == "UnsupportedOperatorError"
    assert found["decoder"]["kind"] == "unsupported-operator"
    assert "ImageDecoder of opset 20 (node “decode”)" in found["decoder"]["message"]
    assert found["decoder"]["next_step"].startswith("Replace the operator in the model")
    assert "my.company" in found["foreign"]["message"]


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_resnet_50_equals_onnx_runtime(answer: Callable[..., dict], target: str):
    found = answer("resnet", target)
    assert found["spread"] > found["scale"] / 100  # outputs that are all alike would prove nothing
    assert found["error"] <= 1e-4 * found["scale"]


@pytest.mark.slow
@pytest.mark.timeout(1600)
@pytest.mark.parametrize("target", TARGETS)
def test_the_conformance_suite_passes(answer: Callable[..., dict], target: str):
    """Every eighth test of the suite, whose names follow the alphabet of the operators."""
    found = answer("sample", target, "8")
    assert found["total"] >= 200
    assert found["percent"] >= 92.0, found["failures"]
