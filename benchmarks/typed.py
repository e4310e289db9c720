"""What a person types before a run, read strictly: an example shape, a list of batch sizes."""

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError

LARGEST_ELEMENTS = 10**8
"""Elements of one example input; more is a slip of the hand or would not fit into a step's memory."""
LARGEST_BATCH = 4096
MOST_BATCHES = 4


def read_shape(typed: str, spec: TensorSpec) -> tuple[int | str, ...]:
    """ "1,3,224,224" as the shape of `spec`, its first dimension the batch. Raises ProblemError."""
    try:
        sizes = [int(size) for size in typed.replace("×", ",").split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1:
        raise ProblemError(
            "identify",
            "bad-shape",
            f"“{typed[:40]}” is no shape for the input {spec.name}."
            if typed.strip()
            else f"The input {spec.name} has no shape yet.",
            "Give whole numbers from 1 separated by commas, such as 1,3,224,224.",
        )
    elements = 1
    for size in sizes:
        elements *= size
    if elements > LARGEST_ELEMENTS:
        raise ProblemError(
            "identify",
            "shape-too-large",
            f"The shape {typed[:40]} for the input {spec.name} has {elements:,} elements; "
            f"the most that an example may have is {LARGEST_ELEMENTS:,}.",
            "Give a smaller example.",
        )
    if spec.shape is not None and len(sizes) != len(spec.shape):
        raise ProblemError(
            "identify",
            "bad-shape",
            f"The input {spec.name} has {len(spec.shape)} dimensions, but {typed[:40]} has {len(sizes)}.",
            "Give one number for each dimension.",
        )
    for place, (size, known) in enumerate(zip(sizes, spec.shape or (), strict=False), 1):
        if place > 1 and isinstance(known, int) and known != size:
            raise ProblemError(
                "identify",
                "bad-shape",
                f"Dimension {place} of the input {spec.name} is {known} in the model, not {size}.",
                f"Give {known} there.",
            )
    return ("batch", *sizes[1:])


def read_batches(typed: str) -> tuple[int, ...]:
    """ "1, 8" as batch sizes, the first of which decides the verdict. Raises ProblemError."""
    try:
        batches = tuple(dict.fromkeys(int(size) for size in typed.split(",")))
    except ValueError:
        batches = ()
    if not batches or min(batches) < 1 or max(batches) > LARGEST_BATCH or len(batches) > MOST_BATCHES:
        raise ProblemError(
            "measure",
            "bad-batch",
            f"“{typed[:40]}” is no list of batch sizes.",
            f"Give up to {MOST_BATCHES} whole numbers from 1 to {LARGEST_BATCH}, such as 1, 8.",
        )
    return batches
