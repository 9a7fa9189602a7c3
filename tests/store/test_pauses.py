"""Channels that rest: remembered, told while they hold something up, forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipelines.store.beats import DAEMON, beat, last_beat
from pipelines.store.database import Store
from pipelines.store.pauses import Pause, end_pauses, pause_of, resting_channels, set_pause

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
PAUSE = Pause(until=NOW + timedelta(minutes=5), failures=2, trouble="메일 서버 응답 없음")


def test_a_pause_is_remembered_and_ended_without_touching_other_beats(store: Store) -> None:
    beat(store, DAEMON, "4711", NOW)
    with store.transaction() as connection:
        set_pause(connection, "mail", PAUSE, NOW)
        set_pause(connection, "webhook", PAUSE, NOW)
        assert pause_of(connection, "mail") == PAUSE
        set_pause(connection, "webhook", None, NOW)
        assert pause_of(connection, "webhook") is None
        end_pauses(connection)
        assert pause_of(connection, "mail") is None
    assert last_beat(store, DAEMON)


def test_a_channel_rests_only_while_something_waits_for_it(store: Store) -> None:
    with store.transaction() as connection:
        set_pause(connection, "mail", PAUSE, NOW)
        assert resting_channels(store, NOW) == ()
        connection.execute(
            "INSERT INTO notice (id, message_id, subject, body, born_at) VALUES (1, 'm', 's', 'b', '2026-03-02T03:00:00Z')")
        connection.execute(
            "INSERT INTO delivery (notice_id, channel, recipient, next_try_at) VALUES (1, 'mail', 'r', '2026-03-02T03:00:00Z')")
        (resting,) = resting_channels(store, NOW)
    assert (resting.channel, resting.pause, resting.waiting) == ("mail", PAUSE, 1)
