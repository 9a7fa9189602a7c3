"""Article → matches: the one way through folding, scanning, rules and judging."""

from __future__ import annotations

from pipelines.article import Article
from pipelines.match import Match
from pipelines.topics.compile import Topic, Topics
from pipelines.topics.evidence import Findings, find_evidence
from pipelines.topics.judging import judge
from pipelines.topics.passages import Prepared, prepare
from pipelines.topics.queries import match_query
from pipelines.topics.scan import Found


def match_article(topics: Topics, article: Article) -> tuple[Match, ...]:
    """One match for each topic that the article is about or names. Only title, subtitle and paragraphs are read."""
    prepared = prepare(article)
    found = words_of(topics, prepared)
    matches = []
    for topic in topics.topics:
        findings = findings_of(topic, article, found, prepared)
        if findings.hits and (match := judge(topic, prepared, findings)):
            matches.append(match)
    return tuple(matches)


def findings_of(topic: Topic, article: Article, found: list[Found], prepared: Prepared) -> Findings:
    """What the topic's rules, or its query, find in the article."""
    if topic.query is None:
        return find_evidence(topic, found, prepared)
    return match_query(topic, article, found, prepared)


def words_of(topics: Topics, prepared: Prepared) -> list[Found]:
    """The places of all topics' words, those in datelines left out."""
    found = topics.index.find(prepared.whole)
    if not prepared.datelines:
        return found
    return [each for each in found if not any(start <= each.start < end for start, end in prepared.datelines)]
