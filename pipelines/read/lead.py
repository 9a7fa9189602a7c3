"""What stands above the text: summaries, lines to the reader, times and names, the subtitle."""

from __future__ import annotations

import re
from itertools import takewhile

from pipelines.read import boilerplate as lines
from pipelines.read.blocks import Block, Kind
from pipelines.read.byline import dateline, reporters
from pipelines.read.cutting import Work, reporting
from pipelines.read.dates import moments
from pipelines.read.title import squeezed

HEADLINE_MIN = 6  # letters of a headline that is known again; chosen by hand
SUMMARY_LINES = 8  # portals print three to five
SUMMARY_BY = 4  # lines from the top among which a summary's heading stands
SUBTITLE_LINES = 6
SUBTITLE_MAX = 70  # letters of one line of a subtitle; chosen by hand
# what opens lists, interviews and scripts
NO_SUBTITLE = (
    "■", "●", "◆", "◇", "□", "○", "▲", "△", "◀", "Q", "앵커", "[", "【", "<", "(", "1.", "①", "▶")
SUMMARY_HEAD = re.compile(
    r"(?:AI|인공지능|기사|뉴스|핵심|한눈에 보는)?\s?(?:(?:세|3|4|5)\s?줄\s?)?(?:핵심\s?)?요약(?:\s?(?:보기|노트|봇))?")
SUMMARY_NOTE = re.compile(r"(?:요약|AI|인공지능).{0,60}(?:니다|세요)\.?$")
SERIES = re.compile(r"[<\[〈(■◆▶]{0,2}\s?(?:글|기사)?\s?(?:싣는|연재)\s?(?:순서|차례)\s?[>\]〉):]{0,2}")
WEEKDAY = re.compile(r"[(\[][월화수목금토일][)\]]|[월화수목금토일]요일")
OPENS_SCENE = re.compile(r"[^\d\s][.!?]$")  # `2019년 4월 16일 팽목항.` opens a feature
CREDIT_BARE = 3
CREDIT_REST = 30  # letters beside the times in such a line; chosen by hand


def cut_summary_box(work: Work) -> None:
    """A box headed as a summary: its element, its list, or what stands up to the note that a machine wrote it. Its lines
    paraphrase."""
    for i in range(len(work.kept) - 1, -1, -1):
        if work.kept[i].is_summary:
            work.drop(i, lines.SUMMARY_BOX)
    texts = [b.text for b in work.kept[: SUMMARY_LINES + SUMMARY_BY]]
    at = next((i for i, text in enumerate(texts[:SUMMARY_BY]) if SUMMARY_HEAD.fullmatch(text)), -1)
    if at < 0:
        return
    noted = next((i for i in range(at + 1, len(texts)) if SUMMARY_NOTE.search(texts[i]) and len(texts[i]) <= 120), at)
    listed = takewhile(lambda block: block.kind is Kind.ITEM, work.kept[noted + 1:])
    for _ in range(noted + 1 - at + sum(1 for _ in listed)):
        work.drop(at, lines.SUMMARY_BOX)


def cut_above_headline(work: Work, title: str) -> None:
    """What stands above the headline where the container holds it, too, and tells nothing: a section's name, the site's notes."""
    bare = squeezed(title)
    texts = [b.text for b in work.kept[: lines.HEAD_LINES]]
    at = next((i for i, text in enumerate(texts) if squeezed(text) == bare), 0)
    if len(bare) < HEADLINE_MIN:
        return
    if not any(lines.SENTENCE.search(t) and not lines.whole_line(t) and not lines.is_note(t) for t in texts[:at]):
        for _ in range(at):
            if reporters(dropped := work.drop(0, "above the headline").text):
                work.signatures.append(dropped)


def cut_addresses(work: Work) -> None:
    """Lines above a report that speak to the reader (`…불러오는 중입니다`): sites do, reports quote."""
    opening = next(iter(reporting(work.kept)), 0)
    for i in range(min(opening, lines.HEAD_LINES) - 1, -1, -1):
        block = work.kept[i]
        if len(block.text) <= SUBTITLE_MAX and lines.is_address(block.text):
            work.drop(i, "addressed to the reader")


