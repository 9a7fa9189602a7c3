"""The query language that topics and `sosik search` share: `(딥시크 OR 큐원 OR title:알리바바) AND AI NOT 조류인플루엔자`."""

from pipelines.query.nodes import And, InField, NamedSet, Near, Node, Not, Or, Phrase, Place, Regex, Term, walk
from pipelines.query.parse import parse
from pipelines.query.pattern import TEXT_MAX as PATTERN_TEXT_MAX
from pipelines.query.pattern import compiled as compiled_pattern
from pipelines.query.spelling import spell

__all__ = [
    "PATTERN_TEXT_MAX", "And", "InField", "NamedSet", "Near", "Node", "Not", "Or", "Phrase", "Place", "Regex", "Term",
    "compiled_pattern", "parse", "spell", "walk",
]
