"""LiteRT (.tflite): one flatbuffer with the identifier TFL3.

The order of operator and type names is that of tensorflow's schema.fbs, as in ai-edge-litert 2.3; later
operators are shown by number.
"""

from collections import Counter

from benchmarks.artifact import Description, Dim, TensorSpec
from benchmarks.inspection import litert_tables
from benchmarks.inspection.content import Content
from benchmarks.inspection.litert_tables import CUSTOM, Model, Tensor
from benchmarks.inspection.tensor_size import elements

IDENTIFIER = b"TFL3"
_TYPE_NAMES = """
float32 float16 int32 uint8 int64 str bool int16 complex64 int8 float64 complex128 uint64 resource variant
uint32 uint16 int4 bfloat16 int2 uint4 float8_e4m3fn float8_e5m2
"""
_OPERATOR_NAMES = """
ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE
EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D
LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6
RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL
CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND
SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE
BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST
PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN
TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW
ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK
REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR
LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS
WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE
NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM
BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG
REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL
CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL
BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD
UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR
RIGHT_SHIFT STABLEHLO_LOGISTIC STABLEHLO_ADD STABLEHLO_DIVIDE STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM
STABLEHLO_RESHAPE STABLEHLO_CLAMP STABLEHLO_CONCATENATE STABLEHLO_BROADCAST_IN_DIM
STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE STABLEHLO_ABS
STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG
STABLEHLO_MINIMUM STABLEHLO_NEGATE STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER
STABLEHLO_RSQRT STABLEHLO_SELECT STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER
STABLEHLO_COMPARE STABLEHLO_CONVERT STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE
STABLEHLO_PAD STABLEHLO_IOTA STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT
STABLEHLO_WHILE STABLEHLO_GATHER STABLEHLO_TRANSPOSE DILATE STABLEHLO_RNG_BIT_GENERATOR
REDUCE_WINDOW STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT STABLEHLO_CASE
"""
DTYPES, _OPERATORS = _TYPE_NAMES.split(), _OPERATOR_NAMES.split()


def recognise(content: Content) -> str | None:
    """ "" if the file bears LiteRT's identifier, else None."""
    return "" if content.container == "file" and content.head[4:8] == IDENTIFIER else None


def describe(content: Content, root: str) -> Description:
    """Reads the tables; weights are stepped over."""
    model = litert_tables.read(content, root)
    names = [operator_name(*code) for code in model.codes]
    operators: Counter[str] = Counter()
    for graph in model.subgraphs:
        operators.update(names[operator.code] for operator in graph.operators)
    first = model.subgraphs[0]
    spoken = next((signature.names for signature in model.signatures if signature.subgraph == 0), {})
    return Description(
        format="litert",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version={"schema": model.version},
        inputs=tuple(_spec(first.tensors[index], spoken.get(index)) for index in first.inputs),
        outputs=tuple(_spec(first.tensors[index], spoken.get(index)) for index in first.outputs),
        operators=dict(operators.most_common()),
        parameters=_parameters(model),
    )


def operator_name(number: int, custom: str) -> str:
    if number == CUSTOM:
        return f"CUSTOM::{custom}"
    return _OPERATORS[number] if 0 <= number < len(_OPERATORS) else f"OPERATOR_{number}"


def _parameters(model: Model) -> int:
    """Elements of the tensors with data, each buffer counted once."""
    counted: dict[int, int] = {}
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            if tensor.buffer and model.buffers[tensor.buffer].size and tensor.buffer not in counted:
                counted[tensor.buffer] = elements(tensor.shape)
    return sum(counted.values())


def _spec(tensor: Tensor, name: str | None) -> TensorSpec:
    signature = tensor.signature or tensor.shape  # the plain shape has 1 where the size is free, this one −1
    shape: tuple[Dim, ...] = tuple(None if dim < 0 else dim for dim in signature)
    dtype = DTYPES[tensor.dtype] if 0 <= tensor.dtype < len(DTYPES) else None
    return TensorSpec(name or tensor.name, dtype, shape)
