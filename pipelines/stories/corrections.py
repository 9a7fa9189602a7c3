"""Correction notices: 정정보도문, 반론보도문, 바로잡습니다. They concern an earlier article and never are copies of it.

Pure.
"""

from __future__ import annotations

import re

from pipelines.stories.headline import take_apart

NAMES = r"정정\s?보도문?|반론\s?보도문?|추후\s?보도문?|정정\s?및\s?반론\s?보도문?|바로\s?잡습니다|바로잡음|알려왔습니다|고침|정정"
HEADLINE = re.compile(rf"^(?:{NAMES})(?:$|[\s:：\])])|(?:{NAMES})\s*[\])]?$")
TAG = re.compile(rf"^(?:{NAMES})$")
BODY = re.compile(r"언론중재위원회의\s?(?:조정|중재|직권)|(?:바로잡습니다|정정합니다|바로 잡습니다)\.?\s*$")


def is_correction(title: str, text: str) -> bool:
    """Whether the article is such a notice. News about corrections ("정정보도 청구 소송") is not."""
    parts = take_apart(title)
    return (
        any(TAG.match(tag.strip()) for tag in parts.tags)
        or bool(HEADLINE.search(parts.text.strip()))
        or (len(text) < 1500 and bool(BODY.search(text[-300:])))
    )
