"""A knowledge base with a fault is refused with the file, the line and the key."""

import datetime
import shutil
from pathlib import Path

import pytest

from advisor.checking import check
from advisor.reading import FOLDER, KnowledgeError, read_knowledge

DAY = datetime.date(2026, 11, 26)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "knowledge"))


def edit(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the first `old` and return the 1-based line it stood in."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_the_shipped_knowledge_is_sound() -> None:
    report = check(today=DAY)
    assert report.errors == () and report.warnings == ()


EDITS = [
    (
        "formats.toml",
        'source = "onnx.ai; github.com/onnx/onnx"',
        'source = ""',
        "source of claims[claims-01]",
    ),
    ("formats.toml", "checked = 2026-11-23\n", "", "a claim lacks checked"),
    ("formats.toml", 'confidence = "high"', 'confidence = "sure"', "confidence of claims[claims-01]"),
    ("formats.toml", 'id = "claims-02"', 'id = "claims-01"', "used twice"),
    ("formats.toml", 'status = "active"', 'status = "fine"', "'fine' is none of active"),
    (
        "formats.toml",
        'code_claim = "onnx-no-python"',
        'code_claim = "nothing"',
        "'nothing', which does not exist",
    ),
    ("formats.toml", 'code_on_load = "partial"', 'code_on_load = "no"', "'no' is none of"),
    ("formats.toml", 'licence = "Apache-2.0"', 'license = "Apache-2.0"', "license"),
    ("formats.toml", 'description = "An open', 'descr = "An open', "descr"),
    ("formats.toml", 'name = "ONNX"', "name = 7", "7 is not text"),
    ("converters.toml", 'to = "onnx"\n', "", "lacks to"),
    ("converters.toml", 'need = "dynamic-control-flow"', 'need = "magic"', "'magic', which is no known need"),
    ("converters.toml", 'from = "pytorch"', 'from = "tensorflow"', "must be named tensorflow-to-onnx"),
    ("runtimes.toml", 'formats = ["onnx"]', 'formats = ["onxx"]', "'onxx', which is no known format"),
    ("runtimes.toml", 'x86-cpu = "first"', 'x86-cpu = "best"', "'best' is none of first"),
    ("serving.toml", 'onnx = ["onnxruntime"]', 'onnx = ["onnxrt"]', "'onnxrt', which is no known runtime"),
    (
        "formats.toml",
        'when = { needs = ["quantized"] }',
        'when = { need = ["quantized"] }',
        "'need', which is no",
    ),
    (
        "formats.toml",
        'when = { needs = ["quantized"] }',
        'when = { needs = ["quant"] }',
        "'quant', which is no",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "words"), EDITS)
def test_a_fault_is_an_error_that_says_where(folder: Path, name: str, old: str, new: str, words: str) -> None:
    edit(folder, name, old, new)
    errors = check(folder, DAY).errors
    assert any(words in str(error) for error in errors), errors
    assert all(error.where.startswith(name) for error in errors if words in str(error))


def test_broken_toml_names_file_line_and_key(folder: Path) -> None:
    line = edit(folder, "hardware.toml", 'name = "Android"', "name = Android")
    with pytest.raises(KnowledgeError) as broken:
        read_knowledge(folder)
    assert f"hardware.toml:{line}" in str(broken.value) and "'name'" in str(broken.value)


def test_a_wrong_value_names_its_line(folder: Path) -> None:
    line = edit(folder, "runtimes.toml", 'licence = "MIT"', "licence = 5")
    assert f"runtimes.toml:{line} onnxruntime.licence" in str(check(folder, DAY).errors[0])


SHAPES = {
    "claims": "needs.toml",
    "loses": "formats.toml",
    "refuses": "models.toml",
    "hardware": "serving.toml",
    "languages": "hardware.toml",
    "loads": "serving.toml",
    "raises": "constraints.toml",
    "status": "languages.toml",
}


@pytest.mark.parametrize("nonsense", ["5", "true", '"x"', "[1]", '["x"]', "{ a = 1 }", "{ a = [1] }"])
def test_a_value_of_the_wrong_shape_is_a_fault_and_no_crash(folder: Path, nonsense: str) -> None:
    for key, name in SHAPES.items():
        text = (folder / name).read_text(encoding="utf-8")
        added = f"\n[odd]\nname = 'n'\ndescription = 'd'\n{key} = {nonsense}\n"
        (folder / name).write_text(text + added, encoding="utf-8")
        assert any(f"odd.{key}" in error.where for error in check(folder, DAY).errors), key
        (folder / name).write_text(text, encoding="utf-8")


def test_an_unknown_id_names_its_line(folder: Path) -> None:
    line = edit(folder, "serving.toml", "loads = { litert =", "loads = { tflite =")
    assert f"serving.toml:{line} litert.loads" in str(check(folder, DAY).errors[0])


def test_several_faults_are_all_reported(folder: Path) -> None:
    edit(folder, "needs.toml", 'name = "Sparse tensors"', "name = 1")
    (folder / "models.toml").unlink()
    with pytest.raises(KnowledgeError) as broken:
        read_knowledge(folder)
    assert {fault.where.split(":")[0] for fault in broken.value.faults} >= {"needs.toml", "models.toml"}
    assert "more; run" in str(broken.value)


def test_old_claims_are_a_warning() -> None:
    report = check(today=datetime.date(2027, 5, 23))
    assert not report.errors and "181 days ago" in str(report.warnings[0])
    assert check(today=datetime.date(2027, 5, 22)).warnings == ()


CONTRADICTIONS = [
    # file, what stands there, what is written instead, what must be said
    ("formats.toml", 'code_claim = "onnx-no-python"\n', "", "onnx.code_claim: is missing: who says"),
    ("formats.toml", 'file_claim = "claims-15"\n', "", "savedmodel.file_claim: is missing"),
    ("formats.toml", 'licence = "BSD-3-Clause"\n', "", "torchscript.licence: is missing"),
    (
        "formats.toml",
        'status_since = "PyTorch 2.5"\n',
        "",
        "torchscript.status_since: is missing: since when",
    ),
    (
        "runtimes.toml",
        'footprint_claim = "ort-footprint"\n',
        "",
        "footprint_claim: is missing: who measured it",
    ),
    ("runtimes.toml", 'footprint_claim = "core-ml-size"\n', "", "say that nobody has measured it"),
    (
        "runtimes.toml",
        'hardware = { windows-pc = "first" }',
        "hardware = { }",
        "windows-ml.hardware: is empty",
    ),
    ("formats.toml", "checked = 2026-11-23", "checked = 2026-12-23", "which is still to come"),
    (
        "hardware.toml",
        'description = "Apps on Android phones and tablets."',
        'description = "Apps."',
        "newcomer",
    ),
    ("formats.toml", 'name = "skops"\n', 'name = "skops"\nmaster = false\n', "no converter delivers it"),
    (
        "formats.toml",
        'name = "TensorRT engine"\n',
        'name = "TensorRT engine"\nheadline = true\n',
        "cannot be kept",
    ),
    (
        "converters.toml",
        'package = "catboost"\nlicence = "Apache-2.0"\nstatus = "active"\nnative = true\n',
        'package = "catboost"\nlicence = "Apache-2.0"\nstatus = "archived"\nstatus_since = "1"\n',
        "catboost-native: only archived converters lead to it",
    ),
    ("serving.toml", "loads = { litert = [", "loads = { onnx = [", "with litert, which does not run it"),
    (
        "serving.toml",
        'formats = ["savedmodel"]\nclaim = "triton-no',
        'formats = ["onnx"]\nclaim = "triton-no',
        "triton.refuses: refuses onnx, which it loads",
    ),
    ("serving.toml", "loads = { tfjs = ", "# loads = { tfjs = ", "tfjs.loads: is missing"),
    (
        "serving.toml",
        'hardware = ["x86-cpu", "intel-gpu", "intel-npu"]',
        'hardware = ["tpu"]',
        "no hardware in common",
    ),
    ("serving.toml", 'model = "llm"', 'model = "vision"', "vision, which vllm is not for"),
    (
        "providers.toml",
        'hardware = ["amd-gpu"]',
        'hardware = ["tpu"]',
        "migraphx.hardware: names tpu, which its runtimes",
    ),
    (
        "providers.toml",
        'hardware = ["qualcomm-npu"]',
        'hardware = ["android"]',
        "onnxruntime.hardware: no execution provider drives qualcomm-npu",
    ),
    (
        "providers.toml",
        'runtimes = ["onnxruntime-mobile"]\npackage = "onnxruntime-android"\nhardware = ["android"]',
        'runtimes = ["onnxruntime-mobile", "windows-ml"]\npackage = "x"\nhardware = ["android"]',
        "drives nothing that windows-ml reaches",
    ),
    (
        "converters.toml",
        'delivers_to = ["tfjs"]',
        'delivers_to = ["onnxruntime"]',
        "onnxruntime, which does not run tfjs",
    ),
    (
        "converters.toml",
        'licence = "Apache-2.0"\nstatus = "active"\nnative = true\n\n[[tensorflow-to',
        'licence = "Apache-2.0"\nstatus = "active"\ndelivers_to = ["tensorflow"]\n\n[[tensorflow-to',
        "only a format can be kept and delivered",
    ),
    (
        "runtimes.toml",
        "languages_at = { android",
        'languages_at = { jetson = ["cpp"], android',
        "names jetson, which is not",
    ),
    (
        "runtimes.toml",
        'languages = ["java", "kotlin", "cpp", "swift", "csharp"]',
        'languages = ["go"]',
        "no program on android",
    ),
    (
        "converters.toml",
        'formats = ["tensorrt"]\nclaim',
        'formats = ["onnx"]\nclaim',
        "refuses onnx, with which it has nothing",
    ),
    (
        "runtimes.toml",
        'when = { framework = ["scikit-learn", "xgboost", "lightgbm", "catboost"] }',
        'when = { hardware = ["x86-cpu"] }',
        "must say of which frameworks",
    ),
    (
        "converters.toml",
        'need = "custom-ops"\nclaim = "onnx-cus',
        'need = "stateful"\nclaim = "onnx-cus',
        "loses stateful twice",
    ),
    (
        "formats.toml",
        'when = { needs = ["quantized"] }',
        'when = { format = ["litert"] }',
        "onnx-quantized: has a condition that never holds",
    ),
    (
        "runtimes.toml",
        'role = "caveat"\nwhen = { hardware = ["nvidia-gpu", "jetson"] }',
        'role = "caveat"\nwhen = { format = ["gguf"] }',
        "ort-gpu-package: has a condition that never holds",
    ),
    (
        "formats.toml",
        'role = "reason"\nwhen = { needs = ["quantized"] }',
        'when = { needs = ["quantized"] }',
        "onnx-quantized: has a condition, but as a fact",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "words"), CONTRADICTIONS)
def test_what_is_missing_or_cannot_be_true_together_is_an_error(
    folder: Path, name: str, old: str, new: str, words: str
) -> None:
    edit(folder, name, old, new)
    errors = check(folder, DAY).errors
    assert any(words in str(error) for error in errors), errors


def test_what_lives_does_not_rest_on_the_archived(folder: Path) -> None:
    """An archived runtime is named where it is a part of something: its provider, and each stack's loads."""
    edit(folder, "runtimes.toml", 'status = "maintenance"', 'status = "archived"\nstatus_since = "2026"')
    errors = list(map(str, check(folder, DAY).errors))
    assert any("tf-serving.loads: names the archived runtime 'tf-serving'" in error for error in errors)
    assert any("kserve.loads: names the archived runtime 'tf-serving'" in error for error in errors)


LONELY = """
[lonely]
name = "Lonely"
description = "Nothing leads here and nothing runs it."
licence = "MIT"
code_claim = "lonely-1"
[[lonely.claims]]
id = "lonely-1"
text = "Alone."
source = "example.org"
checked = 2026-11-23
confidence = "low"
"""


def test_a_format_out_of_reach_is_an_error(folder: Path) -> None:
    with (folder / "formats.toml").open("a") as file:
        file.write(LONELY)
    words = " ".join(map(str, check(folder, DAY).errors))
    assert (
        "no converter leads to it" in words
        and "no runtime runs it" in words
        and "no framework reaches" in words
    )


def test_an_entry_without_a_claim_is_an_error(folder: Path) -> None:
    with (folder / "languages.toml").open("a") as file:
        file.write('\n[cobol]\nname = "COBOL"\ndescription = "The program around the model is COBOL."\n')
    assert "cobol: has no claim" in str(check(folder, DAY).errors[0])


def test_the_version_follows_the_content(folder: Path) -> None:
    before = read_knowledge(folder).version
    assert read_knowledge(folder).version == before
    edit(folder, "formats.toml", 'name = "ONNX"', 'name = "Onnx"')
    assert read_knowledge(folder).version != before
