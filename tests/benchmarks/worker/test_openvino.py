"""OpenVINO as this program uses it: it reports to nobody, computes in float32, keeps names and types."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.settings import PROJECT


def ask(what: str, folder: Path) -> dict:
    """What `openvino_process.py` found, in a process with `folder` as its home and nothing else set."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("openvino_process.py")), what, str(folder)],
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_reports_to_nobody(tmp_path):
    """`openvino-telemetry` is installed with it, and by itself sends each import and conversion."""
    found = ask("silence", tmp_path)
    assert found == {"calls": [], "left": [], "stub": "openvino.tools.ovc.telemetry_stub", "loaded": []}


def test_it_computes_in_float32_and_keeps_weights_and_names(tmp_path):
    """bfloat16, which it takes by itself where the processor has it, errs by more than 10⁻³ here; weights in
    float16, which it writes by itself, take half of this."""
    found = ask("precision", tmp_path)
    assert found["error"] < 1e-5
    assert found["threads"] == 1
    assert found["weights"] == 512 * 512 * 4
    assert found["names"] == [["x"], ["y"]]
    assert found["shape"] == [None, 512]


def test_every_type_goes_in_and_comes_out(tmp_path):
    assert ask("types", tmp_path) == {
        "f64": ["float64", "float64", True],
        "f32": ["float32", "float32", True],
        "f16": ["float16", "float16", True],
        "bf16": ["bfloat16", "bfloat16", True],
        "i64": ["int64", "int64", True],
        "i8": ["int8", "int8", True],
        "u8": ["uint8", "uint8", True],
        "boolean": ["bool", "bool", True],
        "string": ["str", "object", True],
    }
