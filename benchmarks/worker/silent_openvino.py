"""OpenVINO without its package `openvino-telemetry`, which tells its maker of every import and conversion
unless somebody declined on this machine before. Where the package is missing OpenVINO takes a stub of its own
(openvino/tools/ovc/telemetry_utils.py, 2026.4.1)."""

import sys

sys.modules["openvino_telemetry"] = None  # an import of it now raises ImportError

import openvino  # noqa: E402, F401 – it would report already while it is imported
