"""Alarms on a real database: raised once, healed once, each with its mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.alarms import watch_sources
from pipelines.alerts.birth import AlertPolicy, Recipient
from pipelines.clock import stored
from pipelines.outcome import Outcome
from pipelines.store.database import Store, open_store
from pipelines.store.endings import settle
from pipelines.store.health import AlarmKind, open_alarms
from pipelines.wording import Wording
from tests.daemon.beside import publish

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
POLICY = AlertPolicy(recipients=(
    Recipient(address="analyst@example.org"), Recipient(address="analyst@example.org", topics=frozenset({"china-ai"})),
))


def tried(store: Store, count: int, outcome: Outcome, at: datetime) -> None:
    with store.transaction() as connection:
        for i in range(count):
            url = f"https://www.example.co.kr/{outcome}/{i}"
            settle(connection, key=url, url=url, source="example", outcome=outcome, now=at)


def notices(store: Store) -> list[tuple[str, int]]:
    return store.db.execute(
        "SELECT subject, (SELECT count(*) FROM delivery WHERE notice_id = notice.id) FROM notice ORDER BY id"
    ).fetchall()


def test_an_alarm_is_told_once_and_its_end_once(tmp_path: Path) -> None:
    say = Wording("ko")
    with open_store(tmp_path / "sosik.db") as store:
        tried(store, 12, Outcome.REFUSED, NOW - timedelta(hours=1))
        for minutes in (0, 5, 10):
            watch_sources(store, ["example"], POLICY, say, since=SINCE, now=NOW + timedelta(minutes=minutes))
        assert notices(store) == [("[소식] 점검 필요: example", 1)]
        tried(store, 3, Outcome.STORED, NOW)
        for minutes in (15, 20):
            watch_sources(store, ["example"], POLICY, say, since=SINCE, now=NOW + timedelta(minutes=minutes))
        assert notices(store)[1:] == [("[소식] 정상으로 돌아옴: example", 1)]
        (thread,) = store.db.execute("SELECT thread_id FROM notice WHERE id = 2").fetchone()
        assert thread == 1
        (healed,) = store.db.execute("SELECT healed_at FROM alarm").fetchone()
        assert healed == stored(NOW + timedelta(minutes=15))


def test_a_source_without_faults_is_left_in_peace(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        tried(store, 12, Outcome.STORED, NOW - timedelta(hours=1))
        watch_sources(store, ["example"], POLICY, Wording("en"), since=SINCE, now=NOW)
        assert notices(store) == []


def test_an_alarm_hidden_by_a_greater_one_is_not_called_well(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        tried(store, 12, Outcome.REFUSED, NOW - timedelta(hours=1))
        watch_sources(store, ["example"], POLICY, Wording("en"), since=SINCE, now=NOW)
        store.db.execute(
            "INSERT INTO endpoint (url, source, polled_at, trouble) VALUES ('u', 'example', ?, 'robots-closed')", [stored(NOW)]
        )
        watch_sources(store, ["example"], POLICY, Wording("en"), since=SINCE, now=NOW)
        assert [subject for subject, _ in notices(store)] == ["[sosik] needs a look: example"] * 2
        assert len(open_alarms(store)) == 2
        store.db.execute("UPDATE endpoint SET trouble = ''")
        tried(store, 3, Outcome.STORED, NOW)
        watch_sources(store, ["example"], POLICY, Wording("en"), since=SINCE, now=NOW)
        assert open_alarms(store) == ()


def test_of_a_source_that_was_switched_off_nothing_more_is_told(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        tried(store, 12, Outcome.REFUSED, NOW - timedelta(hours=1))
        watch_sources(store, ["example"], POLICY, Wording("en"), since=SINCE, now=NOW)
        watch_sources(store, ["another"], POLICY, Wording("en"), since=SINCE, now=NOW)
        assert open_alarms(store) == ()
        assert len(notices(store)) == 1


def test_an_open_alarm_is_not_called_well_because_the_daemon_was_away(tmp_path: Path) -> None:
    with open_store(tmp_path / "sosik.db") as store:
        publish(store, "example", [NOW - timedelta(hours=20 + n) for n in range(60)])
        watch_sources(store, ["example"], POLICY, Wording("en"), since=SINCE, now=NOW)
        assert [alarm.kind for alarm in open_alarms(store)] == [AlarmKind.SILENT]
        back = NOW + timedelta(hours=1)
        watch_sources(store, ["example"], POLICY, Wording("en"), since=back, now=back)
        assert len(notices(store)) == 1
        publish(store, "example", [back])
        watch_sources(store, ["example"], POLICY, Wording("en"), since=back, now=back + timedelta(minutes=15))
        assert open_alarms(store) == ()
        assert len(notices(store)) == 2
