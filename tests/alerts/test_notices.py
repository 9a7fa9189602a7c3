"""Messages about sosik itself: each reader's language, whatever sosik's own is, and rows of earlier versions."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from crawler.config import Config, General, Mail, Wishes
from crawler.policy import alert_policy
from crawler.sending import send_due
from pipelines.alerts.notice_words import NoticeWords, notice_words
from pipelines.alerts.notices import give_notice
from pipelines.clock import stored
from pipelines.store.alarms import AlarmKind
from pipelines.store.notices import NoticeKind
from pipelines.store.telling import Notice, notice
from pipelines.wording import Wording, texts
from pipelines.wording.spans import span
from tests.alerts.desk import NOON, NewsDesk
from tests.mailroom import Mailroom

HANGUL = re.compile("[가-힣]")
FACTS = {"source": "yna", "title": "Yonhap", "alarm": "silent", "quiet_s": 20 * 3600, "usual_s": 40 * 60}


def words(kind: NoticeKind, facts: dict[str, str | int], language: str) -> NoticeWords:
    made = Notice(notice_id=1, message_id="<1@x>", subject="", body="", born_at=NOON, kind=kind, facts=facts)
    return notice_words(made, Wording(language))  # type: ignore[arg-type]  # one of two words


def test_each_reader_is_told_in_the_readers_own_language(desk: NewsDesk) -> None:
    with Mailroom() as room:
        mail = Mail(server=room.host, port=room.port, security="none", sender="s@example.org")
        readers = (Wishes(to="ko@example.org"), Wishes(to="en@example.org", language="en"))
        config = Config(sosik=General(data_dir=desk.store.path.parent), mail=mail, recipient=readers)
        with desk.store.transaction() as connection:
            first = give_notice(connection, NoticeKind.ALARM, FACTS, policy=alert_policy(config), now=NOON)
            give_notice(connection, NoticeKind.ALARM_OVER, {**FACTS, "lasted_s": 7200}, policy=alert_policy(config), now=NOON,
                        thread_id=first)
            give_notice(connection, NoticeKind.BACKUP, {"why": "disk-full"}, policy=alert_policy(config), now=NOON)
        send_due(desk.store, config, NOON)
        told = {language: [taken.message for taken in room.messages if taken.message["To"].startswith(language)]
                for language in ("ko", "en")}
    assert [mail["Subject"] for mail in told["ko"]] == [
        "[소식] 점검 필요: Yonhap", "[소식] 정상으로 돌아옴: Yonhap", "[소식] 점검 필요: 백업"]
    texts_of = {language: [mail.get_body(("plain",)).get_content() for mail in mails] for language, mails in told.items()}
    assert "20시간째 새 기사가 없습니다 (평소 가장 길게 40분)." in texts_of["ko"][0]
    assert "no new article for 20 h (the longest gap is usually 40 min)." in texts_of["en"][0]
    assert texts_of["ko"][1].split("\r\n\r\n")[1:3] == ["새 기사가 다시 들어옵니다.", "이 상태가 2시간 이어졌습니다."]
    assert "자리가 모자랍니다" in texts_of["ko"][2]
    assert not [text for text in texts_of["en"] if HANGUL.search(text)]


def test_what_an_earlier_version_wrote_goes_out_as_it_was_worded(desk: NewsDesk) -> None:
    desk.store.db.execute(
        "INSERT INTO notice (id, message_id, subject, body, born_at) VALUES (1, '<1@x>', '점검 필요', ?, ?)",
        ["하나\n둘", stored(NOON)])
    assert notice_words(notice(desk.store.db.conn, 1), Wording("en")) == NoticeWords(subject="점검 필요", lines=("하나", "둘"))


@pytest.mark.parametrize("kind", AlarmKind)
def test_every_alarm_can_be_told_and_its_end_says_what_is_over(kind: AlarmKind) -> None:
    facts: dict[str, str | int] = {
        "source": "yna", "alarm": kind, "quiet_s": 60, "usual_s": 60, "read": 12, "fresh": 1, "suspect": 1, "usual": 3,
        "count": 12, "trouble": "dns", "end": "denied",
    }
    cases = [name.removeprefix(f"{kind}-") for name in texts("health") if name.startswith(f"{kind}-")]
    for case in ("", *cases):
        told = words(NoticeKind.ALARM, {**facts, "case": case} if case else facts, "en")
        assert told.subject == "[sosik] needs a look: yna"
        assert not HANGUL.search(" ".join(told.lines))
    over = words(NoticeKind.ALARM_OVER, {**facts, "lasted_s": 30}, "en")
    assert len(over.lines) == 2
    assert over.lines[0] not in told.lines


@pytest.mark.parametrize(("length", "korean", "english"), [
    (timedelta(seconds=30), "1분 미만", "less than a minute"), (timedelta(minutes=59), "59분", "59 min"),
    (timedelta(hours=30), "30시간", "30 h"), (timedelta(days=3), "3일", "3 d"),
])  # fmt: skip
def test_a_span_is_told_by_the_unit_that_says_most(length: timedelta, korean: str, english: str) -> None:
    assert (span(length, Wording("ko")), span(length, Wording("en"))) == (korean, english)


def test_one_is_told_in_the_singular() -> None:
    say = Wording("en")
    values = {"mode": "", "channel": "", "recipient": "", "state": "", "when": "", "trouble": ""}
    assert "1 try," in say("alerts.delivery", tries=1, **values)
    assert "2 tries," in say("alerts.delivery", tries=2, **values)
    assert "1 article · 1 story · 0 topic matches" in say("status.totals", articles=1, stories=1, matches=0)
