"""Stories in the database: listed, told, split and joined by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from crawler.cli.main import sosik
from crawler.cli.story_reports import as_entries
from pipelines.article import Article, Page
from pipelines.errors import UserError
from pipelines.reading import Reading, Receipt, Understood
from pipelines.record import record, withdraw
from pipelines.store import alert_book, by_hand, outbox
from pipelines.store.database import Store
from pipelines.store.stories import StoryLine, list_stories, timeline
from pipelines.stories import fingerprint
from tests.store.making import DEEPSEEK, FOREST, POLICY, article, match
from tests.stories.pairs import MORNING, events, versions

EVENT = versions(events()[0])


def put(store: Store, made: Article, name: str, *, hours: float = 0, matched: bool = False) -> Receipt:
    url = f"https://news.example/{name}"
    now = MORNING + timedelta(hours=6 + hours)
    page = Page(
        url=url, key=url, requested_url=url, requested_key=url, status=200, body=b"<p>", content_type="text/html", fetched_at=now,
        source="nara")
    found = Understood(article=made, fingerprint=fingerprint(made), matches=(match(),) if matched else ())
    return record(store, Reading(page=page, result=found), now=now, policy=POLICY)


def told(store: Store, *kinds: str) -> int:
    """The event's articles in the database, in this order; the last one's story."""
    return [put(store, EVENT[kind], kind).story_id or 0 for kind in kinds][-1]


def roles(line: StoryLine) -> dict[str, str]:
    """Address → role, and of a copy or update whose."""
    urls = {entry.article_id: entry.url.rsplit("/")[-1] for entry in line.entries}
    rows = as_entries(line)
    return {urls[row["article"]]: f"{row['role']} {urls[row['of']]}" if row["of"] else str(row["role"]) for row in rows}


@pytest.mark.parametrize("order", [
    ("flash", "wire", "reprint", "portal", "rewrite", "roundup"),
    ("portal", "rewrite", "reprint", "roundup", "wire", "flash"),
])
def test_a_story_tells_who_broke_it_and_who_copied_whom_whatever_came_first(store: Store, order: tuple[str, ...]) -> None:
    line = timeline(store.db.conn, told(store, *order))
    assert roles(line) == {
        "flash": "first", "wire": "update flash", "reprint": "copy wire", "portal": "copy wire", "rewrite": "own",
        "roundup": "update wire",
    }
    assert line.presses == ("나라통신", "새벽일보", "다모아", "한강신문")
    assert line.stage == "종합"


def test_stories_are_listed_by_time_topic_and_query(store: Store) -> None:
    first = told(store, "wire", "reprint")
    second = put(store, EVENT["follow"], "follow", hours=30, matched=True).story_id
    connection = store.db.conn
    assert [line.id for line in list_stories(connection)] == [second, first]
    assert [line.id for line in list_stories(connection, since=MORNING + timedelta(hours=20))] == [second]
    assert [line.id for line in list_stories(connection, until=MORNING + timedelta(hours=20))] == [first]
    assert [line.id for line in list_stories(connection, topic="china-ai")] == [second]
    assert [line.id for line in list_stories(connection, query="승선원 AND 구조")] == [first]
    assert list_stories(connection, query="없는말") == ()


def test_an_edit_is_shown_sentence_by_sentence(store: Store) -> None:
    story_id = told(store, "wire")
    edited = replace(EVENT["wire"], paragraphs=(EVENT["wire"].text.replace("3명은 허리와", "4명은 허리와"),))
    put(store, edited, "wire", hours=1)
    (row,) = as_entries(timeline(store.db.conn, story_id))
    ((gone, come),) = [(revision["gone"], revision["come"]) for revision in row["revisions"]]  # type: ignore[attr-defined]
    assert ["3명은" in sentence for sentence in gone] == [True]
    assert ["4명은" in sentence for sentence in come] == [True]


def test_what_was_told_of_an_article_is_not_told_again_once_it_is_split_off(store: Store) -> None:
    first = put(store, EVENT["wire"], "wire", matched=True)
    snow = "대설특보에 탐방로 통제"
    other = put(store, article(snow, FOREST, published=MORNING), "other", hours=1, matched=True)
    assert (first.alerts, other.alerts) == (1, 1)
    with store.transaction() as connection:
        one = by_hand.join(connection, first.story_id or 0, other.story_id or 0)
        by_hand.split(connection, one, [other.article_id or 0], now=MORNING)
    copy = put(store, article(snow, FOREST, press="한겨레", published=MORNING), "copy", hours=2, matched=True)
    assert (copy.relation, copy.alerts) == ("copy", 0)
    apart = "SELECT count(*) FROM alert JOIN article ON article.id = article_id WHERE alert.story_id <> article.story_id"
    assert store.db.execute(apart).fetchone() == (0,)


def test_two_told_stories_that_are_split_off_together_leave_nothing_told_behind(store: Store) -> None:
    snow, rain = ("대설특보에 탐방로 통제", FOREST), ("딥시크 새 모델에 반도체 업계 긴장", DEEPSEEK)
    put(store, article(*rain, published=MORNING), "rain")
    taken = [put(store, EVENT["wire"], "wire", matched=True), put(store, article(*snow, published=MORNING), "snow", matched=True)]
    with store.transaction() as connection:
        for each in taken:
            by_hand.join(connection, 1, each.story_id or 0)
        new = by_hand.split(connection, 1, [each.article_id or 0 for each in taken], now=MORNING)
        assert alert_book.mute(connection, new, MORNING) == 2
    assert put(store, article(*rain, press="한겨레", published=MORNING), "copy", hours=1, matched=True).alerts == 1


def test_an_alert_does_not_tell_what_was_split_off_from_its_story(store: Store) -> None:
    put(store, article("대설특보에 탐방로 통제", FOREST, published=MORNING), "other")
    portal, wire = (put(store, EVENT[kind], kind, matched=True) for kind in ("portal", "wire"))
    assert portal.story_id == wire.story_id
    with store.transaction() as connection:
        assert outbox.original_of(connection, 1) == (wire.article_id, "china-ai")
        keep = by_hand.join(connection, 1, portal.story_id or 0)
        by_hand.split(connection, keep, [wire.article_id or 0], now=MORNING)
        assert outbox.original_of(connection, 1) is None


def test_a_withdrawn_article_is_marked(store: Store) -> None:
    story_id = told(store, "wire", "reprint")
    url = "https://news.example/wire"
    withdraw(store, key=url, url=url, source="nara", reason="404", now=MORNING + timedelta(hours=9))
    entries = timeline(store.db.conn, story_id).entries
    assert [entry.withdrawn_at is not None for entry in entries] == [True, False]


def test_what_was_split_by_hand_stays_split_when_a_copy_of_both_comes(store: Store) -> None:
    story_id = told(store, "wire", "rewrite")
    split_off = timeline(store.db.conn, story_id).entries[1].article_id
    with store.transaction() as connection:
        new_id = by_hand.split(connection, story_id, [split_off], now=MORNING)
    receipt = put(store, EVENT["reprint"], "reprint")
    assert receipt.story_id == story_id
    assert {line.id for line in list_stories(store.db.conn)} == {story_id, new_id}
    edited = replace(EVENT["rewrite"], paragraphs=(EVENT["rewrite"].text + " 해경이 조사한다.",))
    put(store, edited, "rewrite", hours=1)
    assert {line.id for line in list_stories(store.db.conn)} == {story_id, new_id}


def test_without_a_split_the_same_articles_become_one_story(store: Store) -> None:
    told(store, "wire", "rewrite", "reprint")
    assert len(list_stories(store.db.conn)) == 1


def test_a_split_can_be_undone_and_leaves_its_trace(store: Store) -> None:
    story_id = told(store, "wire", "rewrite")
    split_off = timeline(store.db.conn, story_id).entries[1].article_id
    with store.transaction() as connection:
        new_id = by_hand.split(connection, story_id, [split_off], now=MORNING)
        assert by_hand.join(connection, story_id, new_id) == story_id
    told_again = timeline(store.db.conn, new_id)
    assert told_again.id == story_id
    assert told_again.joined == (new_id,)
    assert len(told_again.entries) == 2
    assert not store.db.execute("SELECT * FROM story_apart").fetchall()


@pytest.mark.parametrize(("articles", "message"), [([99], "has no article 99"), ([1, 2], "nothing would be left")])
def test_an_impossible_split_is_refused_with_a_reason(store: Store, articles: list[int], message: str) -> None:
    story_id = told(store, "wire", "rewrite")
    with pytest.raises(UserError, match=message), store.transaction() as connection:
        by_hand.split(connection, story_id, articles, now=MORNING)


def test_an_unknown_story_is_a_clear_error(store: Store) -> None:
    with pytest.raises(UserError, match="there is no story 5"):
        timeline(store.db.conn, 5)


def run(store: Store, *arguments: str, language: str = "ko") -> str:
    config = Path(store.path).with_name("sosik.toml")
    config.write_text(f'[sosik]\nlanguage = "{language}"\n', encoding="utf-8")
    result = CliRunner().invoke(sosik, ["--config", str(config), "--db", str(store.path), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_lists_tells_splits_and_joins(store: Store) -> None:
    story_id = told(store, "wire", "reprint", "rewrite")
    listed = run(store, "stories")
    assert "거문도 앞바다서 낚싯배 좌초" in listed
    assert "나라통신, 새벽일보, 한강신문 · 기사 3건 (전재 1건)" in listed
    shown = run(store, "show", str(story_id), "--why")
    assert shown.splitlines()[1] == "https://news.example/wire"
    assert "전재 ← 나라통신 100%" in shown
    assert "+4시간 0분" in shown
    assert "copy of 나라통신" in run(store, "show", str(story_id), language="en")
    rewrite = timeline(store.db.conn, story_id).entries[-1].article_id
    assert "새 이야기 2" in run(store, "story", "split", str(story_id), str(rewrite))
    assert "합쳤습니다" in run(store, "story", "join", str(story_id), "2")
    rows = [json.loads(line) for line in run(store, "show", str(story_id), "--json").splitlines()]
    assert [row.get("role") for row in rows] == [None, "first", "copy", "own"]


def test_the_command_says_when_there_is_nothing(store: Store) -> None:
    assert "없습니다" in run(store, "stories")


def test_relate_answers_every_line_even_a_broken_one() -> None:
    side = {"outlet": "가", "title": "[속보] 금리 동결", "text": "", "date": "2025-02-03", "url": ""}
    good = json.dumps({"id": 1, "a": side, "b": {**side, "outlet": "나"}})
    lines = [good, "nonsense", '{"id": 2}', '{"id": 3, "a": 1, "b": 2}', '{"id": 4, "a": {"title": 5}, "b": {}}', "[]"]
    result = CliRunner().invoke(sosik, ["relate", "--jsonl"], input="\n".join(lines), catch_exceptions=False)
    answers = [json.loads(line) for line in result.output.splitlines()]
    assert [answer.get("relation") for answer in answers] == ["copy", *[None] * 5]
    assert [answer["id"] for answer in answers] == [1, None, 2, 3, 4, None]
    assert all("error" in answer for answer in answers[1:])


def test_what_was_split_twice_does_not_come_back_to_where_it_was_first(store: Store) -> None:
    story_id = told(store, "wire", "reprint", "rewrite")
    _, reprint, rewrite = (entry.article_id for entry in timeline(store.db.conn, story_id).entries)
    with store.transaction() as connection:
        second = by_hand.split(connection, story_id, [reprint, rewrite], now=MORNING)
        third = by_hand.split(connection, second, [reprint], now=MORNING)
    edited = replace(EVENT["reprint"], paragraphs=(EVENT["reprint"].text + " 해경이 조사한다.",))
    assert put(store, edited, "reprint", hours=1).story_id == third
    assert {line.id for line in list_stories(store.db.conn)} == {story_id, second, third}
