"""Pairs of articles with what they are to each other, made of our own texts: events.toml, and series.toml for what recurs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.article import Article, Stamp
from pipelines.clock import KST

HERE = Path(__file__).parent
MORNING = datetime(2025, 9, 12, 8, 30, tzinfo=KST)
CURLY = {'"': "“”", "'": "‘’"}
FURNITURE = (
    "전체 맥락을 이해하기 위해서는 본문 보기를 권장합니다.",
    "Copyright ⓒ 무단전재 및 재배포, AI 학습 이용 금지",
    "구독하고 메인에서 바로 보는 언론사 뉴스",
)


@dataclass(frozen=True, kw_only=True)
class Pair:
    name: str
    a: Article
    b: Article
    same: bool  # one story
    copy: bool | None = None  # None: not asked

    def __str__(self) -> str:
        return f"{self.name}: {self.a.title} / {self.b.title}"


def article(title: str, text: str, *, press: str, at: datetime, origin: str | None = None) -> Article:
    return Article(
        url=f"https://{press}.example/{abs(hash((title, at)))}", title=title, press=press, origin=origin,
        paragraphs=tuple(line.strip() for line in text.strip().splitlines() if line.strip()), published=Stamp(at=at),
    )


def pairs() -> list[Pair]:
    return [*_of_events(), *_of_series()]


def events() -> list[dict[str, str]]:
    found: list[dict[str, str]] = tomllib.loads((HERE / "events.toml").read_text(encoding="utf-8"))["event"]
    return found


def versions(event: dict[str, str]) -> dict[str, Article]:
    """One event as the news carries it: flash, wire, reprint, portal copy, round-up, rewrite, and what is not it."""
    title, wire = event["wire_title"], event["wire"].strip()
    sentences = wire.split(". ")
    portal = ". ".join(sentences[: max(2, len(sentences) * 2 // 3)]) + "."
    added = "관계 당국은 추가로 확인되는 내용을 다시 알리겠다고 했다. 현장에는 취재진과 시민이 몰려 한때 혼잡을 빚었다."
    return {
        "flash": article(f"[속보] {title}", "", press="나라통신", at=MORNING - timedelta(minutes=25)),
        "wire": article(title, f"(서울=나라통신) 홍가람 기자 = {wire} garam@nara.test", press="나라통신", at=MORNING),
        "reprint": article(_curly(title), _curly(wire), press="새벽일보", at=MORNING + timedelta(minutes=40)),
        "portal": article(
            title.replace("…", "..."), "\n".join((FURNITURE[0], _curly(portal), *FURNITURE[1:])), press="다모아",
            at=MORNING + timedelta(hours=2),
        ),
        "roundup": article(
            f"{title}(종합)", f"(서울=나라통신) 홍가람 김누리 기자 = {wire} {added}", press="나라통신",
            at=MORNING + timedelta(hours=3),
        ),
        "rewrite": article(event["rewrite_title"], event["rewrite"], press="한강신문", at=MORNING + timedelta(hours=4)),
        "follow": article(event["follow_title"], event["follow"], press="나라통신", at=MORNING + timedelta(hours=27)),
        "other": article(event["other_title"], event["other"], press="나라통신", at=MORNING + timedelta(hours=1)),
    }


SAME = (  # first, second, is the second a copy of the first
    ("wire", "reprint", True), ("wire", "portal", True), ("reprint", "portal", True), ("wire", "rewrite", False),
    ("portal", "rewrite", False), ("wire", "roundup", None), ("reprint", "roundup", True), ("flash", "wire", None),
)
APART = (
    ("wire", "follow"), ("wire", "other"), ("rewrite", "follow"), ("rewrite", "other"), ("portal", "other"), ("flash", "other"),
)


def _of_events() -> Iterator[Pair]:
    for event in events():
        made = versions(event)
        for one, two, is_copy in SAME:
            yield Pair(name=f"{event['name']} {one}-{two}", a=made[one], b=made[two], same=True, copy=is_copy)
        for one, two in APART:
            yield Pair(name=f"{event['name']} {one}-{two}", a=made[one], b=made[two], same=False)


def _of_series() -> Iterator[Pair]:
    for row in tomllib.loads((HERE / "series.toml").read_text(encoding="utf-8"))["pair"]:
        made = [
            article(row[f"{side}_title"], row.get(f"{side}_text", ""), press=row.get(f"{side}_press", "나라통신"),
                    at=MORNING + timedelta(hours=row.get(f"{side}_hours", 0)))
            for side in "ab"
        ]
        yield Pair(name=row["name"], a=made[0], b=made[1], same=row["same"], copy=row.get("copy"))


def _curly(text: str) -> str:
    for straight, (opening, closing) in CURLY.items():
        parts = text.split(straight)
        text = "".join(part + (opening if i % 2 == 0 else closing) for i, part in enumerate(parts[:-1])) + parts[-1]
    return text
