"""Writes an ONNX model that works, with a hostile text in every place that has a name: `… FILE`."""

import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

MARKUP = (
    "![x](http://elsewhere.example/x.png) <img src=//elsewhere.example/y.png onerror=alert(1)> "
    "<script>alert(1)</script> [link](http://elsewhere.example) www.elsewhere.example a@elsewhere.example "
    ":red[red] :material/home: :smile: $\\frac{1}{2}$ `code` **bold** | table | ~~gone~~"
)
UNSEEN = "left\u202eright\u2066\x1b[31m\x07\r\n\t\u200b# heading" + "Z\u0301" + "\u0301" * 60
LONG = "n" * 4_000


def build() -> onnx.ModelProto:
    weights = numpy.eye(4, dtype=numpy.float32)
    names = [MARKUP, UNSEEN, LONG]
    nodes, last = [], names[0]
    for place, name in enumerate([UNSEEN + "1", LONG + "1", "out " + MARKUP]):
        nodes.append(helper.make_node("MatMul", [last, "weights " + MARKUP], [name], name=names[place]))
        last = name
    values = [
        helper.make_tensor_value_info(names[0], TensorProto.FLOAT, ["batch <b>" + MARKUP, 4]),
        helper.make_tensor_value_info(last, TensorProto.FLOAT, [LONG, 4]),
    ]
    initializer = numpy_helper.from_array(weights, "weights " + MARKUP)
    graph = helper.make_graph(nodes, MARKUP, values[:1], values[1:], [initializer], doc_string=MARKUP)
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(
        graph,
        opset_imports=opsets,
        ir_version=8,
        producer_name=MARKUP,
        producer_version=UNSEEN,
        domain=LONG,
        doc_string=MARKUP,
    )


if __name__ == "__main__":
    onnx.save(build(), sys.argv[1])
