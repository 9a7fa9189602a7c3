"""kill -9 in mid-crawl: the next crawl goes on where the dead one stood."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.sources.press_site import PressSite, Reply
from tests.sources.test_crawling import SOURCE, feed, rows

SUBJECTS = ("조선", "철강", "항만", "농업", "수산", "관광", "교육", "의료", "교통", "주택", "전력", "통신", "출판", "체육")
ARTICLES = len(SUBJECTS)


def article(number: int) -> Reply:
    subject = SUBJECTS[number]
    line = "<p>{0} 업계는 올해 {1}번째 회의를 열고 {0} 분야의 새 계획을 논의했다고 밝혔다.</p>"
    text = "".join(line.format(subject, number * 7 + i) for i in range(8))
    head = f"<html><head><title>{subject} 업계, 새 계획 논의</title></head><body><article><h1>{subject} 업계, 새 계획 논의</h1>"
    return Reply(body=f"{head}{text}</article></body></html>".encode())


def test_a_killed_crawl_loses_nothing_and_fetches_nothing_that_was_stored_again(
    site: PressSite, configured: Callable[..., Path]
) -> None:
    site.replies |= {f"/news/{10000 + i}": article(i) for i in range(ARTICLES)}
    items = ((f"/news/{10000 + i}", f"{SUBJECTS[i]} 업계, 새 계획 논의", "") for i in range(ARTICLES))
    site.put("/rss", feed(site, *items), "application/xml", etag='"1"')
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    config.write_text(config.read_text().replace("delay_s = 0.001", "delay_s = 0.15"))
    command = [sys.executable, "-m", "crawler", "--config", str(config), "crawl", "press"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    site.wait_for(lambda log: sum(each.target.startswith("/news/") for each in log) >= 9)
    running.kill()
    running.communicate()
    stored = {url for (url,) in rows(config, "SELECT url FROM article")}
    assert len(stored) < ARTICLES
    finished = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert rows(config, "SELECT count(*), count(DISTINCT key) FROM article") == [(ARTICLES, ARTICLES)]
    asked = Counter(each.target for each in site.log if each.target.startswith("/news/"))
    assert [url for url in stored if asked["/" + url.split("/", 3)[3]] != 1] == []
    assert [each.headers.get("if-none-match") for each in site.log if each.target == "/rss"] == [None, '"1"']
