"""Task: the source model once more, its weights and inputs widened to float64.

What it answers has practically no rounding in it, so that an artifact's distance to it is not the
source's own. Runs after `reference`, in a fork of its own, since a model twice as large may be stopped by
the limits and must then cost nothing else. Writes `float64-<case>.npz`, `o<k>` for each output, and
`float64.json` with {"note"}: why there is none or not for all cases.
"""

import json
import time
from pathlib import Path

import numpy as np

from benchmarks.worker import reference, runtimes
from benchmarks.worker.agreement import FAR, TOLERANCES

WIDER = {"float16": "float64", "bfloat16": "float64", "float32": "float64", "complex64": "complex128"}
_NOTE = "float64.json"


def run(
    channel, workspace: str, source: str, source_format: str, threads: int, budget_s: float = 20.0
) -> dict:
    """Returns {"cases", "note"}: how many cases were answered in float64, and why not all."""
    began = time.monotonic()
    folder = Path(workspace)
    channel.progress("running the source model in float64")
    about = reference.summary(folder)
    done, note = 0, ""
    try:
        if not about["deterministic"]:
            raise ValueError("it gives other outputs each time.")
        session = _load(runtimes.runtime_for(source_format), Path(source), threads)
        for case in range(len(about["cases"])):
            if case and time.monotonic() - began > budget_s:
                note = f"The time was enough for {done} of {len(about['cases'])} cases in float64."
                break
            done += _answer(session, folder, case)
    except Exception as error:  # whatever a framework raises: no such reference, and that is all
        words = " ".join(str(error).split())[:200] or type(error).__name__
        note = f"The source does not run in float64 here: {words}"
    (folder / _NOTE).write_text(json.dumps({"note": note}))
    return {"cases": done, "note": note}


def _load(runtime_id: str, path: Path, threads: int) -> runtimes.Session:
    load = getattr(runtimes.runtime(runtime_id), "load_float64", None)
    if load is None:
        raise NotImplementedError(f"{runtime_id} has no way to widen a model.")
    return load(path, threads)


def _answer(session: runtimes.Session, folder: Path, case: int) -> bool:
    """Writes the answer to one case. Raises TypeError where it is not that of the same model, wider."""
    feeds, own = reference.stored_case(folder, case)
    wanted = [WIDER.get(array.dtype.name, array.dtype.name) for array in own]
    if wanted == [array.dtype.name for array in own]:
        raise TypeError("none of its outputs has a narrower floating type.")
    outputs = runtimes.run(session, [feed.astype(WIDER.get(feed.dtype.name, feed.dtype)) for feed in feeds])
    given = [(array.shape, array.dtype.name) for array in outputs]
    if given != [(array.shape, dtype) for array, dtype in zip(own, wanted, strict=True)]:
        raise TypeError("a part of the model stays narrower, or its outputs have another shape.")
    if case == 0 and not _alike(own, outputs):
        raise ValueError("in float64 the model answers something else.")
    unfinished = folder / "float64.unfinished.npz"
    np.savez(unfinished, **{f"o{k}": array for k, array in enumerate(outputs) if array.dtype.kind in "fc"})
    unfinished.rename(folder / f"float64-{case}.npz")
    return True


def _alike(own: list[np.ndarray], outputs: list[np.ndarray]) -> bool:
    """Whether most elements are near: a model that was widened wrongly is another model everywhere."""
    near, count = 0, 0
    for a, b in zip(own, outputs, strict=True):
        if (tolerance := TOLERANCES.get(a.dtype.name)) is None or a.size == 0:
            continue
        finite = np.isfinite(a)
        scale = float(np.abs(a[finite]).max()) if finite.any() else 0.0
        allowed = FAR * (tolerance.relative * np.abs(b) + tolerance.absolute * scale)
        with np.errstate(invalid="ignore"):
            near += int(((np.abs(a - b) <= allowed) | ~finite).sum())
        count += a.size
    return near >= 0.9 * count


def stored(workspace: Path, case: int, outputs: int) -> list[np.ndarray | None] | None:
    """The float64 answers of one case, None for an output that is not floating; None if there are none."""
    path = Path(workspace, f"float64-{case}.npz")
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as file:
        return [file[f"o{k}"] if f"o{k}" in file.files else None for k in range(outputs)]


def note(workspace: Path) -> str:
    """Why cases lack a float64 answer, "" if none does."""
    path = Path(workspace, _NOTE)
    if not path.exists():
        return "The run of the source in float64 was ended before it had answered."
    return str(json.loads(path.read_text())["note"])
