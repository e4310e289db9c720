"""Which opset an ONNX file may have, so that the runtime here loads it."""

import onnx
import onnxruntime
from onnx import TensorProto, helper


def newest_loaded() -> int:
    """The newest opset of the default domain that ONNX Runtime loads, found by offering it models of one
    operator. A runtime refuses opsets that were released after it."""
    for opset in range(onnx.defs.onnx_opset_version(), 6, -1):
        if _loads(opset):
            return opset
    raise RuntimeError(
        f"ONNX Runtime {onnxruntime.__version__} loads no opset that onnx {onnx.__version__} knows"
    )


def _loads(opset: int) -> bool:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "probe", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = min(model.ir_version, helper.find_min_ir_version_for(model.opset_import))
    try:
        onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    except Exception:
        return False
    return True
