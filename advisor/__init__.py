"""The decision: which format to keep a model in, and why. Pure: no framework, no web, no database.

>>> from advisor import Requirements, recommend
>>> recommend(Requirements.parse({"framework": "pytorch"})).recommended.format
'onnx'
"""

from advisor.answers import AnswersError, Requirements
from advisor.engine import recommend
from advisor.evidence import Candidate, Evidence
from advisor.graph import Claim, Entry, Knowledge
from advisor.reading import KnowledgeError, load_knowledge
from advisor.recommendation import Flip, Option, PlanLine, Recommendation, Rejected, Replaced
from advisor.report_json import EvidenceError, evidence_of

__all__ = [
    "AnswersError",
    "Candidate",
    "Claim",
    "Entry",
    "Evidence",
    "EvidenceError",
    "Flip",
    "Knowledge",
    "KnowledgeError",
    "Option",
    "PlanLine",
    "Recommendation",
    "Rejected",
    "Replaced",
    "Requirements",
    "evidence_of",
    "load_knowledge",
    "recommend",
]
