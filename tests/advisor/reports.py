"""Reports of comparisons in the documented form, as far as the advice reads them."""

from typing import Any


def conversion(target: str, outcome: str = "passed", kind: str = "failed", message: str = "") -> dict:
    error = {"stage": "convert", "kind": kind, "message": message, "next_step": f"Mend {target}."}
    return {"from": "keras", "to": target, "outcome": outcome, "error": error if message else None}


def measurement(format_id: str, runtime: str, median: Any, batch: int = 1, **more: Any) -> dict:
    latency = {"median": median, "ci_low": median, "ci_high": median, "p95": median, "p99": median}
    return {
        "format": format_id,
        "runtime": runtime,
        "batch": batch,
        "threads": 2,
        "latency_ms": latency,
    } | more


def report(**changed: Any) -> dict:
    """A Keras model that reached ONNX, SavedModel and LiteRT; LiteRT is the fastest."""
    return {
        "schema": 1,
        "created": "2026-11-26T18:00:00Z",
        "source": {"format": "keras", "sha256": "ab" * 32},
        "conversions": [conversion("onnx"), conversion("savedmodel"), conversion("litert")],
        "parity": [{"format": "onnx", "outcome": "passed"}],
        "measurements": [
            measurement("keras", "keras", 4.0, package_mb=1900.0),
            measurement("onnx", "onnxruntime", 1.0, package_mb=80.5),
            measurement("savedmodel", "tensorflow", 2.0),
            measurement("litert", "litert", 0.5, package_mb=None),
        ],
        "verdict": {"state": "winner", "formats": ["litert"], "reason": "LiteRT is 2 times as fast."},
    } | changed


def verdict(state: str, *formats: str) -> dict:
    return {"state": state, "formats": list(formats), "reason": "As it came."}
