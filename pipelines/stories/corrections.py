"""Correction notices: 정정보도문, 반론보도문, 바로잡습니다. They concern an earlier article and never are copies of it.

Pure.
"""

from __future__ import annotations

import re

from pipelines.stories.headline import take_apart

NOTICE = r"(?:정정|반론|추후|정정\s?및\s?반론|정정\s?[·ㆍ]\s?반론)\s?보도문?|바로\s?잡습니다|바로잡음|알려왔습니다|고침"
TAG = re.compile(rf"^(?:{NOTICE}|정정)$")
HEADLINE = re.compile(rf"^(?:{NOTICE})$|^(?:{NOTICE}|정정)\s*[:：]|\((?:{NOTICE}|정정)\)$")
BODY = re.compile(r"언론중재위원회의\s?(?:조정|중재|직권)[가-힣\s]{0,8}에\s?따른|(?:바로\s?잡습니다|정정합니다)\.?\s*$")
BODY_CHARACTERS = 1500  # notices are short; a long report that quotes one is a report


def is_correction(title: str, text: str) -> bool:
    """Whether the article is such a notice. News about corrections ("정정보도 청구 소송") is not."""
    parts = take_apart(title)
    return (
        any(TAG.match(tag.strip()) for tag in parts.tags)
        or bool(HEADLINE.search(parts.text.strip()))
        or (len(text) < BODY_CHARACTERS and bool(BODY.search(text[-300:])))
    )
