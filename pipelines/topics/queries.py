"""A topic written as one query, run on an article."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.article import Article
from pipelines.match import Field
from pipelines.query import (
    PATTERN_TEXT_MAX,
    And,
    InField,
    NamedSet,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Place,
    Regex,
    Term,
    compiled_pattern,
)
from pipelines.topics.compile import Role, Topic, query_word
from pipelines.topics.evidence import Findings, Hit, Span
from pipelines.topics.folding import fold_word
from pipelines.topics.passages import Prepared
from pipelines.topics.scan import Found
from pipelines.topics.topicfile import Strength

FIELDS = {
    Place.TITLE: (Field.TITLE, Field.SUBTITLE), Place.LEDE: (Field.LEDE,), Place.BODY: (Field.LEDE, Field.BODY),
}
NEAR_PAIRS_MAX = 200  # places of one side that NEAR looks at: the first ones


def match_query(topic: Topic, article: Article, found: Iterable[Found], prepared: Prepared) -> Findings:
    """Hits for every word that made the query true; none when it is not.

    A query that is true of the press or section alone has no word to show: the headline stands for it.
    """
    assert topic.query is not None
    spans = _Run(topic, article, found, prepared).evaluate(topic.query, None)
    if spans is None:
        return Findings()
    title = prepared.passages[0]
    shown = sorted(set(spans)) or [(title.start, title.end)]
    return Findings(hits=[Hit("query", prepared.passage_of(s), s, e, Strength.STRONG) for s, e in shown])


def holds(node: Node, topic: Topic, article: Article, found: Iterable[Found], prepared: Prepared) -> bool:
    """Whether a part of the topic's query is true of the article."""
    return _Run(topic, article, found, prepared).evaluate(node, None) is not None


class _Run:
    """One query on one article. A node is true when `evaluate` gives a list, the places that made it so; None is false."""

    def __init__(self, topic: Topic, article: Article, found: Iterable[Found], prepared: Prepared) -> None:
        self.topic = topic
        self.article = article
        self.prepared = prepared
        self.spans: dict[str, list[Span]] = {}
        for each in found:
            for duty in topic.duties.get(each.number, ()):
                if duty.role is Role.QUERY:
                    self.spans.setdefault(duty.owner, []).append((each.start, each.end))

    def evaluate(self, node: Node, place: Place | None) -> list[Span] | None:
        match node:
            case And():
                found = [self.evaluate(part, place) for part in node.parts]
                return None if any(f is None for f in found) else [span for f in found for span in f or ()]
            case Or():
                made = [f for part in node.parts if (f := self.evaluate(part, place)) is not None]
                return [span for f in made for span in f] if made else None
            case Not():
                return [] if self.evaluate(node.part, place) is None else None
            case InField():
                return self.evaluate(node.part, node.place)
            case Near():
                return self.near(node, place)
            case _:
                return self.leaf(node, place)

    def leaf(self, node: Term | Phrase | Regex | NamedSet, place: Place | None) -> list[Span] | None:
        if place in (Place.PRESS, Place.SECTION):
            return self.beside(node, place)
        match node:
            case Term():
                spans = self.spans.get(query_word(node), [])
            case Phrase():
                spans = self.spans.get(node.text, [])
            case NamedSet():
                spans = [s for each in self.topic.query_sets[node.name] for s in self.spans.get(each, ())]
            case Regex():
                text = self.prepared.whole.text[:PATTERN_TEXT_MAX]
                spans = [(m.start(), m.end()) for m in compiled_pattern(node.source).finditer(text)]
        if place:
            spans = [s for s in spans if self.prepared.passages[self.prepared.passage_of(s[0])].field in FIELDS[place]]
        return spans or None

    def beside(self, node: Term | Phrase | Regex | NamedSet, place: Place) -> list[Span] | None:
        """Press and section are names beside the text: part of the name is enough, and there is nothing to quote."""
        text = fold_word((self.article.press if place is Place.PRESS else self.article.section) or "")
        match node:
            case Regex():
                return [] if compiled_pattern(node.source).search(text) else None
            case NamedSet():
                wanted = self.topic.query_sets[node.name]
            case _:
                wanted = (node.text,)
        return [] if any(fold_word(w) in text for w in wanted) else None

    def near(self, node: Near, place: Place | None) -> list[Span] | None:
        left, right = self.evaluate(node.left, place), self.evaluate(node.right, place)
        text = self.prepared.whole.text
        pairs = [
            span
            for a in (left or ())[:NEAR_PAIRS_MAX]
            for b in (right or ())[:NEAR_PAIRS_MAX]
            if _within(text, a, b, node.words)
            for span in (a, b)
        ]
        return pairs or None


def _within(text: str, one: Span, other: Span, words: int) -> bool:
    first, second = sorted((one, other))
    if second[0] - first[1] > words * 30:  # no word is that long: spares the counting
        return False
    between = text[first[1] : second[0]]
    return "\n" not in between and len(between.split()) <= words


