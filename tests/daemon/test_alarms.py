"""Alarms on a real database: raised once, healed once, each with its mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.alarms import watch_sources
from crawler.config import Config, General, Mail
from crawler.policy import alert_policy
from crawler.sending import send_due
from pipelines.alerts.policy import AlertPolicy, Recipient
from pipelines.clock import stored
from pipelines.outcome import Outcome
from pipelines.store.alarms import AlarmKind, open_alarms
from pipelines.store.database import Store, open_store
from pipelines.store.endings import settle
from pipelines.store.polls import Poll, write_poll
from pipelines.wording import Wording
from tests.daemon.beside import crawled, notices, publish
from tests.mailroom import Mailroom

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TITLES = {"example": "보기일보"}
POLICY = AlertPolicy(recipients=(
    Recipient(address="analyst@example.org"), Recipient(address="analyst@example.org", topics=frozenset({"china-ai"})),
))


def tried(store: Store, count: int, outcome: Outcome, at: datetime) -> None:
    with store.transaction() as connection:
        for i in range(count):
            url = f"https://www.example.co.kr/{outcome}/{i}"
            settle(connection, key=url, url=url, source="example", outcome=outcome, now=at)


def subjects(store: Store) -> list[str]:
    return [told.subject for told in notices(store, Wording("ko"))]


def test_an_alarm_is_told_once_and_its_end_once(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        crawling(store)
        tried(store, 12, Outcome.REFUSED, NOW - timedelta(hours=1))
        for minutes in (0, 5, 10):
            watch_sources(store, TITLES, POLICY, since=SINCE, now=NOW + timedelta(minutes=minutes))
        assert subjects(store) == ["[소식] 점검 필요: 보기일보"]
        assert store.db.execute("SELECT count(*) FROM delivery").fetchone() == (1,), "one for each address"
        tried(store, 3, Outcome.STORED, NOW + timedelta(minutes=12))
        for minutes in (15, 20):
            watch_sources(store, TITLES, POLICY, since=SINCE, now=NOW + timedelta(minutes=minutes))
        assert subjects(store)[1:] == ["[소식] 정상으로 돌아옴: 보기일보"]
        (thread,) = store.db.execute("SELECT thread_id FROM notice WHERE id = 2").fetchone()
        assert thread == 1
        (healed,) = store.db.execute("SELECT healed_at FROM alarm").fetchone()
        assert healed == stored(NOW + timedelta(minutes=15))


def crawling(store: Store) -> None:
    crawled(store, "example", NOW - timedelta(minutes=30), NOW)


def silent(store: Store) -> None:
    crawling(store)
    publish(store, "example", [NOW - timedelta(hours=20 + n) for n in range(60)])


def without_articles(store: Store) -> None:
    crawling(store)
    tried(store, 12, Outcome.REFUSED, NOW - timedelta(hours=1))


def without_bodies(store: Store) -> None:
    crawling(store)
    publish(store, "example", [NOW - timedelta(hours=n) for n in range(12)])
    store.db.execute("UPDATE article SET flags = '[\"suspect\"]'")


def thin(store: Store) -> None:
    for weeks, count in ((3, 200), (2, 200), (0, 30)):
        end = NOW - timedelta(weeks=weeks)
        publish(store, "example", [end - n * DAY / count for n in range(count)])
        crawled(store, "example", end - 2 * DAY, end)


def closed(store: Store) -> None:
    crawling(store)
    with store.transaction() as connection:
        write_poll(connection, Poll(url="u", status=None, trouble="robots"), source="example", now=NOW)


def closed_pages(store: Store) -> None:
    crawling(store)
    tried(store, 12, Outcome.ROBOTS, NOW - timedelta(hours=1))


def without_pages(store: Store) -> None:
    crawling(store)
    tried(store, 12, Outcome.DENIED, NOW - timedelta(hours=1))


def without_answers(store: Store) -> None:
    crawled(store, "example", NOW - 30 * DAY, NOW - 7 * HOUR)
    crawled(store, "example", NOW - 7 * HOUR, NOW, is_answered=False)
    crawled(store, "another", NOW - DAY, NOW)


def stopped(store: Store) -> None:
    crawled(store, "example", NOW - DAY, NOW - timedelta(hours=4))


def never_begun(store: Store) -> None:
    crawled(store, "example", NOW - 4 * HOUR, NOW, is_answered=False)


def again(store: Store) -> None:
    crawled(store, "example", NOW, NOW + HOUR)


def news(store: Store) -> None:
    publish(store, "example", [NOW])


def pages(store: Store) -> None:
    store.db.execute("DELETE FROM address")
    tried(store, 1, Outcome.REFUSED, NOW)


def articles(store: Store) -> None:
    tried(store, 3, Outcome.STORED, NOW)


def bodies(store: Store) -> None:
    publish(store, "example", [NOW + timedelta(minutes=n) for n in range(30)])


def plenty(store: Store) -> None:
    publish(store, "example", [NOW] * 100)


def opened(store: Store) -> None:
    with store.transaction() as connection:
        write_poll(connection, Poll(url="u", status=200), source="example", now=NOW)


Act = Callable[[Store], None]


@pytest.mark.parametrize(("fall", "kind", "words", "rise", "end"), [
    (silent, AlarmKind.SILENT, "20시간째 새 기사가 없습니다 (평소 가장 길게 1시간).", news, "새 기사가 다시 들어옵니다."),
    (without_answers, AlarmKind.NO_ANSWER, "7시간째 답이 없습니다. HTTP 500: 서버 오류입니다.", again, "다시 답합니다."),
    (without_pages, AlarmKind.NO_PAGES, "받지 못합니다: 접근 거부(401·403·451)", pages, "기사 페이지를 다시 받고 있습니다."),
    (without_articles, AlarmKind.NO_ARTICLES, "링크 12개를 읽었지만 기사가 하나도", articles, "기사를 다시 읽어 저장했습니다."),
    (without_bodies, AlarmKind.NO_BODIES, "12건 중 12건에서 본문을", bodies, "본문을 다시 얻고 있습니다."),
    (thin, AlarmKind.VOLUME, "기사 30건 — 같은 요일에는 보통 200건", plenty, "평소 범위 안에"),
    (closed, AlarmKind.ROBOTS, "robots.txt가 이제 피드나 목록을", opened, "robots.txt가 다시 허용해"),
    (closed_pages, AlarmKind.ROBOTS, "페이지 대부분을 읽지 못하게 합니다 (지난 24시간 12개)", pages, "robots.txt가 다시 허용해"),
    (stopped, AlarmKind.STOPPED, "4시간째 어떤 매체에서도", again, "다시 수집되고 있습니다."),
    (never_begun, AlarmKind.STOPPED, "4시간째 어떤 매체에서도", again, "다시 수집되고 있습니다."),
])  # fmt: skip
def test_each_alarm_is_one_mail_with_its_reason_and_its_end_a_reply(
    tmp_path: Path, fall: Act, kind: AlarmKind, words: str, rise: Act, end: str
) -> None:
    with Mailroom() as room, open_store(tmp_path / "sosik.db") as store:
        mail = Mail(to=("analyst@example.org",), server=room.host, port=room.port, security="none", sender="sosik@example.org")
        config = Config(sosik=General(data_dir=tmp_path), mail=mail)

        def look(minutes: int) -> None:
            now = NOW + timedelta(minutes=minutes)
            titles = {**TITLES, "another": "다른신문"} if kind is AlarmKind.NO_ANSWER else TITLES
            watch_sources(store, titles, alert_policy(config), since=SINCE, now=now)
            send_due(store, config, now)

        for act, minutes in ((fall, 0), (rise, 30)):
            act(store)
            for later in range(3):
                look(minutes + later)
                assert [alarm.kind for alarm in open_alarms(store)] == ([kind] if act is fall else [])
        told, over = (taken.message for taken in room.messages)
        text = told.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert words in text
        assert ("sosik sources check example" in text) is (kind is not AlarmKind.STOPPED)
        assert end in over.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "보기일보" in told["Subject"] or kind is AlarmKind.STOPPED
        assert over["In-Reply-To"] == told["Message-ID"]
        assert "정상으로 돌아옴" in over["Subject"]


def test_a_source_without_faults_is_left_in_peace(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        crawling(store)
        tried(store, 12, Outcome.STORED, NOW - timedelta(hours=1))
        watch_sources(store, TITLES, POLICY, since=SINCE, now=NOW)
        assert subjects(store) == []


def test_one_fault_is_one_alarm_that_takes_the_better_reason(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        silent(store)
        watch_sources(store, TITLES, POLICY, since=SINCE, now=NOW)
        tried(store, 12, Outcome.REFUSED, NOW)
        watch_sources(store, TITLES, POLICY, since=SINCE, now=NOW)
        assert [alarm.kind for alarm in open_alarms(store)] == [AlarmKind.NO_ARTICLES]
        assert len(subjects(store)) == 1
        closed(store)
        watch_sources(store, TITLES, POLICY, since=SINCE, now=NOW)
        assert [alarm.kind for alarm in open_alarms(store)] == [AlarmKind.ROBOTS]
        opened(store)
        watch_sources(store, TITLES, POLICY, since=SINCE, now=NOW)
        assert [alarm.kind for alarm in open_alarms(store)] == [AlarmKind.NO_ARTICLES], "that is over, this is not"
        news(store)
        store.db.execute("DELETE FROM address")
        watch_sources(store, TITLES, POLICY, since=SINCE, now=NOW)
        assert open_alarms(store) == ()
        assert subjects(store) == ["[소식] 점검 필요: 보기일보", "[소식] 정상으로 돌아옴: 보기일보"]


@pytest.mark.parametrize("fall", [silent, without_articles, without_bodies, without_pages, closed_pages])
def test_a_trouble_that_lasts_is_told_once_and_its_end_is_never_made_up(tmp_path: Path, fall: Act) -> None:
    """Forty days: all that it was judged by has left the windows of 24 hours and four weeks."""
    with open_store(tmp_path / "sosik.db") as store:
        fall(store)
        watch_sources(store, TITLES, POLICY, since=SINCE, now=NOW)
        for hours in range(6, 40 * 24, 6):
            now = NOW + hours * HOUR
            crawled(store, "example", now - HOUR, now)
            watch_sources(store, TITLES, POLICY, since=SINCE, now=now)
        assert subjects(store) == ["[소식] 점검 필요: 보기일보"]
        assert len(open_alarms(store)) == 1
        publish(store, "example", [now + n * timedelta(minutes=1) for n in range(9)])
        store.db.execute("UPDATE endpoint SET trouble = '', polled_at = ?", [stored(now)])
        tried(store, 1, Outcome.STORED, now + timedelta(minutes=9))
        watch_sources(store, TITLES, POLICY, since=SINCE, now=now + timedelta(minutes=10))
        assert open_alarms(store) == ()


def test_a_clock_that_was_set_back_keeps_no_alarm_open(tmp_path: Path) -> None:
    """With a wrong clock no certificate is good: everything stops, and goes on once the clock is right."""
    with open_store(tmp_path / "sosik.db") as store:
        wrong = NOW + 3650 * DAY
        crawled(store, "example", wrong - 4 * HOUR, wrong, is_answered=False)
        watch_sources(store, TITLES, POLICY, since=wrong - 4 * HOUR, now=wrong)
        assert [alarm.kind for alarm in open_alarms(store)] == [AlarmKind.STOPPED]
        watch_sources(store, TITLES, POLICY, since=NOW, now=NOW)
        crawled(store, "example", NOW, NOW + HOUR)
        watch_sources(store, TITLES, POLICY, since=NOW, now=NOW + HOUR)
        assert open_alarms(store) == ()
        silent(store)
        crawled(store, "example", NOW + 12 * HOUR, NOW + 13 * HOUR)
        watch_sources(store, TITLES, POLICY, since=NOW, now=NOW + 14 * HOUR)
        assert [alarm.kind for alarm in open_alarms(store)] == [AlarmKind.SILENT]


def test_after_an_outage_of_all_no_source_is_blamed_for_it(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        titles = {"example": "보기일보", "another": "다른신문"}
        publish(store, "another", [NOW - n * HOUR for n in range(60)])
        for name in titles:
            crawled(store, name, NOW - DAY, NOW)
            crawled(store, name, NOW, NOW + DAY, is_answered=False)
        watch_sources(store, titles, POLICY, since=SINCE, now=NOW + DAY)
        assert [alarm.kind for alarm in open_alarms(store)] == [AlarmKind.STOPPED]
        crawled(store, "example", NOW + DAY, NOW + DAY + HOUR)
        watch_sources(store, titles, POLICY, since=SINCE, now=NOW + DAY + HOUR)
        assert open_alarms(store) == ()
        later = NOW + DAY + 14 * HOUR
        crawled(store, "example", NOW + DAY + HOUR, later)
        crawled(store, "another", NOW + DAY + HOUR, later, is_answered=False)
        watch_sources(store, titles, POLICY, since=SINCE, now=later)
        assert [(alarm.source, alarm.kind) for alarm in open_alarms(store)] == [("another", AlarmKind.NO_ANSWER)]


def test_of_a_source_that_was_switched_off_nothing_more_is_told(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        crawling(store)
        tried(store, 12, Outcome.REFUSED, NOW - timedelta(hours=1))
        watch_sources(store, TITLES, POLICY, since=SINCE, now=NOW)
        watch_sources(store, {"another": "다른신문"}, POLICY, since=NOW, now=NOW)
        assert open_alarms(store) == ()
        assert len(subjects(store)) == 1


def test_an_open_alarm_is_not_called_well_because_the_daemon_was_away(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        crawling(store)
        publish(store, "example", [NOW - timedelta(hours=20 + n) for n in range(60)])
        watch_sources(store, TITLES, POLICY, since=SINCE, now=NOW)
        assert [alarm.kind for alarm in open_alarms(store)] == [AlarmKind.SILENT]
        back = NOW + timedelta(hours=1)
        watch_sources(store, TITLES, POLICY, since=back, now=back)
        assert len(subjects(store)) == 1
        publish(store, "example", [back])
        watch_sources(store, TITLES, POLICY, since=back, now=back + timedelta(minutes=15))
        assert open_alarms(store) == ()
        assert len(subjects(store)) == 2
