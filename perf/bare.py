"""Our way to time a call against a bare loop on the same session: `python -m perf.bare FORMAT FILE SHAPE`.

SHAPE is that of the one input, as 1,3,48,48. The two take turns in one process; what is printed is the ratio
of their medians. The bare loop is what somebody types who has the framework and a clock.
"""

import statistics
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.worker import runtimes
from benchmarks.worker.measure import turn
from benchmarks.worker.preload import preload

ROUNDS, CALLS = 100, 20


def bare(format: str, path: Path, session: runtimes.Session, feed: np.ndarray):
    """The call as its framework documents it, on the session's own loaded model."""
    if format == "onnx":
        run, name = session._session.run, session.inputs[0].name
        return lambda: run(None, {name: feed})
    if format == "torchscript":
        import torch

        module, tensor = session._module, torch.from_numpy(feed)
        return lambda: module(tensor)
    import tensorflow as tf

    signature, tensor = session._signature, tf.constant(feed)
    name = session.inputs[0].name
    return lambda: signature(**{name: tensor})


def main(format: str, file: str, shape: str) -> None:
    preload()
    path = Path(file)
    feed = np.random.default_rng(0).standard_normal([int(n) for n in shape.split(",")], "float32")
    session = runtimes.load(runtimes.runtime_for(format), path, 1)
    call, loop = session.bind([feed]), bare(format, path, session, feed)
    ours, theirs = [], []
    import torch

    with torch.inference_mode():
        for number in range(ROUNDS):
            for mine in (True, False) if number % 2 else (False, True):
                if mine:
                    ours.append(statistics.median(turn(call, CALLS, lead=1)[0]))
                else:
                    loop()
                    taken = []
                    for _ in range(CALLS):
                        began = time.perf_counter_ns()
                        loop()
                        taken.append(time.perf_counter_ns() - began)
                    theirs.append(statistics.median(taken))
    print(f"{statistics.median(ours) / statistics.median(theirs):.4f} {statistics.median(theirs) / 1e6:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
