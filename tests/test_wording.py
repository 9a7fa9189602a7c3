"""Texts are filled in, and say one of one and many of many."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Formatter

import crawler
import pipelines.wording
from pipelines.delivery import INTERRUPTED, MUTED, OVERTAKEN, UNWANTED, WITHDRAWN
from pipelines.wording import FILL, Wording, texts
from pipelines.wording.deliveries import noted, why_in_words

ROOMS = sorted(path.name.removesuffix(".toml") for path in files(pipelines.wording).iterdir() if path.name.endswith(".toml"))
TEXTS = [(room, name) for room in ROOMS for name in texts(room)]


def test_every_choice_by_number_names_two_forms() -> None:
    choices = [spec for room, name in TEXTS for text in texts(room)[name].values()
               for _, _, spec, _ in Formatter().parse(text) if spec and "|" in spec]
    assert len(choices) > 20
    assert [spec for spec in choices if spec.count("|") != 1] == []


def test_the_first_form_is_for_one() -> None:
    told = [FILL.vformat("{n} {n:story|stories} {x:.1f}", (), {"n": n, "x": 0.25}) for n in (0, 1, 2)]
    assert told == ["0 stories 0.2", "1 story 0.2", "2 stories 0.2"]


def test_every_reason_that_the_ledger_notes_has_words_for_all_that_fills_it_in() -> None:
    rooms = [Path(each.__file__ or "").parent for each in (crawler, pipelines)]
    code = "\n".join(path.read_text(encoding="utf-8") for room in rooms for path in room.rglob("*.py"))
    reasons = re.findall(r'\bnoted\("([\w-]+)"(.*)', code)
    for why, facts in re.findall(r'\bself\._why\("([\w-]+)"(.*)', code):
        reasons.append((f"mail-{why}", f", server={facts}"))
    for what, facts in re.findall(r'\bself\._refuse\(code, answer, "(\w+)"(?:, (sender)=)?', code):
        reasons.append((f"mail-refuses-{what}", f", server=, answer=, {facts}="))
    for why, facts in reasons:
        for text in texts("alerts")[f"why-{why}"].values():
            assert {name for _, name, _, _ in Formatter().parse(text) if name} == set(re.findall(r", (\w+)=", facts)), why
    used = {why for why, _ in reasons} | {MUTED, WITHDRAWN, OVERTAKEN, UNWANTED, INTERRUPTED}
    assert used == {each.removeprefix("why-") for each in texts("alerts") if each.startswith("why-")}


def test_a_reason_of_ours_is_told_in_the_reader_s_language_and_a_server_s_words_stay() -> None:
    note = noted("webhook-silent", host="hooks.example.org", seconds=20.0)
    assert why_in_words(note, Wording("ko")) == "웹훅 hooks.example.org: 20초 안에 응답이 없었습니다"
    assert why_in_words(note, Wording("en")) == "webhook hooks.example.org: no answer within 20 s"
    assert why_in_words(OVERTAKEN, Wording("ko")) == "같은 이야기의 후속 기사로 대신 알렸습니다"
    for said in ("", "550 5.1.1 no such user", "webhook-silent is broken", "the story was muted"):
        assert why_in_words(said, Wording("ko")) == said
