"""The user's own inputs: an `.npz` with one array for each input of the model."""

from pathlib import Path

import numpy as np

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError


def read(path: Path, specs: tuple[TensorSpec, ...]) -> list[np.ndarray]:
    """The arrays in the order of `specs`, text as objects. Raises ProblemError where one is missing or the
    file is not one of plain arrays."""
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


def completed(spec: TensorSpec, feed: np.ndarray) -> TensorSpec:
    """A spec without a shape takes the given example's, its first dimension left open."""
    if spec.shape is not None and sum(not isinstance(dim, int) for dim in spec.shape) <= 1:
        return TensorSpec(spec.name, spec.dtype or feed.dtype.name, spec.shape)
    return TensorSpec(spec.name, spec.dtype or feed.dtype.name, ("batch", *feed.shape[1:]))
