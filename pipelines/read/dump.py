"""A text dump of a page → an article: its lines are blocks, and trim decides over them as over a page's.

Imports the line rules. What only dumps tell is read here: the title's line, and the row that a board marks as the one being read.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pipelines.article import Article, Byline, Page, Refusal, RefusalReason, Stamp
from pipelines.read import boilerplate as lines
from pipelines.read import kind
from pipelines.read.blocks import Block
from pipelines.read.byline import dateline, is_signature, reporters
from pipelines.read.credits import canonical_name, owner_of
from pipelines.read.dates import Label, Moment, is_plausible, moment
from pipelines.read.decode import Decoded
from pipelines.read.explanation import Explanation, Note
from pipelines.read.fields import press_of_page
from pipelines.read.flags import flags_of
from pipelines.read.head import Head
from pipelines.read.hygiene import clean_text, language_of
from pipelines.read.title import tags
from pipelines.read.trim import Trimmed, trim

TITLE_MIN, TITLE_MAX = 8, 150
STAMP_ROWS = 80  # of menus above the text; chosen by hand
CURRENT = re.compile(r"^»[\s»]*")
ROW_END = re.compile(r"\s+(\S{1,20})\s+(\d{4}[.\-]\d{2}[.\-]\d{2}|\d{2}[.\-:]\d{2})(?:\s[\d,]+)*$")
CURRENT_ROW = "current row of the board's list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """What a dump's lines tell apart from the text."""

    rows: tuple[str, ...]
    title: str = ""
    title_rule: str = ""
    poster: str = ""
    published: Moment | None = None
    published_rule: str = ""
    signatures: tuple[str, ...] = ()


def read_dump(text: str) -> Dump:
    rows = tuple(clean_text(text).split("\n"))
    if current := _current_row(rows):
        title, poster, day = current
        return Dump(rows=rows, title=title, title_rule=CURRENT_ROW, poster=poster, published=day, published_rule=CURRENT_ROW)
    at = next((i for i, row in enumerate(rows[:8]) if not lines.whole_line(row)), 0)
    first = rows[at]
    if not first or len(first) > TITLE_MAX or lines.SENTENCE.search(first):
        return Dump(rows=rows)
    rest = rows[:at] + rows[at + 1:]
    for i, row in enumerate(rest[:4]):  # the line under the title: who and when
        found = moment(row)
        if found and found.has_time and len(row) <= 80:
            who = (row[: found.start] + row[found.end:]).strip()
            return Dump(rows=rest[:i] + rest[i + 1:], title=first, title_rule="first line", published=found,
                        published_rule="line under the title", signatures=(who,) if is_signature(who) else ())
    return _below_stamp(rows) or Dump(rows=rest, title=first, title_rule="first line")


def _below_stamp(rows: tuple[str, ...]) -> Dump | None:
    """A page that was copied with its menus: the headline stands above the row that says when, the text below it."""
    for i, row in enumerate(rows[:STAMP_ROWS]):
        if lines.SENTENCE.search(row):
            return None
        found = moment(row) if len(row) <= TITLE_MAX else None
        if found is None or not found.has_time or found.label is not Label.PUBLISHED:
            continue
        above = [r for r in rows[max(0, i - 6): i] if TITLE_MIN <= len(r) <= TITLE_MAX and not lines.whole_line(r)]
        headlines = [r for r in above if not moment(r) and not is_signature(r)]
        if not headlines:
            return None
        who = row[: found.start].strip()
        return Dump(rows=rows[i + 1:], title=headlines[-1], title_rule="row above the time", published=found,
                    published_rule="row under the title", signatures=(who,) if reporters(who) else ())
    return None


def _current_row(rows: tuple[str, ...]) -> tuple[str, str, Moment | None] | None:
    """Title, poster and day of the row that a board marks as the one being read."""
    listed = [row for row in rows if lines.BOARD_ROW.match(row)]
    posters = Counter(match[1] for row in listed if (match := ROW_END.search(row)))
    for row in listed if len(listed) >= 3 else ():
        mark = CURRENT.match(row)
        end = ROW_END.search(row[mark.end():]) if mark else None
        if mark and end:
            rest = row[mark.end():]
            has_poster = posters[end[1]] >= 2 or len(listed) < 5
            title = rest[: end.start()] if has_poster else rest[: end.start(2)]
            return title.strip(), end[1] if has_poster else "", moment(end[2])
    return None


def article_of_dump(page: Page, decoded: Decoded) -> Explanation:
    dump = read_dump(decoded.text)
    trimmed = trim([Block(text=row) for row in dump.rows if row], title=dump.title)
    text = "\n".join(trimmed.paragraphs)
    first = (*trimmed.subtitle, *(p[:80].rstrip() for p in trimmed.paragraphs))
    title = dump.title or (first[0] if first else "")
    has_sentence = any(lines.SENTENCE.search(p) for p in trimmed.paragraphs)
    refusal = kind.notice(text if has_sentence else decoded.text, title) if len(text) < kind.TEXT_MIN else None
    if refusal or not has_sentence:
        refusal = refusal or Refusal(reason=RefusalReason.EMPTY, detail="no text was found")
        return Explanation(result=refusal, encoding=decoded.encoding, family="text", cuts=trimmed.cuts)
    byline = _byline(dump, trimmed)
    press, origin, press_rule = _press(page, dump, trimmed, byline)
    found = dump.published
    stamp = None
    if found and is_plausible(found.at, page.fetched_at):
        stamp = Stamp(at=found.at, has_time=found.has_time, evidence=dump.published_rule)
    article = Article(
        url=page.url, title=title, tags=tags(title), subtitle=" / ".join(trimmed.subtitle) or None, paragraphs=trimmed.paragraphs,
        captions=trimmed.captions, byline=byline, press=press, origin=origin, published=stamp, language=language_of(text),
        family="text",
        flags=flags_of(title=title, text=text, cuts=trimmed.cuts, is_odd_date=found is not None and stamp is None, visible=0,
                       closes=True, is_cut=trimmed.is_cut, head=None))
    notes = [("title", title, dump.title_rule or "first line of the text"), ("press", press or "", press_rule),
             ("origin", origin or "", "named in the text")]
    notes += [("published", stamp.at.isoformat(), stamp.evidence)] if stamp else []
    return Explanation(result=article, encoding=decoded.encoding, family="text", cuts=trimmed.cuts,
                       notes=tuple(Note(field=f, value=v, rule=r) for f, v, r in notes if v))


def _byline(dump: Dump, trimmed: Trimmed) -> Byline:
    opening = next((d for p in trimmed.paragraphs[:2] if (d := dateline(p))), None)
    people = [p for line in (*trimmed.signatures, *dump.signatures) for p in reporters(line)]
    people += opening.reporters if opening else ()
    return Byline(
        reporters=tuple({p.name: p for p in reversed(people)}.values())[::-1], poster=dump.poster or None,
        agency=canonical_name(opening.agency) if opening else None, place=opening.place if opening else None)


def _press(page: Page, dump: Dump, trimmed: Trimmed, byline: Byline) -> tuple[str | None, str | None, str]:
    """Who publishes, who wrote it first, and what told the press. A board's post names its origin, never the board."""
    press, rule = press_of_page(page.url, page.press, Head(metas={}))
    names = (canonical_name(trimmed.source), owner_of(trimmed.cuts), byline.agency)
    named = next((n for n in names if n), None)
    if press is None and not dump.poster:
        return named, None, "named in the text"
    return press, named if named != press else None, rule
