"""What a conversion that fails says, from the words that real converters and runtimes say today; and that
another attempt or another way is made before it counts as failed."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import comparison, failures, next_steps
from benchmarks.comparison import Options
from benchmarks.errors import Problem
from benchmarks.report import Conversion

OPTIONS = Options(budget_s=0)
SQUARE = (("x", ("batch", 4, 4)),)


def convert(bench, model: Path, target: str, shapes=()) -> Conversion:
    source = bench.folder / "source" / model.name
    source.parent.mkdir(exist_ok=True)
    shutil.copytree(model, source) if model.is_dir() else shutil.copyfile(model, source)
    options = replace(OPTIONS, to=(target,), shapes=shapes)
    report = comparison.compare(source, bench.folder, options, bench.server, bench.say)
    return next(conversion for conversion in report.conversions if conversion.target == target)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "shapes", "target", "kind", "operator", "next_step"),
    [
        ("inverse.pt", SQUARE, "onnx", "unsupported-operator", "aten::linalg_inv", "dynamo=True"),
        ("inverse.pt2", (), "onnx", "unsupported-operator", "aten.linalg_inv_ex", "other operators"),
        ("root", (), "onnx", "unsupported-operator", "Cholesky", "other operators"),
        ("root", (), "litert", "unsupported-operator", "tf.Cholesky", "SELECT_TF_OPS"),
        ("words", (), "litert", "strings", "tf.String", "Keep the tokenizer outside the model"),
        ("words", (), "onnx", "strings", "String", "Keep the tokenizer outside the model"),
    ],
)
def test_the_operator_and_the_next_step_are_named(
    bench, built, model, shapes, target, kind, operator, next_step
):
    conversion = convert(bench, built(model), target, shapes)
    assert conversion.outcome == "failed"
    first = conversion.attempts[0]
    assert first.outcome == "failed"
    assert (first.error.kind, operator in first.error.message) == (kind, True), first.error
    assert f"does not know {operator}" in first.error.message
    assert next_step in first.error.next_step
    assert len(first.error.message) < 600 and "Traceback" not in first.error.message
    assert conversion.error in [attempt.error for attempt in conversion.attempts]


@pytest.mark.slow
def test_a_longer_way_is_taken_where_the_direct_one_fails(bench, built):
    """TorchScript has no counterpart of torch.cond that torch itself writes; over ONNX there is one."""
    conversion = convert(bench, built("either.pt2"), "torchscript")
    assert (conversion.outcome, conversion.via) == ("passed", ("onnx",))
    assert [(a.route, a.outcome) for a in conversion.attempts] == [
        (("pt2", "torchscript"), "failed"),
        (("pt2", "onnx", "torchscript"), "passed"),
    ]
    assert conversion.attempts[0].error.kind == "control-flow"
    assert conversion.attempts[0].error.next_step == "Script the source instead."


@pytest.mark.slow
def test_what_failed_leaves_no_artifact_and_no_script(bench, built):
    conversion = convert(bench, built("inverse.pt"), "onnx", SQUARE)
    assert conversion.artifact is None and conversion.reproduce is None
    assert list((bench.folder / "artifacts").iterdir()) == []


MLIR = """Could not translate MLIR to FlatBuffer.<unknown>:0: error: loc(fused["PyFunc:", "PyFunc@f"]):
'tf.PyFunc' op is neither a custom op nor a flex op <unknown>:0: note: loc("x"):
'tf.Svd' op is neither a custom op nor a flex op"""
DISPATCH = """Failed to convert the exported program to an ONNX model. \x1b[96mThis is step 3/3\x1b[0m.
<class 'torch.onnx._internal.exporter._errors.DispatchError'>: No ONNX function found for
<OpOverload(op='mine.twice', overload='default')>.
Original traceback: File "/home/me/model.py", line 10, in forward"""


def test_words_that_converters_said():
    """By torch 2.13 and TensorFlow 2.21; models with such operators do not run in another process."""
    problem = failures.explain("convert", "ConverterError", "The converter", MLIR)
    assert problem.kind == "python-function"
    assert problem.message.startswith("The converter does not know tf.PyFunc, tf.Svd.")
    assert "not in the file" in problem.next_step
    problem = failures.explain("convert", "ConversionError", "The converter", DISPATCH)
    assert problem.kind == "custom-operator"
    assert (
        "does not know mine.twice. The model has it in model.py, line 10. In its words: No ONNX"
        in problem.message
    )
    assert "\x1b" not in problem.message
    advised = next_steps.with_next_step(problem, "pt2-to-onnx")
    assert "custom_translation_table" in advised.next_step


def test_words_that_nobody_has_seen_are_shortened_and_kept():
    problem = failures.explain("convert", "ValueError", "The converter", "strange " * 200)
    assert problem.kind == "ValueError"
    assert problem.message.startswith("In its words: strange strange")
    assert len(problem.message) < 400
    assert next_steps.with_next_step(problem, "keras-to-onnx").next_step


def test_what_a_step_says_to_do_is_kept():
    problem = Problem("convert", "timeout", "It took too long.", "Try a smaller model.")
    assert next_steps.with_next_step(problem, "keras-to-onnx") == problem
