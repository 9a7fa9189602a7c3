"""Who wrote a page: the reporters whom its head, its text and its elements name, with the rule that gave them.

Imports the reader of bylines: which line is a byline is decided there; here, which source is believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import chain

from pipelines.article import Byline, Reporter
from pipelines.press import press_of_name
from pipelines.read.byline import (
    REPORTER_ROLE,
    SIGNED_IN_LATIN,
    columnist,
    in_latin,
    is_name,
    is_signature,
    named,
    reporters,
    sign_offs,
)
from pipelines.read.dates import Label, moments
from pipelines.read.families import Version
from pipelines.read.fields import shown
from pipelines.read.head import Head, texts
from pipelines.read.hygiene import NAME_MAX
from pipelines.read.parse import Element
from pipelines.read.title import SEPARATOR
from pipelines.read.tree import Tree
from pipelines.read.words import words

AUTHOR_METAS = (
    "dable:author", "og:article:author", "article:author", "author", "byl", "nate:author", "dc.creator", "reporter", "writer",
    "parsely-author", "sailthru.author", "twitter:creator",
)
AUTHOR_ELEMENTS = ("a[rel=author]", "[itemprop=author]", ".author", ".byline")
BOXES = ("[class*=reporter]", "[class*=journalist]", "[class*=writer]", "[class*=author]", "[class*=profile]")
BOX_MAX = 80  # letters of a reporter's box with its mail and controls; chosen by hand
BARE_LINE = 20  # letters of a line that may hold nothing but a name and a role; chosen by hand
HANGUL = re.compile(r"[가-힣]")
# `#사진_ 김하나 기자`, `사진=김하나 기자`: who took the pictures; `사진·글 김하나` wrote, too
PICTURED = re.compile(r"[\s#(\[<▲■]*(?:사진|영상|촬영|그래픽)(?!\s?[·ㆍ,/&]\s?(?:글|취재))\s?[\s_=:：|ㅣ/]")
# 홍길동(길동) | 2026-02-14 17:30, 홍길동 승인 2026.02.14 17:30
TIMED = re.compile(
    r"(?P<name>[가-힣]{3})(?:\s?\([^()\d]{1,12}\)\s?[|ㅣ·/]|\s(?:기사\s?)?(?:승인|입력|등록|송고))\s?[:：]?\s?\[?20\d\d")
DESK = re.compile(r"[가-힣]{2,6}(?:부|팀)")
PRESSED = re.compile(r"(?P<press>[가-힣A-Za-z0-9]{2,12})\s?[·|ㅣ/]?\s(?P<name>[가-힣]{3})")
AUTHORS_MAX = 4  # an article has few; teasers in a list have one each


def writers(
    tree: Tree, head: Head, version: Version | None, *, signatures: Iterable[str], opening: Byline | None, stated: str,
    script: Iterable[str], near: Callable[[], list[str]], below: Callable[[], list[str]],
) -> tuple[tuple[Reporter, ...], str]:
    """The reporters and the rule that gave them. `stated`: a payload's; `script`: the text, that a broadcaster may
    close; `near`: lines around the headline, asked late; `below`: the first ones below the text, asked last."""
    sources: list[tuple[str, tuple[Reporter, ...]]] = []
    if version:
        for css in version.byline:
            stating = [(e.tag == "meta", shown(e)) for e in tree.select((css,))[:6]]
            people = tuple(p for is_meta, text in stating for p in (() if is_meta else reporters(text)) or named(text))
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
    signatures = tuple(signatures)
    pictured = [("credit of the pictures", reporters(line)) for line in signatures if PICTURED.match(line)]
    writing = (line for line in signatures if not PICTURED.match(line))
    signed = tuple(p for line in writing for p in columnist(line) or reporters(line) or in_latin(line))
    sources.append(("signature", signed))
    sources.append(("broadcaster's sign-off", tuple(sign_offs(script))))
    if opening:
        sources.append(("dateline", opening.reporters))
    stated_people = _merged(sources)
    if stated_people[0]:
        return stated_people
    if marked := _marked(tree):
        return _merged([("element of an author", marked)])
    around = zip(["", *(lines := near())], lines, [*lines[1:], ""], strict=False)
    beside = [(line, _joined(line, after), f"{before} {line} {after}") for before, line, after in around if len(line) <= 60]
    columns = [columnist(line) for line, _, _ in beside]
    site = _shown_names_of_site(head)
    groups = (_signing(line) or (_signing(joined) if len(joined) <= BARE_LINE else ()) or _above_time(line, joined)
              or _beside_press(line, site) or _names_alone(line, context)
              for (line, joined, context), column in zip(beside, columns, strict=True) if not column)
    found = [("line near the headline", group) for group in chain(groups, columns) if group][:1]
    if not found and (boxed := _boxed(tree)):
        found = [("box of a reporter", boxed)]
    found = found or [("line below the text", people) for line in below() if (people := _signing_below(line))][:1]
    return _merged(found or pictured)


def _joined(line: str, after: str) -> str:
    """The line with the one after it, which may hold its role or its time; alone where the one after it signs by itself: what
    stands above a reporter is the subtitle, unless it is a name."""
    is_names = all(len(word) == 3 and is_name(word) for word in re.split(r"[\s,·]+", line))
    return f"{line} {after}" if is_names or not (len(after) <= BARE_LINE and _signing(after)) else line


def _signing(line: str) -> tuple[Reporter, ...]:
    """Who signs with the line. A longer line that names a poet or a professor speaks of them."""
    if SIGNED_IN_LATIN.fullmatch(line):
        return in_latin(line)
    return tuple(p for p in reporters(line) if len(line) <= BARE_LINE or REPORTER_ROLE.search(p.role))


def _signing_below(line: str) -> tuple[Reporter, ...]:
    """Who signs with a line outside of the text: nothing but a name, a role and a mail (`/김하나 기자`)."""
    if SIGNED_IN_LATIN.fullmatch(line):
        return in_latin(line)
    return reporters(line) if is_signature(line) and REPORTER_ROLE.search(line) else ()


def _above_time(line: str, joined: str) -> tuple[Reporter, ...]:
    """Whose bare name stands right above the line that says when it was published, or opens it."""
    timed = TIMED.match(line)
    if timed and is_name(timed["name"]) and any(found.has_time for found in moments(line)):
        return (Reporter(name=timed["name"]),)
    is_bare = len(line) == 3 and is_name(line) and line not in words().site_words
    is_above = is_bare and any(found.label is Label.PUBLISHED or found.has_time for found in moments(joined))
    return (Reporter(name=line),) if is_above else ()


def _shown_names_of_site(head: Head) -> tuple[str, ...]:
    """As it calls itself, also behind the title alone; body.names_of_site, for cutting titles, knows no such name."""
    parts = SEPARATOR.split(head.title)
    return tuple(name for name in (head.meta("og:site_name"), parts[-1].strip() if len(parts) > 1 else "") if name)


def _beside_press(line: str, site: tuple[str, ...]) -> tuple[Reporter, ...]:
    """Whose bare name stands on one line behind the name of the site: `가람뉴스 · 홍길동`."""
    match = PRESSED.fullmatch(line)
    if match is None or not is_name(match["name"]) or match["name"] in words().site_words:
        return ()
    is_press = press_of_name(match["press"]) or any(name.endswith(match["press"]) for name in site)
    return (Reporter(name=match["name"]),) if is_press else ()


def _names_alone(line: str, context: str) -> tuple[Reporter, ...]:
    """Two full names and more on a line beside the time of day, or one behind its desk (`산업부 홍길동`), and nothing else there.
    `context`: the line with those before and after it."""
    bare = line
    for found in reversed(moments(line)):
        bare = f"{bare[: found.start]} {bare[found.end:]}"
    names = [word for word in re.split(r"[\s,·ㆍ/|&]+", bare) if word]
    desk = names.pop(0) if len(names) == 2 and DESK.fullmatch(names[0]) else ""
    is_alone = (len(names) > 1 or desk) and all(len(name) == 3 and is_name(name) for name in names)
    is_beside = is_alone and any(found.has_time for found in moments(context))
    return tuple(Reporter(name=name) for name in names) if is_beside else ()


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
