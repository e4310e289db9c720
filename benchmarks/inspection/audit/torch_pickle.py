"""Whether a file of torch.save inside an exported program can run code when it is unpickled.

torch.export.load reads such a file with `weights_only=False`, or falls back to that whenever the safe
reader fails (torch/_export/serde/serialize.py, `deserialize_torch_artifact`), so only what the pickle
refers to counts. Nothing is unpickled here.
"""

from benchmarks.errors import ProblemError
from benchmarks.inspection import pickle_outline
from benchmarks.inspection.archive import Zip
from benchmarks.inspection.audit.expressions import PASTED
from benchmarks.inspection.audit.tensors import check_storages
from benchmarks.inspection.damage import Damaged

MAX_PICKLE_BYTES, MAX_LIST_BYTES = 64 * 2**10, 256 * 2**10
"""Of the pickle, which holds no weights, and of the list of files; a larger one is not looked at."""
_FILES = {"data.pkl", "version", "byteorder", ".format_version", ".storage_alignment", ".data", "data"}
_DTYPES = "float32 float64 float16 bfloat16 int8 int16 int32 int64 uint8 bool complex64 complex128"
_GLOBALS = {
    "collections OrderedDict",
    "torch Size",
    "torch Tensor",
    "torch._tensor _rebuild_from_type_v2",
    "torch device",
    "torch.storage UntypedStorage",
    *(f"torch {dtype}" for dtype in _DTYPES.split()),
    *(f"torch._utils _rebuild_{what}" for what in ("tensor_v2", "parameter", "qtensor", "sparse_tensor")),
}
"""What tensors, and tuples, lists and dictionaries of them, are made of, but for the storages."""


def runs_code(data: memoryview) -> bool:
    """False only where the file is a plain zip of torch.save whose pickle refers to tensors and nothing
    else, under keys that stay text: PyTorch writes them into Python (torch/export/_unlift.py). Raises
    ProblemError where its weights are not all there."""
    try:
        archive = Zip(data, MAX_LIST_BYTES)
        files = archive.listing.files
        roots = {name.partition("/")[0] for name in [*files, *archive.listing.folders]}
        [root] = roots
        if not {name.split("/")[1] for name in files} <= _FILES:
            return True
        found = pickle_outline.outline(bytes(archive.view(f"{root}/data.pkl", MAX_PICKLE_BYTES)))
    except (Damaged, ProblemError, ValueError, LookupError):
        return True
    storages = {name for name in found.globals if name.startswith("torch ") and name.endswith("Storage")}
    if not found.globals <= _GLOBALS | storages:
        return True
    if not all(isinstance(text, str) and PASTED.fullmatch(text) for text in found.texts):
        return True
    check_storages(found, files, f"{root}/data/")
    return False
