"""A message has exactly our headers, says what it should, and never the whole body."""

from __future__ import annotations

import email
import email.policy
import re
import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.alerts.card import FIGURE, Letterhead, mailto, why
from pipelines.alerts.compose import Letter, mail
from pipelines.alerts.letters import alert_letter
from pipelines.alerts.policy import AlertPolicy, Recipient
from pipelines.alerts.quote import quote, without_dateline
from pipelines.alerts.text import encoded_header, header_text, one_line, safe_link
from pipelines.match import Evidence, Field
from pipelines.store.telling import telling
from pipelines.story import Relation
from pipelines.wording import Wording
from tests.alerts.desk import NOON, NewsDesk

HEAD = Letterhead(say=Wording("ko"), sender="sosik@example.org")
POLICY = AlertPolicy(recipients=(Recipient(address="reader@example.org"),))
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "Auto-Submitted", "Precedence", "MIME-Version",
    "Content-Type",
]
HOSTILE = [
    "", " ", "\r\nBcc: everyone@example.org", "a\nX-Evil: 1", "a\x00b", "a\x0bb\x0cc\x85d\u2028e\u2029f", "\ud800 \udfff",
    "\u202egnp.exe\u202c", "=?utf-8?b?QmNjOiBhQGI=?=", "=?utf-8?q?=0D=0ABcc:_a@b?=", "=?=?=?", "가" * 10_000, "a" * 10_000,
    "가 " * 5_000, "e\u0301" * 300, "👨‍👩‍👧‍👦" * 50, "\t제목\t", "Re: Re: =?", "=?utf-8?b?" + "A" * 3000 + "?=", "; filename=x",
    '"', "\\", "a" * 60 + "?=",
]  # fmt: skip
TITLES = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet=st.characters(), max_size=300),
    st.text(alphabet="가나다 a=?_\r\n\t\x00\u2028\u202e\ud800bB:<>@utf8-", max_size=300),
)


def parsed(title: str) -> tuple[bytes, EmailMessage]:
    letter = Letter(message_id="<a@b>", at=NOON, subject=title, topics=(title,), text=title + "\n", html=f"<p>{len(title)}</p>")
    content = mail(letter, HEAD, "reader@example.org").as_bytes()
    message = email.message_from_bytes(content, policy=email.policy.default)
    return content, message  # type: ignore[return-value]


def test_mails_leave_no_pattern_behind() -> None:
    """A boundary that the generator makes is a pattern of its own, and `re` keeps five hundred: the daemon grew by megabytes."""
    letter = Letter(message_id="<a@b>", at=NOON, subject="제목", topics=("제목",), text="글\n", html="<p>글</p>")
    kept = []
    for _ in range(5):
        mail(letter, HEAD, "reader@example.org").as_bytes()
        kept.append(len(vars(re)["_cache"]))
    assert kept[-1] == kept[0]


@settings(max_examples=300)
@given(TITLES)
def test_any_title_makes_exactly_our_headers_and_reads_back(title: str) -> None:
    content, message = parsed(title)
    assert list(message.keys()) == HEADERS
    assert message["Subject"] == header_text(title)
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert not message.defects
    assert not message["Subject"].defects


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles(title: str) -> None:
    content, message = parsed(title)
    assert list(message.keys()) == HEADERS
    assert message["Subject"] == header_text(title)
    assert len([line for line in content.split(b"\r\n") if line.lower().startswith(b"subject:")]) == 1


@settings(max_examples=300)
@given(st.text(alphabet=st.characters(), max_size=400))
def test_header_text_is_one_visible_line_and_stays_as_it_is(text: str) -> None:
    line = header_text(text)
    assert len(line) <= 200
    assert line.isprintable()
    assert header_text(line) == line
    assert all(len(each) <= 78 for each in f"Subject: {encoded_header(text)}".split("\r\n"))


def test_a_korean_headline_stays_as_it_is() -> None:
    title = "[속보] 화웨이 \"새 AI 칩 30만 개\"…美 제재에도 양산 (연합뉴스)"
    assert header_text(title) == title


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://news.example/view?id=1&page=2#top", True), ("http://news.example/기사/1", True), ("javascript:alert(1)", False),
        ("data:text/html,x", False), ("https://", False), ("https://news.example/a b", False), ("https://a\nb", False),
        ("HTTPS://news.example/", True), ("https://[::1", False), ("https://a\u202eb.example", False),
        ("https:\\\\a.example", False), ("mailto:a@b", False), ("//a.example", False),
    ],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(url: str, *, is_safe: bool) -> None:
    assert (safe_link(url) == url) is is_safe


