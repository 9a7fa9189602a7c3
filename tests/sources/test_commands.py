"""`sosik sources` as a user types it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from crawler.cli.main import main
from pipelines.clock import now
from pipelines.store.database import open_store
from tests.sources.press_site import PressSite, Reply
from tests.sources.test_crawling import SOURCE, feed, sitemap

Configured = Callable[..., Path]


@dataclass(frozen=True, slots=True)
class Told:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def told_by(capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run a command that asks no network, in this process."""

    def run(config: Path, *arguments: str) -> Told:
        with pytest.raises(SystemExit) as left:
            main(["--config", str(config), *arguments])
        out, err = capsys.readouterr()
        return Told(int(left.value.code or 0), out, err)

    return run


def sosik(config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that asks the network, in a process of its own."""
    command = [sys.executable, "-m", "crawler", "--config", str(config), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def fresh(site: PressSite) -> str:
    at = (now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return feed(site, *((f"/news/1000{i}", f"오늘 나온 기사의 제목 {i}", at) for i in range(4)))


def article(site: PressSite) -> Reply:
    text = "".join(f"<p>{i}번째 문단이다. 반도체 수출이 지난달보다 크게 늘었다고 산업통상자원부가 밝혔다.</p>" for i in range(9))
    page = f"<html><head><title>제목</title></head><body><article><h1>오늘 나온 기사</h1>{text}</article></body></html>"
    return Reply(body=page.encode())


def test_days_for_an_address_are_refused_not_dropped(configured: Configured, told_by: Callable[..., Told]) -> None:
    told = told_by(configured(SOURCE + 'feeds = ["{site}/rss"]'), "crawl", "http://a.kr/1", "--since", "2026-11-01")
    assert told.returncode == 2
    assert "--since and --until are for sources" in told.stderr


def test_a_limit_reaches_the_feed_that_was_typed(site: PressSite, configured: Configured) -> None:
    site.otherwise = lambda target: article(site)
    site.put("/rss", fresh(site), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/none"]')
    assert sosik(config, "crawl", site.url("/rss"), "--limit", "1").returncode == 0
    assert sum(site.asked(f"/news/1000{i}") for i in range(4)) == 1


def test_a_back_fill_says_which_sources_have_no_archive(site: PressSite, configured: Configured) -> None:
    site.put("/rss", fresh(site), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/rss"]')
    assert "만 확인했습니다: press\n" in sosik(config, "crawl", "press", "--since", "7d").stderr
    assert sosik(config, "crawl", "press").stderr == ""
    config = configured(SOURCE + 'lists = ["{site}/news?page={page}"]')
    assert "확인했습니다: press" not in sosik(config, "crawl", "press", "--since", "7d").stderr


# ------------------------------------------------------------------ list and show


def test_the_list_is_json_lines_for_scripts(configured: Configured) -> None:
    config = configured(SOURCE + 'feeds = ["{site}/rss"]\ninterval_min = 5\n')
    with open_store(config.parent / "sosik.db") as store, store.transaction() as connection:
        connection.execute("INSERT INTO source_run (source, trouble, failures) VALUES ('press', 'http-500', 2)")
    rows = [json.loads(line) for line in sosik(config, "sources", "list", "--json").stdout.splitlines()]
    (row,) = [row for row in rows if row["source"] == "press"]
    assert (row["is_on"], row["trouble"], row["failures"], row["interval_s"]) == (True, "http-500", 2, 300)
    assert row["last_article_at"] is None
    assert len({tuple(row) for row in rows}) == 1, "one shape"


def test_list_shows_every_source_with_its_press_and_why_it_is_off(tmp_path: Path, told_by: Callable[..., Told]) -> None:
    (tmp_path / "sosik.toml").write_text('[sosik]\ndata_dir = "."\n')
    told = told_by(tmp_path / "sosik.toml", "sources", "list")
    assert told.returncode == 0
    assert len([line for line in told.stdout.splitlines() if line[:1] in "●○"]) == 54
    assert "● hankyung         한국경제" in told.stdout
    assert "○ newsis           뉴시스             꺼짐: 이용약관이" in told.stdout
    assert not (tmp_path / "sosik.db").exists()  # looking makes no database


def test_an_address_in_trouble_is_counted_until_it_is_mended_or_taken_out(
    site: PressSite, configured: Configured, told_by: Callable[..., Told]
) -> None:
    site.put("/rss", fresh(site), "application/xml")
    config = configured(SOURCE + 'feeds = ["{site}/rss", "{site}/html"]')
    site.replies["/html"] = Reply(body=b"<html><body>notice</body></html>")
    sosik(config, "crawl", "press")
    assert "⚠ 주소 1개에 문제\n" in told_by(config, "sources", "list").stdout
    configured(SOURCE + 'feeds = ["{site}/rss"]')
    assert "⚠" not in told_by(config, "sources", "list").stdout


@pytest.mark.parametrize("host", ["https://press.localhost/", "press.localhost:8080", "press.localhost/news", "-", ""])
def test_a_host_that_is_none_is_refused_for_no_article_would_ever_be_on_it(
    configured: Configured, told_by: Callable[..., Told], host: str
) -> None:
    config = configured(f'[[source]]\nname = "press"\nhosts = ["{host}"]\nfeeds = ["{{site}}/rss"]')
    told = told_by(config, "sources", "list")
    assert (told.returncode, "sources.toml:3: source.hosts: " in told.stderr) == (2, True)


def test_a_refusing_site_is_not_taken_for_a_network_that_is_down(site: PressSite, configured: Configured) -> None:
    done = sosik(configured(SOURCE + 'feeds = ["{site}/none"]'), "crawl", "press")
    assert done.returncode == 1
    assert "기사 목록을 받지 못했습니다" in done.stderr
    assert "아무 응답도" not in done.stderr


def test_show_names_addresses_identity_terms_and_archives(tmp_path: Path, told_by: Callable[..., Told]) -> None:
    (tmp_path / "sosik.toml").write_text('[sosik]\nlanguage = "en"\ndata_dir = "."\n')
    told = told_by(tmp_path / "sosik.toml", "sources", "show", "joongang").stdout
    assert "https://www.joongang.co.kr/sitemap/latest-articles" in told
    assert "where the past is found (--since)\n  sitemap    https://www.joongang.co.kr/sitemap/articles/{yyyy}/{yyyymmdd}" in told
    assert "amparticle" in told


def test_an_unknown_source_is_one_line_and_exit_2(tmp_path: Path, told_by: Callable[..., Told]) -> None:
    (tmp_path / "sosik.toml").write_text("")
    told = told_by(tmp_path / "sosik.toml", "sources", "show", "hankyong")
    assert (told.returncode, told.stderr) == (
        2,
        'sosik: hankyong: no such source; did you mean "hankyung"? (see: sosik sources list)\n',
    )


def test_sources_are_crawled_checked_and_shown_by_their_publishers_name(
    site: PressSite, configured: Configured, told_by: Callable[..., Told]
) -> None:
    site.otherwise = lambda target: article(site)
    site.put("/rss", fresh(site), "application/xml")
    config = configured(re.sub("title = .+", 'title = "우리동네신문"', SOURCE) + 'feeds = ["{site}/rss"]')
    assert "press: " in sosik(config, "crawl", "우리동네신문", "press").stdout
    assert "✓ press " in sosik(config, "sources", "check", "우리동네신문").stdout
    assert "새 기사: 4" in told_by(config, "sources", "show", "우리동네신문").stdout


def test_an_address_without_its_beginning_is_no_source(configured: Configured, told_by: Callable[..., Told]) -> None:
    told = told_by(configured(SOURCE + 'feeds = ["{site}/rss"]'), "crawl", "www.example.co.kr/news/1")
    assert told.returncode == 2
    assert "An address begins with http:// or https://" in told.stderr


# ------------------------------------------------------------------ the doctor


def test_the_doctor_names_every_illness_in_one_line(site: PressSite, configured: Configured) -> None:
    old = feed(site, ("/news/10001", "오래된 기사", "2025-09-22T00:00:00Z"))
    ill = {
        "html": Reply(body=b"<html><body>notice</body></html>"), "denied": Reply(status=403), "gone": Reply(status=404),
        "empty": Reply(body=b"<rss><channel></channel></rss>"), "frozen": Reply(body=old.encode()),
        "robots": Reply(body=b"<rss/>"),
        "broken": Reply(status=500), "well": Reply(body=fresh(site).encode()),
        "shell": Reply(body=fresh(site).replace("/news/", "/shell/").encode()),
    }  # fmt: skip
    site.replies |= {f"/{name}": reply for name, reply in ill.items()}
    site.replies["/robots.txt"] = Reply(body=b"User-agent: *\nDisallow: /robots\n")
    site.replies |= {f"/news/1000{i}": article(site) for i in range(4)}
    site.put("/shell/10000", '<html><body><div id="root"></div><script>load()</script></body></html>')
    sources = "\n".join(SOURCE.replace('"press"', f'"{name}"') + f'feeds = ["{{site}}/{name}"]' for name in ill)
    nowhere = SOURCE.replace('"press"', '"dns"') + f'feeds = ["http://nowhere.invalid:{site.port}/rss"]'
    told = sosik(configured(f"{sources}\n{nowhere}"), "sources", "check")
    assert told.returncode == 1
    lines = {
        line.split()[1]: line for line in told.stdout.splitlines() if line[:1] in "✓✗" and (line[0] == "✗" or "well" in line)
    }
    assert lines["well"].startswith("✓ well             정상: 4개, 최신 5분 전")
    expected = {
        "html": "HTML 페이지가", "denied": "사용자 에이전트", "gone": "404", "empty": "비어 있음",
        "frozen": "멈춤: 최신 항목이 2025-09-22",
        "robots": "robots.txt가 금지", "broken": "HTTP 500: 서버 오류", "shell": "본문을 읽을 수 없습니다", "dns": "DNS",
    }  # fmt: skip
    assert {name: words in lines.get(name, "") for name, words in expected.items()} == dict.fromkeys(expected, True), told.stdout


# ------------------------------------------------------------------ adding


def test_add_finds_what_a_home_page_names_and_what_its_system_usually_has(site: PressSite, configured: Configured) -> None:
    named = '<link rel="alternate" type="application/rss+xml" href="/feeds/all">'
    site.put("/", f'<html><head>{named}</head><body><a href="/news/articleView.html?idxno=1">기사</a></body></html>')
    site.put("/feeds/all", fresh(site), "application/xml")
    site.put("/rss/allArticle.xml", fresh(site), "application/xml")
    site.put("/map.xml", sitemap(site, ("/news/10001", "기사", "2026-11-20T00:00:00+09:00")), "application/xml")
    site.replies["/robots.txt"] = Reply(body=f"User-agent: *\nSitemap: {site.url('/map.xml')}\n".encode())
    config = configured("")
    told = sosik(config, "sources", "add", site.url("/"), "--title", "누리일보")
    assert told.returncode == 0, told.stdout + told.stderr
    written = (config.parent / "sources.toml").read_text(encoding="utf-8")
    assert f'feeds = ["{site.url("/feeds/all")}", "{site.url("/rss/allArticle.xml")}"]' in written
    assert f'sitemaps = ["{site.url("/map.xml")}"]' in written
    assert 'family = "ndsoft"' in written


def test_add_takes_a_feed_by_its_address_and_writes_nothing_in_a_dry_run(site: PressSite, configured: Configured) -> None:
    site.put("/rss", fresh(site), "application/xml")
    config = configured("# mine\n")
    told = sosik(config, "sources", "add", site.url("/rss"), "--name", "nuri", "--dry-run")
    assert told.returncode == 0
    assert f'feeds = ["{site.url("/rss")}"]' in told.stdout
    assert (config.parent / "sources.toml").read_text() == "# mine\n"


@pytest.mark.parametrize("name", ["My Feed", "신문", "addresses", ""])
def test_a_name_that_no_source_can_have_is_refused_before_the_site_is_asked(configured: Configured, name: str) -> None:
    config = configured("# mine\n")
    told = sosik(config, "sources", "add", "http://nowhere.invalid/", "--name", name)
    assert (told.returncode, f"Invalid value for '--name': \"{name}\" " in told.stderr) == (2, True), told.stderr
    assert ":1" not in told.stderr, "no line of a file is at fault"


def test_add_says_what_it_could_not_find(site: PressSite, configured: Configured) -> None:
    site.put("/empty", "<html><body>곧 문을 엽니다</body></html>")
    told = sosik(configured(""), "sources", "add", site.url("/empty"))
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert "no feed, news sitemap or list" in told.stderr


OPML = """<?xml version="1.0"?><opml version="1.0"><body>
<outline text="묶음"><outline text="누리 &amp; 일보" xmlUrl="https://nuri.example.kr/rss.xml"/>
<outline title="또" xmlUrl="https://nuri.example.kr/second.xml"/><outline text="나쁨" xmlUrl="javascript:x"/></outline>
<outline text="한국경제" xmlUrl="https://www.hankyung.com/feed/it"/></body></opml>"""


def test_opml_goes_in_without_what_is_known_and_comes_out_again(tmp_path: Path, told_by: Callable[..., Told]) -> None:
    (tmp_path / "sosik.toml").write_text('[sosik]\ndata_dir = "."\nsources_file = "mine.toml"\n')
    (tmp_path / "in.opml").write_text(OPML, encoding="utf-8")
    told = told_by(tmp_path / "sosik.toml", "sources", "import", str(tmp_path / "in.opml"))
    assert told.returncode == 0, told.stderr
    assert "javascript:x" in told.stderr
    written = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    assert 'name = "nuri"\ntitle = "누리 & 일보"' in written
    assert 'name = "nuri_2"' in written
    assert "hankyung" not in written
    again = told_by(tmp_path / "sosik.toml", "sources", "import", str(tmp_path / "in.opml"))
    assert "새로 추가할 피드가 없습니다" in again.stdout
    out = tmp_path / "out.opml"
    assert told_by(tmp_path / "sosik.toml", "sources", "export", "-o", str(out)).returncode == 0
    urls = {outline.get("xmlUrl") for outline in etree.parse(out).iter("outline")}
    assert {"https://nuri.example.kr/rss.xml", "https://www.hankyung.com/feed/it"} <= urls


@pytest.mark.parametrize("body", [b"", b"<html/>", b"not xml at all"])
def test_what_is_no_opml_is_refused_in_one_line(tmp_path: Path, told_by: Callable[..., Told], body: bytes) -> None:
    (tmp_path / "sosik.toml").write_text("")
    (tmp_path / "in.opml").write_bytes(body)
    told = told_by(tmp_path / "sosik.toml", "sources", "import", str(tmp_path / "in.opml"))
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert "is not OPML" in told.stderr


def test_a_sources_file_with_a_mistake_is_never_written_over(site: PressSite, configured: Configured) -> None:
    site.put("/rss", fresh(site), "application/xml")
    config = configured('[[source]]\nname = "x"\nfeds = []\n')
    told = sosik(config, "sources", "add", site.url("/rss"))
    assert told.returncode == 2
    assert 'sources.toml:3: source.feds: is not a known key; did you mean "feeds"?' in told.stderr
    assert (config.parent / "sources.toml").read_text() == '[[source]]\nname = "x"\nfeds = []\n'


def test_a_file_saved_on_windows_or_linked_from_elsewhere_takes_new_sources(site: PressSite, configured: Configured) -> None:
    site.put("/rss", fresh(site), "application/xml")
    config = configured("")
    link, real = config.parent / "sources.toml", config.parent / "mine.toml"
    real.write_text("# mine\n", encoding="utf-8-sig")
    link.unlink()
    link.symlink_to(real)
    told = sosik(config, "sources", "add", site.url("/rss"), "--name", "nuri")
    assert told.returncode == 0, told.stdout + told.stderr
    assert (link.is_symlink(), 'name = "nuri"' in real.read_text(encoding="utf-8")) == (True, True)
