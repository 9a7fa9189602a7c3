"""Bytes → text: which charset a page really has, whatever it claims.

Imports nothing of sosik's. Candidates are tried strictly, the likeliest first; when none fits whole (one bad byte, a body cut
inside a character), the one that loses least wins. Names from pages are looked up in a list of our own, never in Python's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# What a label may mean. EUC-KR pages are written in its superset CP949 (facts: korean-news 0.9).
CODECS = {
    "utf-8": "utf-8", "utf8": "utf-8", "unicode": "utf-8",
    "euc-kr": "cp949", "euckr": "cp949", "ks_c_5601-1987": "cp949", "ksc5601": "cp949", "ks_c_5601": "cp949", "cp949": "cp949",
    "ms949": "cp949", "uhc": "cp949", "windows-949": "cp949", "x-windows-949": "cp949", "korean": "cp949",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "euc-jp": "euc_jp",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252",
}
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
LABEL = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-]{2,40})""", re.I)
HEAD_BYTES = 4096  # a meta charset stands in the first 1,024 bytes (HTML standard 4.2.5.4); real pages are laxer
LOST_SHARE_MAX = 0.1  # of the letters outside ASCII; above it the text is no text (chosen by hand)
LOST = "\ufffd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    text: str
    encoding: str  # the codec used; "" when none fits and `text` is empty


def decode(body: bytes, content_type: str) -> Decoded:
    """The text of a page. `content_type` is the header as sent."""
    for mark, codec in MARKS:
        if body.startswith(mark):
            return Decoded(text=body.decode(codec, "replace").removeprefix("\ufeff"), encoding=codec.removesuffix("-sig"))
    if codec := _wide(body):
        return Decoded(text=body.decode(codec, "replace"), encoding=codec)
    if b"\x1b$)C" in body[:HEAD_BYTES]:
        return _by_codec(body, ("iso2022_kr",))
    labels = (content_type.encode("ascii", "ignore"), body[:HEAD_BYTES])
    named = [found[1].decode("ascii").lower() for label in labels if (found := LABEL.search(label))]
    if body.isascii() and "utf-7" in named:
        return Decoded(text="", encoding="")
    claimed = [CODECS[name] for name in named if name in CODECS]
    return _by_codec(body, tuple(dict.fromkeys(("utf-8", *(c for c in claimed if c != "cp1252"), "cp949", *claimed))))


def _by_codec(body: bytes, codecs: tuple[str, ...]) -> Decoded:
    best: Decoded | None = None
    least = 1.0
    for codec in codecs:
        try:
            return Decoded(text=body.decode(codec), encoding=codec)
        except UnicodeDecodeError:
            text = body.decode(codec, "replace")
            share = text.count(LOST) / max(1, sum(1 for c in text if c > "\x7f"))
            if share < least:
                best, least = Decoded(text=text, encoding=codec), share
    if best is None or least > LOST_SHARE_MAX:
        return Decoded(text="", encoding="")
    return best


def _wide(body: bytes) -> str:
    """UTF-16 without its mark: every other byte of the markup is NUL."""
    head = body[:200]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) < 8 or max(even, odd) < len(head) // 4:
        return ""
    if even * 4 <= odd:  # 가 is U+AC00: a few NULs stand on the other side, too
        return "utf-16-le"
    return "utf-16-be" if odd * 4 <= even else ""
