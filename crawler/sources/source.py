"""One source as data: where its news is announced and what its addresses mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import quote

from cssselect import HTMLTranslator, SelectorError

from pipelines.alerts.times import read_span
from pipelines.press import Press, presses
from pipelines.rhythm import Rhythm, cron_trigger
from pipelines.tomlfile import option
from pipelines.urls import IdentityRule, UrlRefusal, clean_url, complaint

NAVER_SEARCH = "https://openapi.naver.com/v1/search/news.json?query={query}&display=100&start={start}&sort=date"
PAGES_MAX = 500  # of one list in a back-fill; a list that goes on for ever ends here. Chosen by hand
INTERVAL_MIN_MAX = 365 * 24 * 60
TYPED = "addresses"  # the spider that is no source's
PLACEHOLDERS = frozenset({"page", "yyyy", "mm", "dd", "yyyymmdd", "query", "start"})


class Way(StrEnum):
    """How links are found at an address."""

    FEED = "feed"  # RSS, Atom, JSON Feed
    SITEMAP = "sitemap"  # Google-News urlset, or an index of such
    LIST = "list"  # a section page or a board
    NEXT_DATA = "next-data"  # a list inside script#__NEXT_DATA__
    NAVER_SEARCH = "naver-search"  # the official API, with the user's own key


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address that announces articles. With a day or a page in it, it reaches into the past."""

    url: str  # may hold {page}, {yyyy}, {mm}, {dd}, {yyyymmdd}
    way: Way
    links: str = ""  # of a list: CSS selector of the links to articles

    @property
    def is_dated(self) -> bool:
        return "{dd}" in self.url or "{yyyymmdd}" in self.url

    @property
    def is_paged(self) -> bool:
        return "{page}" in self.url or "{start}" in self.url

    @property
    def pages_max(self) -> int:
        """How far a list may be turned. Naver's API gives the first thousand hits, a hundred a page."""
        return 10 if self.way is Way.NAVER_SEARCH else PAGES_MAX

    def at(self, *, day: date, page: int = 1) -> str:
        """The address for one day (where it holds a day) and one page, which count from 1."""
        values = {
            "yyyy": f"{day:%Y}", "mm": f"{day:%m}", "dd": f"{day:%d}", "yyyymmdd": f"{day:%Y%m%d}",
            "page": str(page), "start": str(1 + 100 * (page - 1)),
        }  # fmt: skip
        return filled(self.url, values)


def filled(template: str, values: Mapping[str, str]) -> str:
    """The address with its placeholders filled in; unknown ones stay."""
    return re.sub(r"{(\w+)}", lambda found: values.get(found[1], found[0]), template)


def name_fault(value: str) -> str:
    """Why a source cannot be called so; "" when it can."""
    if value == TYPED:
        return "is the name of the spider for addresses typed by hand; choose another"
    return "" if re.fullmatch(r"[a-z0-9][a-z0-9_]*", value) else "must consist of small letters, digits and _"


def _selector(value: str) -> str:
    try:
        return "" if not value or HTMLTranslator().css_to_xpath(value) else "selects nothing"
    except SelectorError as error:
        return f"is no CSS selector: {error}"


def _minutes(value: float) -> str:
    return "" if 0 <= value <= INTERVAL_MIN_MAX else f"must be between 0 and {INTERVAL_MIN_MAX}, a year"


def _cron(value: str) -> str:
    try:
        return "" if not value or cron_trigger(value) else "is no cron"
    except ValueError as error:
        return f"{error}; write minute, hour, day, month and weekday as in crontab"


def _hours(value: str) -> str:
    try:
        return "" if not value or read_span(value) else "is no span"
    except ValueError as error:
        return str(error)


def _host_names(values: tuple[str, ...]) -> str:
    for value in values:
        if re.search(r"[/:@]", value) or isinstance(clean_url(f"https://{value}/"), UrlRefusal):
            return f"{value}: is no name of a host; write www.example.co.kr, without https:// and port"
    return ""


