"""One word or phrase of a rule, and where it may stand.

    딥시크       a Korean word begins with it; particles and more may follow
    *딥시크      it may also stand inside a word
    =키미        the whole word: only particles may follow; so it is for words of one letter, such as 칩
    ^AI          Latin letters in exactly this case
    deep*        Latin: the word may go on

A space or hyphen inside, and the change between Korean and Latin letters, may be written with or without a space, and a short
bracket may stand there: `문샷 AI` finds 문샷AI, 문샷 AI, 문샷-AI and 문샷(Moonshot) AI. A middle dot inside may be missing or a
hyphen: `미·중` finds 미중, 미·중 and 미-중.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.topics.folding import fold_word

_HANGUL_RUN = re.compile("[가-힣]*")
SIGNS = "*=^"  # before a word

# What may follow a whole word: particles, the copula, and what is glued to names. Chosen by hand from a grammar's list.
_PARTICLES_LISTED = """
은 는 이 가 을 를 의 에 도 만 과 와 로 랑 나 라 야 여 께 인 였 란
에서 에게 으로 까지 부터 마저 조차 처럼 보다 밖에 이나 이랑 하고 이라 이며 이고 이다 라고 라는 라며 라면 이란 이라고 이라는 이라며
에는 에도 에만 에선 에서는 에서도 에서의 에게는 에게서 으로는 으로도 으로의 로는 로도 로의 로서 로써 로부터 으로부터 으로서
과의 와의 과는 와는 과도 와도 까지의 까지도 까지는 부터는 만의 만이 만은 만을 보다는 보다도 처럼은
께서 씨 씨가 씨는 씨의 측 측은 측이 측의 등 등이 등은 등을 등의 등에 등과 들 들이 들은 들을 들의
이었다 였다 이라면 이자 이면 이던 였던 이었던 입니다 이에요 예요 이었습니다 였습니다
"""
PARTICLES = frozenset(_PARTICLES_LISTED.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """`key` is what is looked for: folded, without spaces, hyphens and middle dots.

    `joints` are the places in it where a space, a hyphen or a bracket may stand, `dots` those of a middle dot.
    """

    written: str
    key: str
    joints: frozenset[int]
    dots: frozenset[int] = frozenset()
    is_open_left: bool = False
    is_open_right: bool = True
    exact: str = ""  # the letters as they must be written, "" when case does not count


def word(written: str) -> Word:
    """A word of a topic file. Raises ValueError with a complaint for the user."""
    bare = written.lstrip(SIGNS)
    marks = written[: len(written) - len(bare)]
    bare = bare.strip()
    goes_on = bare.endswith("*")
    bare = bare.removesuffix("*").strip()
    folded = fold_word(bare)
    key = squeezed(folded)
    if not key:
        raise ValueError(f"{written!r} has no letters")
    if "*" in key:
        raise ValueError(f"{written!r}: a star may only begin or end a word")
    if len(key) == 1 and not (is_han(key) or is_hangul(key)):
        raise ValueError(f"{written!r} is a single letter: it would be found everywhere")
    if len(key) > 80:
        raise ValueError(f"{written[:30]!r}… is longer than 80 characters")
    is_short = len(key) == 1
    joints, dots = _joints(folded)
    return Word(
        written=bare, key=key, joints=joints, dots=dots, is_open_left="*" in marks or _is_foreign_name(key),
        is_open_right=goes_on if is_latin(key[-1]) else not (is_short or "=" in marks),
        exact=squeezed(bare) if "^" in marks else "")


def squeezed(text: str) -> str:
    return text.replace(" ", "").replace("-", "").replace("·", "")


def _is_foreign_name(key: str) -> bool:
    """Several Han characters are a name on their own: no boundary can be told."""
    return len(key) > 1 and is_han(key[0])


def is_hangul(letter: str) -> bool:
    return "가" <= letter <= "힣"


def is_han(letter: str) -> bool:
    return "㐀" <= letter <= "鿿"


def is_latin(letter: str) -> bool:
    """A small letter or digit: texts are folded."""
    return "a" <= letter <= "z" or "0" <= letter <= "9"


def _joints(folded: str) -> tuple[frozenset[int], frozenset[int]]:
    """The places in the key where a space or hyphen may stand, and those of a middle dot."""
    if all(map(is_hangul, folded)):
        return _NO_JOINTS, _NO_JOINTS
    places, dots, length = set(), set(), 0
    for before, letter in zip("\0" + folded, folded, strict=False):
        changes = before.isalnum() and letter.isalnum() and is_hangul(before) != is_hangul(letter)
        if changes or letter in " -":
            places.add(length)
        if letter == "·":
            dots.add(length)
        length += letter not in " -·"
    return frozenset(places), frozenset(dots)


_NO_JOINTS: frozenset[int] = frozenset()


def may_begin(first: str, before: str) -> bool:
    if is_latin(first):
        return not is_latin(before)
    if is_han(first):
        return not (is_hangul(before) or is_latin(before) or is_han(before))
    return not is_hangul(before)


def stands(word: Word, text: str, start: int, end: int) -> bool:
    """Whether the word, found at these places of the folded text, has its boundaries."""
    before, after = text[start - 1 : start], text[end : end + 1]  # "" at either end of the text
    if not word.is_open_left and not may_begin(word.key[0], before):
        return False
    last = word.key[-1]
    if is_latin(last):
        return word.is_open_right or not is_latin(after)
    if is_han(last):
        return len(word.key) > 1 or not (is_han(after) or after.isdigit())  # 中: not in 中東, 中企, 中3
    if not word.is_open_right:
        run = _HANGUL_RUN.match(text, end)
        return run is None or not run[0] or run[0] in PARTICLES
    return True
