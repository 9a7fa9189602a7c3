"""Korean dates and times in text → moments.

Imports nothing of sosik's but the clock. Naive times are Korean. A day is never invented and a time is never "now".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from enum import StrEnum

from pipelines.clock import KST

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # the first Korean news sites went up in 1995
FUTURE_MAX = timedelta(hours=24)  # facts: hazards P8

_TIME = r"""
    [\[(]?\s*(?P<half>오전|오후|AM|PM|am|pm)?\s*
    (?P<hour>\d{1,2})\s*(?::|시)\s*(?P<minute>\d{2}|\d(?=\s*분))?(?:\s*(?::|분)\s*(?P<second>\d{2})?)?(?:\.\d{1,9})?\s*(?P<after>AM|PM|am|pm)?
    \s*(?P<zone>Z\b|UTC|GMT|KST|[+-]\d{2}:?\d{2})?
"""
_GAP = r"(?:\s*[.일T,;|/]?\s*(?:[\[(]?[월화수목금토일](?:요일)?[\])]?\s*[,.]?\s*)?"
STAMP = re.compile(
    rf"""(?<![\d.])(?:(?P<year>(?:19|20)\d\d)|['’]?(?P<short>[0-3]\d))\s*(?:[.\-/]|년)\s*(?P<month>\d{{1,2}})\s*(?:[.\-/]|월)\s*
    (?P<day>\d{{1,2}})(?!\d){_GAP}{_TIME})?""", re.X)
ABROAD = re.compile(  # 03/08/2026 07:12:31, Korean outlets in America
    rf"(?<![\d/])(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})/(?P<year>20\d\d)(?!\d){_GAP}{_TIME})?", re.X)
COMPACT = re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(?!\d)")
RELATIVE = re.compile(r"(?<!\d)(\d{1,3})\s*(분|시간|일|주)\s*전")
ENGLISH = re.compile(r"(?:[A-Z][a-z]{2},\s*)?\d{1,2}\s+[A-Z][a-z]{2}\s+\d{4}\s+\d\d:\d\d(?::\d\d)?(?:\s+(?:[+-]\d{4}|GMT|KST))?")
_WHEN = r"\s*(?:일시|시간|시각|일자|날짜|일|됨)?"
PUBLISHED = (
    r"(?:최초\s*|기사\s*)?(?:입력|등록|승인|송고|게재|작성|발행|보도|게시|출고|전송)" + _WHEN +
    r"|Published|PUBLISHED|Posted|POSTED|published|Date"
)
MODIFIED = (
    r"(?:최종\s*|기사\s*)?(?:수정|업데이트|편집|갱신)" + _WHEN + r"|Updated|UPDATED|Modified|updated|최종"
)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTH = rf"(?P<month>{'|'.join(MONTHS)})[a-z]*\.?"
_CLOCK = r"(?:[\s,|\-–]{1,4}(?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
AMERICAN = re.compile(rf"{_MONTH}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>20\d\d){_CLOCK}")
# 10:21 March 02, 2026
CLOCK_BEFORE = re.compile(r"(?<![\d:])(?P<hour>\d{1,2}):(?P<minute>\d\d)\s?(?P<half>[AaPp]\.?[Mm]\.?)?,?\s{1,3}$")
BRITISH = re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})\s+{_MONTH},?\s+(?P<year>20\d\d){_CLOCK}")
LABELLED = re.compile(rf"(?:(?P<modified>{MODIFIED})|(?P<published>{PUBLISHED}))\s*[:：\]|·ㅣ]?\s*[\[(]?\s*$")
AFTERWARDS = re.compile(rf"^\s*[\])]?\s*(?:(?P<modified>{MODIFIED})|(?P<published>{PUBLISHED}))(?!\s*[:：]?\s*[\d가-힣'])")


class Label(StrEnum):
    PUBLISHED = "published"
    MODIFIED = "modified"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time as found in a text."""

    at: datetime  # aware
    has_time: bool
    has_zone: bool = False  # the text names its zone
    label: Label = Label.NONE
    start: int = 0  # where in the text
    end: int = 0


def moments(text: str, fetched_at: datetime | None = None) -> list[Moment]:
    """All times in the text, in order. Relative ones (3시간 전) only when `fetched_at` is given."""
    found = [m for match in STAMP.finditer(text) if (m := _stamp(match, text))]
    found += [m for match in ABROAD.finditer(text) if (m := _stamp(match, text))]
    found += [m for match in COMPACT.finditer(text) if (m := _compact(match))]
    found += [m for match in AMERICAN.finditer(text) if (m := _named_month(match, text))]
    stated = [m for match in ENGLISH.finditer(text) if (m := _english(match))]
    found += stated or [m for match in BRITISH.finditer(text) if (m := _named_month(match, text))]
    if fetched_at and not found:
        found += [_relative(match, fetched_at) for match in RELATIVE.finditer(text)]
    return sorted(found, key=lambda m: m.start)


def moment(text: str, fetched_at: datetime | None = None) -> Moment | None:
    """The first time in the text."""
    return next(iter(moments(text, fetched_at)), None)


def is_plausible(at: datetime, fetched_at: datetime) -> bool:
    return OLDEST <= at <= fetched_at + FUTURE_MAX


def _stamp(match: re.Match[str], text: str) -> Moment | None:
    short = match.groupdict().get("short")
    year = int(match["year"] or f"20{short}")
    if short and not match["hour"]:  # 25.02.03 alone may be a version or a score
        before = text[max(0, match.start() - 12): match.start()]
        if not LABELLED.search(before):
            return None
    hour, minute = match["hour"], match["minute"]
    has_time = hour is not None and (minute is not None or "시" in match[0])
    zone, has_zone = KST, False
    try:
        if has_time and match["zone"] and match["zone"] != "KST":
            zone, has_zone = _zone(match["zone"]), True
        at = datetime(
            year, int(match["month"]), int(match["day"]), _hour(hour, match["half"] or match["after"]) if has_time else 0,
            int(minute or 0) if has_time else 0, int(match["second"] or 0) if has_time else 0, tzinfo=zone)
    except ValueError:
        return None
    return Moment(
        at=at, has_time=has_time, has_zone=has_zone, label=_label(match, text), start=match.start(), end=match.end())


def _label(match: re.Match[str], text: str) -> Label:
    """What the words beside the time say that it is."""
    before, after = text[max(0, match.start() - 16): match.start()], text[match.end(): match.end() + 12]
    label = LABELLED.search(before) or AFTERWARDS.match(after)
    if label is None:
        return Label.NONE
    return Label.MODIFIED if label["modified"] else Label.PUBLISHED


def _hour(hour: str, half: str | None) -> int:
    number = int(hour)
    if half in ("오후", "PM", "pm") and number < 12:
        return number + 12
    return 0 if half in ("오전", "AM", "am") and number == 12 else number


def _zone(text: str) -> timezone:
    if text in ("Z", "UTC", "GMT"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _compact(match: re.Match[str]) -> Moment | None:
    year, month, day, hour, minute, second = match.groups()
    try:
        at = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=KST)
    except ValueError:
        return None
    return Moment(at=at, has_time=hour is not None, start=match.start(), end=match.end())


def _english(match: re.Match[str]) -> Moment | None:
    try:
        at = parsedate_to_datetime(match[0].replace("KST", "+0900"))
    except ValueError:
        return None
    return Moment(
        at=at if at.tzinfo else at.replace(tzinfo=KST), has_time=True, has_zone=at.tzinfo is not None,
        start=match.start(), end=match.end())


def _named_month(match: re.Match[str], text: str) -> Moment | None:
    clock = match if match["hour"] else CLOCK_BEFORE.search(text[max(0, match.start() - 16): match.start()])
    hour = _hour(clock["hour"], (clock["half"] or "").upper().replace(".", "")) if clock else 0
    try:
        month = MONTHS.index(match["month"]) + 1
        at = datetime(int(match["year"]), month, int(match["day"]), hour, int(clock["minute"]) if clock else 0, tzinfo=KST)
    except ValueError:
        return None
    return Moment(at=at, has_time=clock is not None, label=_label(match, text), start=match.start(), end=match.end())


def _relative(match: re.Match[str], fetched_at: datetime) -> Moment:
    number, unit = int(match[1]), match[2]
    length = {"분": timedelta(minutes=1), "시간": timedelta(hours=1), "일": timedelta(days=1), "주": timedelta(weeks=1)}[unit]
    at = (fetched_at - number * length).astimezone(KST)
    if unit in ("일", "주"):
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        return Moment(at=day, has_time=False, start=match.start(), end=match.end())
    return Moment(at=at.replace(second=0, microsecond=0), has_time=True, start=match.start(), end=match.end())
