"""`python -m benchmarks.native`: compiles what a comparison would compile when it first needs it."""

import sys

from benchmarks import native
from benchmarks.errors import ProblemError

try:
    print(native.library())
except ProblemError as error:
    sys.exit(str(error.problem))
