"""What is often given in place of a model, by content, and what to give instead.

A pickle runs code when it is loaded, whatever its ending and however it is compressed, and is never taken.
"""

import bz2
import lzma
import pickletools
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.errors import ProblemError
from benchmarks.inspection import hdf5, pytorch_source
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import quoted, refusal

READ_FORMATS = (
    ".onnx (with files of weights: as .zip), TorchScript, .pt2, .keras, .h5, .tflite, .skops, XGBoost's .ubj "
    "or .json, LightGBM's text, PyTorch source (.py, with .safetensors: as .zip), or a SavedModel as a "
    "folder, .zip or .tar.gz"
)
_WITH_SOURCE = "upload a .py with get_model() and example_inputs(), zipped with the weights as .safetensors"
_UPLOAD_INSTEAD = (
    "Save the model itself with torch.jit.save or torch.export.save, or export it to ONNX. To compare all "
    f"three ways out of PyTorch, {_WITH_SOURCE}."
)
_MODEL_ENDINGS = (
    ".onnx",
    ".pt",
    ".pth",
    ".pt2",
    ".keras",
    ".h5",
    ".tflite",
    ".safetensors",
    ".gguf",
    ".skops",
    ".ubj",
)
_ARCHIVE_ENDINGS = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst")
_HEAD, _LOOKED_AT = 512, 100
"""Bytes of a file, and files of an archive, that are looked at to name what was given."""
_PICKLE_ENDINGS = (".pkl", ".pickle", ".joblib", ".dill")
_SKLEARN_INSTEAD = "Write a scikit-learn model with skops.io.dump(model, 'model.skops'); upload that."


@dataclass(frozen=True)
class _Magic:
    """Bytes at `at` that tell a kind of file."""

    at: int
    bytes: bytes
    kind: str
    message: str
    next_step: str


