"""Task: run the source model itself. What it answers is what every conversion must answer.

Writes `reference.npz` in the workspace: `i<case>_<k>` and `o<case>_<k>`, the inputs and outputs of
each case, and `reference.json` with the specs.
"""

import json
from pathlib import Path

import numpy as np

from benchmarks.artifact import Finding, TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.worker import input_cases, runtimes
from benchmarks.worker.converters import Example

SEEDS = (0, 1, 2)
BATCHES = (1, 2)


def run(
    channel,
    workspace: str,
    source: str,
    source_format: str,
    threads: int,
    inputs: list[dict],
    batches: list[int],
    given: str | None = None,
) -> dict:
    """`inputs`: the described inputs, shapes completed by the user where the file has none; `given`:
    an `.npz` of the user's own inputs, one array for each input name, which becomes the first case.

    Returns {"inputs", "outputs", "cases": [{"seed", "batch"}], "dynamic_batch", "findings"}. Raises
    ProblemError where the source cannot be run."""
    channel.progress("running the source model on seeded inputs")
    runtime_id = runtimes.runtime_for(source_format)
    session = runtimes.load(runtime_id, Path(source), threads)
    specs = _specs(session.inputs, tuple(TensorSpec.from_json(item) for item in inputs))
    arrays: dict[str, np.ndarray] = {}
    cases: list[dict] = []
    findings: list[Finding] = []

    def answer(case: dict, feeds: list[np.ndarray]) -> list[np.ndarray]:
        outputs = runtimes.run(session, feeds)
        if not outputs:
            raise ProblemError(
                "verify",
                "no-tensors",
                "The source model returns no tensor, so there is nothing to compare.",
                "Export it with the tensors that you need as outputs.",
            )
        for k, feed in enumerate(feeds):
            arrays[f"i{len(cases)}_{k}"] = feed
        for k, output in enumerate(outputs):
            arrays[f"o{len(cases)}_{k}"] = output
        cases.append(case)
        return outputs

    if given:
        feeds = _given(Path(given), specs)
        try:
            answer({"seed": None, "batch": int(feeds[0].shape[0]) if feeds[0].ndim else 1}, feeds)
        except ProblemError:
            raise
        except Exception as error:
            raise _does_not_run(feeds, error) from error
        specs = tuple(_completed(spec, feed) for spec, feed in zip(specs, feeds, strict=True))
    dynamic = input_cases.has_dynamic_batch(specs)
    for batch in dict.fromkeys([*BATCHES, *batches]) if dynamic else [_fixed_batch(specs)]:
        for seed in SEEDS:
            rng = np.random.default_rng([seed, batch])
            feeds = [input_cases.draw(spec, batch, rng) for spec in specs]
            try:
                answer({"seed": seed, "batch": batch}, feeds)
            except ProblemError:
                raise
            except Exception as error:
                if not cases:
                    raise _does_not_run(feeds, error) from error
                taken = list(dict.fromkeys(case["batch"] for case in cases))
                dynamic = len(taken) > 1
                findings.append(
                    Finding(
                        "warning",
                        f"The model takes a batch of {' and '.join(map(str, taken))} but fails on {batch}"
                        + ("." if dynamic else ": its batch size is baked in."),
                        "Export it with a dynamic first dimension to serve batches.",
                    )
                )
                break
        if not dynamic:
            break
    if not dynamic and not findings:
        findings.append(
            Finding(
                "info",
                "The batch size is fixed in the model, so other batch sizes were not tried.",
                "Export it with a dynamic first dimension to serve batches.",
            )
        )
    findings += _doubts(session, arrays, cases)
    np.savez(Path(workspace, "reference.npz"), **{k: _storable(v) for k, v in arrays.items()})
    summary = {
        "runtime": runtime_id,
        "inputs": [vars(spec) for spec in specs],
        "outputs": list(session.outputs),
        "cases": cases,
        "dynamic_batch": dynamic,
        "findings": [vars(finding) for finding in findings],
    }
    Path(workspace, "reference.json").write_text(json.dumps(summary))
    return summary


def _does_not_run(feeds: list[np.ndarray], error: Exception) -> ProblemError:
    return ProblemError(
        "verify",
        "source-does-not-run",
        f"The source model does not run on inputs of the shapes {_shapes(feeds)}: "
        f"{' '.join(str(error).split())[-300:]}",
        "Check the shapes and types of the inputs, or give inputs of your own.",
    )


def _fixed_batch(specs: tuple[TensorSpec, ...]) -> int:
    """The first dimension that the model fixes; 1 for scalars and for no input at all."""
    return next((spec.shape[0] for spec in specs if spec.shape and isinstance(spec.shape[0], int)), 1)


