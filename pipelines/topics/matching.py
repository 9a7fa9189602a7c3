"""Article → matches: the one way through folding, scanning, rules and judging."""

from __future__ import annotations

from pipelines.article import Article
from pipelines.match import Match
from pipelines.topics.compile import Topics
from pipelines.topics.evidence import find_evidence
from pipelines.topics.judging import judge
from pipelines.topics.passages import Reader, prepare
from pipelines.topics.queries import match_query
from pipelines.topics.scan import Found


def match_article(topics: Topics, article: Article) -> tuple[Match, ...]:
    """One match for each topic that the article is about or names. Only title, subtitle and paragraphs are read."""
    reader = prepare(article)
    found = words_of(topics, reader)
    matches = []
    for topic in topics.topics:
        findings = find_evidence(topic, found, reader) if topic.query is None else match_query(topic, article, found, reader)
        if findings.hits and (match := judge(topic, reader, findings)):
            matches.append(match)
    return tuple(matches)


def words_of(topics: Topics, reader: Reader) -> list[Found]:
    """The places of all topics' words, those in datelines left out."""
    found = topics.index.find(reader.whole)
    if not reader.datelines:
        return found
    return [each for each in found if not any(start <= each.start < end for start, end in reader.datelines)]
