"""What stands below the text: a board's list, what follows the line that ends it, closing lists."""

from __future__ import annotations

import re
from dataclasses import replace

from pipelines.read import boilerplate as lines
from pipelines.read.blocks import Kind
from pipelines.read.boilerplate import Cut
from pipelines.read.byline import dateline, is_sign_off
from pipelines.read.cutting import Work, reporting, telling

ENDING = frozenset((  # rules of lines below which a text does not go on
    "copyright", "imprint", "crew", "tip line", "wire's own", "donation", "newsletter", "reactions", "comments", "legal note",
    "list heading"))
NOTES_MAX = 3
TOLD = re.compile(r"(?<!니)다\.[\"'”’)]*(?=\s?\S)")  # where a sentence in the plain form ends within a line
LEFT_LINES = 3
# what a list of links, or a banner, calls itself, in up to 24 letters (chosen by hand) that are no sentence
OFFERS = re.compile(
    r"(?=.{2,24}$)[^.?!\"“”]*(?:기사|뉴스|글|영상|콘텐츠|보기|읽기|가기|소식|칼럼|연재|시리즈)[^가-힣A-Za-z.]{0,4}")
LEFT_OVER = re.compile(r"[가-힣A-Za-z]{2,8}(?: [가-힣A-Za-z]{1,8})?")  # no number, no mark, no sentence
QUESTIONS = re.compile(r"[■◆●▶\[<]?\s?(?:FAQ|Q\s?&\s?A|자주\s?(?:묻는|하는)\s?질문)(?:\s?\(?FAQ\)?)?\s?[\]>]?")
QUESTION = re.compile(r"(?:Q|A|질문|답변|문|답)\s?\d{0,2}\s?[.:：)]")
ANOTHER_WITHIN = 4  # lines below a list's heading among which another article's dateline stands; chosen by hand


def cut_board_list(work: Work) -> None:
    """A board's list below the post: its header, or three rows and more."""
    texts = [b.text for b in work.kept]
    for i, text in enumerate(texts):
        is_header = lines.BOARD_HEADER.match(text) is not None
        rows = texts[i + is_header: i + is_header + 3]
        if len(rows) == 3 and all(lines.BOARD_ROW.match(row) for row in rows):
            while len(work.kept) > i:
                work.drop(i, "board list")
            return


def cut_below_end(work: Work) -> None:
    """What stands below the line that ends a text (its signature, copyright, a list's heading) and tells nothing; and another
    article below the heading of a list. Signatures stay for the credits."""
    reported = telling(work.kept)
    if len(reported) < 2:
        return
    for i in range(reported[1] + 1, len(work.kept)):
        rule = lines.whole_line(work.kept[i].text)
        if i > reported[-1] and (rule in ENDING or lines.is_signed(work.kept[i]) or is_sign_off(work.kept[i - 1].text)):
            break
        if rule == "list heading" and any((d := dateline(b.text)) and d.agency for b in work.kept[i + 1: i + 1 + ANOTHER_WITHIN]):
            break
    else:
        return
    is_over = i > reported[-1]
    while len(work.kept) > i:
        if is_over and lines.is_signed(work.kept[i]):
            i += 1
        else:
            work.drop(i, lines.whole_line(work.kept[i].text) or "below the end")


def cut_addresses(work: Work) -> None:
    """Lines below a report that speak to the reader (`…최적화되어 있습니다`), where no line of the report does. More
    than a few, or a question, are an interview. Who signs off (`MBC뉴스 김하나입니다.`) is part of a broadcast."""
    reported = reporting(work.kept)
    if not reported or any(lines.is_address(b.text) for b in work.kept[reported[0]: reported[-1]]):
        return
    below = [(i, b.text) for i, b in enumerate(work.kept) if i > reported[-1]]
    notes = [i for i, text in below if len(text) <= lines.LINE_MAX and lines.is_note(text) and not is_sign_off(text)]
    if len(notes) <= NOTES_MAX and not any(text.endswith("?") for _, text in below):
        for i in reversed(notes):
            block, told = work.kept[i], [m.end() for m in TOLD.finditer(work.kept[i].text)]
            if told:  # glued to the report's last sentence
                work.cuts.append(Cut(text=block.text[told[-1]:].strip(), rule="addressed to the reader"))
                work.kept[i] = replace(block, text=block.text[: told[-1]], linked=min(block.linked, told[-1]))
            else:
                work.drop(i, "addressed to the reader")


def cut_left_over(work: Work) -> None:
    """What is left of a box, a banner, a control below a report: a word or two, an offer to read on, a pointer."""
    reported = reporting(work.kept)
    below = work.kept[reported[-1] + 1:] if reported else []
    if len(below) <= LEFT_LINES and all(b.kind is Kind.TEXT and _is_left_over(b.text) for b in below):
        for _ in below:
            work.drop(reported[-1] + 1, "left over")


def _is_left_over(text: str) -> bool:
    if lines.POINTER.match(text):
        return not lines.REPORTED.search(text)  # a report's own point may open with ▶
    return LEFT_OVER.fullmatch(text) is not None or OFFERS.fullmatch(text) is not None


def cut_questions(work: Work) -> None:
    """Questions and answers about a report, under a heading of their own below it (FAQ): a machine repeats there what it told."""
    for i in range(len(work.kept) - 1, 1, -1):
        if QUESTIONS.fullmatch(work.kept[i].text):
            below = work.kept[i + 1:]
            asked = sum(1 for b in below if QUESTION.match(b.text))
            if len(reporting(work.kept[:i])) >= 2 and below and 2 * asked >= len(below):
                while len(work.kept) > i:
                    work.drop(i, "questions about the report")
            return


def cut_closing_list(work: Work) -> None:
    """Three closing lines and more that open with a dash and end like headlines."""
    texts = [b.text for b in work.kept]
    count = 0
    while count < len(texts) and lines.DASH_ITEM.match(texts[-1 - count]) and not lines.SENTENCE.search(texts[-1 - count]):
        count += 1
    if 3 <= count < len(texts):
        for _ in range(count):
            work.drop(len(work.kept) - 1, "closing list")
