"""robots.txt by RFC 9309: which addresses of an origin we may ask for, and how far apart.

The file is kept in the database for a day, for all processes. Anything but a clear answer means: not now.
"""

from __future__ import annotations

import logging
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from protego import Protego

from crawler.fetch.exchange import Answer
from crawler.fetch.outcomes import NotFetched
from crawler.fetch.pace import patiently
from pipelines.outcome import Outcome
from pipelines.store.hosts import DAY_S, PAUSE_S_MAX, HostBook, StoredRobots
from pipelines.urls import Address, clean_url

logger = logging.getLogger(__name__)

TOKEN = "sosik"  # our product token: what a group's user-agent line must say, in any case of letters
BYTES_MAX = 512 * 1024  # at least 500 KiB must be read (RFC 9309 §2.5); what is longer is ignored
LINE_MAX = 2083 * 8  # letters of a line that count, as in Google's parser (facts: hazards F9)
FRESH_S = DAY_S  # RFC 9309 §2.4
# After a failure: soon, for a network that was away; then as long as it has failed already, at most an hour (facts: hazards F9).
FAILED_FRESH_S = (300.0, 3600.0)
GIVEN_UP_S = 30 * DAY_S  # unreachable for so long counts as not being there (RFC 9309 §2.3.1.4)
NOT_FOUND = 404
REDIRECTS_MAX = 5  # RFC 9309 §2.3.1.2
PARSED_MAX = 256  # origins whose parsed rules stay in memory

# Crawlers that feed texts to models, by the names that publishers close their sites to (facts: sources.toml; each name is also
# on the public list ai-robots-txt/ai.robots.txt, looked up in 2026-11). Obeyed only with fetch.obey_ai_robots.
AI_TOKENS = (
    "ai2bot", "amazonbot", "anthropic-ai", "applebot-extended", "bytespider", "ccbot", "chatgpt-user", "claude-searchbot",
    "claude-user", "claude-web", "claudebot", "cohere-ai", "deepseekbot", "diffbot", "duckassistbot", "facebookbot",
    "google-cloudvertexbot", "google-extended", "gptbot", "linerbot", "meta-externalagent", "meta-externalfetcher",
    "mistralai-user", "oai-searchbot", "omgilibot", "pangubot", "perplexity-user", "perplexitybot", "timpibot", "wrtnbot",
    "youbot",
)  # fmt: skip

Ask = Callable[[str], Awaitable[Answer]]  # asks for a URL with guard and pace, without robots; raises NotFetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one origin allows. `until` is when they must be looked at again."""

    parsed: Protego | None  # None: everything is allowed
    tokens: tuple[str, ...]  # all of them must be allowed
    delay_s: float
    until: float

    def check(self, url: str) -> None:
        """Raises NotFetched(ROBOTS) when `url` may not be asked for."""
        for token in self.tokens if self.parsed else ():
            if not self.parsed.can_fetch(url, token):  # type: ignore[union-attr]  # the line above looked
                raise NotFetched(Outcome.ROBOTS, "robots" if token == TOKEN else "robots-ai", f"not allowed for {token}")


