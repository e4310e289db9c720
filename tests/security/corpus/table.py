"""All cases, family by family."""

from tests.security.corpus import (
    archives,
    broken,
    keras,
    litert,
    onnx,
    pickles,
    probes,
    pt2,
    savedmodel,
    tars,
    torchscript,
)
from tests.security.corpus.case import Case

FAMILIES = (archives, tars, pickles, broken, onnx, torchscript, pt2, savedmodel, keras, litert, probes)
CASES: tuple[Case, ...] = tuple(case for family in FAMILIES for case in family.CASES)
