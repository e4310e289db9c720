"""What a deployment takes on the disk, of packages that are installed here."""

import importlib.metadata
from pathlib import Path

from benchmarks.worker import installed


def alone(package: str) -> float:
    """MB of a package's own files, looked at on the disk."""
    files = {file.locate().resolve() for file in importlib.metadata.files(package)}
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def test_a_package_without_dependencies_is_its_files():
    assert abs(installed.size_mb(("numpy",)) - alone("numpy")) < 0.01 * alone("numpy")


def test_required_packages_are_counted_and_each_once():
    numpy, both = installed.size_mb(("numpy",)), installed.size_mb(("onnxruntime", "numpy"))
    assert both == installed.size_mb(("onnxruntime",)) > numpy + 0.95 * alone("onnxruntime")


def test_extras_and_other_platforms_are_not():
    assert installed._closure(["onnxruntime"]) >= {"onnxruntime", "numpy", "protobuf"}
    assert installed._closure(["openvino"]) == {"openvino", "numpy", "openvino-telemetry"}


def test_what_is_not_installed_has_no_size():
    assert installed.size_mb(("no-such-package",)) is None
    assert installed.size_mb(("numpy", "no-such-package")) is None


def test_a_folder_is_its_files(tmp_path: Path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "file").write_bytes(bytes(2_000_000))
    assert installed.folder_mb(tmp_path) == 2
