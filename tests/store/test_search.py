"""What a query finds, in which order, and what is shown of it."""

from __future__ import annotations

import sqlite3
import unicodedata
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import QueryError
from pipelines.record import record
from pipelines.store.database import Store
from pipelines.store.phrases import compiled, spacings
from pipelines.store.search import Within, marks, search, snippet
from pipelines.store.terms import terms
from tests.store.making import DEEPSEEK, FOREST, NOW, POLICY, article, match, page, reading

CHIPS = (
    "미국 상무부가 AI 반도체의 對中 수출을 다시 조인다고 밝혔다.",
    "R1 모델 공개 뒤 인공 지능 업계의 셈법이 복잡해졌다. GPT-4o도 거론됐다.",
)


@pytest.fixture
def archive(store: Store) -> Store:
    """Article 1 딥시크, 2 눈, 3 수출 통제; an hour apart."""
    made = (
        (article(), ()), (article("대설특보에 탐방로 통제", FOREST, press="강원일보", section="사회"), ()),
        (article("美, AI 반도체 수출 통제", CHIPS, press="한겨레", subtitle="딥시크 충격의 여파"), (match(),)),
    )
    for number, (each, matches) in enumerate(made):
        moment = NOW + timedelta(hours=number)
        record(store, reading(each, page(f"n{number}"), matches=matches), now=moment, policy=POLICY)
    return store


