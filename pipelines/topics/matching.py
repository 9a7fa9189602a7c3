"""Article → matches: the one way through folding, scanning, rules and judging."""

from __future__ import annotations

from pipelines.article import Article
from pipelines.match import Match
from pipelines.topics.compile import Topics
from pipelines.topics.evidence import find_evidence
from pipelines.topics.judging import judge
from pipelines.topics.passages import prepare
from pipelines.topics.queries import match_query


def match_article(topics: Topics, article: Article) -> tuple[Match, ...]:
    """One match for each topic that the article is about or names. Only title, subtitle and paragraphs are read."""
    reader = prepare(article)
    found = topics.index.find(reader.whole)
    matches = []
    for topic in topics.topics:
        findings = find_evidence(topic, found, reader) if topic.query is None else match_query(topic, article, found, reader)
        if findings.hits and (match := judge(topic, reader, findings)):
            matches.append(match)
    return tuple(matches)
