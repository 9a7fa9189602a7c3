"""Pages as fetched: they come back byte for byte, and go when their time is over."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.article import Hint, Page
from pipelines.record import record
from pipelines.store import archive as archiving
from pipelines.store.archive import Archive
from pipelines.store.articles import put_matches
from pipelines.store.database import Store
from pipelines.store.upkeep import prune, tend
from tests.store.making import NOW, POLICY, match, page, reading, refusal

TEMPLATE = "<html><head><title>{}</title><link rel=stylesheet href=/css/article.css></head><body><div class=view>{}</div></body>"


def stored_pages(store: Store, **which: object) -> list[Page]:
    return list(store.archive.pages(store.db.conn, **which))  # type: ignore[arg-type]


def test_a_page_comes_back_as_it_was(store: Store) -> None:
    hint = Hint(title="목록의 제목", summary="요약", published=NOW)
    made = page(body="<p>딥시크</p>".encode("cp949"), content_type="text/html; charset=euc-kr", press="연합뉴스", hint=hint,
                requested_url="https://s.example/1", requested_key="https://s.example/1")
    record(store, reading(at=made), now=NOW, policy=POLICY)
    assert stored_pages(store) == [made]


def test_a_later_look_that_says_less_takes_away_nothing_that_is_known(store: Store) -> None:
    known = page(body=b"1", press="우리신문", hint=Hint(title="목록의 제목"))
    record(store, reading(at=known), now=NOW, policy=POLICY)
    record(store, reading(at=page(body=b"2", source="")), now=NOW, policy=POLICY)
    assert stored_pages(store) == [replace(known, body=b"2")]


def keep(store: Store, name: str, body: bytes, **others: object) -> None:
    with store.transaction() as connection:
        store.archive.put(connection, page(name, body=body, **others), store.archive.compress(connection, body), is_kept=False)


@given(bodies=st.lists(st.binary(max_size=2000), max_size=4))
def test_any_bytes_come_back(bodies: list[bytes]) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE dictionary (id INTEGER)")
        archive = Archive()
        for body in bodies:
            assert archive._body(connection, None, archive.compress(connection, body).body) == body


def test_pages_before_and_after_the_dictionary_are_both_read_and_it_pays(store: Store) -> None:
    bodies = {f"n{n:03}": TEMPLATE.format(f"제목 {n}", f"기사 {n * 7919} 본문 " * 20).encode()
              for n in range(archiving.SAMPLES + 20)}
    names = list(bodies)
    for name in names[: archiving.SAMPLES]:
        keep(store, name, bodies[name])
    tend(store, now=NOW, keep_raw_days=30)
    for name in names[archiving.SAMPLES :]:
        keep(store, name, bodies[name])
    assert {p.url.rsplit("/", 1)[1]: p.body for p in stored_pages(store)} == bodies
    without, with_one = (store.db.execute(f"SELECT avg(length(body)) FROM raw_page WHERE dictionary_id IS {what}").fetchone()[0]
                         for what in ("NULL", "NOT NULL"))
    assert with_one < without / 1.5
    tend(store, now=NOW, keep_raw_days=30)
    assert store.db["dictionary"].count == 1  # learned once


def test_too_little_to_learn_from_is_no_trouble(store: Store) -> None:
    for number in range(archiving.SAMPLES):
        keep(store, f"n{number}", b"")
    tend(store, now=NOW, keep_raw_days=30)
    assert store.db["dictionary"].count == 0


def test_pages_past_their_time_go_and_those_of_matched_articles_stay(store: Store) -> None:
    old, new = NOW - timedelta(days=31), NOW - timedelta(days=29)
    for name, matches, moment in (("matched", [match()], old), ("old", [], old), ("new", [], new), ("later", [], old)):
        record(store, reading(at=page(name, fetched_at=moment), matches=matches), now=NOW, policy=POLICY)
    with store.transaction() as connection:  # a topic that was applied to what is stored
        put_matches(connection, 4, [match()], now=NOW)
    record(store, refusal(at=page("refused", fetched_at=old)), now=NOW, policy=POLICY)
    assert prune(store, now=NOW, keep_raw_days=30) == 2
    assert [p.url.rsplit("/", 1)[1] for p in stored_pages(store)] == ["later", "matched", "new"]
    assert store.db["article"].count == 4


def test_pages_are_chosen_by_source_and_time(store: Store) -> None:
    keep(store, "a", b"a", source="yna")
    keep(store, "b", b"b", source="kbs", fetched_at=NOW - timedelta(days=3))
    assert [p.body for p in stored_pages(store, source="kbs")] == [b"b"]
    assert [p.body for p in stored_pages(store, since=NOW - timedelta(days=1))] == [b"a"]
    assert [p.body for p in stored_pages(store, until=NOW - timedelta(days=1))] == [b"b"]


@pytest.fixture
def many(store: Store) -> Store:
    for number in range(archiving.CHUNK * 2 + 1):
        keep(store, f"n{number:04}", str(number).encode())
    return store


def test_all_pages_are_walked_once_however_many(many: Store) -> None:
    assert [int(p.body) for p in stored_pages(many)] == list(range(archiving.CHUNK * 2 + 1))
