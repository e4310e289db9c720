"""All cases, family by family."""

from tests.security.corpus import (
    archives,
    broken,
    keras,
    keras_hdf5,
    lightgbm_native,
    litert,
    onnx,
    pickles,
    probes,
    pt2,
    pytorch_source,
    savedmodel,
    skops,
    tars,
    torchscript,
    xgboost_native,
)
from tests.security.corpus.case import Case

FAMILIES = (
    *(archives, tars, pickles, broken, onnx, torchscript, pt2, savedmodel, keras, keras_hdf5, litert),
    *(skops, xgboost_native, lightgbm_native, pytorch_source, probes),
)
CASES: tuple[Case, ...] = tuple(case for family in FAMILIES for case in family.CASES)
