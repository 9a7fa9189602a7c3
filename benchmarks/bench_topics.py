"""What topics cost: CPU an article, memory and loading, against one regular-expression alternation of the same words.

    python benchmarks/bench_topics.py

Five topics of 400 words each (2,000 in all), then one topic of 20,000; articles of 1,500 characters made from the words of the
shipped topic and Korean filler; and the worst patterns and texts we could think of. Interleaved, medians, ratios in one run.
"""

from __future__ import annotations

import random
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pipelines.article import Article
from pipelines.errors import QueryError
from pipelines.query import parse
from pipelines.query.pattern import REACH, WAYS_MAX
from pipelines.tomlfile import TomlFile
from pipelines.topics import Topics, compile_topics, load_topics, match_article

T = TypeVar("T")
ROUNDS = 7
ARTICLES = 60
LENGTH = 1_500
SYLLABLES = (
    "가나다라마바사아자차카타파하기니디리미비시이지치키티피히고노도로모보소오조초코토포호"
    "구누두루무부수우주추쿠투푸후인공지능중국반도체엔비디강산장정성경영현진선상안연원전"
)


def main() -> None:
    rng = random.Random(7)
    words = [made_word(rng) for _ in range(22_000)]
    articles = [made_article(rng, words[:2_000]) for _ in range(ARTICLES)]
    before = peak_mb()
    five, load_s = timed(lambda: compile_topics([made_topic(f"t{i}", words[i * 400 : (i + 1) * 400]) for i in range(5)]))
    five_mb = peak_mb() - before
    large, large_load_s = timed(lambda: compile_topics([made_topic("large", words[2_000:])]))
    shipped, shipped_load_s = timed(lambda: load_topics(["china-ai"], Path.cwd()))
    listed = sorted(words[:2_000], key=len, reverse=True)
    alternation, alternation_load_s = timed(lambda: re.compile("|".join(map(re.escape, listed))))

    runs: dict[str, Callable[[Article], object]] = {
        "5 topics, 2,000 words": lambda a: match_article(five, a),
        "1 topic, 20,000 words": lambda a: match_article(large, a),
        "china-ai as shipped": lambda a: match_article(shipped, a),
        "alternation of 2,000": lambda a: alternation.findall(f"{a.title}\n{a.text}".lower()),
    }
    took = measure(runs, articles)
    base = took["alternation of 2,000"]
    loads = {"5 topics, 2,000 words": load_s, "1 topic, 20,000 words": large_load_s, "china-ai as shipped": shipped_load_s,
             "alternation of 2,000": alternation_load_s}
    print(f"{'':24}{'ms/article':>12}{'ratio':>8}{'load s':>9}")
    for name, value in took.items():
        print(f"{name:24}{value:12.3f}{value / base:8.2f}{loads[name]:9.3f}")
    print(f"\nmemory of 5 topics with 2,000 words: {five_mb:.1f} MB (peak, goal 30)")
    hostile(shipped, five)


def made_word(rng: random.Random) -> str:
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(3, 6)))


def made_article(rng: random.Random, words: list[str]) -> Article:
    """About one word in twelve is a word of the topics, as in an article about them."""
    text, sentences = "", []
    while sum(map(len, sentences)) < LENGTH:
        text = " ".join(rng.choice(words) + rng.choice(("은", "의", "에서", "")) if rng.random() < 0.08 else made_word(rng)
                        for _ in range(rng.randint(8, 16)))
        sentences.append(text + " 밝혔다.")
    return Article(url="u", title="중국 인공지능 " + sentences[0][:30], paragraphs=(" ".join(sentences)[:LENGTH],))


def made_topic(name: str, words: list[str]) -> TomlFile:
    third = len(words) // 3
    listed = [", ".join(f'"{w}"' for w in part) for part in (words[:third], words[third : 2 * third], words[2 * third :])]
    return TomlFile(f"""
name = "{name}"
[anchor.context]
words = [{listed[0]}]
[[entity]]
id = "names"
strong = [{listed[1]}]
weak = [{listed[2]}]
needs = ["context"]
[[rule]]
id = "pair"
all = ["context", "context"]
reach = 20
""", f"{name}.toml")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """The result, and the seconds of CPU it took."""
    began = time.process_time()
    result = work()
    return result, time.process_time() - began


def measure(runs: dict[str, Callable[[Article], object]], articles: list[Article]) -> dict[str, float]:
    """Milliseconds of CPU an article: the median of interleaved rounds."""
    took: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            began = time.process_time()
            for article in articles:
                run(article)
            took[name].append((time.process_time() - began) * 1000 / len(articles))
    return {name: statistics.median(values) for name, values in took.items()}


def hostile(shipped: Topics, five: Topics) -> None:
    """The slowest things we could think of; goal 50 ms each."""
    texts = {
        "중국AI, 20,000 characters": "중국AI " * 4_000, "one sentence without end": "딥시크 알리바바 인공지능 중국 " * 1_200,
        "letters without a space": "가" * 20_000, "full stops": "." * 20_000, "jamo": "\u1103\u1175\u11b8" * 6_000,
        "zero-width": "딥\u200b" * 10_000, "brackets": "((((" * 5_000,
    }
    slowest = 0.0
    for name, text in texts.items():
        article = Article(url="u", title="중국 AI", paragraphs=(text,))
        spent = max(timed(lambda a=article: match_article(shipped, a))[1], timed(lambda a=article: match_article(five, a))[1])
        slowest = max(slowest, spent)
        print(f"  {name:28}{spent * 1000:8.1f} ms")
    patterns = [
        "/(a+)+b/", "/(a|a)*b/", "/(a|aa)+b/", "/a*a*a*a*b/", "/(.*)(.*)(.*)x/",
        f"/.{{0,{REACH // 2}}}a.{{0,{WAYS_MAX // REACH}}}b/",
        "/a{0,19}a{0,19}b/", "/[ab]{0,200}c/", "/(a|b|c|d)(a|b|c|d)(a|b|c|d)(a|b|c|d)e/", "/(a?){8}b/", "/a?a?a?a?a?a?a?a?b/",
    ]
    for pattern in patterns:
        try:
            parse(pattern)
        except QueryError as error:
            print(f"  {pattern:45} refused: {error.message[:60]}")
            continue
        topic = compile_topics([TomlFile(f"name = 'p'\nquery = '{pattern}'\n", "p.toml")])
        article = Article(url="u", title="a", paragraphs=("a" * 5_000,))
        _, spent = timed(lambda a=article, t=topic: match_article(t, a))
        slowest = max(slowest, spent)
        print(f"  {pattern:45}{spent * 1000:8.1f} ms")
    print(f"slowest: {slowest * 1000:.1f} ms (goal 50)")


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * (1024 if sys.platform == "darwin" else 1))


if __name__ == "__main__":
    main()
