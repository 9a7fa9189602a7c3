"""Articles come in any order; the stories are the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.article import Article
from pipelines.clock import now
from pipelines.story import Relation
from tests.stories.pairs import events, versions
from tests.stories.shelf import Shelf

ONE_STORY = ("flash", "wire", "reprint", "portal", "roundup", "rewrite")
OTHERS = ("follow", "other")


def news(count: int) -> list[tuple[str, Article]]:
    """The articles of some events, each with the name of the story it belongs to."""
    made = []
    for event in events()[:count]:
        found = versions(event)
        made += [(event["name"], found[kind]) for kind in ONE_STORY]
        made += [(f"{event['name']} {kind}", found[kind]) for kind in OTHERS]
    return made


def grouped(articles: list[tuple[str, Article]]) -> set[frozenset[str]]:
    shelf = Shelf()
    for _, article in articles:
        shelf.add(article, now())
    return {frozenset(f"{articles[n][0]} / {articles[n][1].title}" for n in group) for group in shelf.groups()}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_change_the_stories(shuffled: random.Random) -> None:
    articles = news(6)
    expected = grouped(articles)
    shuffled.shuffle(articles)
    assert grouped(articles) == expected


def test_events_become_stories_of_their_own() -> None:
    articles = news(23)
    groups = [{name.split(" / ")[0] for name in group} for group in grouped(articles)]
    mixed = [group for group in groups if len(group) > 1]
    assert not mixed
    assert len(groups) <= 23 * 3 + 3  # one story an event, its follow-up and its twin; a few torn apart


def test_links_to_two_stories_join_them() -> None:
    made = versions(next(event for event in events() if event["name"] == "match"))  # flash and rewrite share too little
    shelf = Shelf()
    shelf.add(made["flash"], now())
    shelf.add(made["rewrite"], now())
    assert len(shelf.groups()) == 2
    verdict = shelf.add(made["wire"], now())
    assert len(verdict.story_ids) == 2
    assert len(shelf.groups()) == 1


@pytest.mark.parametrize("first", [True, False])
def test_a_correction_notice_is_linked_and_never_merged(first: bool) -> None:
    made = versions(events()[2])
    notice = Article(
        url="https://nara.example/c", title="[정정보도문] 동림건설 전 재무팀장 횡령 기사 관련", press="나라통신",
        published=made["follow"].published,
        paragraphs=(
            "본지는 동림건설 전 재무팀장 최모씨가 회삿돈 320억원을 횡령해 가상화폐에 투자했다고 보도했으나, "
            "추징금은 241억원이 아니라 231억원으로 확인돼 바로잡습니다.",
            "이 보도는 언론중재위원회의 조정에 따른 것입니다.",
        ),
    )
    shelf = Shelf()
    for article in (notice, made["wire"]) if first else (made["wire"], notice):
        verdict = shelf.add(article, now())
    assert [link.relation for link in verdict.links] == [Relation.CORRECTION]
    assert verdict.closest is None
    assert len(shelf.groups()) == 2


def test_a_round_up_is_an_update_of_its_own_report_before_it_is_a_copy_of_a_reprint() -> None:
    made = versions(events()[4])
    shelf = Shelf()
    for kind in ("reprint", "wire"):
        shelf.add(made[kind], now())
    closest = shelf.add(made["roundup"], now()).closest
    assert closest is not None
    assert (closest.relation, closest.article_id) == (Relation.UPDATE, 1)
