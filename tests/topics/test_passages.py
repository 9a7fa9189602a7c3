"""The article cut into title, subtitle and sentences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.match import Field
from pipelines.topics.passages import TEXT_MAX, prepare
from tests.topics.conftest import article


def passages(title: str = "제목", text: str = "", **more: object) -> list[tuple[str, str]]:
    reader = prepare(article(title, text, **more))
    return [(p.field.value, reader.whole.text[p.lead : p.end].strip()) for p in reader.passages]


def test_sentences_end_with_a_mark_and_a_space() -> None:
    assert passages(text="딥시크 V3.2가 나왔다. 3.5%가 올랐다! “정말?” 그렇다.") == [
        ("title", "제목"), ("lede", "딥시크 v3.2가 나왔다."), ("lede", "3.5%가 올랐다!"),
        ("lede", '"정말?"'), ("lede", "그렇다."),
    ]


def test_the_first_paragraph_is_the_lede() -> None:
    assert [field for field, _ in passages(text="하나다. 둘이다.\n셋이다.")] == ["title", "lede", "lede", "body"]


def test_a_subtitle_is_a_passage_of_its_own() -> None:
    assert passages(subtitle="부제목이다") == [("title", "제목"), ("subtitle", "부제목이다")]


def test_tags_stand_before_what_opens_a_headline() -> None:
    assert passages("[속보][단독] 中, 규제안 발표") == [("title", "中, 규제안 발표")]


def test_datelines_are_left_out() -> None:
    for dateline in (
        "(베이징=연합뉴스) 홍길동 특파원 = ", "[베이징=뉴시스] 홍길동 특파원 = ", "(상하이=뉴스1) ",
        "베이징(중국)=홍길동 특파원 ", "[베이징AI매체 홍길동 기자] ", "【베이징=뉴시스】 홍길동 앵커=",
    ):
        reader = prepare(article("제목", dateline + "오늘 눈이 왔다."))
        (start, end), = reader.datelines
        assert "베이징" in reader.whole.text[start:end] or "상하이" in reader.whole.text[start:end]
        assert reader.whole.text[reader.passages[1].lead :].startswith("오늘")


def test_only_the_front_of_an_endless_text_is_read() -> None:
    assert len(prepare(article("제목", "가" * 200_000)).whole.text) < TEXT_MAX + 100


@given(st.text(alphabet="가나 .?!\n\"”)=(기자[]中A", max_size=80), st.text(alphabet="가 \n[]", max_size=10))
def test_passages_cover_the_text_in_order(text: str, title: str) -> None:
    reader = prepare(article(title, text))
    last = 0
    for passage in reader.passages:
        assert last <= passage.start <= passage.end <= len(reader.whole.text)
        assert passage.start <= passage.lead
        last = passage.end
    inside = "".join(reader.whole.text[p.start : p.end] for p in reader.passages if p.field in (Field.LEDE, Field.BODY))
    assert "".join(inside.split()) == "".join(reader.whole.text[reader.text_at :].split())
