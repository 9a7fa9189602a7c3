"""Texts as comparing sees them: furniture of the wire and of typesetting gone, so that copies look alike.

Pure. The folded forms are never shown or stored as text.
"""

from __future__ import annotations

import re
import unicodedata

from pipelines.dateline import DATELINE, ROLES

# 홍길동 기자 gildong@example.com at the very end, with or without the mail
MAIL = r"[\w.+-]+@[\w-]+(?:\.[a-z]{2,6}){1,3}"
CLOSING = re.compile(rf"(?:[가-힣]{{2,4}}\s*(?:{ROLES}))?\s*{MAIL}\s*$|[가-힣]{{2,4}}\s*(?:{ROLES})\s*$")
# A photo's caption with its credit before the lede, as summaries of feeds carry it: … 답하고 있다. 홍길동 기자 / …모습. 연합뉴스
CAPTION = re.compile(
    r"""^.{6,160}?(?:[.|/ⓒ©]|있다|모습|장면|전경|로고|사진\s?=|자료사진)\s*
         (?:[가-힣a-z]{0,8}(?:연합뉴스|뉴시스|뉴스1|사진기자단|공동취재단?|자료사진|제공|캡처|갈무리)|[가-힣]{2,4}\s(?:선임)?기자)\.?
         (?:\s+|(?=[\[(]))""",
    re.VERBOSE,
)
HEAD_CHARACTERS = 250  # a dateline stands at the beginning or after a caption; chosen by hand
TAIL_CHARACTERS = 100  # the closing byline is looked for here alone, so that no text makes the search slow
STORY_LEAST = 20  # characters; a photo's page is nothing but its caption, and keeps it
FILLERS = dict.fromkeys((0x3164, 0xFFA0, 0x115F, 0x1160))  # letters by Unicode's table, blank padding in Korean pages


def plain(text: str) -> str:
    """The text in compatibility form and lower case."""
    return unicodedata.normalize("NFKC", text.translate(FILLERS)).casefold()


def story_text(text: str) -> str:
    """The plain text without what stands before and after the story: caption, dateline, closing byline."""
    text = plain(text)
    head, rest = text[:HEAD_CHARACTERS], text[HEAD_CHARACTERS:]
    head = DATELINE.sub(" ", head, count=1)
    uncaptioned = CAPTION.sub("", head, count=1)
    if len(uncaptioned) + len(rest) >= STORY_LEAST:
        head = uncaptioned
    whole = (head + rest).strip()
    return (whole[:-TAIL_CHARACTERS] + CLOSING.sub("", whole[-TAIL_CHARACTERS:])).strip()


def folded(text: str) -> str:
    """Letters and digits of a plain text only: quotes, spaces and punctuation are what portals change."""
    return "".join(character for character in text if character.isalnum())
