"""Builds models of the zoo in a process of its own: `python -m tests.benchmarks.zoo.build FOLDER KIND NAME…`.

KIND is one of driving.py's; each NAME becomes one file in FOLDER, and where the file does not say what goes
in, `NAME.npz` with one array for each input stands beside it. Prints a JSON object: name → "" or why it could
not be built. A model whose outputs hardly depend on its inputs proves nothing, and counts as not built.
"""

import gc
import json
import os
import sys
import traceback
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import numpy as np

LEAST_VARIATION = 1e-3
"""Of an output between two examples, as a share of its scale; the tolerance of float32 is a tenth of it."""


def demand_variation(name: str, outputs: list[np.ndarray]) -> None:
    """`outputs`: of one batch whose examples differ. Raises ValueError where none of them does."""
    shares = []
    for array in outputs:
        flat = array.reshape(len(array), -1).astype(np.float64)
        shares.append(float(flat.std(0).max() / (np.abs(flat).max() or 1.0)))
    if not max(shares) > LEAST_VARIATION:
        raise ValueError(f"the outputs of {name} hardly depend on its inputs: {max(shares):.1e}")


def _builders() -> dict:
    from tests.benchmarks.zoo import keras_models, onnx_models, tables, torch_models

    return {
        "torchscript": torch_models.torchscript,
        "pt2": torch_models.exported,
        "source": torch_models.source,
        "keras": keras_models.build,
        "tables": tables.build,
        "onnx": onnx_models.build,
    }


def main() -> None:
    gc.set_threshold(100_000)  # of what is imported nothing is garbage, and looking takes long
    folder, kind, *names = sys.argv[1:]
    build = _builders()[kind]
    done = {}
    for name in names:
        try:
            build(name, Path(folder))
            done[name] = ""
        except Exception as error:
            traceback.print_exc()
            done[name] = f"{type(error).__name__}: {' '.join(str(error).split())[:600]}"
    print(json.dumps(done))


if __name__ == "__main__":
    main()
