"""CONTRIBUTING.md's promise: a format is added by data alone. No code knows the names used here."""

import datetime
import shutil
from pathlib import Path

import pytest

from advisor import Knowledge, Requirements, recommend
from advisor.checking import check
from advisor.reading import FOLDER, read_knowledge

CLAIM = 'source = "example.org"\nchecked = 2026-11-23\nconfidence = "high"\n'
ADDITIONS = {
    "formats.toml": f"""
[ideal]
name = "Ideal"
description = "An invented format that keeps everything."
status = "active"
licence = "MIT"
code_on_load = "none"
code_claim = "ideal-safe"

[[ideal.claims]]
id = "ideal-safe"
text = "It holds nothing to execute."
role = "reason"
{CLAIM}""",
    "converters.toml": f"""
[pytorch-to-ideal]
name = "PyTorch → Ideal"
description = "An invented exporter from PyTorch."
from = "pytorch"
to = "ideal"
exporter = "ideal.save(model)"
package = "ideal"
licence = "MIT"

[[pytorch-to-ideal.loses]]
need = "stateful"
claim = "ideal-stateless"
rewrite = "Pass the state in and out."

[[pytorch-to-ideal.claims]]
id = "ideal-stateless"
text = "State is left out."
{CLAIM}""",
    "runtimes.toml": f"""
[ideal-runtime]
name = "Ideal runtime"
description = "An invented engine for the invented format."
package = "ideal-runtime"
licence = "MIT"
formats = ["ideal"]
hardware = {{ tpu = "first", x86-cpu = "first" }}
languages = ["python", "cpp", "swift"]
footprint_mb = 10
footprint_claim = "ideal-size"

[[ideal-runtime.claims]]
id = "ideal-size"
text = "It takes 10 MB."
{CLAIM}""",
    "serving.toml": f"""
[ideal-server]
name = "Ideal server"
description = "An invented server for the invented format."
network = true
loads = {{ ideal = ["ideal-runtime"] }}

[[ideal-server.claims]]
id = "ideal-loads"
text = "The ideal server loads ideal files, and nothing else."
{CLAIM}""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(FOLDER, tmp_path_factory.mktemp("data") / "knowledge"))
    for name, text in ADDITIONS.items():
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(text)
    return folder


@pytest.fixture(scope="module")
def knowledge(folder: Path) -> Knowledge:
    return read_knowledge(folder)


def test_the_additions_are_sound_and_change_the_version(folder: Path, knowledge: Knowledge) -> None:
    report = check(folder, datetime.date(2026, 11, 26))
    assert report.errors == () and report.warnings == ()
    assert knowledge.version != read_knowledge(FOLDER).version


def test_the_new_format_is_recommended_with_its_plan_and_its_reason(knowledge: Knowledge) -> None:
    answers = Requirements.parse({"framework": "pytorch", "hardware": ["tpu"], "model": "vision"}, knowledge)
    best = recommend(answers, knowledge).recommended
    assert best is not None and best.format == "ideal"
    [line] = best.plan
    assert (line.steps, line.runtime, line.package) == (
        ("pytorch", "ideal"),
        "ideal-runtime",
        "ideal-runtime",
    )
    assert line.exporters == ("ideal.save(model)",)
    assert [claim.id for claim in best.reasons] == ["ideal-safe"]


def test_the_new_stack_loads_it_alone(knowledge: Knowledge) -> None:
    answers = Requirements.parse({"framework": "pytorch", "serving": "ideal-server"}, knowledge)
    result = recommend(answers, knowledge)
    assert result.recommended is not None and result.recommended.format == "ideal"
    assert result.alternatives == ()
    onnx = next(one for one in result.rejected if one.format == "onnx")
    assert "ideal files, and nothing else" in onnx.reasons[0].text


def test_what_the_new_exporter_loses_is_asked_for(knowledge: Knowledge) -> None:
    answers = {"framework": "pytorch", "hardware": ["tpu"], "model": "vision", "needs": ["stateful"]}
    result = recommend(Requirements.parse(answers, knowledge), knowledge)
    assert result.verdict == "rewrite-needed" and result.recommended is not None
    assert result.recommended.rewrites == ("Pass the state in and out.",)


def test_its_neighbours_stay_as_they_were(knowledge: Knowledge) -> None:
    """What does not touch the new entries gets the same answer with and without them."""
    for answers in (
        {"framework": "keras", "serving": "tf-serving"},
        {"framework": "jax", "hardware": ["tpu"]},
    ):
        before, after = (
            recommend(Requirements.parse(answers, known), known)
            for known in (read_knowledge(FOLDER), knowledge)
        )
        assert before.recommended.format == after.recommended.format
        assert before.recommended.plan == after.recommended.plan
