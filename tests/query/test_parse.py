"""The query language: what a query means, and where a fault in it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipelines.errors import QueryError
from pipelines.query import And, InField, NamedSet, Near, Not, Or, Phrase, Place, Regex, Term, parse, spell, walk


def term(text: str, **how: bool) -> Term:
    return Term(text=text, **how)


def test_the_query_of_the_handbook() -> None:
    assert parse("(딥시크 OR 큐원 OR title:알리바바) AND AI NOT 조류인플루엔자") == And(parts=(
        Or(parts=(term("딥시크"), term("큐원"), InField(place=Place.TITLE, part=term("알리바바")))),
        term("AI"), Not(part=term("조류인플루엔자"))))


def test_words_side_by_side_must_all_be_there() -> None:
    assert parse("딥시크 금지 AI") == parse("딥시크 AND 금지 AND AI")


def test_or_binds_less_than_and() -> None:
    assert parse("가나 다라 OR 마바") == Or(parts=(And(parts=(term("가나"), term("다라"))), term("마바")))


@pytest.mark.parametrize(("query", "hint", "position"), [
    ("rock and roll", 'AND. To look for the word "and", put it in quotes', 5),
    ("딥시크 or 큐원", "OR", 4),
    ("(딥시크)Or(큐원)", "OR", 5),
    ("딥시크 not 설탕", "NOT", 4),
    ("not 설탕", "NOT", 0),
    ("화웨이 near/5 칩", "NEAR/5", 4),
    ("딥시크 || 큐원", "write OR", 4),
    ("딥시크||큐원", "write OR", 0),
    ("딥시크|큐원", "write OR", 0),
    ("딥시크 | 큐원", "write OR", 4),
    ("딥시크 && 큐원", "write AND", 4),
    ("딥시크 & 큐원", "write AND", 4),
    ("수출통제, HBM", "OR (any of them) or AND (all of them) instead of ,", 4),
    ("HBM,수출통제", "instead of ,", 3),
    ("1,000,수출통제", "instead of ,", 5),
    ("title:수출통제、HBM", "instead of 、", 10),
    ("딥시크; 큐원", "instead of ;", 3),
    ("딥시크 -주식", "write NOT", 4),
    ("딥시크 !주식", "write NOT", 4),
    ("딥시크OR큐원", "spaces on both sides of OR.", 3),
    ("딥시크 OR큐원", "spaces on both sides of OR.", 4),
    ("딥시크AND 금지", "spaces on both sides of AND.", 3),
    ("딥시크AND(금지)", "spaces on both sides of AND.", 3),
    ("딥시크 NOT설탕", "spaces on both sides of NOT.", 4),
    ("딥시크ORQwen", "spaces on both sides of OR.", 3),
    ("QwenOR딥시크", "spaces on both sides of OR.", 4),
    ("화웨이NEAR/5칩", "spaces on both sides of NEAR/5.", 3),
    ("큐원 OR'문샷 AI'", "spaces on both sides of OR.", 3),
    ("큐원 OR/칩셋/", "spaces on both sides of OR.", 3),
    ("딥시크/금지", "instead of /", 3),
    ("title:AI/반도체", "instead of /", 8),
    ("딥시크 / 금지", "write OR", 4),
    ("딥시크 / 금지 / 큐원", "write OR", 4),
    ("딥시크+금지", "write AND", 3),
    ("딥시크 + 금지", "write AND", 4),
    ("+딥시크 금지", "without +.", 0),
    ("#딥시크", "without #.", 0),
])
def test_how_other_search_engines_write_operators_is_refused_with_how_to_write_them(query: str, hint: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert hint in caught.value.message
    assert caught.value.position == position


def test_in_quotes_operators_and_signs_are_words() -> None:
    assert parse('rock "and" "a, b" "R && D" "-주식"') == And(parts=(
        term("rock"), *(Phrase(text=text) for text in ("and", "a, b", "R && D", "-주식"))))


def test_single_quotes_hold_a_phrase_and_an_apostrophe_stays_in_its_word() -> None:
    for query in ("'문샷 AI'", "‘문샷 AI’", "('문샷 AI')"):
        assert parse(query) == Phrase(text="문샷 AI")
    assert parse("title:'문샷 AI' OR 큐원") == parse('title:"문샷 AI" OR 큐원')
    assert parse("'25년 '26년 McDonald's") == And(parts=tuple(map(term, ("'25년", "'26년", "McDonald's"))))
    with pytest.raises(QueryError):
        parse("' '")


def test_signs_that_belong_to_words_stay() -> None:
    for words in (
        "1,000억 AT&T -3도 DNA|RNA order 3·1절", "오라클ORACLE FOR한국 NOTE북 AND-gate", "TCP/IP 9/11테러 1+1행사 디즈니+ C++언어"
    ):
        assert parse(words) == And(parts=tuple(map(term, words.split())))


def test_a_query_from_a_mac_reads_the_same() -> None:
    query = "(딥시크 OR \"문샷 AI\" OR /칩 ?셋/ OR @묶음) NOT 설탕"
    assert parse(unicodedata.normalize("NFD", query)) == parse(query)


def test_stars_open_a_word() -> None:
    assert parse("*시크 deep*") == And(parts=(term("시크", is_inside=True), term("deep", is_prefix=True)))


def test_curly_quotes_and_full_width_parentheses_of_a_korean_keyboard() -> None:
    assert parse("（“문샷 AI” OR 키미）") == Or(parts=(Phrase(text="문샷 AI"), term("키미")))


def test_near_takes_words_sets_and_ors() -> None:
    assert parse("화웨이 NEAR/5 (칩 OR @chips)") == Near(
        left=term("화웨이"), right=Or(parts=(term("칩"), NamedSet(name="chips"))), words=5)


def test_patterns_stand_between_slashes() -> None:
    assert parse(r"/어센드\s?9\d0/") == Regex(source=r"어센드\s?9\d0")


def test_punctuation_inside_words_stays() -> None:
    assert parse("C++ R&D F-35") == And(parts=(term("C++"), term("R&D"), term("F-35")))


@pytest.mark.parametrize(("query", "message", "position"), [
    ("", "is empty", 0),
    ("   ", "is empty", 3),
    ("(딥시크", "never closed", 0),
    ("딥시크)", "not expected", 3),
    ("()", "empty", 1),
    ("NOT 딥시크", "NOT alone", 0),
    ("딥시크 OR NOT 큐원", "NOT alone", 7),
    ("딥시크 OR", "missing after \"OR\"", 6),
    ("딥시크 AND", "missing after \"AND\"", 7),
    ("딥시크 NOT", "missing after \"NOT\"", 7),
    ("딥시크 AND OR 큐원", "not expected", 8),
    ("title:", "needs something", 0),
    ("titel:딥시크", "is not a field", 0),
    ("https://a.kr/x", "use quotes", 0),
    ("title:(lede:딥시크)", "a field inside a field", 7),
    ('"딥시크', "never closed", 0),
    ('딥시크 ""', "empty", 4),
    ("/딥시크", "never closed", 0),
    ("딥시크 NEAR 큐원", "needs a number", 4),
    ("딥시크 NEAR/500 큐원", "too far", 4),
    ("딥시크 NEAR/3 title:큐원", "both sides of NEAR", 11),
    ("@", "needs a name", 0),
    ("딥*시크", "star", 0),
    ("딥시크 /(a+)+b/", "a repeat inside a repeat", 5),
])
def test_a_fault_is_named_and_pointed_at(query: str, message: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert message in caught.value.message
    assert caught.value.position == position
    columns = len(query[:position].encode("euc-kr"))  # a terminal's: two for Hangul, one for Latin, as the bytes of EUC-KR
    assert str(caught.value).endswith(f"\n  {query}\n  {' ' * columns}^" if query.strip() else caught.value.message)


def test_parentheses_have_an_end() -> None:
    with pytest.raises(QueryError, match="parentheses deep"):
        parse("(" * 5_000 + "가나" + ")" * 5_000)


def test_parts_know_their_places() -> None:
    places = {node.text: node.at for node in walk(parse("딥시크 AND (큐원 OR 키미)")) if isinstance(node, Term)}
    assert places == {"딥시크": 0, "큐원": 9, "키미": 15}


WORDS = st.sampled_from(["딥시크", "AI", "h20", "*시크", "deep*", '"문샷 AI"', "@bigtech", "/h\\d+칩/"])
QUERIES = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} AND {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} NOT {two[1]})"),
        st.tuples(WORDS, WORDS).map(lambda two: f"({two[0]} NEAR/4 {two[1]})"),
        WORDS.map(lambda one: f"title:{one}"),
    ), max_leaves=12)


@given(QUERIES)
def test_a_spelled_query_reads_the_same(query: str) -> None:
    assert parse(spell(parse(query))) == parse(query)


@given(st.text(max_size=60) | st.text(alphabet='()"/@*: ANDORT가나N1', max_size=30))
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    if fault_of(text) is None:
        assert parse(spell(parse(text))) == parse(text)


@given(st.text(alphabet='()"/@*: ANDORT가나N1', max_size=30))
def test_every_fault_has_a_place_in_the_query(query: str) -> None:
    fault = fault_of(query)
    assume(fault is not None)
    assert fault is not None
    assert 0 <= fault.position <= len(query)


def fault_of(query: str) -> QueryError | None:
    try:
        parse(query)
    except QueryError as error:
        return error
    return None
