"""Where a Korean report says, before it begins, from where, for whom and by whom it is. Pure; imports nothing of sosik's.

Reads nothing out of it: who wrote an article is read in pipelines/read/byline, from the page.
"""

from __future__ import annotations

import re

ROLES = r"(?:선임|수습|인턴|전문|객원|의학전문)?기자|특파원|통신원|앵커|리포터|논설위원|에디터"
DATELINE = re.compile(
    rf"""\s*(?:
        # (베이징=연합뉴스) 홍길동 특파원 =   [예천(경북)=더퍼블릭 홍길동 기자]   [서울=뉴시스]홍길동 김철수 기자 외 2명 =
        (?: \[[^\]=\n]{{1,30}}=[^\]\n]{{1,40}}\] | \([^()=\n]{{1,30}}=[^()\n]{{1,40}}\) | 【[^】=\n]{{1,30}}=[^】\n]{{1,40}}】 )
        (?:[^=.\n]{{0,40}}(?:{ROLES}|\s)\s*=)?
        # [더퍼블릭 홍길동 기자]   [홍길동 기자] =
      | [\[(【]\s*[가-힣A-Za-z0-9]{{2,12}}\s*/?\s*[가-힣·,\s]{{2,20}}?(?:{ROLES})\s*[\])】](?:\s*=)?
        # 베이징(중국)=홍길동 특파원
      | (?<![가-힣])[가-힣]{{2,6}}(?:\([가-힣]{{2,6}}\))?=[가-힣\s]{{2,20}}(?:{ROLES})
    )\s*""",
    re.VERBOSE,
)
