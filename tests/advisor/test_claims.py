"""The comparison's claims are found again through the public output, each with its caveat beside it."""

import re

import pytest

from advisor import load_knowledge
from advisor.catalogue import catalogue

CAVEATS = {4: "differs", 11: "AOTInductor", 14: "3.14", 16: "LiteRT", 18: "Triton no longer"}
CORE_WORDS = {
    1: "framework-neutral graph",
    2: "does not depend on the training framework",
    3: "One serving stack",
    4: "CPU, CUDA, TensorRT, CoreML",
    5: "no equivalent",
    6: "validate the exported graph",
    7: "decouple training from serving",
    8: "tracing (records one run of an example) or scripting",
    9: "preserved exactly",
    10: "dynamic control flow",
    11: "C++ through LibTorch",
    12: "Lock-in to the PyTorch/LibTorch",
    13: "only the path taken",
    14: "all-in on PyTorch",
    15: "graph, weights and signatures in one folder",
    16: "TensorFlow Serving, TFLite (mobile) and TF.js (browser)",
    17: "named serving signatures",
    18: "high-throughput serving",
    19: "inside the TensorFlow world",
    20: "heavy dependency",
    21: "TF Serving, TFLite or TF.js",
    22: "ONNX any runtime; TorchScript PyTorch only; SavedModel TensorFlow only",
    23: "ONNX Runtime; LibTorch; TF or TF Serving",
    24: "safest default",
    25: "Stay native",
    26: "no universally right format",
}


@pytest.fixture(scope="module")
def entries() -> list[dict]:
    document = catalogue(load_knowledge())
    return [entry for group in document.values() if isinstance(group, list) for entry in group]


@pytest.mark.parametrize("number", CORE_WORDS)
def test_claim_of_the_comparison_is_in_the_catalogue(number: int, entries: list[dict]) -> None:
    holders = [e for e in entries if any(c["id"] == f"claims-{number:02}" for c in e["claims"])]
    assert len(holders) == 1
    claim = next(c for c in holders[0]["claims"] if c["id"] == f"claims-{number:02}")
    assert CORE_WORDS[number] in claim["text"]
    assert claim["source"] and claim["checked"] == "2026-11-23"
    if number in CAVEATS:
        beside = [c["text"] for c in holders[0]["claims"] if c["role"] == "caveat"]
        assert any(CAVEATS[number] in text for text in beside)
        assert CAVEATS[number] not in claim["text"]


def test_sources_mean_something_to_a_stranger(entries: list[dict]) -> None:
    private = re.compile(r"(^|[ ;])([VMW]/|/)|RUN|site-packages|\b(facts|claims)\b")
    for entry in entries:
        for claim in entry["claims"]:
            assert not private.search(claim["source"]), claim["id"]
            assert claim["confidence"] in ("high", "medium", "low")