@given(st.text(max_size=100))
def test_a_verdict_mail_has_one_subject_whatever_the_topic_is_called(name: str) -> None:
    link = mailto("desk@example.org", f"sosik judge 1 {name} right")
    assert re.fullmatch(r"mailto:desk@example\.org\?subject=[A-Za-z0-9%._~/-]*", link)


@given(st.text(max_size=300), st.lists(st.text(max_size=10), max_size=5), st.text(max_size=300))
def test_a_quote_is_bounded_and_its_pieces_are_the_sentence(sentence: str, terms: list[str], body: str) -> None:
    shown = quote(sentence, terms, body=body)
    assert len(shown.text) <= 202
    assert shown.text.strip("…").strip() in one_line(sentence) or "…" in sentence


def test_a_body_of_one_sentence_is_not_quoted_whole() -> None:
    sentence = "화웨이가 3일 선전에서 새 AI 칩을 공개했다."
    shown = quote(sentence, ["화웨이"], body=sentence)
    assert 0 < len(shown.text) < len(sentence)


def test_a_dateline_is_no_part_of_a_quote() -> None:
    lines = (
        "(베이징=가나통신) 홍길동 특파원 = ", "[서울=가나통신]홍길동 기자 = ", "(서울=가나통신) ", "[가나일보 홍길동 기자] ",
        "【서울=가나통신】 홍길동 김철수 기자 외 2명 = ",
    )
    for line in lines:
        assert without_dateline(f"{line}화웨이가 칩을 공개했다.") == "화웨이가 칩을 공개했다."
    assert without_dateline("(주)가나가 밝혔다.") == "(주)가나가 밝혔다."


def test_figures_are_marked_with_what_they_count() -> None:
    text = "7월 30만 개, 1,200대, 12.5%p와 3곳에 1조2천억 원을 2회에 나눠 냈다."
    assert FIGURE.findall(text) == ["7월", "30만 개", "1,200대", "12.5%p", "3곳", "1조2천억 원", "2회"]


@pytest.fixture
def told(desk: NewsDesk) -> EmailMessage:
    body = "\n".join(f"{number}번째 문단이다. 자세한 내용은 이렇다." for number in range(20))
    article, story = desk.file(
        "화웨이, 새 AI <칩> 공개", stage="속보", terms=("화웨이", "AI 칩"),
        text=f"화웨이가 3일 선전에서 새 AI 칩을 공개했다.\n{body}",
        url="https://news.example/view?id=1&x=<y>",
    )
    desk.tell(article, story, POLICY)
    for press in ("다라신문", "마바경제", "다라신문"):
        desk.file(story=story, press=press, relation="copy")
    letter = alert_letter(telling(desk.store.db.conn, 1), HEAD)
    content = mail(letter, HEAD, "reader@example.org").as_bytes()
    return email.message_from_bytes(content, policy=email.policy.default)  # type: ignore[return-value]


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_what_a_mail_holds(told: EmailMessage) -> None:
    text = plain(told)
    assert told["Subject"] == "[속보] 화웨이, 새 AI <칩> 공개 (가나일보)"
    assert "가나일보 · 2026년 3월 2일(월) 12:00" in text
    assert "*화웨이*가 3일 선전에서 새 *AI 칩*을 공개했다." in text
    assert "함께 보도: 다라신문, 마바경제\n" in text
    assert "걸린 말: ‘화웨이’ (본문), ‘AI 칩’ (본문) · 점수 0.80" in text
    yes, no = (f"sosik judge 1 {word} --topic china-ai\n" for word in ("yes", "no"))
    assert f"\n판정 (터미널에 입력):\n  맞음  {yes}  아님  {no}" in text, "each on a line of its own, to be copied"
    assert told["Auto-Submitted"] == "auto-generated"
    assert told["Precedence"] == "bulk"
    assert told["List-Unsubscribe"] == "<mailto:sosik@example.org?subject=unsubscribe>"


def test_the_terms_that_matched_are_whole_and_none_is_the_half_of_another() -> None:
    found = ((Field.TITLE, "즈푸"), (Field.TITLE, "즈푸AI"), (Field.TITLE, "中 'AI"), (Field.LEDE, "중국의 AI, 로봇"))
    evidence = tuple(Evidence(field=field, start=0, end=1, text=text, rule="r") for field, text in found)
    assert why(evidence, Wording("ko")) == ("‘즈푸AI’ (제목)", "‘中 AI’ (제목)", "‘중국의 AI, 로봇’ (첫 문단)")


