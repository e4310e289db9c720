"""The execution providers that ONNX Runtime knows, and which of them its build on this machine has."""

import onnxruntime

NOT_USED = "it is in this build of ONNX Runtime, and this program measures nothing on it"
"""Such as Azure's, which would send inputs to another machine."""


def missing(provider: str) -> str:
    """Why it cannot be asked for; "" where it can."""
    if provider in onnxruntime.get_available_providers():
        return ""
    return f"{provider} is not in this build of ONNX Runtime ({onnxruntime.__version__})"


def states(used: dict[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
    """Every provider that ONNX Runtime knows → {"runtime", "unavailable"}. `used`: provider → the runtime
    here that uses it, and why that cannot run, "" where it can."""
    return {
        name: dict(
            zip(("runtime", "unavailable"), used.get(name, ("", missing(name) or NOT_USED)), strict=True)
        )
        for name in sorted(onnxruntime.get_all_providers())
    }
