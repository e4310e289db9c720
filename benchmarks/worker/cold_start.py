"""A whole process, as somebody pays for who starts one for each request: `python -m
benchmarks.worker.cold_start REQUEST` imports one runtime and no other, loads an artifact and answers once.

REQUEST is JSON: {"layers", "workspace", "temporary", "reads", "limits", "runtime", "artifact", "threads",
"inputs", "case"}, `inputs` the source's names in order and `case` the one whose inputs are given. Prints one
line when the answer is there; whoever started it takes the time.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.worker import confinement, runtimes
from benchmarks.worker.agreement import input_order


def main() -> None:
    request = json.loads(sys.argv[1])
    tempfile.tempdir = request["temporary"]
    os.environ["TMPDIR"] = os.environ["TORCHINDUCTOR_CACHE_DIR"] = tempfile.tempdir
    os.chdir(tempfile.tempdir)
    limits = request["limits"]
    confinement.limit(limits["cpu_s"], limits["memory_mb"], limits["file_mb"])
    confinement.confine(request["layers"], request["workspace"], request["reads"])
    session = runtimes.load(request["runtime"], Path(request["artifact"]), request["threads"])
    order = input_order(request["inputs"], [spec.name for spec in session.inputs])
    with np.load(Path(request["workspace"], "reference.npz"), allow_pickle=False) as stored:
        feeds = [stored[f"i{request['case']}_{k}"] for k in order]
    session.arrays(session.bind(feeds)())
    print("answered", flush=True)


main()
