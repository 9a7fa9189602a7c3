"""Articles come in any order; the stories are the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.article import Article
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
    with Shelf() as shelf:
        for _, article in articles:
            shelf.add(article)
        return {frozenset(f"{articles[n - 1][0]} / {articles[n - 1][1].title}" for n in group) for group in shelf.groups()}


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
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
    with Shelf() as shelf:
        shelf.add(made["flash"])
        shelf.add(made["rewrite"])
        assert len(shelf.groups()) == 2
        shelf.add(made["wire"])
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
    with Shelf() as shelf:
        for article in (notice, made["wire"]) if first else (made["wire"], notice):
            shelf.add(article)
        assert len(shelf.corrections()) == 1
        assert shelf.relation(2) == ("", None)
        assert len(shelf.groups()) == 2


def test_a_round_up_is_an_update_of_its_own_report_before_it_is_a_copy_of_a_reprint() -> None:
    made = versions(events()[4])
    with Shelf() as shelf:
        for kind in ("reprint", "wire", "roundup"):
            shelf.add(made[kind])
        assert shelf.relation(3) == (Relation.UPDATE, 2)
