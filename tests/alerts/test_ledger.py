"""The ledger at work against a real mail server that fails in each way: nothing lost, nothing told twice."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.config import Config, General
from crawler.outbox import outbox_lock
from crawler.policy import alert_policy
from crawler.sending import send_due
from pipelines.store import ledger
from tests.alerts.desk import NOON, NewsDesk
from tests.alerts.office import MINUTE, Office
from tests.mailroom import Fault, Mailroom

DROPS = [Fault.DROP_AT_MAIL, Fault.DROP_BEFORE_DOT, Fault.DROP_AFTER_DOT]


def test_what_was_sent_is_never_sent_again(office: Office) -> None:
    office.news(3)
    assert office.send().sent == 3
    assert not office.send(), "a second round has nothing to do"
    assert office.states() == ["sent"] * 3
    assert len(set(office.arrived())) == 3


def test_messages_go_in_the_order_of_their_birth(office: Office) -> None:
    office.news(5)
    office.send()
    born = [str(row[0]) for row in office.desk.rows("SELECT message_id FROM alert ORDER BY id")]
    assert office.arrived() == born


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "TEXT"])
def test_a_temporary_refusal_is_tried_again_after_a_minute(office: Office, stage: str) -> None:
    office.room.answers[stage] = ["451 4.7.1 greylisted, try later"]
    office.news()
    assert office.send().later == 1
    assert (office.states(), office.send().sent) == (["retry"], 0)
    assert office.send(NOON + MINUTE).sent == 1
    assert len(office.room.messages) == 1


def test_a_final_refusal_is_dead_and_says_why(office: Office) -> None:
    office.room.answers["RCPT"] = ["550 5.1.1 no such user"]
    office.news()
    assert office.send().dead == 1
    ((state, trouble),) = office.desk.rows("SELECT state, trouble FROM delivery")
    assert state == "dead"
    assert "550 5.1.1 no such user" in str(trouble)


def test_a_temporary_refusal_for_three_days_is_dead(office: Office) -> None:
    office.room.answers["RCPT"] = ["450 4.2.0 mailbox busy"] * 100
    office.news()
    now, tries = NOON, 0
    while office.states() == ["retry"] or not tries:
        office.send(now)
        tries += 1
        ((at,),) = office.desk.rows("SELECT next_try_at FROM delivery")
        now = max(now + MINUTE, datetime.fromisoformat(str(at)))
    assert office.states() == ["dead"]
    assert timedelta(days=3) <= now - NOON < timedelta(days=3, hours=12)
    assert 15 < tries < 25


def test_one_refused_reader_does_not_hurt_the_others(desk: NewsDesk, room: Mailroom) -> None:
    room.refused = {"gone@example.org": "550 5.1.1 no such user"}
    office = Office(desk, room, readers=("a@example.org", "gone@example.org", "z@example.org"))
    office.news(2)
    report = office.send()
    assert (report.sent, report.dead) == (4, 2)
    assert sorted(taken.recipients[0] for taken in room.messages) == ["a@example.org"] * 2 + ["z@example.org"] * 2


def test_readers_do_not_see_one_another(desk: NewsDesk, room: Mailroom) -> None:
    office = Office(desk, room, readers=("a@example.org", "b@example.org"))
    office.news()
    office.send()
    assert [taken.message["To"] for taken in room.messages] == ["a@example.org", "b@example.org"]


def test_accepted_but_unacknowledged_goes_again_with_the_same_message_id(office: Office) -> None:
    office.room.fault, office.room.fault_times = Fault.DROP_AFTER_DOT, 1
    office.news()
    assert office.send().unknown == 1
    assert office.states() == ["unknown"]
    assert office.send(NOON + MINUTE).sent == 1
    assert len(office.arrived()) == 2
    assert len(set(office.arrived())) == 1


def test_killed_while_sending_is_unknown_and_goes_again_at_once(office: Office) -> None:
    office.news()
    ((message_id,),) = office.desk.rows("SELECT message_id FROM alert")
    with office.desk.store.transaction() as connection:
        ledger.claim(connection, [1], NOON)  # and the process dies here
    report = office.send()
    assert (report.recovered, report.sent) == (1, 1)
    assert office.arrived() == [message_id]


def test_a_day_without_the_server_loses_nothing_and_keeps_the_order(office: Office) -> None:
    office.room.__exit__(None, None, None)
    now = NOON
    for _ in range(24):
        office.news(now=now)
        office.send(now)
        now += timedelta(hours=1)
    assert set(office.states()) <= {"retry", "pending"}
    office.room.__enter__()
    assert office.send(now).sent == 24
    born = [str(row[0]) for row in office.desk.rows("SELECT message_id FROM alert ORDER BY id")]
    assert office.arrived() == born


def test_a_server_that_is_down_is_asked_once_a_round_and_rests(office: Office) -> None:
    office.news(3)
    office.room.answers["MAIL"] = ["421 4.3.2 shutting down"] * 2
    assert office.send().troubles
    assert not office.send(NOON + timedelta(seconds=30)), "it rests"
    assert len([c for c in office.room.commands if c.startswith("MAIL")]) == 1
    office.send(NOON + MINUTE)
    assert office.send(NOON + 3 * MINUTE).sent == 3


def test_a_pause_beyond_any_of_ours_is_a_clock_that_was_set_back(office: Office) -> None:
    office.news()
    office.room.answers["MAIL"] = ["421 4.3.2 shutting down"]
    office.send(NOON)
    assert office.send(NOON - timedelta(days=3650)).sent == 1


def test_a_clock_set_forward_by_years_kills_nothing(office: Office) -> None:
    office.news()
    office.room.answers["RCPT"] = ["451 4.7.1 later"] * 2
    office.send()
    office.send(NOON + timedelta(days=3650))
    assert office.states() == ["retry"]


def test_later_messages_wait_a_while_behind_a_refused_one(office: Office) -> None:
    office.room.answers["RCPT"] = ["451 4.7.1 greylisted"]
    office.news(2)
    office.send()
    assert office.states() == ["retry", "pending"]
    office.send(NOON + MINUTE)
    born = [str(row[0]) for row in office.desk.rows("SELECT message_id FROM alert ORDER BY id")]
    assert office.arrived() == born


def test_a_stubborn_message_does_not_hold_up_the_others_for_ever(office: Office) -> None:
    office.news()
    office.room.answers["TEXT"] = ["451 4.3.0 not this one"] * 4
    now = NOON
    for _ in range(4):
        office.send(now)
        now += timedelta(minutes=15)
    office.desk.rows("UPDATE delivery SET next_try_at = '2026-03-03T00:00:00Z'")
    office.news(now=now)
    assert office.send(now).sent == 1
    assert office.states() == ["retry", "sent"]


def test_while_another_process_sends_this_one_does_not(office: Office) -> None:
    office.news()
    with outbox_lock(office.desk.store.path, "mail") as is_ours:
        assert is_ours
        assert not office.send()
    assert office.send().sent == 1


def test_a_reader_who_was_removed_gets_nothing_more(office: Office) -> None:
    office.news()
    office.config = replace(office.config, mail=replace(office.config.mail, to=("new@example.org",)))
    office.send()
    assert (office.states(), office.room.messages) == (["dropped"], [])


def test_a_reader_who_was_removed_gets_no_digest_that_must_go_again(office: Office) -> None:
    office.room.answers["RCPT"] = ["451 4.7.1 greylisted"]
    office.news(21)
    office.send()
    office.config = replace(office.config, mail=replace(office.config.mail, to=("new@example.org",)))
    office.send(NOON + MINUTE)
    assert (set(office.states()), office.room.messages) == ({"dropped"}, [])


def test_without_a_server_mails_are_kept_as_files(desk: NewsDesk, tmp_path: Path) -> None:
    config = Config(sosik=General(data_dir=tmp_path))
    desk.tell(*desk.file(), alert_policy(config))
    assert send_due(desk.store, config, NOON).sent == 1
    (kept,) = (tmp_path / "outbox").iterdir()
    assert kept.suffix == ".eml"
    assert kept.stat().st_mode & 0o777 == 0o600
    ((state, note),) = desk.rows("SELECT state, trouble FROM delivery")
    assert (state, note) == ("sent", f"outbox/{kept.name}")


def test_a_defect_in_one_message_does_not_stop_the_others(office: Office) -> None:
    office.news(2)
    office.desk.rows("UPDATE alert SET news = 'no JSON' WHERE id = 1")
    report = office.send()
    assert (report.later, report.sent) == (1, 0), "the second waits behind the first, for order's sake"
    office.desk.rows("UPDATE delivery SET tries = 5 WHERE id = 1")
    assert office.send().sent == 1


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_server_does_all_arrives_in_the_end_and_each_alert_has_one_message_id(office: Office, seed: int) -> None:
    chance = random.Random(seed)
    refusals = ["421 4.3.2 closing", "450 4.2.0 greylisted", "451 4.3.0 local error", "452 4.3.1 full"]
    office.news(8)
    now = NOON
    for _ in range(12):
        office.room.fault, office.room.fault_times = chance.choice([None, *DROPS]), chance.randint(1, 2)
        office.room.answers = {chance.choice(["MAIL", "RCPT", "DATA", "TEXT"]): [chance.choice(refusals)]}
        office.send(now)
        now += timedelta(minutes=chance.choice([1, 5, 30]))
    office.room.fault, office.room.answers = None, {}
    office.send(now + timedelta(hours=6))
    born = {str(row[0]) for row in office.desk.rows("SELECT message_id FROM alert")}
    assert set(office.states()) == {"sent"}
    assert set(office.arrived()) == born
