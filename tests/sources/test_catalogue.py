"""The shipped catalogue, and the user's file over it."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import fields
from pathlib import Path

import pytest

from crawler.config import load_config
from crawler.sources import Catalogue, Endpoint, Source, Way, load_catalogue
from crawler.sources.catalogue import shipped_file
from pipelines.errors import FileProblem, UserError
from pipelines.press import presses
from pipelines.urls import Address, clean_url, shipped_rules
from pipelines.wording import texts

FACTS = Path(__file__).parents[3] / "shared" / "facts" / "sources.toml"


def catalogue(tmp_path: Path, text: str | None = None) -> Catalogue:
    config = tmp_path / "sosik.toml"
    if text is None:
        config.write_text("")
    else:
        config.write_text('[sosik]\nsources_file = "mine.toml"\n')
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    return load_catalogue(load_config(config, {}))


# ------------------------------------------------------------------ what is shipped


def test_fifty_four_outlets_are_shipped_and_each_is_a_known_press(tmp_path: Path) -> None:
    shipped = catalogue(tmp_path).sources
    assert len(shipped) == 54
    assert {source.name for source in shipped} <= {press.id for press in presses()}
    assert all(source.press_name and source.all_hosts for source in shipped)


def test_what_is_on_can_be_crawled_and_what_is_off_says_why(tmp_path: Path) -> None:
    for source in catalogue(tmp_path).sources:
        if source.enabled:
            assert source.polled, source.name
            assert not source.why_off, source.name
        else:
            assert f"off-{source.why_off}" in texts("sources"), source.name


def test_every_outlet_has_a_rule_for_its_addresses() -> None:
    for source in shipped_file().values["source"]:  # type: ignore[attr-defined]  # a list of tables
        if not shipped_rules().named(source["name"]):
            assert source.get("family") == "ndsoft", source["name"]  # a rule for any host


def test_no_address_stands_in_the_file_twice(tmp_path: Path) -> None:
    urls = [endpoint.url for source in catalogue(tmp_path).sources for endpoint in source.endpoints]
    assert len(urls) == len(set(urls))


def test_every_outlet_of_the_facts_is_there_with_its_living_feeds(tmp_path: Path, corpus: Path) -> None:
    facts = tomllib.loads(FACTS.read_text(encoding="utf-8"))["source"]
    ours = catalogue(tmp_path).by_name
    for fact in facts:
        known = {endpoint.url for endpoint in ours[fact["id"]].endpoints}
        living = [
            f["url"] for f in fact.get("feeds", []) if f["status"] == "live" and f["kind"] in ("rss", "news_sitemap", "html_list")
        ]
        assert {url.replace("{n}", "{page}") for url in living if "{q}" not in url} <= known, fact["id"]


def test_a_press_is_found_by_its_host(tmp_path: Path) -> None:
    found = catalogue(tmp_path)
    assert [s.name if s else None for s in (found.source_of_host("m.yna.co.kr"), found.source_of_host("it.chosun.com"))] == [
        "yna",
        "it_chosun",
    ]
    assert found.source_of_host("news.example.com") is None


# ------------------------------------------------------------------ the user's own file


def test_a_block_with_a_shipped_name_changes_only_what_it_gives(tmp_path: Path) -> None:
    found = catalogue(tmp_path, '[[source]]\nname = "newsis"\nenabled = true\ninterval_min = 5\n')
    newsis = found.source("newsis")
    assert (newsis.enabled, newsis.why_off, newsis.interval_min) == (True, "", 5.0)
    assert newsis.feeds == catalogue(tmp_path).source("newsis").feeds
    assert [r.interval_s for r in found.rhythms if r.source == "newsis"] == [300]
    assert len(found.sources) == 54


def test_a_new_source_brings_its_own_identity(tmp_path: Path) -> None:
    text = (
        '[[source]]\nname = "mine"\ntitle = "우리동네신문"\nhosts = ["www.mine.kr", "m.mine.kr"]\nfeeds = ["https://www.mine.kr/rss"]\n'
        "articles = ['^https://(?:www|m)\\.mine\\.kr/read\\?no=(?P<id>\\d+)']\nkey = \"https://www.mine.kr/read?no={id}\"\n"
    )
    found = catalogue(tmp_path, text)
    one, other = (clean_url(f"https://{h}.mine.kr/read?no=12&from=x", rules=found.rules) for h in ("www", "m"))
    assert isinstance(one, Address)
    assert isinstance(other, Address)
    assert one.key == other.key == "https://www.mine.kr/read?no=12"
    assert found.source("mine").press_name == "우리동네신문"


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ('name = "a"\nfeed = ["https://a.kr/rss"]', ("feed", 'did you mean "feeds"')),
        ('name = "한글"\nfeeds = []', ("name", "small letters")),
        ('name = "a"\nfeeds = ["rss.xml"]', ("feeds", "no address that can be fetched")),
        ('name = "a"\nfeeds = "https://a.kr"', ("feeds", "must be a list")),
        ('name = "a"\nlists = ["https://a.kr/{seite}"]', ("lists", "knows only")),
        ('name = "a"', ("source", "has no address")),
        ('name = "a"\nhosts = ["a.kr"]\nfeeds = ["https://a.kr/rss"]\narticles = ["("]', ("source", "regular expression")),
        ('name = "a"\nfeeds = ["https://a.kr/rss"]\narticles = ["/x"]', ("source", "no hosts")),
        ('name = "a"\nfeeds = ["https://a.kr/rss"]\n[[source]]\nname = "a"\nfeeds = ["https://a.kr/2"]', ("name", "twice")),
        ('name = "a"\nenabled = "yes"', ("enabled", "true or false")),
        ('name = "a"\nlists = ["https://a.kr/l"]\nlist_links = "a[["', ("list_links", "no CSS selector")),
        *((f'name = "a"\nfeeds = ["https://a.kr/rss"]\ninterval_min = {wrong}', ("interval_min", "between 0 and"))
          for wrong in ("nan", "inf", "-5", "1e300")),
        ('name = "addresses"\nfeeds = ["https://a.kr/rss"]', ("name", "choose another")),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_and_key(tmp_path: Path, block: str, told: tuple[str, str]) -> None:
    with pytest.raises(FileProblem) as problem:
        catalogue(tmp_path, f"[[source]]\n{block}\n")
    assert "mine.toml:" in str(problem.value)
    assert problem.value.line > 0
    assert all(part in str(problem.value) for part in told)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "sosik.toml").write_text('[sosik]\nsources_file = "nowhere.toml"\n')
    with pytest.raises(FileProblem, match=r"nowhere\.toml"):
        load_catalogue(load_config(tmp_path / "sosik.toml", {}))


def test_an_unknown_name_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='did you mean "hankyung"'):
        catalogue(tmp_path).source("hankyong")


@pytest.mark.parametrize(("typed", "name"), [
    ("yna", "yna"), ("연합뉴스", "yna"), (" 한겨레신문 ", "hani"), ("우리동네신문", "own"),
    (unicodedata.normalize("NFD", "한겨레"), "hani"),
])
def test_a_source_is_known_by_its_publisher_too(tmp_path: Path, typed: str, name: str) -> None:
    mine = '[[source]]\nname = "own"\ntitle = "우리동네신문"\nhosts = ["own.invalid"]\nfeeds = ["https://own.invalid/rss"]\n'
    assert catalogue(tmp_path, mine).source(typed).name == name
    (tmp_path / "sosik.toml").write_text(f'[sosik]\nsources_file = "mine.toml"\nsources = ["{typed}"]\n', encoding="utf-8")
    assert [source.name for source in load_catalogue(load_config(tmp_path / "sosik.toml", {})).enabled] == [name]


def test_a_publisher_of_several_sources_is_told_apart(tmp_path: Path) -> None:
    mine = '[[source]]\nname = "yna_en"\ntitle = "연합뉴스"\nhosts = ["en.yna.invalid"]\nfeeds = ["https://en.yna.invalid/rss"]\n'
    with pytest.raises(UserError, match="yna, yna_en"):
        catalogue(tmp_path, mine).source("연합뉴스")


# ------------------------------------------------------------------ addresses with a day or a page


def test_addresses_are_filled_in() -> None:
    from datetime import date

    day = date(2026, 11, 2)
    assert Endpoint(url="https://a.kr/{yyyy}/{yyyymmdd}", way=Way.SITEMAP).at(day=day) == "https://a.kr/2026/20261102"
    assert (
        Endpoint(url="https://a.kr/?y={yyyy}&m={mm}&d={dd}&p={page}", way=Way.LIST).at(day=day, page=3)
        == "https://a.kr/?y=2026&m=11&d=02&p=3"
    )


def test_archives_are_polled_only_where_there_is_nothing_else(tmp_path: Path) -> None:
    found = catalogue(tmp_path)
    assert [e.url for e in found.source("joongang").polled] == ["https://www.joongang.co.kr/sitemap/latest-articles"]
    assert [e.url for e in found.source("joongang").archives] == ["https://www.joongang.co.kr/sitemap/articles/{yyyy}/{yyyymmdd}"]
    own = catalogue(tmp_path, '[[source]]\nname = "b"\nhosts = ["b.kr"]\nlists = ["https://b.kr/free?page={page}"]\n').source("b")
    assert own.polled == own.archives


def test_a_search_is_one_address_a_query(tmp_path: Path) -> None:
    naver = catalogue(tmp_path).source("naver")
    assert len(naver.endpoints) == len(naver.queries)
    assert "query=%EC%A4%91%EA%B5%AD%20AI&" in naver.endpoints[0].url


def test_every_key_of_a_source_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    assert [each.name for each in fields(Source) if f"`{each.name}`" not in page] == []
