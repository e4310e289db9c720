"""A knowledge base with a fault is refused with the file, the line and the key."""

import datetime
import shutil
from pathlib import Path

import pytest

from advisor.answers import Requirements
from advisor.checking import check
from advisor.engine import recommend
from advisor.reading import FOLDER, KnowledgeError, read_knowledge

DAY = datetime.date(2026, 11, 24)


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


def test_a_format_out_of_reach_is_an_error(folder: Path) -> None:
    with (folder / "formats.toml").open("a") as file:
        file.write('\n[lonely]\nname = "Lonely"\ndescription = "Nothing leads here and nothing runs it."\n')
    words = " ".join(map(str, check(folder, DAY).errors))
    assert (
        "no converter leads to it" in words
        and "no runtime runs it" in words
        and "no framework reaches" in words
    )


def test_the_version_follows_the_content(folder: Path) -> None:
    before = read_knowledge(folder).version
    assert read_knowledge(folder).version == before
    edit(folder, "formats.toml", 'name = "ONNX"', 'name = "Onnx"')
    assert read_knowledge(folder).version != before


def test_a_format_is_added_by_data_alone(folder: Path) -> None:
    """One entry each for the format, its exporter and its runtime; no code knows the name."""
    claim = 'text = "t"\nsource = "example.org"\nchecked = 2026-11-23\nconfidence = "high"\n'
    additions = {
        "formats.toml": '[ideal]\nname = "Ideal"\ndescription = "Invented."\ncode_on_load = "none"\n'
        f'[[ideal.claims]]\nid = "ideal-1"\nrole = "reason"\n{claim}',
        "converters.toml": '[pytorch-to-ideal]\nname = "x"\ndescription = "Invented."\nfrom = "pytorch"\n'
        'to = "ideal"\nexporter = "ideal.save(model)"\npackage = "ideal"\nnative = true\n',
        "runtimes.toml": '[idealrt]\nname = "Ideal RT"\ndescription = "Invented."\npackage = "idealrt"\n'
        'formats = ["ideal"]\nhardware = { tpu = "first" }\nlanguages = ["python", "cpp"]\n'
        f'footprint_mb = 10\n[[idealrt.claims]]\nid = "ideal-2"\n{claim}',
    }
    for name, text in additions.items():
        with (folder / name).open("a") as file:
            file.write("\n" + text)
    assert check(folder, DAY).errors == ()
    knowledge = read_knowledge(folder)
    answers = Requirements.parse({"framework": "pytorch", "hardware": ["tpu"]}, knowledge)
    result = recommend(answers, knowledge)
    assert result.recommended.format == "ideal"
    assert result.recommended.plan[0].runtime == "idealrt"
    assert [reason.id for reason in result.recommended.reasons] == ["ideal-1"]
