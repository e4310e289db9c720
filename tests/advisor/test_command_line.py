"""`python -m advisor`, as a process: exit codes, one JSON document, one line on stderr, nothing heavy."""

import json
import os
import subprocess
import sys

import pytest

from tests.advisor.reports import report


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "advisor", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)


def test_recommend_prints_one_document() -> None:
    done = run("recommend", "--answers", "-", "--json", stdin='{"framework": "pytorch"}')
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    contract = {"verdict", "recommended", "ties", "alternatives", "rejected", "flips", "knowledge_version"}
    assert contract | {"headline", "wrong_question", "relaxations", "checked"} == set(document)
    option = document["recommended"]
    assert {"format", "score", "plan", "reasons", "gives_up", "caveats"} <= set(option)
    assert (option["confidence"] in ("clear", "narrow", "only"), option["on_front"]) == (True, True)
    assert {"hardware", "steps", "runtime", "provider", "package"} <= set(option["plan"][0])
    assert len(option["plan"][0]["exporters"]) == len(option["plan"][0]["exporter_packages"]) == 1
    assert {"text", "source", "checked", "confidence"} <= set(option["reasons"][0])
    weights = [flip for flip in document["flips"] if "priorities" in flip["change"]]
    assert weights and all(
        0 <= flip["at"] <= 5 and flip["priority"] in flip["change"]["priorities"] for flip in weights
    )


def test_recommend_reads_a_file_and_writes_a_summary(tmp_path) -> None:
    path = tmp_path / "answers.json"
    path.write_text('{"framework": "tensorflow", "serving": "triton"}')
    done = run("recommend", "--answers", str(path))
    assert done.returncode == 0
    assert done.stdout.startswith("TensorFlow → ONNX")
    assert "Triton no longer loads SavedModel" in done.stdout and "Not SavedModel" in done.stdout
    assert "Relies on claims checked" in done.stdout


def test_the_summary_names_providers_packages_and_each_call_once() -> None:
    answers = '{"framework": "pytorch", "hardware": ["x86-cpu", "nvidia-gpu"]}'
    done = run("recommend", "--answers", "-", stdin=answers)
    assert (
        "NVIDIA GPU: pytorch → onnx, run by ONNX Runtime with its provider CUDA (onnxruntime-gpu)"
        in done.stdout
    )
    assert done.stdout.count('torch.onnx.export(model, args, "model.onnx"') == 1
    assert "(the order flips at " in done.stdout


def test_the_summary_says_what_to_give_up() -> None:
    done = run("recommend", "--answers", "-", stdin='{"framework": "pytorch", "serving": "tf-serving"}')
    assert done.returncode == 0
    assert "These answers contradict each other: training framework and serving stack." in done.stdout
    assert "The least to give up\n  Without “TensorFlow Serving”, it would be ONNX." in done.stdout


@pytest.mark.parametrize(
    ("stdin", "words"),
    [
        ('{"framework": "pytroch"}', "nearest known one is 'pytorch'"),
        ("{", "are not JSON"),
        ("", "are not JSON"),
        ("[" * 100_000, "are not JSON"),
        ('{"framework": NaN}', "must be text"),
        ('{"framework": ' + "1" * 5000 + "}", "are not JSON"),
        ("[1]", "must be a JSON object"),
    ],
)
def test_bad_answers_are_refused_with_one_line(stdin: str, words: str) -> None:
    done = run("recommend", "--answers", "-", "--json", stdin=stdin)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr and done.stderr.count("\n") == 1


def test_answers_that_are_not_there_or_not_text(tmp_path) -> None:
    missing = run("recommend", "--answers", str(tmp_path / "none.json"))
    assert missing.returncode == 1 and "Cannot read" in missing.stderr
    binary = tmp_path / "model.pt"
    binary.write_bytes(b"\xff\xfe\x00\x80" * 9)
    refused = run("recommend", "--answers", str(binary))
    assert refused.returncode == 1 and refused.stderr.count("\n") == 1


def test_evidence_ranks_again_and_says_so(tmp_path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report()))
    arguments = ("recommend", "--answers", "-", "--evidence", str(path))
    done = run(*arguments, "--json", stdin='{"framework": "keras"}')
    document = json.loads(done.stdout)
    assert (done.returncode, document["measured"]) == (0, True)
    assert document["recommended"]["format"] == "litert"
    sizes = [(one["format"], one["expected"], one["measured"]) for one in document["replaced"]]
    assert ("onnx", 78, 80.5) in sizes and ("litert", "onnx", "litert") in sizes
    done = run(*arguments, stdin='{"framework": "keras"}')
    assert "What was measured of this model instead of expected\n  ONNX: ONNX Runtime takes" in done.stdout


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{", "The measurements in "),
        ('{"schema": 1}', "source is not an object"),
        ("[" * 100_000, "are not JSON"),
        (None, "Cannot read"),
    ],
)
def test_evidence_that_is_no_report_is_refused_with_one_line(tmp_path, written, words: str) -> None:
    path = tmp_path / "report.json"
    if written is not None:
        path.write_text(written)
    done = run("recommend", "--answers", "-", "--evidence", str(path), stdin='{"framework": "keras"}')
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr and done.stderr.count("\n") == 1


def test_a_reader_that_has_read_enough_is_no_fault() -> None:
    command = f"{sys.executable} -m advisor catalog --json | head -c 10"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout) == 10


def test_the_document_is_utf_8_whatever_the_terminal_is() -> None:
    command = [sys.executable, "-m", "advisor", "recommend", "--answers", "-"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        command, input=b'{"framework": "pytorch"}', capture_output=True, timeout=60, env=environment
    )
    assert done.returncode == 0 and done.stdout.decode().startswith("PyTorch → ONNX")


def test_wrong_usage_is_two() -> None:
    assert run("recommend").returncode == 2
    assert run("advise").returncode == 2
    assert run().returncode == 2


def test_check_passes_on_the_knowledge_base() -> None:
    done = run("check")
    assert done.returncode == 0 and "0 errors" in done.stdout


def test_catalog_lists_every_kind() -> None:
    document = json.loads(run("catalog", "--json").stdout)
    assert len(document["knowledge_version"]) == 12
    assert {"onnx", "torchscript", "savedmodel", "pt2", "litert"} <= {
        entry["id"] for entry in document["format"]
    }
    edge = next(entry for entry in document["converter"] if entry["id"] == "torchscript-to-onnx")
    assert (edge["from"], edge["to"]) == ("torchscript", "onnx")


def test_importing_the_advisor_loads_no_framework() -> None:
    heavy = ["torch", "tensorflow", "keras", "onnx", "onnxruntime", "streamlit", "numpy", "sqlalchemy"]
    code = f"import advisor, advisor.__main__, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
