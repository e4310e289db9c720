"""Task: what this machine can convert and run, and with which versions."""

import importlib.metadata
import platform

from benchmarks.worker import confinement, converters, onnx_providers, opset, preload, runtimes

PACKAGES = (
    "torch",
    "setuptools",
    "tensorflow-cpu",
    "tensorflow",
    "keras",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "safetensors",
    "tf2onnx",
    "ai-edge-litert",
    "openvino",
    "packaging",
    "scikit-learn",
    "skops",
    "skl2onnx",
    "xgboost-cpu",
    "xgboost",
    "lightgbm",
    "onnxmltools",
    "numpy",
)


def run(channel, workspace: str) -> dict:
    """Returns {"converters": {edge id: {"via", "packages", "attempts", "programs", "length", "unavailable"}},
    "runtimes": {id: {"format", "formats", "option_of", "installed_mb", "package_mb", "unavailable"}},
    "providers": {name: {"runtime", "unavailable"}}, "opset", "versions", "load_seconds", "sandbox",
    "layers"}. "programs" is whether it starts programs of the system; "length" as how many hops it counts;
    "unavailable" the reason, or ""; "installed_mb" what a deployment takes on the disk in MB, "package_mb"
    the runtime's own packages of it, None where that is not known; "providers" are ONNX Runtime's, each with
    the runtime here that uses it, "" if none."""
    edges, engines, providers = {}, {}, {}
    for edge in converters.edge_ids():
        module, reason = _load(lambda edge=edge: converters.converter(*edge.split("-to-")))
        edges[edge] = {
            "via": getattr(module, "VIA", ""),
            "packages": list(getattr(module, "PACKAGES", ())),
            "attempts": list(converters.ladder(module)) if module else [],
            "programs": getattr(module, "STARTS_PROGRAMS", False),
            "length": getattr(module, "LENGTH", 1),
            "unavailable": reason,
        }
    for runtime_id in runtimes.runtime_ids():
        module, reason = _load(lambda runtime_id=runtime_id: runtimes.runtime(runtime_id))
        loads = getattr(module, "FORMATS", ("",))
        if provider := getattr(module, "PROVIDER", ""):
            providers[provider] = runtime_id, reason
        engines[runtime_id] = {
            "format": loads[0],
            "formats": list(loads),
            "option_of": getattr(module, "OPTION_OF", ""),
            "installed_mb": runtimes.installed_mb(module) if module else None,
            "package_mb": runtimes.installed_mb(module, alone=True) if module else None,
            "unavailable": reason,
        }
    return {
        "converters": edges,
        "runtimes": engines,
        "providers": {} if preload.missing.get("onnxruntime") else onnx_providers.states(providers),
        "opset": opset.newest_loaded() if not engines.get("onnxruntime", {}).get("unavailable", True) else 0,
        "versions": versions(),
        "load_seconds": preload.seconds,
        "sandbox": confinement.mode(),
        "layers": sorted(confinement.in_force),
    }


def _load(load) -> tuple[object, str]:
    try:
        module = load()
    except ImportError as error:
        return None, f"its framework is not installed: {error}"
    return module, module.unavailable()


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
