"""When a page was published and changed: each time from its best source, with the rule that gave it.

Imports the head, the families' selectors and the reader of dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice

from pipelines.article import Stamp
from pipelines.clock import KST
from pipelines.read.address import split
from pipelines.read.byline import MAIL
from pipelines.read.dates import Label, Moment, is_plausible, moment, moments
from pipelines.read.families import Version
from pipelines.read.fields import shown
from pipelines.read.head import Head
from pipelines.read.tree import Tree

PUBLISHED_METAS = (
    "article:published_time", "og:article:published_time", "article:published", "og:regdate", "datepublished", "pubdate",
    "publishdate", "publish_date", "published_time", "date", "dc.date", "dc.date.issued", "dcterms.created", "sailthru.date",
    "parsely-pub-date", "regdate", "article:regdate", "article_date", "nate:regdate", "og:pubdate", "og:published_time",
    "created", "article:created",
)
MODIFIED_METAS = (
    "article:modified_time", "og:article:modified_time", "article:modified", "og:updated_time", "datemodified", "lastmod",
    "last-modified", "revised", "dcterms.modified",
)
DAY_IN_ADDRESS = re.compile(r"/(20\d\d)/(\d\d)/(\d\d)(?=/)")
LABELLED = "labelled line"
ONLY_TIME = "the only time that the page gives: its last edit"
LINE = "line of its own"  # evidence of a time that nothing labels
LINE_REST = 36  # letters beside its times in a line that gives a time without a label; chosen by hand
# when an occasion is, not when a text was published
OCCASION = re.compile(
    r"(?:(?:기간|마감|응모|접수|모집|개최|행사|공연|상영|전시)\s?(?:일시|일자|일|기간)?|(?:^|[^가-힣])일\s?시)\s?[:：]?\s?$")
CLOCK = re.compile(r"^(?:오전|오후|AM|PM)?\s*\d{1,2}:\d{2}(?::\d{2})?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    published: Stamp | None = None
    modified: Stamp | None = None
    is_odd: bool = False  # a time in the future or long past was dropped


def times(
    url: str, tree: Tree, head: Head, version: Version | None, stated: str, lines: Callable[[], list[str]], fetched_at: datetime
) -> Times:
    """`stated`: a payload's time; `lines`: gives the page's short lines near the headline, asked when nothing else is exact."""
    candidates = list(_candidates(tree, head, version, stated))
    if not _is_settled(candidates):
        near = _labelled(lines(), fetched_at)
        candidates += sorted(near, key=lambda found: (found[1].label is Label.NONE, not found[1].has_time))
        if (match := DAY_IN_ADDRESS.search(split(url).path)) and (day := moment(".".join(match.groups()))):
            candidates.append(("day in the address", day))
    plausible = [(rule, m) for rule, m in candidates if is_plausible(m.at, fetched_at)]
    published = _best([(r, m) for r, m in plausible if m.label is not Label.MODIFIED])
    modified = _best([(r, m) for r, m in plausible if m.label is Label.MODIFIED])
    if published is None and modified and modified.has_time and modified.evidence == LABELLED:
        published, modified = replace(modified, evidence=ONLY_TIME), None  # 최종편집 is all that some sites give
    if published and modified and modified.at < published.at:
        modified = None
    return Times(published=published, modified=modified, is_odd=len(plausible) < len(candidates) and published is None)


def _candidates(tree: Tree, head: Head, version: Version | None, stated: str) -> Iterator[tuple[str, Moment]]:
    if version:
        for css in version.published:
            for element in tree.select((css,))[:3]:
                for found in moments(shown(element))[:3]:
                    yield f"family: {css}", found
        for css in version.modified:
            for element in tree.select((css,))[:1]:
                if found_one := moment(shown(element)):
                    yield f"family: {css}", _as_modified(found_one)
    for name in PUBLISHED_METAS:
        if found_one := moment(head.meta(name)):
            yield f"meta {name}", found_one
    for article in head.articles:
        if isinstance(value := article.get("datePublished"), str) and (found_one := moment(value)):
            yield "JSON-LD datePublished", found_one
    if found_one := moment(stated):
        yield "payload", found_one
    for element in islice((e for e in tree.root.iter("time") if e.get("datetime")), 2):
        if found_one := moment(element.get("datetime") or ""):
            is_modified = "modif" in f"{element.get('itemprop') or ''} {element.get('class') or ''}".lower()
            yield "time element", _as_modified(found_one) if is_modified else found_one
    for name in MODIFIED_METAS:
        if found_one := moment(head.meta(name)):
            yield f"meta {name}", _as_modified(found_one)
    for article in head.articles:
        if isinstance(value := article.get("dateModified"), str) and (found_one := moment(value)):
            yield "JSON-LD dateModified", _as_modified(found_one)


def _is_settled(found: list[tuple[str, Moment]]) -> bool:
    """Whether a publication time of day with a trustworthy zone is known. UTC may be Korean clock time relabelled."""
    first = next((m for _, m in found if m.label is not Label.MODIFIED), None)
    return first is not None and first.has_time and not (first.has_zone and first.at.utcoffset() == timedelta(0))


def _labelled(lines: Iterable[str], fetched_at: datetime) -> Iterator[tuple[str, Moment]]:
    """Times in the page's short lines: labelled ones anywhere, bare ones only when the line is little more than the time."""
    for before, line, after in _in_context(lines):
        text = f"{before} {line}" if len(before) <= 12 else line  # 입력 | 2025.02.03 14:05
        if CLOCK.match(after) and (bare := moment(line)) and not bare.has_time:
            text = f"{text} {after}"  # 2025.02.03 | 14:05
        in_line = moments(text, fetched_at if len(line) < 20 else None)
        rest = len(MAIL.sub("", text)) - sum(found.end - found.start for found in in_line)
        for found in in_line:
            if found.label is not Label.NONE:
                yield LABELLED, found
            elif rest <= LINE_REST and not OCCASION.search(text[: found.start]):
                yield LINE, found  # 김하나 기자 2024.11.20 14:05 | 수정 2024.11.20 15:00


