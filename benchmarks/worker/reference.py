"""Task: run the source model itself. What it answers is what every conversion must answer.

Writes in the workspace: `reference.npz`, `i<case>_<k>` and `o<case>_<k>`, the inputs and outputs of each
case; `example.npz`, the inputs of the first; `reference.json`, the specs. The task `float64` adds
`float64-<case>.npz` to it.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from benchmarks.artifact import Finding, TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.worker import doubts, given_inputs, index_bound, input_cases, runtimes
from benchmarks.worker.converters import Example
from benchmarks.worker.input_cases import Case

EXAMPLE = "example.npz"
MAX_STORED_BYTES = 1_000_000_000
"""Inputs and outputs of all cases together: they are kept in memory until the task ends."""


def run(
    channel,
    workspace: str,
    source: str,
    source_format: str,
    threads: int,
    inputs: list[dict],
    batches: list[int],
    given: str | None = None,
    operators: Sequence[str] = (),
    budget_s: float = 20.0,
    first_seed: int = 0,
) -> dict:
    """`inputs`: the described inputs, shapes completed by the user where the file has none; `batches`: the
    sizes that will be measured; `given`: an `.npz` of the user's own inputs, one array for each input name,
    which becomes the first case, else the example that the model itself brings, if it does; `operators`:
    those the file names; `budget_s`: seconds after which no further case is begun.

    Returns {"runtime", "inputs", "outputs", "cases": [{"kind", "seed", "batch"}], "planned", "least",
    "dynamic_batch", "deterministic", "findings"}. Raises ProblemError where the source cannot be run."""
    began = time.monotonic()
    channel.progress("running the source model on seeded inputs")
    runtime_id = runtimes.runtime_for(source_format)
    session = runtimes.load(runtime_id, Path(source), threads)
    specs = _specs(session.inputs, tuple(TensorSpec.from_json(item) for item in inputs))
    asked = _Asked(session)
    if given:
        feeds = given_inputs.read(Path(given), specs)
        asked.ask(Case("given", None, int(feeds[0].shape[0]) if feeds and feeds[0].ndim else 1), feeds)
        specs = tuple(given_inputs.completed(spec, feed) for spec, feed in zip(specs, feeds, strict=True))
    elif example := getattr(session, "example", None):
        asked.ask(Case("given", None, int(example[0].shape[0]) if example[0].ndim else 1), example)
    dynamic = input_cases.has_dynamic_batch(specs)
    brought = [case.batch for case in asked.cases if not given]
    sizes = list(dict.fromkeys([*brought, *input_cases.BATCHES, *batches]))
    sizes = sizes if dynamic else [_fixed_batch(specs)]
    bound = input_cases.INDEX_BOUND
    if input_cases.has_integers(specs):
        bound = index_bound.find(session, specs, sizes[0], operators, began + budget_s / 4)
    planned = input_cases.plan(specs, sizes, batches, first_seed)
    must = {size for size in sizes if size in (sizes[0], *batches)}  # what is measured must be verified
    refused: dict[str, None] = {}
    left_out = 0
    least = 0
    for number, case in enumerate(planned, 1):
        first = case.kind == "seeded" and case.seed == first_seed and case.batch in must
        spent = time.monotonic() - began > budget_s or asked.stored > MAX_STORED_BYTES
        if case.kind in input_cases.EDGES and case.batch in asked.refused_batches:
            case = replace(case, batch=sizes[0])
        if case.batch in asked.refused_batches:
            continue
        if spent and not first:
            left_out += 1
            continue
        channel.progress(f"case {number} of {len(planned)}, batch {case.batch}")
        feeds = input_cases.feeds_of(case, specs, bound)
        if case.kind in input_cases.EDGES and asked.cases:
            if not asked.ask_edge(case, feeds):
                refused[case.kind] = None
        elif case.kind == "seeded" and case.seed == first_seed and asked.cases:
            asked.ask_batch(case, feeds)
        else:
            asked.ask(case, feeds)
        if first:
            least = len(asked.cases)
    taken = sorted({case.batch for case in asked.cases})
    if asked.refused_batches:
        dynamic = len(taken) > 1
    if set(brought) & set(asked.refused_batches):
        findings = [_ONLY_THE_EXAMPLE]
    else:
        findings = _about_batches(dynamic, taken, asked.refused_batches)
    findings += [
        Finding("info", f"The source does not run on {_EDGE_WORDS[kind]}, so these were left out.")
        for kind in refused
    ]
    again = runtimes.run(session, asked.feeds(0))
    deterministic = doubts.repeats(asked.outputs(0), again)
    findings += doubts.about_repetition(deterministic, operators)
    findings += doubts.about_outputs(asked.cases, [asked.outputs(k) for k in range(len(asked.cases))])
    asked.write(Path(workspace, "reference.npz"))
    # What converters get, in a file of its own: a script that repeats a conversion takes it along.
    feeds = {str(k): _storable(feed) for k, feed in enumerate(asked.feeds(0))}
    np.savez(Path(workspace, EXAMPLE), **feeds)
    summary = {
        "runtime": runtime_id,
        "inputs": [vars(spec) for spec in specs],
        "outputs": list(session.outputs),
        "cases": [asdict(case) for case in asked.cases],
        "planned": len(asked.cases) + left_out,
        "least": least,
        "dynamic_batch": dynamic,
        "deterministic": deterministic,
        "findings": [vars(finding) for finding in findings],
    }
    Path(workspace, "reference.json").write_text(json.dumps(summary))
    return summary


_ONLY_THE_EXAMPLE = Finding(
    "warning",
    "The model runs on the example that it brings, but not on other values of the same shapes and types, so "
    "little else was compared.",
    "Give an example whose integers are all the values that may come, or inputs of your own.",
)
_EDGE_WORDS = {
    "zeros": "zeros",
    "negative": "negative values",
    "large": "large values",
    "nan": "a NaN among its inputs",
}


class _Asked:
    """What the source was asked and has answered. Sizes in bytes."""

    def __init__(self, session: runtimes.Session):
        self._session = session
        self._arrays: dict[str, np.ndarray] = {}
        self.cases: list[Case] = []
        self.refused_batches: list[int] = []
        self.stored = 0

    def ask(self, case: Case, feeds: list[np.ndarray]) -> None:
        """Raises ProblemError where the source does not run on the case."""
        try:
            self._keep(case, feeds)
        except ProblemError:
            raise
        except Exception as error:
            raise _does_not_run(feeds, error) from error

    def ask_batch(self, case: Case, feeds: list[np.ndarray]) -> None:
        """A case with a batch size that was not tried before, which the source may refuse."""
        try:
            self._keep(case, feeds)
        except ProblemError:
            raise
        except Exception:
            self.refused_batches.append(case.batch)

    def ask_edge(self, case: Case, feeds: list[np.ndarray]) -> bool:
        """Whether the source answered: it may check its inputs and refuse such ones."""
        try:
            self._keep(case, feeds)
        except Exception:
            return False
        return True

    def _keep(self, case: Case, feeds: list[np.ndarray]) -> None:
        outputs = runtimes.run(self._session, feeds)
        if not outputs:
            raise ProblemError(
                "verify",
                "no-tensors",
                "The source model returns no tensor, so there is nothing to compare.",
                "Export it with the tensors that you need as outputs.",
            )
        for prefix, arrays in (("i", feeds), ("o", outputs)):
            for k, array in enumerate(arrays):
                self._arrays[f"{prefix}{len(self.cases)}_{k}"] = array
                self.stored += array.nbytes
        self.cases.append(case)

    def feeds(self, case: int) -> list[np.ndarray]:
        return self._of("i", case)

    def outputs(self, case: int) -> list[np.ndarray]:
        return self._of("o", case)

    def _of(self, prefix: str, case: int) -> list[np.ndarray]:
        count = sum(key.startswith(f"{prefix}{case}_") for key in self._arrays)
        return [self._arrays[f"{prefix}{case}_{k}"] for k in range(count)]

    def write(self, path: Path) -> None:
        np.savez(path, **{key: _storable(array) for key, array in self._arrays.items()})


def _about_batches(dynamic: bool, taken: list[int], refused: list[int]) -> list[Finding]:
    next_step = "Export it with a dynamic first dimension to serve batches."
    if refused:
        text = f"The model takes a batch of {_listed(taken)} but fails on {_listed(sorted(refused))}"
        return [Finding("warning", text + ("." if dynamic else ": its batch size is baked in."), next_step)]
    if dynamic:
        return []
    text = "The batch size is fixed in the model, so other batch sizes were not tried."
    return [Finding("info", text, next_step)]


def _listed(numbers: list[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


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


def example(workspace: Path, opset: int) -> Example:
    """The first case, as converters that trace need it. `opset`: the newest that they may write."""
    about = summary(workspace)
    feeds, _ = stored_case(workspace, 0)
    return Example(
        tuple(TensorSpec.from_json(spec) for spec in about["inputs"]),
        tuple(about["outputs"]),
        feeds,
        about["dynamic_batch"],
        opset,
    )