class Robots:
    """The rules of all origins of one crawl."""

    def __init__(self, book: HostBook, ask: Ask, *, obey_ai: bool, clock: Callable[[], float] = time.time) -> None:
        self._book, self._ask, self._obey_ai, self._clock = book, ask, obey_ai, clock
        self._rules: OrderedDict[str, Rules] = OrderedDict()

    async def rules(self, origin: str) -> Rules:
        """The rules of `origin` (scheme://host:port). Raises NotFetched(RETRY) while its robots.txt cannot be had."""
        now = self._clock()
        known = self._rules.get(origin)
        if known and now < known.until <= now + FRESH_S:
            return known
        stored = await patiently(lambda: self._book.robots(origin))
        if not stored or not _is_fresh(stored, now):
            looked = stored = await self._look(origin, stored)
            await patiently(lambda: self._book.keep_robots(origin, looked))
        rules = self._judged(origin, stored)
        self._rules[origin] = rules
        if len(self._rules) > PARSED_MAX:
            self._rules.popitem(last=False)
        return rules

    def _judged(self, origin: str, stored: StoredRobots) -> Rules:
        until = stored.fetched_epoch + _fresh_s(stored)
        if stored.status is None and _failed_for_s(stored) < GIVEN_UP_S:
            wait_s = max(1.0, until - self._clock())
            raise NotFetched(Outcome.RETRY, "robots-unreachable", f"{origin}/robots.txt", retry_after_s=wait_s)
        if not stored.body:
            return Rules(parsed=None, tokens=(), delay_s=0.0, until=until)
        return rules_of(stored.body, obey_ai=self._obey_ai, until=until)

    async def _look(self, origin: str, before: StoredRobots | None) -> StoredRobots:
        """The file as it is now. Raises NotFetched when not the file but its host is the trouble."""
        now = self._clock()
        try:
            status, body = await self._fetched(f"{origin}/robots.txt")
        except NotFetched as error:
            if error.ending.reason not in _UNCLEAR:
                raise
            logger.info("robots unreachable origin=%s reason=%s", origin, error)
            since = before.failing_since_epoch if before and before.failing_since_epoch else now
            return StoredRobots(status=None, body=b"", fetched_epoch=now, failing_since_epoch=since)
        return StoredRobots(status=status, body=body, fetched_epoch=now, failing_since_epoch=None)

    async def _fetched(self, url: str) -> tuple[int, bytes]:
        """Status and body; b"" where the standard says that there are no rules. Raises NotFetched when no clear answer is had."""
        for hops in range(REDIRECTS_MAX + 1):
            try:
                answer = await self._ask(url)
            except NotFetched as error:
                if hops and error.ending.outcome is Outcome.FORBIDDEN:
                    break  # redirected to where we do not go
                raise
            if 200 <= answer.status < 300:
                return answer.status, answer.body
            if answer.status >= 500:
                raise NotFetched(Outcome.RETRY, "server-error", f"http-{answer.status}")
            there = clean_url(answer.header(b"Location"), url) if 300 <= answer.status < 400 else None
            if not isinstance(there, Address):
                return answer.status, b""  # 4xx: "unavailable" (§2.3.1.3)
            url = there.url
        return NOT_FOUND, b""  # §2.3.1.2


# Reasons of NotFetched that speak of the file. All others speak of its host: the page could not be had either.
_UNCLEAR = frozenset(
    {"server-error", "http-429", "http-503", "timeout", "slow", "cut", "encoding", "headers", "body", "broken-answer"}
)


def _failed_for_s(stored: StoredRobots) -> float:
    return stored.fetched_epoch - (stored.failing_since_epoch or stored.fetched_epoch)


def _fresh_s(stored: StoredRobots) -> float:
    """For how long it holds, from when it was fetched."""
    soon, late = FAILED_FRESH_S
    return FRESH_S if stored.status is not None else min(max(_failed_for_s(stored), soon), late)


def _is_fresh(stored: StoredRobots, now: float) -> bool:
    return 0 <= now - stored.fetched_epoch < _fresh_s(stored)


def rules_of(body: bytes, *, obey_ai: bool = False, until: float = 0.0) -> Rules:
    """The rules that a robots.txt states for us."""
    lines, named = _lines(body, obey_ai=obey_ai)
    parsed = Protego.parse("\n".join(lines))
    rate = parsed.request_rate(TOKEN)
    delay_s = max(parsed.crawl_delay(TOKEN) or 0.0, rate.seconds / rate.requests if rate else 0.0)
    return Rules(parsed=parsed, tokens=(TOKEN, *named), delay_s=min(delay_s, PAUSE_S_MAX), until=until)


_AGENT = re.compile(r"\s*user[ -]?agent\s*[:\s]\s*([^#]*)", re.IGNORECASE)
_OTHER = "-"  # a name that is part of none of ours


def _lines(body: bytes, *, obey_ai: bool) -> tuple[list[str], tuple[str, ...]]:
    """The lines with every group's name reduced to a product token, as the standard compares them (§2.2.1); AI tokens named.

    Protego takes a group for ours when its name is part of our token ("User-agent: so") and does not when it carries a version
    ("User-agent: sosik/1.0"): both end here.
    """
    text = body[:BYTES_MAX].decode("utf-8-sig", "replace")
    lines, named = [], set()
    for line in re.split(r"\r\n|\r|\n", text):
        found = _AGENT.match(line)
        if not found:
            lines.append(line[:LINE_MAX])
            continue
        given = found[1].strip()
        token = "*" if given.startswith("*") else (re.match(r"[a-zA-Z0-9_-]*", given) or [""])[0].lower()
        if obey_ai and token in AI_TOKENS:
            named.add(token)
        lines.append(f"User-agent: {token if token in ('*', TOKEN) or token in named else _OTHER}")
    return lines, tuple(sorted(named))
