"""What each ONNX operator means, by family. Importing this package fills the table."""

from benchmarks.worker.onnx_import.operators import (  # noqa: F401
    control_flow,
    convolution,
    detection,
    elementwise,
    fourier,
    grid,
    indexing,
    matmul,
    n_grams,
    normalization,
    pooling,
    quantisation,
    random_numbers,
    recurrent,
    reductions,
    resize,
    scattering,
    sets,
    shape,
)