def cut_credit_lines(work: Work) -> None:
    """Lines above the first sentence that give a time and little more: who and when, where no element of its own holds them."""
    i = 0
    while i < min(SUBTITLE_LINES, len(work.kept)) and not lines.SENTENCE.search(work.kept[i].text):
        text = work.kept[i].text
        found = moments(text)
        rest = len(text) - sum(each.end - each.start for each in found)
        is_stamp = rest <= CREDIT_BARE or any(each.has_time for each in found) or WEEKDAY.search(text) or reporters(text)
        if found and rest <= CREDIT_REST and is_stamp and not OPENS_SCENE.search(text):
            work.drop(i, "stamp")
            if reporters(text):
                work.signatures.append(text)
        else:
            i += 1


def cut_series(work: Work) -> None:
    """The parts of a series, listed under a heading of their own above its text: 글 싣는 순서."""
    at = next((i for i, b in enumerate(work.kept[: lines.HEAD_LINES]) if SERIES.fullmatch(b.text)), -1)
    listed = takewhile(lambda b: len(b.text) <= SUBTITLE_MAX and not lines.SENTENCE.search(b.text), work.kept[at + 1:])
    if at >= 0:
        for _ in range(1 + sum(1 for _ in listed)):
            work.drop(at, "parts of a series")


def cut_credit_list(work: Work) -> None:
    """A list above the text that gives its time: its other lines, the number of the issue, a count, a section, go with it."""
    head = [b.kind is Kind.ITEM and len(b.text) <= SUBTITLE_MAX for b in work.kept[: lines.HEAD_LINES]]
    start = next((i for i, is_item in enumerate(head) if is_item), len(head))
    listed = list(takewhile(lambda i: head[i], range(start, len(head))))
    texts = [work.kept[i].text for i in listed]
    if any(lines.whole_line(text) == "stamp" for text in texts) and not any(lines.SENTENCE.search(text) for text in texts):
        for text in texts:
            work.drop(start, "stamp")
            if reporters(text):
                work.signatures.append(text)


def cut_summary(work: Work) -> None:
    """A box at the head whose every line recurs below: the longest such run of lines."""
    texts = [b.text for b in work.kept]
    bare = [squeezed(text) for text in texts]
    for count in range(min(SUMMARY_LINES, len(texts) - 2), 0, -1):
        rest = "".join(bare[count:])
        if all(len(b) >= 8 and b in rest for b in bare[:count]) and (count > 1 or lines.SENTENCE.search(texts[0])):
            for _ in range(count):
                work.drop(0, "summary of what follows")
            return


def take_subtitle(work: Work, title: str, stated: str) -> None:
    """Short lines without a sentence's end above the first paragraph."""
    count = 0
    first = next((i for i, b in enumerate(work.kept) if lines.SENTENCE.search(b.text)), 0)
    parting = {b.label for b in work.kept[first:] if b.kind is Kind.HEADING}  # such headings stand above the first part, too
    while count < min(SUBTITLE_LINES, len(work.kept) - 1) and _is_subtitle(work.kept[count], parting):
        count += 1
    known = squeezed(stated)
    if count and any(lines.SENTENCE.search(b.text) and len(b.text) > 25 for b in work.kept[count: count + 3]):
        taken = [work.drop(0, "subtitle").text for _ in range(count)]
        work.subtitle = [t for t in taken if squeezed(t) not in squeezed(title)]
    elif known and work.kept and squeezed(work.kept[0].text) == known:
        work.subtitle = [work.drop(0, "subtitle").text]


def _is_subtitle(block: Block, parting: set[str]) -> bool:
    text = block.text
    if lines.SENTENCE.search(text) or text.endswith((".", ",", ":")) or dateline(text):
        return False
    if block.kind is Kind.HEADING:
        return len(text) <= 2 * SUBTITLE_MAX and block.label not in parting
    if len(text) > SUBTITLE_MAX or text.endswith(("?", "!")):
        return False
    return not text.startswith(NO_SUBTITLE)
