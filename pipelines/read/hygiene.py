"""Text as it is kept: NFC, one kind of space, nothing invisible. The one place where page text is cleaned.

Imports nothing of sosik's. Not NFKC: that would turn ㆍ into a jamo, ① into 1 and ㈜ into (주) (facts: korean-news 5).
"""

from __future__ import annotations

import html
import re
import unicodedata

TITLE_MAX = 300  # letters (facts: hazards P4)
NAME_MAX = 100
TEXT_MAX = 200_000

_LINE_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_SPACES = (
    "\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\u115f\u1160\u3164\uffa0"
)
_GONE = [
    *range(0x00, 0x09), *range(0x0E, 0x1C), 0x0D, 0x1F, *range(0x7F, 0x85), *range(0x86, 0xA0), 0xAD, 0x034F, 0x061C, 0x180E,
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFE),
    *range(0xD800, 0xE000), *range(0xFDD0, 0xFDF0), *range(0xE0000, 0xE0080),
    *(plane * 0x10000 + last for plane in range(17) for last in (0xFFFE, 0xFFFF)),
]
_TABLE: dict[int, str | None] = {
    **dict.fromkeys(_GONE),
    **{ord(c): "\n" for c in _LINE_ENDS},
    **{ord(c): " " for c in _SPACES},
    **{full: chr(full - 0xFEE0) for full in range(0xFF01, 0xFF5F)},  # full-width ASCII only
}
# Only what lies below U+10000: with the planes above, the search is forty times slower. `isprintable` tells the rest.
_ODD = re.compile("[" + "".join(f"\\u{code:04x}" for code in sorted(_TABLE) if code < 0x10000) + "]")
_REFERENCE = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,5});")


def clean_text(text: str, *, limit: int = TEXT_MAX) -> str:
    """The text with its lines kept, each without spaces at its ends, none empty."""
    text = _letters(text[: 4 * limit])
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)[:limit].rstrip()


def clean_line(text: str, *, limit: int = TEXT_MAX) -> str:
    """The text as one line."""
    return " ".join(_letters(text[: 4 * limit]).split())[:limit].rstrip()


def unescaped(text: str) -> str:
    """A meta value that was escaped twice: `&amp;#039;` (facts: korean-news 2.1)."""
    return html.unescape(text) if _REFERENCE.search(text) else text


def _letters(text: str) -> str:
    if _ODD.search(text) or not text.isprintable():
        text = text.translate(_TABLE)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def language_of(text: str) -> str:
    """`ko`, `ja`, `zh` or `en`, told by its script."""
    sample = text[:1000]
    if len(re.findall(r"[가-힣]", sample)) > 0.1 * len(sample):
        return "ko"
    if re.search(r"[\u3040-\u30ff]", sample):
        return "ja"
    return "zh" if len(re.findall(r"[\u4e00-\u9fff]", sample)) > 0.2 * len(sample) else "en"