_MAGICS = (
    _Magic(
        0,
        b"version https://git-lfs.github.com/spec/",
        "git-lfs-pointer",
        "This is a Git LFS pointer: a text of three lines that stands for the model in a repository.",
        "Run git lfs pull in the repository, then give the file again.",
    ),
    _Magic(
        0,
        hdf5.MAGIC,
        "hdf5",
        "This HDF5 file (.h5) has no description of a model, or keeps it in a newer layout of HDF5: weights "
        "alone say nothing of how they are used.",
        "Save the whole model, not its weights, with model.save('model.keras').",
    ),
    _Magic(
        0,
        b"GGUF",
        "gguf",
        "This is a GGUF file: weights of a language model for llama.cpp, without a graph to convert.",
        "Serve it with llama.cpp; to compare formats, export the original model to ONNX.",
    ),
    _Magic(
        0,
        b"\x93NUMPY",
        "numpy",
        "This is a NumPy array, not a model.",
        f"Give the model file ({READ_FORMATS}); arrays can be given as inputs.",
    ),
    _Magic(
        0,
        b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19",
        "torch-checkpoint",
        "This is an old checkpoint of torch.save: a pickle of weights, without a program to run.",
        _UPLOAD_INSTEAD,
    ),
    _Magic(
        4,
        b"ET12",
        "executorch",
        "This is an ExecuTorch program (.pte), compiled for one backend, which cannot be converted.",
        "Give what it was made from, saved with torch.export.save.",
    ),
    _Magic(
        0,
        b"\x7fELF",
        "machine-code",
        "This is compiled machine code, not a model that can be converted.",
        f"Give the model it was compiled from ({READ_FORMATS}).",
    ),
    _Magic(
        0,
        b"\x1f\x8b",
        "compressed-file",
        "This is a single file compressed with gzip.",
        "Decompress it with gunzip and give the file itself.",
    ),
    *(
        _Magic(
            0,
            magic,
            "unsupported-archive",
            f"This is a {name} archive, which is not read.",
            "Pack it as .zip or .tar.gz.",
        )
        for magic, name in (
            (b"BZh", "bzip2"),
            (b"\xfd7zXZ\x00", "xz"),
            (b"\x28\xb5\x2f\xfd", "zstd"),
            (b"\x04\x22\x4d\x18", "lz4"),
            (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
            (b"Rar!\x1a\x07", "RAR"),
        )
    ),
)


def file_refusal(content: Content) -> ProblemError:
    """Why a single file that no format recognised is refused."""
    head = content.head
    if not head:
        return refusal("empty-file", "The file is empty.", "Copy or download it again, and compare its size.")
    unpacked = _unpacked(head)
    if unpacked and _is_pickle(unpacked, whole=False):
        return refusal(
            "joblib",
            "This is a compressed pickle (of joblib, scikit-learn or Python), which can run any code when "
            "it is loaded.",
            f"{_SKLEARN_INSTEAD} {_UPLOAD_INSTEAD}",
        )
    if _holds_objects(head):
        return _numpy_objects()
    for magic in _MAGICS:
        if head.startswith(magic.bytes, magic.at):
            return refusal(magic.kind, magic.message, magic.next_step)
    if _is_safetensors(content):
        return refusal(
            "safetensors",
            "This is a safetensors file: weights only, without a graph to convert or run.",
            f"Save the model itself with torch.export.save, export it to ONNX, or {_WITH_SOURCE}.",
        )
    if _is_pickle(head, whole=len(head) == content.size_bytes):
        return refusal(
            "pickle",
            "This is a pickle (of joblib, scikit-learn or Python), which can run any code when it is loaded.",
            f"{_SKLEARN_INSTEAD} {_UPLOAD_INSTEAD}",
        )
    if head[:1] == b"\x78" and head[1:2] in (b"\x01", b"\x5e", b"\x9c", b"\xda"):
        return refusal(
            "joblib", "This looks like a compressed joblib file: a pickle, not a model.", _SKLEARN_INSTEAD
        )
    if head[:3] == b"\x08\x01\x12":
        return refusal(
            "lone-saved-model",
            "This is the graph of a SavedModel without its folder.",
            "Pack the whole model folder, with variables/ beside saved_model.pb, as .zip or .tar.gz.",
        )
    if source := pytorch_source.refused(content):
        return source
    if head.startswith(b"<?xml") and b"<net " in head:
        return _openvino()
    if shown := _text_start(head):
        return refusal(
            "text-file",
            f"This is a text file, not a model; it begins with {quoted(shown, 40)}.",
            "If it was downloaded, a page or an error message may have been saved in place of the model.",
        )
    return refusal(
        "unknown", "The file is no model in a format that is read here.", f"Give one of {READ_FORMATS}."
    )


def archive_refusal(content: Content) -> ProblemError:
    """Why a zip, tar or folder in which no format recognised a model is refused."""
    names = [name.rpartition("/")[2] for name in content.files]
    graphs = [name.removesuffix(".xml") for name in content.files if name.endswith(".xml")]
    if any(f"{name}.bin" in content.files for name in graphs):
        return _openvino()
    if content.container == "folder":
        return pytorch_source.refused(content) or refusal(
            "not-a-model-folder",
            "The folder holds no SavedModel: there is no saved_model.pb in it.",
            "Give the folder that holds saved_model.pb, or a model file.",
        )
    if "saved_model.pbtxt" in names:
        return refusal(
            "saved-model-text",
            "The SavedModel is written as text (saved_model.pbtxt), which is not read.",
            "Save it again with tf.saved_model.save, which writes saved_model.pb.",
        )
    if "data.pkl" in names:
        return refusal(
            "torch-checkpoint",
            "This is a checkpoint of torch.save: a pickle of weights, without a program to run.",
            _UPLOAD_INSTEAD,
        )
    if names and all(name.endswith(".npy") for name in names):
        if any(
            _holds_objects(bytes(content.view(name)[:_HEAD])) for name in list(content.files)[:_LOOKED_AT]
        ):
            return _numpy_objects()
        return refusal(
            "numpy",
            "This is a NumPy archive (.npz) of arrays, not a model.",
            f"Give the model file ({READ_FORMATS}); arrays can be given as inputs.",
        )
    pickles = sorted(name for name in names if name.endswith(_PICKLE_ENDINGS))
    if pickles:
        return refusal(
            "pickle",
            f"The {content.container} archive holds a pickle, which can run any code when it is loaded: "
            f"{quoted(pickles[0])}.",
            f"{_SKLEARN_INSTEAD} {_UPLOAD_INSTEAD}",
        )
    if source := pytorch_source.refused(content):
        return source
    packed = sorted(name for name in names if name.endswith(_ARCHIVE_ENDINGS))
    if packed:
        return refusal(
            "nested-archive",
            f"The {content.container} archive holds an archive, which is not opened: {quoted(packed[0])}.",
            "Unpack the outer one and give the model itself.",
        )
    inside = sorted(name for name in names if name.endswith(_MODEL_ENDINGS))
    if inside:
        return refusal(
            "several-models" if len(inside) > 1 else "packed-model",
            "Only a SavedModel, or an ONNX model or PyTorch source with its weights, may come in an archive; "
            f"this one holds {', '.join(map(quoted, inside[:3]))}.",
            "Unpack it and give one model file itself.",
        )
    return refusal(
        "archive-without-model",
        f"The {content.container} archive holds no model: there is no saved_model.pb in it.",
        f"Give one of {READ_FORMATS}.",
    )


def _is_safetensors(content: Content) -> bool:
    """An 8-byte length, then as much JSON (github.com/huggingface/safetensors, format)."""
    length = int.from_bytes(content.head[:8], "little")
    return content.head[8:10] in (b'{"', b"{}") and 2 <= length <= content.size_bytes - 8


def _is_pickle(head: bytes, whole: bool) -> bool:
    """Protocol 2 to 5 begins with its number; an older one is a row of known opcodes up to its full stop,
    which `whole` says must be there."""
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return True
    names = []
    try:
        for opcode, _, _ in pickletools.genops(head):
            names.append(opcode.name)
    except Exception:  # genops raises whatever the bytes make of its decoders
        return not whole and len(names) > 8 and "GLOBAL" in names
    return True


def _unpacked(head: bytes) -> bytes:
    """The first bytes of a compressed file as joblib writes them; nothing where it is none."""
    openers: tuple[tuple[bytes, Callable[[], object]], ...] = (
        (b"\x1f\x8b", lambda: zlib.decompressobj(31)),
        (b"\x78", zlib.decompressobj),
        (b"BZh", bz2.BZ2Decompressor),
        (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(memlimit=2**27)),
        (b"\x5d\x00\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=2**27)),
    )
    for magic, opener in openers:
        if head.startswith(magic):
            try:
                return opener().decompress(head, _HEAD)
            except (zlib.error, OSError, EOFError, ValueError, MemoryError, lzma.LZMAError):
                return b""
    return b""


def _holds_objects(head: bytes) -> bool:
    """Whether this is a NumPy file of Python objects: a pickle behind a header that says so."""
    return head.startswith(b"\x93NUMPY") and b"'|O'" in head[:_HEAD]


def _numpy_objects() -> ProblemError:
    return refusal(
        "pickle",
        "This is a NumPy file of Python objects: a pickle, which can run any code when it is loaded.",
        f"{_SKLEARN_INSTEAD} {_UPLOAD_INSTEAD}",
    )


def _openvino() -> ProblemError:
    return refusal(
        "openvino-ir",
        "This is OpenVINO IR, which is converted to but not taken as an upload yet.",
        f"Give the model that it was made from ({READ_FORMATS}).",
    )


def _text_start(head: bytes) -> str:
    """The first words if `head` is text, else ""."""
    for cut in range(4):  # the head may end inside a character
        try:
            text = head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        is_text = all(letter.isprintable() or letter in "\n\r\t\f\ufeff" for letter in text)
        return " ".join(text.split()[:8]) or "white space" if is_text else ""
    return ""
