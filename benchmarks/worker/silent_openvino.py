"""OpenVINO as it is when its package `openvino-telemetry` is missing: that one tells its maker of every import
and conversion, unless somebody declined on this machine before. OpenVINO then takes a stub of its own instead
(openvino/tools/ovc/telemetry_utils.py, 2026.4)."""

import sys

sys.modules["openvino_telemetry"] = None  # an import of it now raises ImportError

import openvino  # noqa: E402 – reports while it is imported

__all__ = ["openvino"]
