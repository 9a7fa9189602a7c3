"""Recorded pages, mutated and read: every one must become an article or a refusal, within its deadline.

    python -m tests.read.fuzz 10000 [SEED]
"""

from __future__ import annotations

import gzip
import random
import sys
import time
from collections import Counter

from pipelines.article import Article, Refusal
from pipelines.read.families import shipped
from pipelines.read.hygiene import clean_line
from pipelines.read.page import read
from tests.read.pages import PAGES, page

DEADLINE_S = 5.0
BITS = (
    b"<div>", b"</div>", b"<p", b"</p>", b"<br>", b"<table><tr><td>", b"<!--", b"-->", b"<script>", b"</script>", b"<a href='x'>",
    b"&#xFFFE;", b"&amp;#039;", b"&#55296;", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xc1\xd6", b"<![CDATA[", b"<?xml",
    b"<svg><style>", b"<template>", b"<meta charset=euc-kr>", b"<meta charset=utf-16>", "ㅣ한국일보".encode(),
    "무단전재 및 재배포 금지".encode(), "\u202e\u200b\u2028".encode(), b'{"@type":"NewsArticle","headline":[',
    b"Fusion.globalContent={", b'self.__next_f.push([1,"2:T1fffffff,', b"2025-99-99 99:99", b"style='display:none'",
    "<!-- 끝 --><div style='display:none'><p>비가 온다. 눈도 온다.</p></div><!-- 접힘 --><?x y?><button>더보기</button>".encode(),
    "<h2 class=t>다른 기사</h2><!-- --><div>2025.03.04 09:10</div>".encode(), "<table><tr><th>제목</th><td>".encode(),
    b"itemprop=articleBody", b"class='article_body comment'", b"[[[[((((",
)


def mutated(body: bytes, seed: int) -> bytes:
    """The body with one to thirty random changes: bytes flipped, bits spliced in, parts cut, doubled or swapped."""
    dice = random.Random(seed)
    work = bytearray(body)
    for _ in range(dice.randint(1, 30)):
        at = dice.randrange(len(work)) if work else 0
        length = dice.choice((1, 3, 20, 400, 5000))
        kind = dice.randrange(6)
        if kind == 0 and work:
            work[at] = dice.randrange(256)
        elif kind == 1:
            work[at:at] = dice.choice(BITS) * dice.choice((1, 1, 1, 5, 60))
        elif kind == 2:
            del work[at: at + length]
        elif kind == 3:
            work[at:at] = work[at: at + length]
        elif kind == 4:
            del work[at: len(work) if dice.random() < 0.1 else at + 1]
        else:
            part = bytes(work[at: at + length])
            del work[at: at + length]
            there = dice.randrange(len(work) + 1)
            work[there:there] = part
    return bytes(work)


def run(*, count: int, seed: int) -> dict[str, str]:
    """What broke: page and seed → how. Reads by the inner function, which may raise, not by the one that catches."""
    pages = [(file.name, gzip.decompress(file.read_bytes())) for file in sorted(PAGES.glob("*.gz"))]
    families, broken = shipped(), {}
    for i in range(count):
        name, body = pages[i % len(pages)]
        case = f"{name} seed={seed + i}"
        start = time.process_time()
        try:
            content_type = "text/plain" if ".txt" in name else "text/html"
            result = read(page(f"https://www.example.kr/{i}", mutated(body, seed + i), content_type), families).result
        except Exception as error:  # noqa: BLE001  # any escape is what we look for
            broken[case] = f"{type(error).__name__}: {error}"
            continue
        if not isinstance(result, Article | Refusal):
            broken[case] = f"answered {result!r}"
        elif isinstance(result, Article) and trouble(result):
            broken[case] = trouble(result)
        if time.process_time() - start > DEADLINE_S:
            broken[case] = "too slow"
    return broken


def trouble(article: Article) -> str:
    """What of an article's texts could not be stored; "" when all can."""
    for text in (article.title, article.subtitle or "", *article.paragraphs, *article.captions):
        if clean_line(text) != text:
            return f"unclean text {text[:40]!r}"
    return "" if article.title and article.paragraphs else "no title or no text"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    start = time.monotonic()
    broken = run(count=count, seed=seed)
    for case, how in broken.items():
        print(f"{case}: {how}")
    print(f"{count} mutated pages in {time.monotonic() - start:.0f} s, {len(broken)} broken {dict(Counter(broken.values()))}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
