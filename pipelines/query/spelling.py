"""A node → the query that says it: shown by `sosik topics explain`."""

from __future__ import annotations

from pipelines.query.nodes import And, InField, NamedSet, Near, Node, Not, Or, Phrase, Regex, Term


def spell(node: Node) -> str:
    """A query that parses to the same node."""
    match node:
        case Term():
            return f"{'*' if node.is_inside else ''}{node.text}{'*' if node.is_prefix else ''}"
        case Phrase():
            return f'"{node.text}"'
        case Regex():
            return f"/{node.source}/"
        case NamedSet():
            return f"@{node.name}"
        case And():
            return " AND ".join(_inner(part) for part in node.parts).replace(" AND NOT ", " NOT ")
        case Or():
            return " OR ".join(_inner(part) for part in node.parts)
        case Not():
            return f"NOT {_inner(node.part)}"
        case Near():
            return f"{_inner(node.left)} NEAR/{node.words} {_inner(node.right)}"
        case InField():
            return f"{node.place}:{_inner(node.part)}"


def _inner(node: Node) -> str:
    return f"({spell(node)})" if isinstance(node, And | Or | Near) else spell(node)
