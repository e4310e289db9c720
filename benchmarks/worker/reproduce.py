"""Makes an artifact again from its model, as Format Advisor made it, and says whether it is the same.

    python -m pip install -r requirements.txt
    python reproduce.py MODEL [ARTIFACT]

The conversion itself is in the folder `benchmarks` beside this file, unchanged; `steps.json` says which of
its converters ran, in which order and with which of their attempts. MODEL is what was uploaded.
"""

import argparse
import hashlib
import importlib
import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Returns the exit code: 0 if the artifact was made, 2 if there is something at its place."""
    told = json.loads((HERE / "steps.json").read_text())
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("artifact", type=Path, nargs="?", default=Path(told["artifact"]["filename"]))
    arguments = parser.parse_args()
    if arguments.artifact.exists():
        print(f"{arguments.artifact} is there already; give another name.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        path = under_its_name(arguments.model, told["source"], Path(folder))
        for number, step in enumerate(told["steps"], 1):
            print(f"{number}. {step['from']} → {step['to']}: {step['attempt']}", flush=True)
            made = Path(folder, str(number), step["filename"])
            made.parent.mkdir()
            convert(step, path, made, told)
            path = made
        shutil.move(path, arguments.artifact)
    same = digest(arguments.artifact) == told["artifact"]["sha256"]
    print(
        f"{arguments.artifact}: "
        + ("the same bytes." if same else "made; its bytes are others, its values are to be compared.")
    )
    return 0


def convert(step: dict, source: Path, target: Path, told: dict) -> None:
    """One hop along one converter. Raises what it raises."""
    import numpy as np

    from benchmarks.artifact import TensorSpec
    from benchmarks.worker import converters

    with np.load(HERE / "example.npz", allow_pickle=False) as file:
        feeds = [file[str(k)] for k in range(len(file.files))]
    example = converters.Example(
        tuple(TensorSpec.from_json(spec) for spec in told["inputs"]),
        tuple(told["outputs"]),
        [feed.astype(object) if feed.dtype.kind == "U" else feed for feed in feeds],
        told["dynamic_batch"],
        told["opset"],
    )
    module = importlib.import_module(
        f"benchmarks.worker.converters.{step['from']}_to_{step['to']}".replace("-", "_")
    )
    converters.ladder(module)[step["attempt"]](source, target, example)


def under_its_name(model: Path, source: dict, folder: Path) -> Path:
    """The model below `folder` under the name that its format has, out of its archive where it was in one."""
    if model.is_dir():
        return model
    unpacked = folder / "model"
    unpacked.mkdir()
    if not source["folder"]:
        return Path(shutil.copyfile(model, unpacked / source["filename"]))
    shutil.unpack_archive(model, unpacked, "zip" if zipfile.is_zipfile(model) else "gztar")
    return next((file.parent for file in unpacked.rglob("saved_model.pb")), unpacked)


def digest(path: Path) -> str:
    """SHA-256 of a file; of a folder, for each file in the order of the sorted relative paths: path, NUL,
    size in decimal, NUL, bytes."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    files = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
    found = hashlib.sha256()
    for name in sorted(files):
        found.update(f"{name}\0{files[name].stat().st_size}\0".encode())
        found.update(files[name].read_bytes())
    return found.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
