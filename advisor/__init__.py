"""The decision: which format to keep a model in, and why. Pure: no framework, no web, no database.

>>> from advisor import Requirements, recommend
>>> recommend(Requirements.parse({"framework": "pytorch"})).recommended.format
'onnx'
"""

from advisor.answers import AnswersError, Requirements
from advisor.engine import recommend
from advisor.graph import Claim, Entry, Knowledge
from advisor.reading import KnowledgeError, load_knowledge
from advisor.recommendation import Flip, Option, PlanLine, Recommendation, Rejected

__all__ = [
    "AnswersError",
    "Claim",
    "Entry",
    "Flip",
    "Knowledge",
    "KnowledgeError",
    "Option",
    "PlanLine",
    "Recommendation",
    "Rejected",
    "Requirements",
    "load_knowledge",
    "recommend",
]