def _addresses(values: tuple[str, ...]) -> str:
    for value in values:
        example = filled(value, dict.fromkeys(PLACEHOLDERS, "20"))
        if "{" in example:
            return f"{value}: knows only {', '.join(f'{{{p}}}' for p in sorted(PLACEHOLDERS - {'start'}))}"
        if isinstance(address := clean_url(example), UrlRefusal):
            return f"{value}: is no address that can be fetched ({address.fault})"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One block of the catalogue. A block of the user's with a shipped name changes only the keys that it gives."""

    name: str = option(doc="How you name it: sosik crawl NAME.", check=name_fault)
    title: str = option("", doc="Who publishes, in Korean, when press.toml does not know the name.")
    hosts: tuple[str, ...] = option((), doc="Hosts of its articles, when press.toml does not know the name.", check=_host_names)
    feeds: tuple[str, ...] = option((), doc="RSS, Atom and JSON feeds; may hold {query}.", check=_addresses)
    sitemaps: tuple[str, ...] = option((), doc="News sitemaps and indexes; may hold {yyyy} {mm} {dd}.", check=_addresses)
    lists: tuple[str, ...] = option((), doc="Section pages and boards; may hold {page} and a day.", check=_addresses)
    next_data: tuple[str, ...] = option((), doc="Pages with a list in script#__NEXT_DATA__; may hold {page}.", check=_addresses)
    list_links: str = option("", doc="CSS selector of the links in `lists`; without one they are recognised.", check=_selector)
    queries: tuple[str, ...] = option((), doc="What to search for where an address holds {query}.")
    naver_search: bool = option(False, doc="Ask Naver's Search API for `queries`, with your own key from the environment.")
    articles: tuple[str, ...] = option((), doc="Patterns of article addresses (https://host/path?query), as in urls.toml.")
    key: str = option("", doc="Identity of an article, filled from the pattern's groups.")
    keep: tuple[str, ...] = option((), doc="On its other pages, the only parameters that count.")
    family: str = option("", doc="The content management system, for the reader of this file.")
    terms: str = option("", doc="What the publisher allows, as far as it is on record.")
    robots: str = option("", doc="What its robots.txt said, with the day; the file itself is asked at every crawl.")
    enabled: bool = option(True, doc="Whether `--all` and the daemon crawl it.")
    why_off: str = option("", doc="Why it is switched off.")
    interval_min: float = option(0.0, doc="Minutes between two crawls; 0 adapts to what the source publishes.", check=_minutes)
    cron: str = option("", doc='Times instead of an interval, as in crontab, in Korean time: "0 7,12,18 * * *".', check=_cron)
    hours: str = option("", doc='Crawl only at these hours, such as "06:00-23:00", in Korean time.', check=_hours)
    quiet_h: int = option(48, doc="Hours without a new item after which `sosik sources check` calls an address frozen.")
    prefilter: bool = option(False, doc="Fetch only what a watched topic could match by title or summary.")

    @property
    def press(self) -> Press | None:
        return next((press for press in presses() if press.id == self.name), None)

    @property
    def press_name(self) -> str:
        """Who publishes, in Korean."""
        return self.title or (self.press.name if self.press else self.name)

    @property
    def all_hosts(self) -> tuple[str, ...]:
        return self.hosts or (self.press.hosts if self.press else ())

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every address that announces articles, one a query where it searches."""
        naver = (NAVER_SEARCH,) if self.naver_search else ()
        ways = (
            (self.feeds, Way.FEED), (self.sitemaps, Way.SITEMAP), (self.lists, Way.LIST), (self.next_data, Way.NEXT_DATA),
            (naver, Way.NAVER_SEARCH),
        )  # fmt: skip
        return tuple(
            Endpoint(url=filled(url, {"query": quote(query)}), way=way, links=self.list_links if way is Way.LIST else "")
            for urls, way in ways
            for url in urls
            for query in (self.queries if "{query}" in url else ("",))
        )

    @property
    def polled(self) -> tuple[Endpoint, ...]:
        """What is asked at every crawl: addresses without day and page, or, when there are none, all at their first page."""
        plain = tuple(e for e in self.endpoints if not e.is_dated and not e.is_paged)
        return plain or self.endpoints

    @property
    def rhythm(self) -> Rhythm:
        """When the daemon crawls it."""
        return Rhythm(
            source=self.name, interval_s=round(60 * self.interval_min), cron=self.cron,
            hours=read_span(self.hours) if self.hours else None,
        )

    @property
    def archives(self) -> tuple[Endpoint, ...]:
        """What back-fill asks."""
        return tuple(e for e in self.endpoints if e.is_dated or e.is_paged)

    @property
    def identity(self) -> IdentityRule | None:
        """The user's own rule for its addresses; the shipped ones stand in urls.toml."""
        if not (self.articles or self.keep):
            return None
        key = self.key or ("https://{host}/{id}" if all("(?P<id>" in a for a in self.articles) else "")
        return IdentityRule(id=self.name, domains=self.all_hosts, articles=self.articles, key=key, keep=self.keep)

    def fault(self) -> str:
        """What is wrong with the block as a whole, "" when nothing is."""
        if not self.endpoints and self.enabled:
            return "has no address to find articles at: give it feeds, sitemaps, lists or next_data, or enabled = false"
        if self.cron and self.interval_min:
            return "has both cron and interval_min: keep one"
        if self.identity and not self.all_hosts:
            return "has articles or keep, but no hosts"
        return complaint(self.identity) if self.identity else ""
