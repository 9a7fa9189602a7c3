"""More alerts than a reader can take: one digest instead, each alert once."""

from __future__ import annotations

from datetime import timedelta

from tests.alerts.desk import NOON
from tests.alerts.office import MINUTE, Office
from tests.mailroom import Fault


def test_more_than_twenty_at_once_become_one_digest(office: Office) -> None:
    office.news(21)
    assert office.send().sent == 1
    (taken,) = office.room.messages
    assert "21" in taken.message["Subject"]
    assert office.states() == ["sent"] * 21


def test_twenty_at_once_are_twenty(office: Office) -> None:
    office.news(20)
    assert office.send().sent == 20


def test_of_a_busy_feed_each_alert_comes_once_and_few_of_them_singly(office: Office) -> None:
    for seconds in range(0, 45 * 60, 10):
        now = NOON + timedelta(seconds=seconds)
        office.news(13 * (seconds < 45) + (seconds % 120 == 0), now=now)
        office.send(now)
    sizes = [len(alerts) for alerts in told(office)]
    assert sizes == [1] * 14 + [13 * 4 + 5, 4] + [1] * 13, "at once; after ten minutes; after ten more, in which it grew calm"
    assert sorted(alert for alerts in told(office) for alert in alerts) == list(range(1, 13 * 5 + 23 + 1))


def told(office: Office) -> list[tuple[int, ...]]:
    """The alerts of each message, in the order in which they came."""
    rows = office.desk.rows(
        """SELECT coalesce(digest.message_id, alert.message_id) AS message, group_concat(alert.id)
           FROM delivery JOIN alert ON alert.id = alert_id LEFT JOIN digest ON digest.id = digest_id GROUP BY message""")
    alerts = {str(row[0]): tuple(map(int, str(row[1]).split(","))) for row in rows}
    return [alerts[each] for each in office.arrived()]


def test_a_digest_that_must_go_again_is_the_same_digest(office: Office) -> None:
    office.news(21)
    office.room.fault, office.room.fault_times = Fault.DROP_AFTER_DOT, 1
    office.send()
    office.news()
    office.send(NOON + MINUTE)
    office.send(NOON + 11 * MINUTE)
    first, again, later = office.room.messages
    assert first.message["Message-ID"] == again.message["Message-ID"] != later.message["Message-ID"]
    assert first.message["Subject"] == again.message["Subject"]