def _in_context(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Each line that can hold a time, with the one before and the one after it."""
    listed = list(lines)
    for before, line, after in zip(["", *listed], listed, [*listed[1:], ""], strict=False):
        if len(line) <= 200:
            yield before, line, after


def _as_modified(found: Moment) -> Moment:
    return replace(found, label=Label.MODIFIED)


def _day(found: Moment) -> date:
    """Its day in Korea, whatever zone it is stated in."""
    return found.at.astimezone(KST).date()


def _best(found: list[tuple[str, Moment]]) -> Stamp | None:
    """The first of the best source; a time of day from a later source of the same day completes a bare day; and a zone that only
    relabels Korean clock time as UTC is set right by the time that the page shows."""
    if not found:
        return None
    rule, first = found[0]
    bare = [(r, m) for r, m in found if r == LINE]
    if rule == LINE:
        rule, first = bare[0]
    if not first.has_time:
        for other_rule, other in found[1:]:
            if other.has_time and _day(other) == _day(first) and other_rule != LINE:
                return Stamp(at=other.at, evidence=other_rule)
    if first.has_time and first.has_zone and first.at.utcoffset() == timedelta(0):
        for other_rule, other in found[1:]:
            same_clock = other.at.replace(tzinfo=None, second=0) == first.at.replace(tzinfo=None, second=0)
            if other.has_time and not other.has_zone and same_clock:
                return Stamp(at=other.at.replace(second=first.at.second), evidence=f"{rule}, its zone from {other_rule}")
    if first.has_time and first.at.second == 0:  # shown to the minute: another source may know the second
        for other_rule, other in found[1:]:
            if other.has_time and other.at.second and other.at.replace(second=0) == first.at:
                return Stamp(at=other.at, evidence=other_rule)
    return Stamp(at=first.at, has_time=first.has_time, evidence=rule)
