"""Times, byline, press, origin, section, address of a page: each from its best source, with the rule that gave it.

Imports the head, the families' selectors and the readers of dates, bylines and press names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice, pairwise
from urllib.parse import urljoin

from tldextract import TLDExtract

from pipelines.article import Byline, Reporter, Stamp
from pipelines.press import Press, press_of_host, press_of_name
from pipelines.read.address import host_of, split
from pipelines.read.byline import MAIL, REPORTER_ROLE, SIGNED_IN_LATIN, columnist, in_latin, is_name, named, reporters, sign_offs
from pipelines.read.dates import Label, Moment, is_plausible, moment, moments
from pipelines.read.families import Version
from pipelines.read.head import Head, texts
from pipelines.read.hygiene import NAME_MAX, clean_line
from pipelines.read.parse import Element
from pipelines.read.tree import Tree
from pipelines.read.words import words

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
AUTHOR_METAS = (
    "dable:author", "og:article:author", "article:author", "author", "byl", "nate:author", "dc.creator", "reporter", "writer",
    "parsely-author", "sailthru.author", "twitter:creator",
)
DAY_IN_ADDRESS = re.compile(r"/(20\d\d)/(\d\d)/(\d\d)(?=/)")
AUTHOR_ELEMENTS = ("a[rel=author]", "[itemprop=author]", ".author", ".byline")
BOXES = ("[class*=reporter]", "[class*=journalist]", "[class*=writer]", "[class*=author]")
BOX_MAX = 80  # letters of a reporter's box with its mail and controls; chosen by hand
BARE_LINE = 20  # letters of a line that may hold nothing but a name and a role; chosen by hand
HANGUL = re.compile(r"[가-힣]")
AUTHORS_MAX = 4  # an article has few; teasers in a list have one each
LINE = "line of its own"  # evidence of a time that nothing labels
LINE_REST = 36  # letters beside its times in a line that gives a time without a label; chosen by hand
CLOCK = re.compile(r"^(?:오전|오후|AM|PM)?\s*\d{1,2}:\d{2}(?::\d{2})?$")
registrable = TLDExtract(suffix_list_urls=(), cache_dir=None)  # never fetches


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    published: Stamp | None = None
    modified: Stamp | None = None
    is_odd: bool = False  # a time in the future or long past was dropped


def shown(element: Element) -> str:
    """What an element states: a meta's content, a picture's alt text, a time's datetime, or its text."""
    if element.tag == "meta":
        return clean_line(element.get("content") or "", limit=400)
    if element.tag == "img":
        return clean_line(element.get("alt") or element.get("title") or "", limit=100)
    for name in ("data-date-time", "data-modify-date-time", "datetime", "data-published-time"):
        if value := element.get(name):
            return clean_line(value, limit=60)
    return clean_line(" ".join(element.itertext()), limit=400)


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
                yield "labelled line", found
            elif rest <= LINE_REST:  # 김하나 기자 2024.11.20 14:05 | 수정 2024.11.20 15:00
                yield LINE, found