def _specs(loaded: tuple[TensorSpec, ...], described: tuple[TensorSpec, ...]) -> tuple[TensorSpec, ...]:
    """What the runtime says of the inputs, completed by what is known from the file and the user."""
    known = {spec.name: spec for spec in described}
    if set(known) != {spec.name for spec in loaded} and len(described) == len(loaded):
        known = {spec.name: other for spec, other in zip(loaded, described, strict=True)}
    specs = []
    for spec in loaded:
        other = known.get(spec.name, spec)
        specs.append(
            TensorSpec(
                spec.name, spec.dtype or other.dtype, other.shape if other.shape is not None else spec.shape
            )
        )
    return tuple(specs)


def _given(path: Path, specs: tuple[TensorSpec, ...]) -> list[np.ndarray]:
    try:
        file = np.load(path, allow_pickle=False)
        arrays = {name: file[name] for name in file.files}
    except Exception as error:  # not a zip, a lone array, or objects that would have to be unpickled
        raise ProblemError(
            "verify",
            "inputs-unreadable",
            "The inputs are not an .npz file of plain arrays.",
            "Write it with numpy.savez(file, name=array, …), strings as fixed-width text.",
        ) from error
    missing = [spec.name for spec in specs if spec.name not in arrays]
    if missing:
        raise ProblemError(
            "verify",
            "inputs-missing",
            f"No array is named {', '.join(missing)}; there is {', '.join(arrays) or 'none'}.",
            "Name each array in the .npz after an input of the model.",
        )
    feeds = [arrays[spec.name] for spec in specs]
    return [feed.astype(object) if feed.dtype.kind == "U" else feed for feed in feeds]


def _completed(spec: TensorSpec, feed: np.ndarray) -> TensorSpec:
    """A spec without a shape takes the given example's, its first dimension left open."""
    if spec.shape is not None and sum(not isinstance(dim, int) for dim in spec.shape) <= 1:
        return TensorSpec(spec.name, spec.dtype or feed.dtype.name, spec.shape)
    return TensorSpec(spec.name, spec.dtype or feed.dtype.name, ("batch", *feed.shape[1:]))


def _doubts(session, arrays: dict[str, np.ndarray], cases: list[dict]) -> list[Finding]:
    """What makes a later agreement prove less than it seems to."""
    findings = []
    count = sum(key.startswith("i0_") for key in arrays)
    again = runtimes.run(session, [arrays[f"i0_{k}"] for k in range(count)])
    first = [arrays[f"o0_{k}"] for k in range(len(again))]
    if not all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(first, again, strict=True)
    ):
        findings.append(
            Finding(
                "warning",
                "The source gives other outputs for the same input: dropout or random operators are active.",
                "Call model.eval() before you save it, and export again.",
            )
        )
    outputs = [arrays[f"o{case}_0"] for case in range(len(cases))]
    if all(
        output.shape == outputs[0].shape and np.array_equal(output, outputs[0]) for output in outputs[1:3]
    ):
        findings.append(
            Finding(
                "warning",
                "The outputs do not depend on the inputs that were tried, so agreement proves little.",
                "Give inputs of your own, or check the model's weights.",
            )
        )
    floats = [array for key, array in arrays.items() if key.startswith("o") and array.dtype.kind == "f"]
    if any(not np.isfinite(array).all() for array in floats):
        findings.append(
            Finding(
                "warning",
                "The source model's outputs contain NaN or infinity.",
                "Check the weights and the range of the inputs.",
            )
        )
    return findings


def _shapes(feeds: list[np.ndarray]) -> str:
    return ", ".join("×".join(map(str, feed.shape)) or "scalar" for feed in feeds)


def _storable(array: np.ndarray) -> np.ndarray:
    """Strings as fixed-width text: an object array would have to be pickled."""
    if array.dtype.kind != "O":
        return array
    return np.array([v.decode() if isinstance(v, bytes) else str(v) for v in array.ravel()]).reshape(
        array.shape
    )


def summary(workspace: Path) -> dict:
    return json.loads(Path(workspace, "reference.json").read_text())


def stored_case(workspace: Path, case: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Inputs and outputs of one case, in the source's order."""
    with np.load(Path(workspace, "reference.npz"), allow_pickle=False) as file:

        def pick(prefix: str) -> list[np.ndarray]:
            count = sum(name.startswith(f"{prefix}{case}_") for name in file.files)
            arrays = [file[f"{prefix}{case}_{k}"] for k in range(count)]
            return [a.astype(object) if a.dtype.kind == "U" else a for a in arrays]

        return pick("i"), pick("o")


def example(workspace: Path) -> Example:
    """The first case, as converters that trace need it."""
    about = summary(workspace)
    feeds, _ = stored_case(workspace, 0)
    return Example(
        tuple(TensorSpec.from_json(spec) for spec in about["inputs"]),
        tuple(about["outputs"]),
        feeds,
        about["dynamic_batch"],
    )
