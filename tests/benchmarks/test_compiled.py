"""AOTInductor packages: compiled where the operator lets a step start programs, and then as any other."""

import shutil

import pytest

from benchmarks import comparison
from benchmarks.comparison import Options
from benchmarks.settings import ALLOW_COMPILER
from tests.benchmarks.test_reproduction import COMPILED, repeated

pytestmark = pytest.mark.slow


@pytest.fixture
def model(bench, built):
    return shutil.copyfile(built("mlp.pt2"), bench.folder / "mlp.pt2")


def test_a_package_is_compiled_verified_and_measured(bench, model, drawn, tmp_path, monkeypatch):
    """And compiled again by the script that is left."""
    monkeypatch.setenv(ALLOW_COMPILER.variable, "1")
    options = Options(budget_s=1)
    report = comparison.compare(model, bench.folder, options, bench.server, bench.say)
    conversion = next(one for one in report.conversions if one.target == "aotinductor")
    assert conversion.outcome == "passed", conversion.error
    (parity,) = [one for one in report.parity if one.format == "aotinductor"]
    assert {case["batch"] for case in parity.cases} == {1, 2, 7}
    assert [m.runtime for m in report.measurements if m.format == "aotinductor"] == ["aotinductor"] * 2
    pair = {
        "source": str(model),
        "source_format": "pt2",
        "artifact": str(bench.folder / conversion.artifact.path),
        "format": "aotinductor",
        "inputs": [vars(spec) for spec in comparison.input_specs(report.source, options)],
        "batches": (1, 3, 5),
        "bound": 8,
    }
    assert drawn([pair])[0] <= 1
    looked_at, again = repeated(bench, model, report, options, tmp_path, COMPILED)
    assert looked_at == COMPILED and drawn(again) == [0.0]


def test_without_the_operators_word_no_program_is_started(bench, model, monkeypatch):
    monkeypatch.delenv(ALLOW_COMPILER.variable, raising=False)
    options = Options(("aotinductor",), budget_s=0)
    (conversion,) = comparison.compare(model, bench.folder, options, bench.server, bench.say).conversions
    assert conversion.outcome == "unavailable"
    assert f"an operator allows with {ALLOW_COMPILER.variable}=1" in conversion.error.message
