"""What a reader should know of an article before trusting a rule on it."""

from __future__ import annotations

import re

from pipelines.article import Flag
from pipelines.read.boilerplate import SUMMARY_BOX, Cut
from pipelines.read.head import Head
from pipelines.read.kind import GALLERY_TITLE, PAYWALL

AI_WRITTEN = re.compile(
    r"(?:생성형?\s?AI|AI\s?시스템|인공지능|챗GPT|AI\s?(?:기자|앵커|로봇|알고리즘)|"
    r"로봇\s?기자).{0,60}(?:도움을\s?받아|이용해|활용해|기반으로|가|로|이)\s?.{0,40}(?:작성|번역|생성)(?:했습니다|"
    r"되었습니다|됐습니다|된\s?기사|한\s?기사|한\s?것)|AI\s?리포터|AI가\s?(?:번역|작성|생성)")
CORRECTION = re.compile(
    r"^\s*[\[(<【]?\s?(?:정정\s?(?:보도|합니다)?|반론\s?보도|추후\s?보도|바로\s?잡습니다|알려왔습니다|고침|"
    r"정정\s?및\s?반론)\s?(?:문)?\s?[\])>】]?|언론중재위원회의?\s?(?:조정|중재|결정)")
OPINION = re.compile(
    r"[\[(<【]\s?(?:사설|칼럼|기고|시론|오피니언|논평|기자수첩|데스크|특별기고|독자투고|시평|논단|광장|만물상|"
    r"횡설수설|여적|유레카|시시각각|분수대|팔면봉|열린\s?마당|[^\]\[()<>]{0,12}(?:칼럼|시론|의\s?눈|의\s?창|논단|"
    r"시평|에세이|시선|수첩))\s?[\])>】]")
ADVERTORIAL = re.compile(
    r"[\[(<【]\s?(?:광고|AD|PR|PRNewswire|보도자료|협찬|Advertorial|애드버토리얼|기획광고|비즈\s?광고)\s?[\])>】]|"
    r"(?:본|이)\s?(?:기사|콘텐츠)(?:는|은)\s?.{0,30}(?:협찬|광고|유료\s?광고|원고료|제작비|"
    r"지원을?\s?받아).{0,20}(?:받|제작|포함|작성)", re.I)
OPINION_SECTIONS = ("opinion", "오피니언", "사설", "칼럼", "사설/칼럼", "사설·칼럼")
SUSPECT_SHARE, SUSPECT_LETTERS = 0.1, 200  # facts: hazards P2
ENDED = re.compile(r"[.!?…。\"'”’)\]」』>〉》:;=ⓒ※#%\d]\s*$|[다요죠음임함됨까네것중]\s*$")


def is_suspect(text: str, visible: int) -> bool:
    """Whether hardly anything of what the page shows was read. `visible`: its letters, 0 when they need no counting."""
    return visible > SUSPECT_LETTERS and len(text) < SUSPECT_SHARE * visible and len(text) < SUSPECT_LETTERS


def flags_of(
    *, title: str, text: str, cuts: tuple[Cut, ...], is_odd_date: bool, visible: int, closes: bool, head: Head | None,
    is_cut: bool = False,
) -> tuple[Flag, ...]:
    """`visible`: letters that the page shows, 0 when they need no counting. `closes`: the page has its end tag. `is_cut`: it goes
    on below what is read of it."""
    notes = (cut.text for cut in cuts if cut.rule != SUMMARY_BOX)  # that a machine summed it up says nothing of the text
    tail = f"{text[-400:]} {' '.join(notes)}"
    section = head.meta("article:section", "og:article:section").lower() if head else ""
    found = {
        Flag.AI_WRITTEN: AI_WRITTEN.search(tail) is not None,
        Flag.CORRECTION: CORRECTION.search(title) is not None or (CORRECTION.search(text[-300:]) is not None and "보도" in title),
        Flag.OPINION: OPINION.search(title) is not None or section in OPINION_SECTIONS,
        Flag.ADVERTORIAL: ADVERTORIAL.search(title) is not None or ADVERTORIAL.search(tail) is not None,
        Flag.PAYWALLED: PAYWALL.search(tail) is not None,
        Flag.SUSPECT: is_suspect(text, visible),
        Flag.CUT: is_cut or (not closes and ENDED.search(text) is None),
        Flag.ODD_DATE: is_odd_date,
        Flag.PHOTO: GALLERY_TITLE.match(title) is not None,
    }
    return tuple(flag for flag, is_set in found.items() if is_set)
