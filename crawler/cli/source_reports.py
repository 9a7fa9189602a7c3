"""What `sosik sources` prints. Lines as text; nothing is read or printed here."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from crawler.discovery.checkup import Checkup
from crawler.sources import Catalogue, Endpoint, Source
from pipelines.clock import KST, stored
from pipelines.store.poll_reports import EndpointState, History, SourceState
from pipelines.urls import shipped_rules
from pipelines.wording import Wording, texts
from pipelines.wording.troubles import end_in_words, in_words

NAME_COLUMNS, PRESS_COLUMNS, TERMS_LETTERS = 16, 18, 60


def list_lines(catalogue: Catalogue, states: Mapping[str, SourceState], say: Wording, now: datetime) -> Iterator[str]:
    """One line a source."""
    for source in catalogue.sources:
        mark = "●" if source.enabled else "○"
        head = f"{mark} {padded(source.name, NAME_COLUMNS)} {padded(source.press_name, PRESS_COLUMNS)}"
        if not source.enabled:
            yield f"{head} {why_off(source, say)}"
            continue
        state = states.get(source.name, SourceState())
        last, interval = ago(state.last_article_at, say, now), every(source, state, say)
        rest = "  ".join(filter(None, (trouble_of(source, state, say, now), shortened(source.terms))))
        yield f"{head} {padded(last, 12)} {padded(interval, 12)} {rest}".rstrip()
    yield say("sources.count", on=len(catalogue.enabled), all=len(catalogue.sources))


def as_row(source: Source, state: SourceState, now: datetime) -> dict[str, object]:
    """The source as JSON gives it."""
    return {
        "source": source.name, "press": source.press_name, "is_on": source.enabled, "why_off": source.why_off,
        "last_article_at": stored(state.last_article_at) if state.last_article_at else None,
        "interval_s": round(source.interval_min * 60) or state.interval_s or None, "failures": state.failures,
        "trouble": state.trouble, "troubled_addresses": sorted(_troubled(source, state, now)), "terms": source.terms,
    }


def show_lines(source: Source, history: History, say: Wording, now: datetime) -> Iterator[str]:
    """Everything on one source."""
    state, polls = history.state, history.polls
    rule = source.identity or shipped_rules().named(source.name)
    is_on = say("sources.state-on") if source.enabled else why_off(source, say)
    facts = {
        "name": source.name, "press": source.press_name, "state": is_on,
        "hosts": ", ".join(source.all_hosts), "family": source.family, "terms": source.terms, "robots": source.robots,
        "articles": " | ".join(rule.articles) if rule else "", "last-article": ago(state.last_article_at, say, now),
        "interval": every(source, state, say), "trouble": trouble_of(source, state, say, now),
    }  # fmt: skip
    for key, value in facts.items():
        if value:
            yield f"{padded(say(f'sources.{key}'), 14)} {value}"
    polled = source.polled if source.endpoints else ()
    for key, endpoints in (("endpoints", polled), ("archives", [e for e in source.archives if e not in polled])):
        if endpoints:
            yield say(f"sources.{key}")
            for endpoint in endpoints:
                yield from _endpoint_lines(endpoint, polls, say, now)
    if history.outcomes:
        yield say("sources.outcomes")
        for outcome, reason, count in history.outcomes:
            name = say(f"crawl.outcome-{outcome}") if outcome else say("crawl.outcome-retry")
            yield f"  {name}{because(reason, say)}: {count}"


def _endpoint_lines(endpoint: Endpoint, polls: Mapping[str, EndpointState], say: Wording, now: datetime) -> Iterator[str]:
    yield f"  {padded(endpoint.way, 10)} {endpoint.url}"
    state = polls.get(endpoint.at(day=now.astimezone(KST).date()))
    if state is None or state.polled_at is None:
        return
    polled = say("sources.polled", when=ago(state.polled_at, say, now), links=state.links, new=state.new_links)
    yield f"  {'':10} {polled}{f' · {in_words(state.trouble, say, state.newest)}' if state.trouble else ''}"


def check_lines(checkups: Iterable[Checkup], say: Wording, now: datetime) -> Iterator[str]:
    """One line an address, the sick ones marked; then how many are."""
    everyone = list(checkups)
    for each in everyone:
        if each.trouble:
            told = in_words(each.trouble, say, each.newest)
        elif each.newest:
            told = say("sources.check-ok", links=each.links, newest=ago(each.newest, say, now))
        else:
            told = say("sources.check-ok-undated", links=each.links)
        yield f"{'✗' if each.trouble else '✓'} {padded(each.source, NAME_COLUMNS)} {told}  {each.url}".rstrip()
    bad = sum(1 for each in everyone if each.trouble)
    key = "check-summary" if bad else "check-all-well"
    yield say(f"sources.{key}", all=len(everyone), bad=bad)


def because(reason: str, say: Wording) -> str:
    """The reason of an end in brackets, "" without one."""
    return say("crawl.because", reason=end_in_words(reason, say)) if reason else ""


def why_off(source: Source, say: Wording) -> str:
    key = f"off-{source.why_off}" if source.why_off else "off-unsaid"
    return say("sources.off", why=say(f"sources.{key}") if key in texts("sources") else source.why_off)


def trouble_of(source: Source, state: SourceState, say: Wording, now: datetime) -> str:
    """That of its last crawl, else how many of the addresses that it has now were in trouble; "" when all is well."""
    if state.trouble:
        return f"⚠ {in_words(state.trouble, say)}"
    bad = _troubled(source, state, now)
    return say("sources.troubled", count=len(bad)) if bad else ""


def _troubled(source: Source, state: SourceState, now: datetime) -> frozenset[str]:
    return state.bad_endpoints & {endpoint.at(day=now.astimezone(KST).date()) for endpoint in source.endpoints}


def every(source: Source, state: SourceState, say: Wording) -> str:
    minutes = source.interval_min or state.interval_s / 60
    return say("sources.every", count=f"{minutes:.0f}") if minutes else ""


def ago(at: datetime | None, say: Wording, now: datetime) -> str:
    if at is None:
        return say("sources.never")
    age = now - at
    if age < timedelta(minutes=1):
        return say("sources.now")
    if age < timedelta(hours=1):
        return say("sources.minutes", count=age // timedelta(minutes=1))
    if age < timedelta(days=2):
        return say("sources.hours", count=age // timedelta(hours=1))
    return say("sources.days", count=age.days)


def shortened(text: str) -> str:
    return text if len(text) <= TERMS_LETTERS else f"{text[:TERMS_LETTERS]}…"


def padded(text: str, columns: int) -> str:
    """Filled up with spaces; Hangul takes two columns."""
    wide = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return text + " " * max(columns - wide, 0)
