"""Text of a page → one tree, parsed once, after a look at whether it was built to break parsers.

Imports lxml. `huge_tree` keeps what stands deeper than 256 tags or is longer than 10 MB; libxml2 stops at 2,048 levels by itself.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element  # not lxml.html's: its class look-up runs in Python for each element that is touched

TAGS_MAX = 150_000  # 100,000 paragraphs took a reader 60 s (facts: hazards D9); the largest real page in the corpus has 17,000
LETTERS_MAX = 8_000_000  # the fetcher's own cap on a body
TAG_LETTERS = 8_192  # a tag longer than this is looked at
ATTRIBUTES_MAX = 500  # 40,000 attributes take the parser 1.5 s, and the time grows with their square (measured, libxml2 2.14)
_REFERENCES = re.compile(r"&#(?:x0*(?:0|fff[ef]|fd[de][0-9a-f]|d[89a-f][0-9a-f]{2})|0+|6553[45]);", re.I)
_NON_CHARACTERS = re.compile(b"\x00|\xef\xbf[\xbe\xbf]|\xef\xb7[\x90-\xaf]")  # NUL, U+FFFE, U+FFFF, U+FDD0 to U+FDEF in UTF-8
_QUOTED = re.compile(r"""=\s*(?:"[^"]*"|'[^']*')""")


def hostility(text: str) -> str:
    """What shows that the page was built to break readers; "" for ordinary pages. Linear in the text."""
    if len(text) > LETTERS_MAX:
        return f"{len(text)} letters"
    pieces = text.split("<")
    if len(pieces) > TAGS_MAX:
        return f"{len(pieces) - 1} tags"
    for piece in pieces if max(map(len, pieces)) > TAG_LETTERS else ():
        if len(piece) > TAG_LETTERS and piece[0].isalpha() and (count := _attributes(piece)) > ATTRIBUTES_MAX:
            return f"a tag with {count} attributes"
    return ""


def _attributes(piece: str) -> int:
    bare = _QUOTED.sub("= ", piece)
    return len(bare.partition(">")[0].split()) - 1


def parse(text: str) -> Element | None:
    """The tree, comments kept (boards mark their text by them). None when nothing was there to parse.

    What XML cannot hold goes first: one reference to U+FFFE loses a reader the whole page (facts: hazards D13).
    """
    if "&#" in text:
        text = _REFERENCES.sub("", text)
    body = text.encode("utf-8", "ignore")
    if b"\x00" in body or b"\xef\xbf" in body or b"\xef\xb7" in body:
        body = _NON_CHARACTERS.sub(b"", body)
    try:
        root = etree.fromstring(body, etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True, no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    return root if isinstance(root, etree._Element) else None
