"""One reading, one transaction: what is there afterwards, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.alerts.policy import AlertPolicy
from pipelines.article import Hint, RefusalReason
from pipelines.match import Level
from pipelines.outcome import Outcome
from pipelines.record import record, withdraw
from pipelines.store.database import Store, open_store
from pipelines.store.frontier import Announced, enter, waiting
from pipelines.store.upkeep import check
from tests.store.making import DEEPSEEK, FOREST, NOW, POLICY, article, match, page, reading, refusal

LATER = NOW + timedelta(hours=1)


def count(store: Store, table: str, where: str = "1") -> int:
    return int(store.db.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0])


def test_a_new_article_is_stored_with_story_match_alert_raw_page_and_outcome(store: Store) -> None:
    receipt = record(store, reading(matches=[match()]), now=NOW, policy=POLICY)
    assert (receipt.outcome, receipt.relation, receipt.alerts) == (Outcome.STORED, "", 1)
    assert receipt.matches == ("china-ai:match",)
    for table in ("article", "story", "match", "alert", "delivery", "raw_page", "article_search"):
        assert count(store, table) == 1, table
    assert store.db.execute("SELECT outcome, state, article_id FROM address").fetchone() == ("stored", "done", receipt.article_id)
    assert store.db.execute("SELECT headline, articles FROM story").fetchone() == ("딥시크 새 모델에 반도체 업계 긴장", 1)


def test_the_same_text_elsewhere_is_a_copy_in_the_same_story_and_alerts_no_one_again(store: Store) -> None:
    first = record(store, reading(matches=[match()]), now=NOW, policy=POLICY)
    copied = article(press="한국일보", origin="연합뉴스")
    second = record(store, reading(copied, page("b1"), matches=[match()]), now=LATER, policy=POLICY)
    assert (second.relation, second.story_id, second.alerts) == ("copy", first.story_id, 0)
    assert count(store, "alert") == 1
    assert store.db.execute("SELECT articles, canonical_article_id FROM story").fetchone() == (2, first.article_id)


def test_another_event_is_another_story(store: Store) -> None:
    first = record(store, reading(), now=NOW, policy=POLICY)
    second = record(store, reading(article("대설에 탐방로 통제", FOREST), page("b1")), now=LATER, policy=POLICY)
    assert second.story_id != first.story_id


def test_a_copy_that_came_before_its_original_gives_the_original_the_headline(store: Store) -> None:
    record(store, reading(article("딥시크 새 모델, 업계 긴장", press="한국일보", origin="연합뉴스")), now=NOW, policy=POLICY)
    second = record(store, reading(article(), page("b1")), now=LATER, policy=POLICY)
    assert second.relation == "copy"
    assert store.db.execute("SELECT headline FROM story").fetchone() == ("딥시크 새 모델에 반도체 업계 긴장",)


def test_the_same_page_again_is_unchanged(store: Store) -> None:
    first = record(store, reading(), now=NOW, policy=POLICY)
    again = record(store, reading(), now=LATER, policy=POLICY)
    assert (again.outcome, again.article_id) == (Outcome.UNCHANGED, first.article_id)
    assert count(store, "article") == 1
    assert count(store, "revision") == 0
    assert store.db.execute("SELECT last_seen_at FROM article").fetchone() == ("2025-02-03T06:00:00Z",)


def test_an_edited_page_keeps_what_it_said_before(store: Store) -> None:
    record(store, reading(matches=[match()]), now=NOW, policy=POLICY)
    edited = article("딥시크 새 모델에 국내 반도체 업계 긴장", (*DEEPSEEK[:3], "딥시크 쪽은 답하지 않았다."))
    receipt = record(store, reading(edited, matches=[match()]), now=LATER, policy=POLICY)
    assert (receipt.outcome, receipt.alerts) == (Outcome.REVISED, 0)
    title, text, seen, replaced = store.db.execute("SELECT title, text, seen_at, replaced_at FROM revision").fetchone()
    assert (title, text) == ("딥시크 새 모델에 반도체 업계 긴장", "\n".join(DEEPSEEK))
    assert (seen, replaced) == ("2025-02-03T05:00:00Z", "2025-02-03T06:00:00Z")
    assert store.db.execute("SELECT title, text FROM article").fetchone() == (edited.title, edited.text)
    assert store.db.execute("SELECT headline FROM story").fetchone() == (edited.title,)


def test_two_edits_leave_two_revisions_in_order(store: Store) -> None:
    for hours, title in enumerate(("딥시크 첫 제목", "딥시크 둘째 제목", "딥시크 셋째 제목")):
        record(store, reading(article(title)), now=NOW + timedelta(hours=hours), policy=POLICY)
    rows = store.db.execute("SELECT title, seen_at, replaced_at FROM revision ORDER BY id").fetchall()
    assert rows == [("딥시크 첫 제목", "2025-02-03T05:00:00Z", "2025-02-03T06:00:00Z"),
                    ("딥시크 둘째 제목", "2025-02-03T06:00:00Z", "2025-02-03T07:00:00Z")]


def test_a_refusal_is_recorded_with_its_reason(store: Store) -> None:
    receipt = record(store, refusal(RefusalReason.CAPTCHA), now=NOW, policy=POLICY)
    assert (receipt.outcome, receipt.reason) == (Outcome.REFUSED, "captcha")
    assert store.db.execute("SELECT outcome, reason, article_id FROM address").fetchone() == ("refused", "captcha", None)
    assert count(store, "raw_page") == 1  # a later version may read it


@pytest.mark.parametrize("reason", ["timeout", "memory", "maintenance", "captcha", "soft-404"])
def test_a_page_that_was_refused_for_the_moment_s_sake_is_asked_for_again(store: Store, reason: str) -> None:
    at, tries = NOW, 0
    with store.transaction() as connection:
        enter(connection, [Announced(key=page().key, url=page().url, hint=Hint(published=NOW))], source="yna", now=NOW)
    while found := waiting(store, "yna", at):
        assert [each.url for each in found] == [page().url]
        assert record(store, refusal(RefusalReason(reason)), now=at, policy=POLICY).outcome is Outcome.REFUSED
        at, tries = at + timedelta(hours=7), tries + 1
        assert tries < 9
    assert tries == 4
    assert count(store, "address", "state = 'done' AND outcome = 'refused'") == 1


def test_a_page_that_came_in_the_end_is_an_article_with_all_its_tries_before_it(store: Store) -> None:
    record(store, refusal(RefusalReason.TIMEOUT), now=NOW, policy=POLICY)
    later = NOW + timedelta(minutes=10)
    assert waiting(store, "yna", later)
    assert record(store, reading(), now=later, policy=POLICY).outcome is Outcome.STORED
    assert store.db.execute("SELECT state, outcome, tries, visits FROM address").fetchone() == ("done", "stored", 0, 1)


def test_a_page_that_is_no_article_is_not_asked_for_again_nor_one_that_never_came(store: Store) -> None:
    record(store, refusal(RefusalReason.LISTING), now=NOW, policy=POLICY)
    assert not waiting(store, "yna", NOW + timedelta(days=1))
    old = Announced(key=page("https://a.kr/old").key, url="https://a.kr/old", hint=Hint(published=NOW - timedelta(days=3)))
    with store.transaction() as connection:
        enter(connection, [old], source="yna", now=NOW)
    record(store, refusal(RefusalReason.SOFT_404, page("https://a.kr/old")), now=NOW, policy=POLICY)
    assert not waiting(store, "yna", NOW + timedelta(days=1))


def test_a_refusal_never_overwrites_an_article_nor_the_page_it_was_read_from(store: Store) -> None:
    record(store, reading(at=page(body=b"the article")), now=NOW, policy=POLICY)
    record(store, refusal(at=page(body=b"log in")), now=LATER, policy=POLICY)
    assert store.db.execute("SELECT title, withdrawn_at FROM article").fetchone() == ("딥시크 새 모델에 반도체 업계 긴장", None)
    with store.reading() as connection:
        assert [p.body for p in store.archive.pages(connection)] == [b"the article"]
    assert store.db.execute("SELECT outcome FROM address").fetchone() == ("refused",)


def test_a_gone_article_is_withdrawn_and_keeps_its_text(store: Store) -> None:
    record(store, reading(), now=NOW, policy=POLICY)
    address = page()
    receipt = withdraw(store, key=address.key, url=address.url, source="yna", reason="410", now=LATER)
    assert receipt.outcome is Outcome.WITHDRAWN
    withdraw(store, key=address.key, url=address.url, source="yna", reason="410", now=LATER + timedelta(hours=1))
    text, withdrawn = store.db.execute("SELECT text, withdrawn_at FROM article").fetchone()
    assert (text, withdrawn) == ("\n".join(DEEPSEEK), "2025-02-03T06:00:00Z")


def test_a_withdrawn_article_that_comes_back_is_no_longer_withdrawn(store: Store) -> None:
    record(store, reading(), now=NOW, policy=POLICY)
    withdraw(store, key=page().key, url=page().url, source="yna", reason="404", now=LATER)
    assert record(store, reading(), now=LATER, policy=POLICY).outcome is Outcome.UNCHANGED
    assert count(store, "article", "withdrawn_at IS NOT NULL") == 0
    assert count(store, "address", "state = 'done'") == 1


def test_a_page_that_a_silent_address_led_to_is_silent_too(store: Store) -> None:
    hint = Hint(title="딥시크 새 모델에 반도체 업계 긴장")
    announced = Announced(key="https://news.example/r?1", url="https://news.example/r?1", hint=hint, is_silent=True)
    with store.transaction() as connection:
        enter(connection, [announced], source="yna", now=NOW)
    at = page(requested_key=announced.key, requested_url=announced.url)
    assert record(store, reading(at=at, matches=[match()]), now=NOW, policy=POLICY).alerts == 0
    assert store.db.execute("SELECT state, outcome, is_silent, hint_title FROM address WHERE key = ?", [at.key]).fetchone() == (
        "done", "stored", 1, hint.title)  # fmt: skip


def test_a_notice_that_the_article_was_deleted_withdraws_it(store: Store) -> None:
    record(store, reading(at=page(body=b"the article")), now=NOW, policy=POLICY)
    receipt = record(store, refusal(RefusalReason.DELETED, page(body=b"deleted")), now=LATER, policy=POLICY)
    assert (receipt.outcome, receipt.reason) == (Outcome.WITHDRAWN, "deleted")
    assert store.db.execute("SELECT text, withdrawn_at FROM article").fetchone() == ("\n".join(DEEPSEEK), "2025-02-03T06:00:00Z")
    with store.reading() as connection:
        assert [p.body for p in store.archive.pages(connection)] == [b"the article"]


def test_an_address_that_never_held_an_article_is_gone(store: Store) -> None:
    assert withdraw(store, key="k", url="https://news.example/x", source="", reason="404", now=NOW).outcome is Outcome.GONE


def test_a_redirect_settles_both_addresses_and_is_known_by_either(store: Store) -> None:
    short = {"requested_url": "https://s.example/1", "requested_key": "https://s.example/1"}
    first = record(store, reading(at=page(**short)), now=NOW, policy=POLICY)
    rows = store.db.execute("SELECT key, outcome, article_id FROM address ORDER BY key").fetchall()
    assert rows == [("https://news.example/a1", "stored", first.article_id), ("https://s.example/1", "moved", first.article_id)]
    assert record(store, reading(), now=LATER, policy=POLICY).outcome is Outcome.UNCHANGED
    assert record(store, reading(at=page("a1-moved", **short)), now=LATER, policy=POLICY).outcome is Outcome.UNCHANGED


def test_an_address_that_now_leads_to_another_article_does_not_change_the_first(store: Store) -> None:
    first = record(store, reading(), now=NOW, policy=POLICY)
    elsewhere = page("b1", requested_url=page().url, requested_key=page().key)
    second = record(store, reading(article("대설에 탐방로 통제", FOREST), elsewhere), now=LATER, policy=POLICY)
    assert second.outcome is Outcome.STORED
    assert second.article_id != first.article_id
    assert count(store, "revision") == 0


def test_a_mention_is_told_to_those_who_ask_for_mentions(store: Store) -> None:
    curious = replace(POLICY, tells_mentions=True)
    receipt = record(store, reading(matches=[match(Level.MENTION)]), now=NOW, policy=curious)
    assert (receipt.alerts, count(store, "delivery")) == (1, 1)


def test_a_mention_is_stored_and_alerts_no_one(store: Store) -> None:
    receipt = record(store, reading(matches=[match(Level.MENTION)]), now=NOW, policy=POLICY)
    assert (receipt.alerts, receipt.matches, count(store, "alert")) == (0, ("china-ai:mention",), 0)


def test_the_page_of_a_matched_article_is_kept_for_ever_even_when_a_later_edit_no_longer_matches(store: Store) -> None:
    record(store, reading(matches=[match()]), now=NOW, policy=POLICY)
    record(store, reading(article("다른 제목")), now=LATER, policy=POLICY)
    assert store.db.execute("SELECT is_kept FROM raw_page").fetchall() == [(1,)]
    assert count(store, "match") == 0


def test_without_raw_pages_nothing_of_the_body_is_kept(store: Store) -> None:
    record(store, reading(matches=[match()]), now=NOW, policy=POLICY, keep_raw=False)
    assert count(store, "raw_page") == 0


def test_stories_that_an_article_shows_to_be_one_are_joined_and_the_trace_stays(store: Store) -> None:
    halves = (article("딥시크 모델 공개", DEEPSEEK[:2], press="한국일보"),
              article("칩 수요 논란", DEEPSEEK[2:], press="경향신문"))
    first, second = (record(store, reading(half, page(f"h{i}")), now=NOW, policy=POLICY) for i, half in enumerate(halves))
    assert first.story_id != second.story_id
    whole = record(store, reading(article(), page("w")), now=LATER, policy=POLICY)
    assert whole.story_id == first.story_id
    assert store.db.execute("SELECT id, articles, joined_into FROM story ORDER BY id").fetchall() == [
        (first.story_id, 3, None), (second.story_id, 0, first.story_id)]


ARRIVALS = (
    article(), article(press="한국일보", origin="연합뉴스"),
    article("[속보] 딥시크 새 추론 모델 공개", DEEPSEEK[:2], press="뉴시스"),
    article("칩 수요 논란", DEEPSEEK[2:], press="경향신문"), article("대설특보에 탐방로 통제", FOREST, press="강원일보"),
    article("대설에 국립공원 탐방로 막혀", FOREST[:2], press="뉴스1"),
)


@settings(max_examples=12)
@given(order=st.permutations(range(len(ARRIVALS))))
def test_the_order_of_arrival_does_not_change_the_stories(tmp_path_factory: pytest.TempPathFactory, order: list[int]) -> None:
    with open_store(tmp_path_factory.mktemp("db") / "sosik.db") as store:
        for minute, number in enumerate(order):
            arrived = reading(ARRIVALS[number], page(str(number)), matches=[match()] if number < 4 else [])
            record(store, arrived, now=NOW + timedelta(minutes=minute), policy=POLICY)
        rows = store.db.execute("SELECT story_id, key FROM article ORDER BY key").fetchall()
        grouped = {frozenset(key[-1] for story, key in rows if story == each) for each, _ in rows}
        assert grouped == {frozenset("0123"), frozenset("45")}
        headlines = store.db.execute("SELECT headline, articles FROM story WHERE joined_into IS NULL ORDER BY articles")
        assert headlines.fetchall() == [("대설특보에 탐방로 통제", 2), (ARRIVALS[0].title, 4)]
        assert check(store) == ()


def test_what_fails_midway_leaves_nothing(store: Store) -> None:
    broken = replace(match(), score="much")  # type: ignore[arg-type]  # refused by the STRICT table, after article and story
    with pytest.raises(Exception, match=r"match\.score"):
        record(store, reading(matches=[broken]), now=NOW, policy=POLICY)
    for table in ("article", "story", "address", "probe", "article_search", "raw_page", "alert"):
        assert count(store, table) == 0, table


def test_a_silent_policy_stores_and_tells_nothing(store: Store) -> None:
    silent = AlertPolicy(recipients=POLICY.recipients, is_silent=True)
    assert record(store, reading(matches=[match()]), now=NOW, policy=silent).alerts == 0
    assert count(store, "delivery") == 0
