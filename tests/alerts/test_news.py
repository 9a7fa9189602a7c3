"""What counts as a new fact: figures and names that no earlier article had, not the same in other words."""

from __future__ import annotations

import pytest

from pipelines.alerts.news import news

KNOWN = "[속보] 화웨이, 새 AI 칩 '어센드 950' 공개\n화웨이가 3일 중국 선전에서 새 AI 칩 '어센드 950'을 공개했다."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (KNOWN, ()),
        ("화웨이는 2026년에 2개사와 함께 AI 칩을 공개했다. 화웨이다.", ()),
        ("화웨이는 AI 칩 '어센드 950'을 3일 중국 선전에서 공개했다.\n새 칩이다.", ()),
        ("화웨이가 3일 새 AI 칩을 공개했다.\n내년 봄 30만 개를 양산한다고 밝혔다.", ("내년 봄 30만 개를 양산한다고 밝혔다.",)),
        (
            "화웨이가 3일 중국 선전에서 새 AI 칩을 공개했다.\n런정페이 창업자는 삼성전자와 손잡겠다고 말했다.",
            ("런정페이 창업자는 삼성전자와 손잡겠다고 말했다.",),
        ),
    ],
)  # fmt: skip
def test_news(text: str, expected: tuple[str, ...]) -> None:
    assert news(text, KNOWN) == expected


def test_the_same_figure_written_otherwise_is_no_news() -> None:
    assert news("화웨이가 새 AI 칩을 공개했다. 양산 규모는 30만개다.", KNOWN + "\n내년 30만 개를 양산한다. 규모가 크다.") == ()


def test_never_more_than_three_sentences_or_half_of_the_text() -> None:
    text = "\n".join(f"{number}번째 도시 공장이 {number * 137}억 원을 들여 문을 열었다." for number in range(20, 40))
    assert len(news(text, KNOWN)) == 3
    short = "공장이 137억 원을 들여 문을 열었다."
    assert len("".join(news(short, KNOWN))) <= len(short) / 2 + 1
