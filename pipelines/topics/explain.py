"""Why an article is a match, a mention or nothing: everything that fired, everything that did not count, and the sum."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.article import Article
from pipelines.match import Evidence, Level
from pipelines.query import And, Node, Or, spell
from pipelines.topics.compile import Topic, Topics
from pipelines.topics.evidence import Findings
from pipelines.topics.judging import Weighed, level_of, quoted, weigh, written
from pipelines.topics.matching import findings_of, words_of
from pipelines.topics.passages import Prepared, prepare
from pipelines.topics.queries import holds
from pipelines.topics.scan import Found
from pipelines.topics.topicfile import Levels, Strength


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """One rule or name, the passage and what was written there."""

    evidence: Evidence
    strength: Strength
    passage: str  # the whole title or sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What was found and did not count."""

    name: str  # of the anchor or entity
    why: str  # "needs", "unless", or the id of a veto


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The whole reckoning of one topic on one article."""

    topic: str
    level: Level
    weighed: Weighed
    levels: Levels
    fired: tuple[Fired, ...]
    dropped: tuple[Dropped, ...]
    is_vetoed: bool
    parts: tuple[tuple[str, bool], ...]  # of a query: each part and whether it holds


def explain_article(topics: Topics, name: str, article: Article) -> Account:
    """The reckoning of the topic called `name`."""
    topic = topics[name]
    prepared = prepare(article)
    found = words_of(topics, prepared)
    findings = findings_of(topic, article, found, prepared)
    weighed = weigh(prepared, findings.hits)
    return Account(
        topic=name, level=level_of(topic, weighed.score, findings.hits), weighed=weighed,
        levels=topic.file.levels, fired=_fired(findings, prepared), dropped=_dropped(findings), is_vetoed=findings.is_vetoed,
        parts=_parts(topic, article, found, prepared))


def _fired(findings: Findings, prepared: Prepared) -> tuple[Fired, ...]:
    return tuple(
        Fired(evidence=quoted(hit, prepared), strength=hit.strength, passage=written(prepared, prepared.passages[hit.passage]))
        for hit in sorted(findings.hits, key=lambda h: h.start))


def _dropped(findings: Findings) -> tuple[Dropped, ...]:
    return tuple(Dropped(name=name, why=why) for name, why in dict.fromkeys(findings.dropped))


def _parts(topic: Topic, article: Article, found: list[Found], prepared: Prepared) -> tuple[tuple[str, bool], ...]:
    if topic.query is None:
        return ()
    nodes: tuple[Node, ...] = topic.query.parts if isinstance(topic.query, And | Or) else (topic.query,)
    return tuple((spell(node), holds(node, topic, article, found, prepared)) for node in nodes)
