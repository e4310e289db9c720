"""The advice beside the evidence: what the advisor says for the framework a model came from."""

from advisor import Recommendation, Requirements, recommend
from benchmarks.formats import FRAMEWORK


def advice_for(format_id: str) -> Recommendation:
    """The recommendation where nothing is known but the format that the model came in."""
    return recommend(Requirements.parse({"framework": FRAMEWORK[format_id]}))
