"""Which stored articles are compared with a new one."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipelines.record import record
from pipelines.store import candidates as looking
from pipelines.store.articles import fingerprint_of, fingerprint_text
from pipelines.store.candidates import candidates, drop_probes, filed_article, furniture
from pipelines.store.database import Store
from pipelines.store.packing import packed, unpacked
from pipelines.stories import filed, fingerprint
from pipelines.story import Candidate, Filed
from tests.store.making import DEEPSEEK, FOREST, NOW, POLICY, article, page, reading

DAY = timedelta(days=1)
LINES = ("무단 전재와 재배포를 금하며 제보는 언제나 환영합니다 독자 여러분의 소중한 의견을 기다립니다",
         "이 기사는 저희 편집국이 정성껏 만들었으니 구독과 응원으로 힘을 보태 주시기 바랍니다")


def found(store: Store, one: Filed, **windows: timedelta) -> list[int]:
    windows = {"copy_window": 14 * DAY, "event_window": 2 * DAY, **windows}
    return [each.article_id for each in candidates(store.db.conn, one, **windows)]


def new(*paragraphs: str, title: str = "제목 없는 새 글", at=NOW, press: str = "경향신문") -> Filed:
    made = article(title, paragraphs, published=at, press=press)
    return filed(made, fingerprint(made), NOW)


def test_a_copy_meets_its_original_and_not_other_articles(store: Store) -> None:
    record(store, reading(), now=NOW, policy=POLICY)
    record(store, reading(article("대설에 탐방로 통제", FOREST), page("b")), now=NOW, policy=POLICY)
    assert found(store, new(*DEEPSEEK[:3])) == [1]


def test_the_windows_hold_both_ways(store: Store) -> None:
    record(store, reading(), now=NOW, policy=POLICY)
    for lag in (13 * DAY, -13 * DAY):
        assert found(store, new(*DEEPSEEK[:3], at=NOW + lag)) == [1]
    for lag in (17 * DAY, -17 * DAY):
        assert found(store, new(*DEEPSEEK[:3], at=NOW + lag)) == []


def test_other_words_for_the_same_event_are_met_by_their_names_and_figures(store: Store) -> None:
    record(store, reading(), now=NOW, policy=POLICY)
    lede = "엔비디아 저사양 칩만 쓴 딥시크 추론 모델 소식에 반도체 업계 긴장감이 높다."
    retold = new(lede, title="반도체 업계, 딥시크 모델에 긴장")
    assert found(store, retold) == [1]
    assert found(store, Filed(fingerprint=retold.fingerprint, press="", origin="", at=NOW + 5 * DAY)) == []


def test_what_every_article_of_a_press_says_does_not_hide_a_copy(store: Store) -> None:
    record(store, reading(article(paragraphs=(*DEEPSEEK, *LINES))), now=NOW, policy=POLICY)
    for number in range(80):
        own = f"{number}번째 동네 소식으로 {number * 37}번 버스가 {number * 11}분 늦게 왔다고 주민 {number * 7}명이 말했다."
        record(store, reading(article(f"동네 소식 {number}", (own, *LINES)), page(f"n{number}")), now=NOW, policy=POLICY)
    assert found(store, new(*DEEPSEEK[:3], *LINES, press="연합뉴스"))[0] == 1


def test_the_standing_lines_of_a_press_are_learned(store: Store) -> None:
    made = [article(f"{word} 소식", (f"{word}에서 {n}개 {word}를 두고 {word}끼리 {n * 31}번 다퉜다는 소식이다", *LINES))
            for n, word in enumerate(("하늘", "바다", "사막", "숲길", "고원", "강변"), 3)]
    known = [Candidate(article_id=n, story_id=n, filed=filed(each, fingerprint(each), NOW)) for n, each in enumerate(made[:5])]
    one = filed(made[5], fingerprint(made[5]), NOW)
    learned = furniture(one, known)
    lines = fingerprint(article(paragraphs=LINES)).shingles
    assert learned
    assert learned <= set(lines) | set.intersection(*(set(fingerprint(each).shingles) for each in made))
    assert furniture(one, known[:4]) == frozenset()
    elsewhere = Filed(fingerprint=one.fingerprint, press="다른신문", origin="", at=NOW)
    assert furniture(elsewhere, known) == frozenset()


def test_an_edited_article_is_no_longer_met_by_what_it_said(store: Store) -> None:
    record(store, reading(), now=NOW, policy=POLICY)
    before = store.db["probe"].count
    record(store, reading(article("대설에 탐방로 통제", FOREST)), now=NOW, policy=POLICY)
    assert found(store, new(*DEEPSEEK[:3])) == []
    assert found(store, new(*FOREST[:2])) == [1]
    with store.transaction() as connection:
        drop_probes(connection, 1, filed_article(connection, 1).filed)
    assert before > 0
    assert store.db["probe"].count == 0


def test_a_stored_fingerprint_is_the_one_that_was_made(store: Store) -> None:
    made = article("[속보] 딥시크 새 모델 공개 (종합2보)")
    record(store, reading(made), now=NOW, policy=POLICY)
    assert filed_article(store.db.conn, 1).filed == filed(made, fingerprint(made), NOW)


def test_a_fingerprint_without_anything_is_kept_too() -> None:
    empty = fingerprint(article("", ()))
    assert fingerprint_of(empty.text_hash, fingerprint_text(empty), packed(empty.shingles), packed(empty.cues)) == empty


@given(st.lists(st.integers(-(2**63), 2**63 - 1), unique=True).map(sorted))
def test_numbers_come_back_as_they_were_packed(numbers: list[int]) -> None:
    assert unpacked(packed(numbers)) == tuple(numbers)


def test_the_look_up_reads_a_bounded_number_of_rows(store: Store) -> None:
    for number in range(looking.HITS_MAX[0] + 20):
        record(store, reading(article(f"같은 글 {number}"), page(f"n{number}")), now=NOW, policy=POLICY)
    assert len(found(store, new(*DEEPSEEK))) <= sum(looking.CANDIDATES_MAX) + looking.TWINS_MAX
