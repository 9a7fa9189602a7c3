"""Text as words are compared: NFC, full-width letters and signs plain, Latin small, invisible characters gone.

Offsets into the original are kept, so that evidence quotes what was written. Folding is done once an article.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# One character for one character (korean-news.md §5). Not NFKC: it would turn ㆍ into a jamo and ㈜ into three characters.
_PLAIN = {
    **{chr(c): chr(c - 0xFEE0).lower() for c in range(0xFF01, 0xFF5F)},
    **dict.fromkeys("“”„‟″〝〞", '"'), **dict.fromkeys("‘’‚‛′`", "'"),
    **dict.fromkeys("ㆍ‧･・•∙⋅", "·"), **dict.fromkeys("－―–—‑−", "-"), **dict.fromkeys("ㅣ｜│┃", "|"),
    **dict.fromkeys("\u00a0\u3000\u2028\u2029\u2002\u2003\u2009\t", " "), "‥": "…", "⋯": "…",
}
_ODD = re.compile(f"[{re.escape(''.join(_PLAIN))}]")
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\u3164\uffa0\ufe00-\ufe0f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    text: str
    places: tuple[int, ...] | None  # where each folded character begins in the original; None: the same places
    ends: tuple[int, ...] | None  # where it ends
    original: str

    def end_of(self, offset: int) -> int:
        """Where the folded character at `offset` ends in the original."""
        return offset + 1 if self.ends is None else self.ends[offset]

    def place(self, offset: int) -> int:
        """Where the folded character at `offset` begins in the original."""
        if self.places is None:
            return offset
        return self.places[offset] if offset < len(self.places) else len(self.original)


def fold(text: str) -> Folded:
    small = text.lower()
    if len(small) == len(text) and not _UNSEEN.search(text) and unicodedata.is_normalized("NFC", text):
        return Folded(text=_ODD.sub(_plain, small), places=None, ends=None, original=text)
    return _folded_slowly(text)


def fold_word(text: str) -> str:
    """A word of a rule, folded as texts are."""
    return fold(text).text


def _plain(found: re.Match[str]) -> str:
    return _PLAIN[found[0]]


def _folded_slowly(text: str) -> Folded:
    """Character by character: for text in NFD, with invisible characters, or with letters that change length in small print."""
    letters: list[str] = []
    places: list[int] = []
    ends: list[int] = []
    # A starter and the marks or jamo that join it: composed together, and told apart by NFC's own rules.
    for found in re.finditer(r"[\u1100-\u115f][\u1160-\u11a7]?[\u11a8-\u11ff]?|.[\u0300-\u036f]*", text, re.DOTALL):
        if _UNSEEN.fullmatch(found[0]):
            continue
        for letter in unicodedata.normalize("NFC", found[0]):
            small = letter.lower()
            letters.append(_PLAIN.get(letter, small if len(small) == 1 else letter))
            places.append(found.start())
            ends.append(found.end())
    return Folded(text="".join(letters), places=tuple(places), ends=tuple(ends), original=text)
