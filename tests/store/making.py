"""Readings as the tests of this room need them: real fingerprints, texts of our own, addresses that exist nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pipelines.alerts.policy import AlertPolicy, Recipient
from pipelines.article import Article, Hint, Page, Refusal, RefusalReason, Stamp
from pipelines.match import Evidence, Field, Level, Match
from pipelines.reading import Reading, Understood
from pipelines.stories import fingerprint

NOW = datetime(2025, 2, 3, 5, 0, tzinfo=UTC)
POLICY = AlertPolicy(recipients=(Recipient(address="desk@example.org"),))

DEEPSEEK = (
    "중국 인공지능 기업 딥시크가 새 추론 모델을 내놓으면서 국내 반도체 업계가 긴장하고 있다.",
    "딥시크는 3일 누리집에서 엔비디아의 저사양 칩 2048개만으로 모델을 학습시켰다고 밝혔다.",
    "서울 여의도의 한 증권사 연구원은 고대역폭 메모리 수요가 줄어들 수 있다는 걱정이 나온다고 말했다.",
    "반면 값싼 모델이 퍼지면 오히려 전체 칩 수요가 늘어난다는 반론도 만만치 않다고 그는 덧붙였다.",
)
FOREST = (
    "강원 산간에 대설특보가 내려진 가운데 국립공원 탐방로 스물세 곳의 출입이 막혔다.",
    "설악산 대청봉에는 밤사이 41.5센티미터의 눈이 쌓였고 미시령 옛길은 이틀째 통제되고 있다.",
    "도로관리사업소는 제설차 예순 대를 보내 밤새 눈을 치웠으며 낮부터 통행을 다시 허용할 계획이다.",
)


def page(
    name: str = "a1", *, host: str = "news.example", body: bytes = b"<p>page</p>", source: str = "yna", **others: object
) -> Page:
    url = f"https://{host}/{name}"
    values: dict[str, object] = {
        "url": url, "key": url, "requested_url": url, "requested_key": url, "status": 200, "body": body,
        "content_type": "text/html; charset=utf-8", "fetched_at": NOW, "source": source, "hint": Hint(),
    }
    return Page(**{**values, **others})  # type: ignore[arg-type]


def article(
    title: str = "딥시크 새 모델에 반도체 업계 긴장", paragraphs: Sequence[str] = DEEPSEEK, *, press: str = "연합뉴스",
    published: datetime | None = NOW - timedelta(hours=1), **others: object,
) -> Article:
    values: dict[str, object] = {
        "url": "https://news.example/a1", "title": title, "paragraphs": tuple(paragraphs), "press": press,
        "published": Stamp(at=published) if published else None,
    }
    return Article(**{**values, **others})  # type: ignore[arg-type]


def match(level: Level = Level.MATCH) -> Match:
    return Match(
        topic="china-ai", level=level, score=0.9, subtopics=("models",), sentence=DEEPSEEK[0],
        evidence=(Evidence(field=Field.TITLE, start=0, end=3, text="딥시크", rule="deepseek"),))


def reading(made: Article | None = None, at: Page | None = None, *, matches: Sequence[Match] = ()) -> Reading:
    made = made or article()
    return Reading(page=at or page(), result=Understood(article=made, fingerprint=fingerprint(made), matches=tuple(matches)))


def refusal(reason: RefusalReason = RefusalReason.LOGIN_WALL, at: Page | None = None) -> Reading:
    return Reading(page=at or page(), result=Refusal(reason=reason))