def found(store: Store, query: str, **more: object) -> list[int]:
    return [hit.article_id for hit in search(store.db.conn, query, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("query", "ids"), [
    ("딥시크", [3, 1]), ("시크", [3, 1]), ("반도체", [3, 1]), ("통제", [3, 2]),
    ("AI", [3]), ("ai", [3]), ("R1", [3]), ("R", []), ("GPT-4o", [3]), ("gpt*", [3]),
    ("인공지능", [1]), ('"인공지능"', [1]), ('"인공 지능"', [3, 1]),
    ("딥시크 AND 설악산", []), ("딥시크 OR 설악산", [3, 2, 1]), ("반도체 NOT 수출", [1]), ("통제 (설악산 OR 상무부)", [3, 2]),
    ("title:딥시크", [3, 1]), ("lede:긴장", [1]), ("body:설악산", [2]), ("title:설악산", []),
    ("press:강원일보", [2]), ("통제 press:한겨레", [3]), ("section:사회", [2]),
    ("상무부 NEAR/3 수출", [3]), ("미국 NEAR/1 밝혔다", []),
    ("美", [3]), ("對中", [3]), ("대청봉에는 밤사이", [2]), ("*청봉", [2]), ("2048", [1]), ("41.5센티미터", [2]),
    ("없는말", []),
])
def test_a_query_finds(archive: Store, query: str, ids: list[int]) -> None:
    assert found(archive, query) == ids


@pytest.mark.parametrize("query", [
    '"', "(", ")", "AND", "딥시크 AND", "NOT 딥시크", "title:", "nosuch:딥시크", "*", "/딥.크/", "@bigtech", "*seek", "…",
])
def test_a_malformed_query_is_a_clear_error_that_points_at_its_place(archive: Store, query: str) -> None:
    with pytest.raises(QueryError, match=r"query: .+\n"):
        found(archive, query)


def test_a_query_from_a_mac_finds_the_same_and_its_faults_are_pointed_at(archive: Store) -> None:
    assert found(archive, unicodedata.normalize("NFD", "수출 통제")) == [3]
    with pytest.raises(QueryError, match=r"\n  수출 /통제/\n {7}\^"):
        found(archive, unicodedata.normalize("NFD", "수출 /통제/"))


def test_a_headline_in_quotes_is_found_with_words_that_look_like_operators(store: Store) -> None:
    record(store, reading(article("Trump or Xi: 關稅 담판, 승자는", FOREST), page("n1")), now=NOW, policy=POLICY)
    assert found(store, '"Trump or Xi"') == found(store, 'trump "or" xi') == found(store, '"담판, 승자"') == [1]
    with pytest.raises(QueryError, match="OR"):
        found(store, "Trump or Xi")


def test_an_empty_query_asks_for_a_word(archive: Store) -> None:
    with pytest.raises(QueryError, match="empty"):
        found(archive, " ")


@given(st.text(alphabet='딥시크가AI19 "()*:/@-+^{}\'NEAROTD,', max_size=30))
def test_any_text_is_a_query_or_a_clear_error(query: str) -> None:
    try:
        expression = compiled(query).expression
    except QueryError:
        return
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE article_search USING fts5 (title, lede, body, press, section)")
        connection.execute("SELECT rowid FROM article_search WHERE article_search MATCH ?", (expression,)).fetchall()


def test_a_query_of_hundreds_of_words_is_answered_or_refused(archive: Store) -> None:
    assert found(archive, " OR ".join(f"낱말{number}" for number in range(199)) + " OR 딥시크") == [3, 1]
    with pytest.raises(QueryError, match="more than 200 words"):
        found(archive, " ".join(f"낱말{number}" for number in range(201)))


def test_hits_can_be_kept_to_a_time_a_press_and_a_topic(archive: Store) -> None:
    hour = timedelta(hours=1)
    assert found(archive, "딥시크", within=Within(topic="china-ai")) == [3]
    assert found(archive, "통제", within=Within(press="강원일보")) == [2]
    assert found(archive, "통제", within=Within(press="강원")) == []
    assert found(archive, "딥시크", within=Within(until=NOW - hour / 2)) == [3, 1]  # all were published an hour before NOW
    assert found(archive, "딥시크", within=Within(since=NOW - hour / 2)) == []
    assert found(archive, "딥시크", within=Within(since=NOW - 2 * hour)) == [3, 1]


def test_a_time_is_kept_to_when_a_page_that_was_seen_before_became_an_article_later(archive: Store) -> None:
    record(archive, reading(article("딥시크 뒷이야기"), page("replayed")), now=NOW - timedelta(minutes=30), policy=POLICY)
    assert found(archive, "딥시크", within=Within(since=NOW - timedelta(hours=2))) == [4, 3, 1]


def test_best_is_what_the_title_says_then_the_lede_then_the_rest(archive: Store) -> None:
    told = {"lede": ("딥시크 이야기가 나왔다.", "코스피가 올랐다."), "body": ("눈이 왔다.", "딥시크 이야기도 나왔다.")}
    for name, paragraphs in told.items():
        record(archive, reading(article(f"오늘의 {name}", paragraphs), page(name)), now=NOW + timedelta(days=1), policy=POLICY)
    assert found(archive, "딥시크") == [5, 4, 3, 1]
    assert found(archive, "딥시크", best=True) == [3, 1, 4, 5]
    assert found(archive, "딥시크", best=True, limit=3) == [3, 1, 4]


def test_the_limit_keeps_the_newest(archive: Store) -> None:
    assert found(archive, "통제", limit=1) == [3]


def test_an_edit_is_found_by_its_new_words_only(archive: Store) -> None:
    edited = article("딥시크 새 모델에 반도체 업계 긴장", (*DEEPSEEK[:3], "삼성전자는 말을 아꼈다."))
    record(archive, reading(edited, page("n0")), now=NOW + timedelta(days=1), policy=POLICY)
    assert found(archive, "삼성전자") == [1]
    assert found(archive, "반론") == []


def test_a_hit_shows_the_place_that_answers_with_the_words_marked(archive: Store) -> None:
    (hit,) = search(archive.db.conn, "대청봉")
    assert "대청봉에는 밤사이" in hit.snippet
    assert [hit.snippet[a:b] for a, b in hit.snippet_marks] == ["대청봉"]
    assert hit.title_marks == ()


def test_marks_are_whole_latin_words_and_any_part_of_korean_ones() -> None:
    text = "AI칩과 KAI, 딥시크코리아의 AI"
    assert [text[a:b] for a, b in marks(text, compiled("AI 시크").marks)] == ["AI", "시크", "AI"]


def test_a_long_paragraph_is_cut_between_words_around_the_hit() -> None:
    text = " ".join(["앞말"] * 100 + ["딥시크"] + ["뒷말"] * 100)
    shown = snippet(text, compiled("딥시크").marks)
    assert "딥시크" in shown
    assert len(shown) <= 122
    assert shown.startswith("…앞말")
    assert shown.endswith("뒷말…")


@given(st.text(alphabet="가나다 abc\n딥시크", max_size=400))
def test_a_snippet_is_always_a_piece_of_the_text(text: str) -> None:
    assert snippet(text, compiled("딥시크").marks).strip("…") in text


@pytest.mark.parametrize(("text", "expected"), [
    ("딥시크가", ["딥시", "시크", "크가"]), ("AI가", ["ai", "가"]), ("對中 수출", ["對中", "수출"]), ("GPT-4o", ["gpt", "4o"]),
    ("", []), ("…!", []),
])
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_korean_spaces_of_a_phrase_are_optional() -> None:
    assert set(spacings("인공 지능 칩")) == {"인공 지능 칩", "인공지능 칩", "인공 지능칩", "인공지능칩"}
    assert spacings("open ai") == ["open ai"]
    assert len(spacings("가 나 다 라 마 바")) == 2
