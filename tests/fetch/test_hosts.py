"""The book of hosts: turns, pauses and robots.txt, shared by processes."""

import itertools
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import StoreBusy
from pipelines.store.database import open_store
from pipelines.store.hosts import DAY_S, HostBook, StoredRobots, open_hosts, paused_hosts

NOW = 1_800_000_000.0
HOST = "news.example"


@pytest.fixture
def book(database: Path) -> Iterator[HostBook]:
    opened = open_hosts(database)
    yield opened
    opened.close()


def wait(book: HostBook, now: float, *, delay_s: float = 2.0, host: str = HOST) -> float:
    return book.take(host, now=now, delay_s=delay_s, lease_s=25.0).wait_s


def test_the_first_turn_is_free_and_the_next_one_keeps_its_distance(book: HostBook) -> None:
    assert wait(book, NOW) == 0
    book.served(HOST, sent=NOW)
    assert wait(book, NOW + 0.5) == pytest.approx(1.5)
    assert wait(book, NOW + 2.0) == 0


def test_hosts_do_not_wait_for_each_other(book: HostBook) -> None:
    assert wait(book, NOW) == 0
    assert wait(book, NOW, host="other.example") == 0


def test_a_host_is_asked_one_thing_at_a_time(book: HostBook) -> None:
    assert wait(book, NOW) == 0
    assert wait(book, NOW + 10) > 0  # the answer is slow
    book.served(HOST, sent=NOW)
    assert wait(book, NOW + 10) == 0


def test_a_turn_that_nobody_gave_back_ends_with_its_lease(book: HostBook) -> None:
    assert wait(book, NOW) == 0
    assert wait(book, NOW + 24.9) > 0
    assert wait(book, NOW + 25.1) == 0


def test_the_distance_counts_from_the_sending_and_not_from_a_slow_connecting_before_it(book: HostBook) -> None:
    assert wait(book, NOW) == 0
    book.served(HOST, sent=NOW + 1.5)
    assert wait(book, NOW + 2.0) == pytest.approx(1.5)
    assert wait(book, NOW + 3.5) == 0


def test_a_killed_process_holds_no_turn(book: HostBook, database: Path) -> None:
    taking = "from pathlib import Path; from pipelines.store.hosts import open_hosts; "
    taking += f"open_hosts(Path({str(database)!r})).take({HOST!r}, now={NOW}, delay_s=2.0, lease_s=25.0); "
    taking += "print('taken', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", taking], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        assert wait(book, NOW + 3) > 0
        holder.kill()
    assert wait(book, NOW + 3) > 0  # found out now
    assert wait(book, NOW + 3) == 0


def test_a_turn_of_another_machine_is_left_alone(book: HostBook) -> None:
    assert wait(book, NOW) == 0
    book._connection.execute("UPDATE host SET holder = 'elsewhere:1'")
    assert wait(book, NOW + 3) > 0
    book.served(HOST, sent=NOW)  # our lease had ended, theirs has not
    assert wait(book, NOW + 3) > 0


def test_a_longer_distance_counts_from_the_same_start(book: HostBook) -> None:
    assert wait(book, NOW) == 0
    book.served(HOST, sent=NOW)
    assert wait(book, NOW + 3, delay_s=10.0) == pytest.approx(7.0)


def test_a_pause_holds_for_every_process_and_after_a_restart(book: HostBook, database: Path) -> None:
    assert wait(book, NOW) == 0
    book.failed(HOST, sent=NOW, trouble="http-429", paused_until=NOW + 600)
    book.close()
    with closing(open_hosts(database)) as again:
        turn = again.take(HOST, now=NOW + 60, delay_s=2.0, lease_s=25.0)
        assert (turn.wait_s, turn.paused_for) == (pytest.approx(540), "http-429")
        assert wait(again, NOW + 601) == 0
        assert again.failures(HOST) == 1
        again.served(HOST, sent=NOW + 601)
        assert again.failures(HOST) == 0


def test_paused_hosts_are_listed_while_the_pause_lasts(book: HostBook, database: Path) -> None:
    for host, pause_s in (("a.example", 60), ("b.example", 600), ("c.example", 0)):
        wait(book, NOW, host=host)
        book.failed(host, sent=NOW, trouble="timeout", paused_until=NOW + pause_s if pause_s else 0.0)
    with open_store(database) as store:
        assert [pause.host for pause in paused_hosts(store, NOW + 1)] == ["b.example", "a.example"]
        assert [pause.host for pause in paused_hosts(store, NOW + 61)] == ["b.example"]
        assert paused_hosts(store, NOW - 10 * 365 * DAY_S) == ()


def test_a_pause_is_never_shortened_by_a_later_failure(book: HostBook) -> None:
    wait(book, NOW)
    book.failed(HOST, sent=NOW, trouble="http-429", paused_until=NOW + 600)
    book.failed(HOST, sent=NOW, trouble="timeout", paused_until=NOW + 120)
    assert wait(book, NOW + 300) == pytest.approx(300)


@pytest.mark.parametrize("jump_s", [-3600.0, -DAY_S, -10 * 365 * DAY_S])
def test_a_clock_that_was_set_back_does_not_silence_a_host(book: HostBook, jump_s: float) -> None:
    assert wait(book, NOW) == 0
    book.served(HOST, sent=NOW)
    assert wait(book, NOW + jump_s) == 0


def test_a_pause_from_a_wrong_future_ends_within_a_day(book: HostBook) -> None:
    wait(book, NOW)
    book.failed(HOST, sent=NOW, trouble="timeout", paused_until=NOW + 3600)
    assert wait(book, NOW - 10 * 365 * DAY_S) == 0


def test_two_books_never_both_have_the_turn(book: HostBook, database: Path) -> None:
    other = open_hosts(database)
    assert wait(book, NOW) == 0
    assert wait(other, NOW) > 0
    other.close()


def test_a_locked_database_is_told_at_once_and_nothing_changes(book: HostBook, database: Path) -> None:
    with open_store(database) as writer, writer.transaction(), pytest.raises(StoreBusy):
        wait(book, NOW)
    assert wait(book, NOW) == 0


def test_robots_are_kept_by_origin(book: HostBook) -> None:
    assert book.robots("http://news.example") is None
    first = StoredRobots(status=None, body=b"", fetched_epoch=NOW, failing_since_epoch=NOW)
    second = StoredRobots(status=200, body=b"User-agent: *", fetched_epoch=NOW + 1, failing_since_epoch=None)
    book.keep_robots("http://news.example", first)
    assert book.robots("http://news.example") == first
    book.keep_robots("http://news.example", second)
    assert book.robots("http://news.example") == second
    assert book.robots("https://news.example") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # one book, a host for each example
@given(steps=st.lists(st.floats(min_value=0, max_value=5), min_size=1, max_size=30), host=st.uuids())
def test_whatever_the_asking_two_starts_are_never_closer_than_the_distance(
    book: HostBook, steps: list[float], host: uuid.UUID
) -> None:
    now, starts = NOW, []
    for step in steps:
        now += step
        if wait(book, now, host=host.hex) == 0:
            starts.append(now)
            book.served(host.hex, sent=now)
    assert all(later - earlier >= 2.0 for earlier, later in itertools.pairwise(starts))