def test_a_mail_never_holds_the_body(told: EmailMessage) -> None:
    for text in (plain(told), html(told)):
        assert "번째 문단이다" not in text


def test_html_is_escaped_and_loads_nothing(told: EmailMessage) -> None:
    page = html(told)
    assert "새 AI &lt;칩&gt; 공개" in page
    assert "<칩>" not in page
    assert not re.search(r"<(img|script|link|iframe|object|form)|url\(|@import|src=", page)
    assert {link.split(":")[0] for link in re.findall(r'href="([^"]*)"', page)} <= {"http", "https", "mailto"}


def test_below_the_page_goes_on_what_is_beside_it(told: EmailMessage) -> None:
    page = html(told)
    light = re.search(r'class="page" style="background:(#\w+)', page)
    assert light
    assert f'<body style="margin:0;background:{light[1]};">' in page
    assert not re.search(r"^ *\.page \{ background", page, re.M), "whatever changes the page changes the body"
    assert len(re.findall(r"^ *body, \.page \{ background: #\w+ !important; \}", page, re.M)) == 3, "dark, narrow, and both"


def test_an_address_that_is_no_plain_link_is_not_clickable(told: EmailMessage) -> None:
    assert "view?id=1" not in html(told)


def test_page_text_is_never_a_template(desk: NewsDesk) -> None:
    desk.tell(*desk.file("{{ 7 * 7 }} {% raw %} {x}", press="{0}", sentence="{{ say }}"), POLICY)
    letter = alert_letter(telling(desk.store.db.conn, 1), HEAD)
    assert "{{ 7 * 7 }} {% raw %} {x}" in letter.text
    assert "49" not in letter.text
    assert letter.subject == "{{ 7 * 7 }} {% raw %} {x} ({0})"


def test_an_update_answers_its_thread_and_says_what_is_new(desk: NewsDesk) -> None:
    article, story = desk.file("[속보] 화웨이, 새 칩 공개", stage="속보", text="화웨이가 3일 선전에서 새 AI 칩을 공개했다.")
    desk.tell(article, story, POLICY)
    update, _ = desk.file(
        "화웨이 새 칩 30만 개 양산(종합)", story=story, stage="종합",
        text="화웨이가 3일 선전에서 새 AI 칩을 공개했다.\n내년 봄 30만 개를 양산한다.\n업계는 술렁였다. 값은 정해지지 않았다.",
    )
    desk.tell(update, story, POLICY, relation=Relation.UPDATE)
    letter = alert_letter(telling(desk.store.db.conn, 2), HEAD)
    message = mail(letter, HEAD, "reader@example.org")
    ((first,),) = desk.rows("SELECT message_id FROM alert WHERE id = 1")
    assert message["References"] == message["In-Reply-To"] == first
    assert letter.subject == "Re: [속보] 화웨이, 새 칩 공개 (가나일보)"
    assert letter.text.startswith("[종합] 화웨이 새 칩 30만 개 양산\n")
    assert "> 내년 봄 *30만 개*를 양산한다." in letter.text
    assert "선전에서 새 AI 칩을 공개했다" not in letter.text, "that is known already"


def test_a_thread_keeps_its_subject_when_the_publisher_edits_the_headline(desk: NewsDesk) -> None:
    article, story = desk.file("첫 제목")
    desk.tell(article, story, POLICY)
    desk.rows("UPDATE article SET title = '고친 제목'")
    update, _ = desk.file(story=story, text="알리바바는 27억 위안을 더 넣는다. 이로써 투자가 갑절이 됐다.")
    desk.tell(update, story, POLICY, relation=Relation.UPDATE)
    assert alert_letter(telling(desk.store.db.conn, 2), HEAD).subject == "Re: 첫 제목 (가나일보)"


def test_what_is_unknown_is_said_to_be_unknown(desk: NewsDesk) -> None:
    desk.tell(*desk.file(press="", published=None, sentence="", terms=()), POLICY)
    letter = alert_letter(telling(desk.store.db.conn, 1), Letterhead(say=Wording("en"), sender="sosik@example.org"))
    assert "unknown press · time not stated, found Mon 2 Mar 2026 12:00 KST" in letter.text


@pytest.mark.parametrize("text", ["1" * 5000, "1만" * 5000, "1만 " * 5000, "9억" * 5000 + "x", "1," * 5000])
def test_no_sentence_of_digits_takes_long(text: str) -> None:
    began = time.process_time()
    FIGURE.findall(text)
    assert time.process_time() - began < 1.0
