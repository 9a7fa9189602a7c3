"""What stands below the text: a board's list, what follows the line that ends it, closing lists."""

from __future__ import annotations

import re
from dataclasses import replace

from pipelines.read import boilerplate as lines
from pipelines.read.blocks import Block, Kind
from pipelines.read.boilerplate import Cut
from pipelines.read.byline import ROLE, dateline, is_sign_off, reporters
from pipelines.read.cutting import Work, reporting, telling

ENDING = frozenset((  # rules of lines below which a text does not go on
    "copyright", "imprint", "crew", "tip line", "wire's own", "donation", "newsletter", "reactions", "comments", "legal note",
    "list heading"))
NOTES_MAX = 3
TOLD = re.compile(r"(?<!니)다\.[\"'”’)]*(?=\s?\S)")  # where a sentence in the plain form ends within a line
LEFT_LINES = 3
LONG, DOCUMENT_LINES = 80, 3  # letters, lines; chosen by hand: an appeal for donations has one or two such
DATED, TIMELINE = re.compile(r"\d년|\d월|\d일"), 2  # so many lines with days go on as a timeline; chosen by hand
LISTED = re.compile(r"[△▲▽▼◇◆○●□■·•ㆍ\-–]\s?\S")
BOXES_MAX, BOX_LINES, BOX_LINE = 3, 3, 60  # boxes, lines of one, letters of a line; chosen by hand
SPOKEN = re.compile(r"(?:니다|니까|세요|[가-힣]요|죠)[.!?…]{0,3}[)\]]?$")  # a line to the reader, whatever its tone
LEFT_OVER = re.compile(r"[가-힣A-Za-z]{2,8}(?: [가-힣A-Za-z]{1,8})?")  # no number, no mark, no sentence
OF_AUTHOR = re.compile(rf"(?P<name>[가-힣]{{2,4}})\s(?:[가-힣]{{2,8}}\s?)??{ROLE}[는은]\s")
IN_BRACKETS = re.compile(r"[\[<〈【][^\[\]<>〈〉【】]{2,80}[\]>〉】]")
QUESTIONS = re.compile(r"[■◆●▶\[<]?\s?(?:FAQ|Q\s?&\s?A|자주\s?(?:묻는|하는)\s?질문)(?:\s?\(?FAQ\)?)?\s?[\]>]?")
QUESTION = re.compile(r"(?:Q|A|질문|답변|문|답)\s?\d{0,2}\s?[.:：)]")
FORBIDDEN = re.compile(r"무단\s?(?:전재|복제|배포).{0,40}금지")
PICTURE = re.compile(r"사진|이미지|영상|Getty", re.I)
TOLD_ABOVE = 3  # sentences told, most of them above the line that forbids to reprint; chosen by hand
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
        if rule == "copyright" and _forbids(work, i) and 2 * sum(r < i for r in reported) > len(reported) >= TOLD_ABOVE:
            i += 1
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


def _forbids(work: Work, i: int) -> bool:
    """Whether the line forbids to reprint the text, and not a picture. What is told below it is another article's."""
    block = work.kept[i]
    return FORBIDDEN.search(block.text) is not None and not block.is_pictured and PICTURE.search(block.text) is None


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


def cut_apart(work: Work) -> None:
    """Lines below a report that stand apart from it in the markup: an element named as none that reports holds them. Several long
    ones are a document's that the report quotes in full."""
    reported = reporting(work.kept)
    below = range(len(work.kept) - 1, reported[-1], -1) if reported else range(0)
    apart = [i for i in below if work.kept[i].is_apart and not _is_own(work.kept[i])]
    dated = [i for i in apart if DATED.search(work.kept[i].text)]
    if sum(len(work.kept[i].text) > LONG for i in apart) < DOCUMENT_LINES and len(dated) < TIMELINE:
        for i in apart:
            work.drop(i, "apart from the text")


def cut_author_note(work: Work) -> None:
    """What is told of who signs the text, below it: the line opens with their name and what they are."""
    names = {person.name for line in work.signatures for person in reporters(line)}
    while names and len(work.kept) > 2 and (opening := OF_AUTHOR.match(work.kept[-1].text)) and opening["name"] in names:
        work.drop(len(work.kept) - 1, "author's note")


def _is_own(block: Block) -> bool:
    """Whether a line is of the text though it stands apart: it signs, quotes what somebody says, or goes on as a list."""
    text = block.text
    is_quoting = lines.QUOTED.search(text) is not None and lines.SENTENCE.search(text) is not None and not lines.is_note(text)
    return is_quoting or LISTED.match(text) is not None or lines.is_signed(block) or is_sign_off(text)


def cut_boxes(work: Work) -> None:
    """A box or two of a few lines amid a report that stand apart from it and speak to the reader, or hold figures: an offer of a
    letter, a vote, a share's price. More of them are an interview's answers."""
    reported = reporting(work.kept)
    amid = range(reported[0] + 1, reported[-1]) if reported else range(0)
    apart = [i for i in amid if work.kept[i].is_apart and (_is_boxed(work.kept[i]) or lines.CLOSED.search(work.kept[i].text))]
    boxes = sum(1 for i in apart if i - 1 not in apart)
    if boxes <= BOXES_MAX and len(apart) <= BOXES_MAX * BOX_LINES and all(_is_boxed(work.kept[i]) for i in apart):
        for i in reversed(apart):
            work.drop(i, "box in the text")


def _is_boxed(block: Block) -> bool:
    figures = sum(not c.isalpha() and not c.isspace() for c in block.text)
    is_table = block.kind is Kind.TEXT and not lines.CLOSED.search(block.text) and 3 * figures > len(block.text)
    is_spoken = SPOKEN.search(block.text) is not None and lines.QUOTED.search(block.text) is None
    return is_table or (is_spoken and len(block.text) <= BOX_LINE)


def cut_left_over(work: Work) -> None:
    """What is left of a box, a banner, a control below a report: a word or two, an offer to read on, a pointer."""
    reported = reporting(work.kept)
    below = work.kept[reported[-1] + 1:] if reported else []
    kinds = (Kind.TEXT, work.kept[reported[-1]].kind) if reported else ()  # old sites set all of a page in cells
    if len(below) <= LEFT_LINES and all(b.kind in kinds and _is_left_over(b.text) for b in below):
        for _ in below:
            work.drop(reported[-1] + 1, "left over")


def _is_left_over(text: str) -> bool:
    if lines.POINTER.match(text):
        return not lines.REPORTED.search(text)  # a report's own point may open with ▶
    if IN_BRACKETS.fullmatch(text):
        return not lines.SENTENCE.search(text[:-1])
    return LEFT_OVER.fullmatch(text) is not None or lines.OFFERS.fullmatch(text) is not None


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
