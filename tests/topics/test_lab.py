"""The rule lab: gains, losses and quality over stored articles."""

from __future__ import annotations

from pipelines.match import Level
from pipelines.topics.lab import only, try_topic
from tests.topics.conftest import article, topic

ARTICLES = [
    (1, article("딥시크 공개")), (2, article("큐원 공개")), (3, article("푸바오 돌잔치")), (4, article("딥시크 설탕 할인")),
]
OLD = only(topic('query = "딥시크"'))
NEW = only(topic('query = "(딥시크 OR 큐원) NOT 설탕"'))


def test_gains_and_losses_against_an_older_file() -> None:
    trial = try_topic(NEW, ARTICLES, lambda _, a: OLD(a), {})
    assert (trial.articles, trial.matches, trial.judged) == (4, 2, 0)
    assert [(c.article_id, c.before, c.after, c.words) for c in trial.gained] == [(2, Level.NO, Level.MATCH, ("큐원",))]
    assert [(c.article_id, c.before, c.after, c.sentence) for c in trial.lost] == [
        (4, Level.MATCH, Level.NO, "딥시크 설탕 할인")]
    assert trial.quality.precision is None


def test_against_what_is_stored_only_levels_are_known() -> None:
    stored = {1: Level.MENTION, 4: Level.MATCH}
    trial = try_topic(NEW, ARTICLES, lambda id_, _: stored.get(id_), {})
    assert [c.article_id for c in trial.gained] == [1, 2]
    assert [(c.article_id, c.sentence) for c in trial.lost] == [(4, "")]


def test_quality_on_judged_articles() -> None:
    trial = try_topic(NEW, ARTICLES, lambda _, a: NEW(a), {1: True, 2: False, 3: True, 4: False})
    assert (trial.judged, trial.quality.right, trial.quality.wrong, trial.quality.missed) == (4, 1, 1, 1)
    assert (trial.quality.precision, trial.quality.recall) == (0.5, 0.5)
    assert (trial.gained, trial.lost, trial.shifted) == ([], [], 0)
