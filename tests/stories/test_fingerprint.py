"""What is kept of an article: small, and the same for what portals change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.article import Article, Flag
from pipelines.clock import now
from pipelines.stories import decide, filed, fingerprint, relate
from pipelines.stories.comparing import containment
from pipelines.stories.prints import SAMPLES, sampling, shingles
from pipelines.story import Candidate, Relation
from tests.stories.pairs import MORNING, article, events, versions

WIRE = versions(events()[0])["wire"]


def changed(text: str) -> Article:
    return replace(WIRE, paragraphs=(text,))


def test_quotes_spaces_and_the_dateline_do_not_change_the_text_hash() -> None:
    plain = fingerprint(WIRE)
    body = WIRE.text.removeprefix("(서울=나라통신) 홍가람 기자 = ").removesuffix(" garam@nara.test")
    assert fingerprint(changed(body)).text_hash == plain.text_hash
    assert fingerprint(changed(body.replace("'", "’").replace(" ", "  "))).text_hash == plain.text_hash
    assert fingerprint(changed(body.replace("14명", "15명"))).text_hash != plain.text_hash


def test_a_flash_without_text_is_known_by_its_headline() -> None:
    one, two = (fingerprint(article(title, "(", press="가", at=MORNING)) for title in ("[속보] 금리 동결", "[속보]금리 동결"))
    assert one.text_hash == two.text_hash
    assert one.text_hash != fingerprint(article("[속보] 금리 인하", "(", press="가", at=MORNING)).text_hash


def test_a_photos_caption_before_the_lede_is_not_the_lede() -> None:
    caption = "문지택 배우가 12일 서울 용산구 행사장에서 인사하고 있다. 홍가람 기자 "
    captioned = caption + "국토교통부가 철도교량 57곳의 정밀안전진단을 시작한다고 12일 밝혔다."
    facts = fingerprint(article("철도교량 안전진단", captioned, press="가", at=MORNING)).facts
    assert "lede:국토교통부" in facts
    assert not [fact for fact in facts if "용산구" in fact]


def test_a_tag_that_names_the_subject_is_kept_as_a_fact() -> None:
    made = fingerprint(article("[단독] [가온카드] 2분기 순이익 23% 증가", "", press="가", at=MORNING))
    assert "lede:가온카드" in made.facts
    assert "lede:단독" not in made.facts


@pytest.mark.parametrize("headline", ["러, 곡물 항구 또 공격", "우크라 \"러 공격에 항구 마비\"", "주한 러 대사 별세"])
def test_russia_is_shortened_in_hangul(headline: str) -> None:
    assert "title:러시아" in fingerprint(article(headline, "", press="가", at=MORNING)).facts


def test_a_syllable_within_a_word_is_not_russia() -> None:
    assert "title:러시아" not in fingerprint(article("컬러 러닝화, 여러 매장서 품절", "", press="가", at=MORNING)).facts


def test_two_articles_of_unknown_presses_are_not_taken_for_one_press() -> None:
    made = versions(events()[1])
    one, two = (filed(replace(made[kind], press=None), fingerprint(made[kind]), now()) for kind in ("wire", "roundup"))
    assert relate(two, one).relation is Relation.COPY


@given(st.integers(min_value=0, max_value=100_000))
def test_samples_stay_few_however_long_the_text(length: int) -> None:
    assert length / sampling(length) <= SAMPLES + 5


@settings(max_examples=20)
@given(st.integers(min_value=30, max_value=100))
def test_a_trimmed_copy_is_contained_in_the_whole(percent: int) -> None:
    text = " ".join(event["wire"].strip() for event in events()[:4])
    short = fingerprint(changed(text[: len(text) * percent // 100]))
    assert containment(short, fingerprint(changed(text))) >= 0.9


@given(st.text(max_size=300))
def test_any_text_has_a_fingerprint(text: str) -> None:
    made = fingerprint(replace(WIRE, title=text[:40], paragraphs=(text,)))
    assert list(made.shingles) == sorted(set(made.shingles))
    assert all(0 <= cue < 2**63 for cue in made.cues)


def test_ignored_shingles_do_not_count() -> None:
    standing = "이 방송은 매일 아침 일곱 시 이십 분에 시작합니다. 인용할 때는 이름을 밝혀 주십시오. 누리집에서 듣습니다. " * 2
    made = (
        article("오세중 협상 끝났다", standing + "예산 협상이 끝났다.", press="가", at=MORNING),
        article("오세중 협상 다시 한다", standing + "협상을 다시 한다.", press="가", at=MORNING),
    )
    one, two = (filed(each, fingerprint(each), now()) for each in made)
    known = frozenset(one.fingerprint.shingles) & frozenset(two.fingerprint.shingles)
    assert relate(one, two).containment > 0.8
    assert relate(one, two, ignored=known).containment == 0


@pytest.mark.parametrize(("days", "relation"), [(1, Relation.COPY), (20, Relation.DIFFERENT)])
def test_a_copy_counts_within_its_window(days: int, relation: Relation) -> None:
    made = versions(events()[1])
    late = replace(made["reprint"], published=replace(made["reprint"].published, at=MORNING + timedelta(days=days)))
    one, two = (filed(each, fingerprint(each), now()) for each in (made["wire"], late))
    assert relate(two, one).relation is relation


def test_a_later_stage_of_one_press_is_an_update_and_says_so() -> None:
    made = versions(events()[1])
    one, two = (filed(each, fingerprint(each), now()) for each in (made["wire"], made["roundup"]))
    verdict = decide(two, [Candidate(article_id=1, story_id=7, filed=one)])
    assert verdict.closest is not None
    assert verdict.closest.relation is Relation.UPDATE
    assert "종합" in verdict.closest.reasons[0]


def test_a_flag_from_reading_makes_an_opinion_of_it() -> None:
    made = versions(events()[0])
    comment = replace(made["rewrite"], flags=(Flag.OPINION,))
    one, two = (filed(each, fingerprint(each), now()) for each in (made["wire"], comment))
    assert relate(one, two).relation is Relation.DIFFERENT


def test_shingles_of_nothing_are_none() -> None:
    assert shingles("") == ()
