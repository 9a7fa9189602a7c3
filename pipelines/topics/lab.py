"""The rule lab: what an edited topic gains and loses over stored articles, and how it does on those the user has judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pipelines.article import Article
from pipelines.match import Level, Match
from pipelines.topics.compile import Topics
from pipelines.topics.matching import match_article

Judge = Callable[[Article], Match | None]  # one topic's verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An article on which two versions of a topic part."""

    article_id: int
    title: str
    before: Level
    after: Level
    sentence: str  # that proves the stronger verdict
    words: tuple[str, ...]  # of its evidence, as written


@dataclass(slots=True, kw_only=True)
class Quality:
    """Counts over judged articles; a match is right when the user said so."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float | None:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        return self.right / (self.right + self.missed) if self.right + self.missed else None


@dataclass(slots=True, kw_only=True)
class Trial:
    """What came of running a topic over an archive."""

    articles: int = 0
    matches: int = 0
    mentions: int = 0
    gained: list[Change] = field(default_factory=list)  # a match now, and none before
    lost: list[Change] = field(default_factory=list)
    shifted: int = 0  # changes between mention and no
    quality: Quality = field(default_factory=Quality)
    judged: int = 0


def only(topics: Topics) -> Judge:
    """The verdict of the one topic."""

    def verdict(article: Article) -> Match | None:
        found = match_article(topics, article)
        return found[0] if found else None

    return verdict


def try_topic(
    after: Judge, articles: Iterable[tuple[int, Article]], before: Callable[[int, Article], Match | Level | None],
    judged: Mapping[int, bool],
) -> Trial:
    """Run `after` over the articles and compare. `before` is the old verdict: a match, or only its level as stored."""
    trial = Trial()
    for article_id, article in articles:
        now, then = after(article), before(article_id, article)
        trial.articles += 1
        trial.matches += _level(now) is Level.MATCH
        trial.mentions += _level(now) is Level.MENTION
        if article_id in judged:
            _score(trial, _level(now) is Level.MATCH, is_right=judged[article_id])
        if _level(now) is not _level(then):
            _note(trial, article_id, article, now, then)
    return trial


def _level(verdict: Match | Level | None) -> Level:
    return verdict.level if isinstance(verdict, Match) else verdict or Level.NO


def _score(trial: Trial, is_match: bool, *, is_right: bool) -> None:
    trial.judged += 1
    trial.quality.right += is_match and is_right
    trial.quality.wrong += is_match and not is_right
    trial.quality.missed += is_right and not is_match


def _note(trial: Trial, article_id: int, article: Article, now: Match | None, then: Match | Level | None) -> None:
    before, after = _level(then), _level(now)
    if Level.MATCH not in (before, after):
        trial.shifted += 1
        return
    shown = now if after is Level.MATCH or not isinstance(then, Match) else then
    change = Change(
        article_id=article_id, title=article.title, before=before, after=after, sentence=shown.sentence if shown else "",
        words=tuple(dict.fromkeys(e.text for e in shown.evidence)) if shown else ())
    (trial.gained if after is Level.MATCH else trial.lost).append(change)
