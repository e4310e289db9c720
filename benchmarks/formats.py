"""Formats as files: what a format is called, for people and on disk."""

TARGETS = ("onnx", "torchscript", "savedmodel", "pt2", "litert")
"""The formats that a comparison tries to reach, in the order in which they are shown."""

FILENAMES = {
    "onnx": "model.onnx",
    "torchscript": "model.pt",
    "pt2": "model.pt2",
    "savedmodel": "savedmodel",
    "litert": "model.tflite",
    "keras": "model.keras",
    "skops": "model.skops",
    "xgboost-native": "model.ubj",
    "lightgbm-native": "model.txt",
}

NAMES = {
    "onnx": "ONNX",
    "torchscript": "TorchScript",
    "pt2": "torch.export (.pt2)",
    "savedmodel": "SavedModel",
    "litert": "LiteRT",
    "keras": "Keras",
    "skops": "scikit-learn (skops)",
    "xgboost-native": "XGBoost",
    "lightgbm-native": "LightGBM",
}


def name(label: str) -> str:
    """What people call a candidate: "ONNX", "ONNX #2" for the second of a race."""
    format_id, _, number = label.partition("#")
    return NAMES.get(format_id, format_id) + (f" #{number}" if number else "")


FRAMEWORK = {
    "onnx": "onnx",
    "torchscript": "pytorch",
    "pt2": "pytorch",
    "savedmodel": "tensorflow",
    "keras": "keras",
    "litert": "tensorflow",
    "skops": "scikit-learn",
    "xgboost-native": "xgboost",
    "lightgbm-native": "lightgbm",
}
"""The training framework that the advisor is asked about for a model that came in this format."""
