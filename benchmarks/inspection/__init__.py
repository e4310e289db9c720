"""Identify and describe a model from its bytes, without executing it and without any framework.

One file per format (`onnx`, `torchscript`, `pt2`, `savedmodel`, `keras`, `litert`, …), each with the same
two verbs: `recognise(content)` finds the model in the content or says it is not there,
`describe(content, root)` reads what the file says of itself. What is no model is named in `refusals`.

Nothing here trusts the file: every loop is bounded by a budget or by the bytes that are there, tensor
bytes are stepped over and never copied, and whatever is wrong comes out as a `ProblemError`.

"Parameters" are the elements of every stored weight, trainable or not, each tensor counted once.
"""

from benchmarks.inspection.identification import FORMATS, Identified, describe, identify
from benchmarks.inspection.unpacking import unpack

__all__ = ["FORMATS", "Identified", "describe", "identify", "unpack"]