def _in_context(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Each line that can hold a time, with the one before and the one after it."""
    listed = list(lines)
    for before, line, after in zip(["", *listed], listed, [*listed[1:], ""], strict=False):
        if len(line) <= 200:
            yield before, line, after


def _as_modified(found: Moment) -> Moment:
    return replace(found, label=Label.MODIFIED)


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
            if other.has_time and other.at.date() == first.at.date() and other_rule != LINE:
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


def writers(
    tree: Tree, head: Head, version: Version | None, *, signatures: Iterable[str], opening: Byline | None, stated: str,
    script: Iterable[str], near: Callable[[], list[str]],
) -> tuple[tuple[Reporter, ...], str]:
    """The reporters and the rule that gave them. `stated`: a payload's; `script`: the text, that a broadcaster may
    close; `near`: lines around the headline, asked last."""
    sources: list[tuple[str, tuple[Reporter, ...]]] = []
    if version:
        for css in version.byline:
            people = tuple(p for e in tree.select((css,))[:6] for p in (named(shown(e)) if e.tag ==
                "meta" else reporters(shown(e)) or named(shown(e))))
            sources.append((f"family: {css}", people))
    script = tuple(script)
    latin = in_latin if script and not any(HANGUL.search(line) for line in script[:3]) else lambda _value: ()
    sources += [
        (f"meta {name}", tuple(p for value in head.metas.get(name, ()) for p in named(value) or latin(value)))
        for name in AUTHOR_METAS]
    sources += [
        ("JSON-LD author", tuple(p for value in texts(a.get("author")) for p in named(value) or latin(value)))
        for a in head.articles]
    if stated:
        sources.append(("payload", named(stated)))
    signed = tuple(p for line in signatures for p in columnist(line) or reporters(line) or in_latin(line))
    sources.append(("signature", signed))
    sources.append(("broadcaster's sign-off", tuple(sign_offs(script))))
    if opening:
        sources.append(("dateline", opening.reporters))
    stated_people = _merged(sources)
    if stated_people[0]:
        return stated_people
    if marked := _marked(tree):
        return _merged([("element of an author", marked)])
    beside = [(line, f"{line} {after}") for line, after in pairwise([*near(), ""]) if len(line) <= 60]
    groups = (_signing(line) or (_signing(joined) if len(joined) <= BARE_LINE else ()) or _above_time(line, joined)
              for line, joined in beside)
    found = [("line near the headline", group) for group in groups if group][:1]
    return _merged(found or [("box of a reporter", _boxed(tree))])


def _signing(line: str) -> tuple[Reporter, ...]:
    """Who signs with the line. A longer line that names a poet or a professor speaks of them."""
    if SIGNED_IN_LATIN.fullmatch(line):
        return in_latin(line)
    return tuple(p for p in reporters(line) if len(line) <= BARE_LINE or REPORTER_ROLE.search(p.role))


def _above_time(line: str, joined: str) -> tuple[Reporter, ...]:
    """Whose bare name stands right above the line that says when it was published."""
    is_bare = len(line) == 3 and is_name(line) and line not in words().site_words
    is_above = is_bare and any(found.label is Label.PUBLISHED or found.has_time for found in moments(joined))
    return (Reporter(name=line),) if is_above else ()


def _marked(tree: Tree) -> tuple[Reporter, ...]:
    """The people whom elements marked as the author name. Many such elements belong to teasers."""
    found = list(dict.fromkeys(e for css in AUTHOR_ELEMENTS for e in tree.select((css,))))
    if not found or len(found) > AUTHORS_MAX:
        return ()
    return tuple(p for e in found if len(text := shown(e)) <= 40 for p in named(text) or columnist(text) or in_latin(text))


def _boxed(tree: Tree) -> tuple[Reporter, ...]:
    """Whom the page's boxes of a reporter name, when all name the same: those of teasers do not."""
    boxes = dict.fromkeys(e for css in BOXES for e in tree.select((css,)))
    named_by = [people for e in boxes if len(text := shown(e)) <= BOX_MAX and (people := reporters(text) or _bare_names(e))]
    names = {tuple(p.name for p in people) for people in named_by}
    return named_by[0] if len(names) == 1 else ()


def _bare_names(element: Element) -> tuple[Reporter, ...]:
    """Texts of their own that are a full name and nothing else."""
    return tuple(Reporter(name=t) for text in element.itertext() if len(t := text.strip()) == 3 and is_name(t))


def _merged(sources: list[tuple[str, tuple[Reporter, ...]]]) -> tuple[tuple[Reporter, ...], str]:
    """The source that names most people, the earlier on a tie; mails and fuller roles from the others."""
    rule, people = max(sources, key=lambda each: len({p.name for p in each[1]}), default=("", ()))
    known = [p for _, group in sources for p in group]
    unique = {p.name: p for p in reversed(people)}
    out = []
    for name in dict.fromkeys(p.name for p in people):
        person = unique[name]
        mail = person.mail or next((k.mail for k in known if k.name == name and k.mail), None)
        role = next((k.role for k in known if k.name == name and k.role != "기자"), person.role)
        out.append(Reporter(name=name[:NAME_MAX], role=role, mail=mail))
    return tuple(out), rule if out else ""


def press_names(text: str) -> Press | None:
    """The press that a short text names: `이데일리 | 네이버`, `ⓒ 뉴시스`."""
    for part in re.split(r"\s*[|ㅣ:·,]\s*|\s-\s", clean_line(text, limit=100)):
        if found := press_of_name(part.strip(" ©ⓒ[]()<>")):
            return found
    return None


def press_of_page(url: str, known: str, head: Head) -> tuple[str | None, str]:
    """Who publishes the page: what the catalogue knows, the host, what the page calls itself."""
    if known:
        found = press_of_name(known)
        return (found.name if found else known), "the source's press"
    if found := press_of_host(host_of(url)):
        return found.name, "host"
    name = head.meta("og:site_name", "application-name", "copyright", "dc.publisher")
    if not name:
        name = next((n for a in head.articles for n in texts(a.get("publisher")) if n), "")
    if not name:
        return None, ""
    found = press_names(name)
    bare = re.sub(r"^(?:Copyright\s*)?[©ⓒ]\s*|\s*[-|:].*$", "", name).strip()
    return (found.name if found else clean_line(bare, limit=40) or None), "the page's own name"


def canonical(url: str, head: Head) -> str | None:
    """The canonical address, when it stays inside the registrable domain and names more than the home page."""
    stated = head.canonical or head.meta("og:url")
    if not stated:
        return None
    try:
        absolute = urljoin(url, stated)
        there, here = split(absolute), split(url)
        if there.scheme not in ("http", "https") or not there.hostname or (there.path in ("", "/") and not there.query):
            return None
        mine, other = registrable(here.hostname or ""), registrable(there.hostname)
    except ValueError:
        return None
    if mine.suffix:
        is_same = mine.top_domain_under_public_suffix == other.top_domain_under_public_suffix
    else:
        is_same = here.hostname == there.hostname
    return absolute[:2083] if is_same else None
