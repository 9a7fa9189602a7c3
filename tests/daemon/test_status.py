"""`sosik status` and `sosik doctor`: what is well, what needs a look, and the exit status that says so."""

from __future__ import annotations

import json
import os
import socket
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler.cli.main import sosik
from crawler.lock import only_daemon
from pipelines.alerts.notices import give_notice
from pipelines.alerts.policy import AlertPolicy, Recipient
from pipelines.clock import stored
from pipelines.outcome import Outcome
from pipelines.store.alarms import Alarm, AlarmKind, heal_alarms, open_alarms, raise_alarm
from pipelines.store.beats import DAEMON, PAUSED, beat
from pipelines.store.database import Store, open_store
from pipelines.store.endings import settle
from pipelines.store.notices import NoticeKind
from pipelines.store.pauses import Pause, set_pause
from tests.daemon.beside import settings
from tests.mailroom import Mailroom

POLICY = AlertPolicy(recipients=(Recipient(address="analyst@example.org"),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settings(tmp_path)
    return tmp_path


@pytest.fixture
def store(folder: Path) -> Store:
    """A database with a daemon that is alive."""
    with only_daemon(folder / "sosik.db"), open_store(folder / "sosik.db") as store:
        beat(store, DAEMON, "4711", now())
        yield store


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(sosik, ["--config", str(folder / "sosik.toml"), *arguments])


def test_without_a_database_it_says_how_to_begin(folder: Path) -> None:
    shown = run(folder, "status")
    assert shown.exit_code == 0
    assert "sosik crawl --all" in shown.output
    assert json.loads(run(folder, "status", "--json").output) == {"database": None, "wrong": []}
    assert run(folder, "status", "--alive").exit_code == 1
    assert not (folder / "sosik.db").exists()


def test_all_is_well(folder: Path, store: Store) -> None:
    with store.transaction() as connection:
        settle(connection, key="k", url="https://x", source="alpha", outcome=Outcome.GONE, reason="http-404", now=now())
    shown = run(folder, "status")
    assert shown.exit_code == 0
    assert "running (process 4711" in shown.output
    assert shown.output.endswith("All is well.\n")
    assert run(folder, "status", "--quiet").output == ""
    assert run(folder, "status", "--alive").exit_code == 0


@pytest.mark.parametrize("away", [timedelta(minutes=4), timedelta(days=-3650)])
def test_a_daemon_without_a_heartbeat_is_lost(folder: Path, store: Store, away: timedelta) -> None:
    beat(store, DAEMON, "4711", now() - away)
    shown = run(folder, "status", "--quiet")
    assert shown.exit_code == 1
    assert "process 4711" in shown.output
    assert run(folder, "status", "--alive").exit_code == 1


def test_a_daemon_that_was_killed_is_told_at_once(folder: Path) -> None:
    with only_daemon(folder / "sosik.db"), open_store(folder / "sosik.db") as store:
        beat(store, DAEMON, "4711", now())
        assert run(folder, "status", "--alive").exit_code == 0
    for command in ("status", "--quiet"), ("status", "--alive"):
        shown = run(folder, *command)
        assert shown.exit_code == 1
        assert "ended without being told to (process 4711" in shown.output


def test_without_a_daemon_what_single_crawls_met_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(folder / "sosik.db") as store, store.transaction() as connection:
        for name, trouble in (("alpha", "dns"), ("beta", ""), ("nobody", "dns")):
            connection.execute("INSERT INTO source_run (source, trouble) VALUES (?, ?)", [name, trouble])
    shown = run(folder, "status")
    assert shown.exit_code == 1
    assert "the last crawl of alpha failed: DNS: no such host (look: sosik sources show alpha)\n" in shown.output
    assert "beta" not in shown.output + run(folder, "status", "--json").output
    assert "nobody" not in shown.output, "no source of ours any more"
    monkeypatch.setattr("crawler.cli.status.free_bytes", lambda _: 90 * 10**6)
    low = json.loads(run(folder, "status", "--json").output)["wrong"]
    assert low[0] == "only 90.0 MB are left on the disk; below 500 MB the daemon stops crawling."
    assert len(low) == 2
    (folder / "sources.toml").write_text("[[source]]\n", encoding="utf-8")
    assert any("sources.toml" in line for line in json.loads(run(folder, "status", "--json").output)["wrong"])


def test_a_daemon_that_was_stopped_is_off_and_not_lost(folder: Path, store: Store) -> None:
    beat(store, DAEMON, "", now() - timedelta(days=3))
    assert run(folder, "status").exit_code == 0
    assert "off (to watch for good: sosik daemon)" in run(folder, "status").output
    assert run(folder, "status", "--alive").exit_code == 1


def test_deliveries_that_died_and_those_that_wait_need_a_look(folder: Path, store: Store) -> None:
    with store.transaction() as connection:
        for minutes in (5, 90):
            at = now() - timedelta(minutes=minutes)
            give_notice(connection, NoticeKind.BACKUP, {"why": "busy"}, policy=POLICY, now=at)
        connection.execute("UPDATE delivery SET state = 'dead' WHERE id = 1")
    shown = run(folder, "status", "--quiet")
    assert shown.exit_code == 1
    assert "1 alert could not be delivered" in shown.output
    assert "an alert has been waiting for 1 h" in shown.output
    assert run(folder, "status", "--alive").exit_code == 0, "the daemon is well"


def test_an_open_alarm_needs_a_look_until_it_is_healed(folder: Path, store: Store) -> None:
    raise_alarm(store, Alarm(source="alpha", kind=AlarmKind.ROBOTS, facts={"title": "알파신문"}), now(), None)
    shown = run(folder, "status", "-q")
    line = "needs a look: 알파신문: robots.txt closes feeds or lists of it now. (told just now)\n"
    assert (shown.exit_code, shown.output) == (1, line)
    heal_alarms(store, [alarm.id for alarm in open_alarms(store)], now())
    assert run(folder, "status", "-q").exit_code == 0


def test_figures_for_scripts(folder: Path, store: Store) -> None:
    raise_alarm(store, Alarm(source="", kind=AlarmKind.STOPPED, facts={"quiet_s": 4 * 3600}), now(), None)
    shown = run(folder, "status", "--json")
    figures = json.loads(shown.output)
    assert shown.exit_code == 1
    assert figures["daemon"]["pid"] == "4711"
    assert datetime.fromisoformat(figures["daemon"]["heard_at"]) <= now()
    assert figures["articles"] == 0
    assert len(figures["wrong"]) == 1
    assert "all sources" in figures["wrong"][0]


def test_an_alarm_of_an_earlier_version_reads_as_it_was_written(folder: Path, store: Store) -> None:
    store.db.execute(
        "INSERT INTO alarm (source, kind, reason, raised_at) VALUES ('alpha', 'robots', '이제 금지합니다.', ?)", [stored(now())])
    assert run(folder, "status", "-q").output == "needs a look: alpha: 이제 금지합니다. (told just now)\n"


def test_what_is_well_and_what_died_is_said_once(folder: Path, store: Store) -> None:
    assert "running (process 4711, heard just now)" in run(folder, "status").output
    beat(store, DAEMON, "4711", now() - timedelta(minutes=4))
    assert run(folder, "status").output.count("4711") == 1


def test_korean_readers_get_korean(folder: Path, store: Store) -> None:
    path = folder / "sosik.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"en"', '"ko"'), encoding="utf-8")
    assert run(folder, "status").output.endswith("모두 정상입니다.\n")


def test_a_crawl_that_is_paused_for_want_of_room_needs_a_look(folder: Path, store: Store) -> None:
    beat(store, PAUSED, "disk", now() - timedelta(hours=2))
    shown = run(folder, "status", "-q")
    line = "crawling is paused: there is no room on the disk (began 2 h ago). It goes on by itself once 500 MB are free.\n"
    assert (shown.exit_code, shown.output) == (1, line)
    beat(store, PAUSED, "", now())
    assert run(folder, "status", "-q").exit_code == 0


def wait_for_channel(store: Store, *, is_unset: bool, trouble: str, born_at: datetime) -> None:
    pause = Pause(until=now() + timedelta(minutes=5), failures=1, trouble=trouble, is_unset=is_unset)
    with store.transaction() as connection:
        give_notice(connection, NoticeKind.BACKUP, {"why": "busy"}, policy=POLICY, now=born_at)
        connection.execute("UPDATE delivery SET state = 'retry', tries = 1, trouble = ?", [trouble])
        set_pause(connection, "mail", pause, now())


def test_a_channel_that_wants_a_setting_needs_a_look_at_once(folder: Path, store: Store) -> None:
    wait_for_channel(store, is_unset=True, trouble="the password is missing", born_at=now() - timedelta(hours=2))
    shown = run(folder, "status", "-q")
    line = "1 alert cannot go out for want of a setting: mail: the password is missing\n"
    assert (shown.exit_code, shown.output) == (1, line), "once, although it waits for two hours"


def test_a_channel_that_rests_is_shown_with_its_reason_and_wrong_after_an_hour(folder: Path, store: Store) -> None:
    wait_for_channel(store, is_unset=False, trouble="cannot be reached", born_at=now())
    shown = run(folder, "status")
    assert shown.exit_code == 0
    assert "resting       mail: cannot be reached, 1 alert waits, until " in shown.output
    store.db.execute("UPDATE notice SET born_at = ?", [stored(now() - timedelta(hours=2))])
    shown = run(folder, "status", "-q")
    assert (shown.exit_code, shown.output) == (
        1, "an alert has been waiting for 2 h (cannot be reached): sosik alerts list\n")


# ------------------------------------------------------------------ doctor

def test_the_doctor_is_content_and_leaves_no_trace(folder: Path) -> None:
    before = sorted(folder.iterdir())
    shown = run(folder, "doctor")
    assert shown.exit_code == 0, shown.output
    assert "ok    sources: 3 of 3 are on" in shown.output
    assert "hint  database: There is no database yet." in shown.output
    assert "hint  mail server: no server is set" in shown.output
    assert sorted(folder.iterdir()) == before


def test_the_doctor_finds_what_is_wrong(folder: Path) -> None:
    (folder / "sosik.db").write_text("not a database, but some kind of a diary " * 99, encoding="utf-8")
    (folder / "sources.toml").write_text("[[source]]\nnam = 1\n", encoding="utf-8")
    with (folder / "sosik.toml").open("a", encoding="utf-8") as file:
        file.write('topics = ["no-such-topic"]\n[mail]\nserver = "127.0.0.1"\nport = 9\n')
    shown = run(folder, "doctor")
    assert shown.exit_code == 1
    for name in ("sources", "topics", "database", "mail server"):
        assert f"WRONG {name}: " in shown.output
    assert "sources.toml:2" in shown.output


def test_the_doctor_goes_on_past_a_database_that_cannot_be_looked_at_and_misses_sources(folder: Path) -> None:
    general = f'[sosik]\nlanguage = "en"\ndata_dir = "{"x" * 300}/data"\nshipped_sources = false\n'
    (folder / "sosik.toml").write_text(general, encoding="utf-8")
    shown = run(folder, "doctor")
    assert shown.exit_code == 1
    assert "WRONG sources: 0 of 0 are on" in shown.output
    assert "sosik.db: File name too long" in shown.output
    assert "free space: " in shown.output


def test_the_doctor_tells_of_sources_that_are_named_and_off_or_unknown(folder: Path) -> None:
    own = '[[source]]\nname = "press"\nfeeds = ["http://a.kr/rss"]\n[[source]]\nname = "quiet"\nenabled = false\n'
    (folder / "sources.toml").write_text(own, encoding="utf-8")
    with (folder / "sosik.toml").open("a", encoding="utf-8") as file:
        file.write('sources = ["press", "quiet"]\n')
    shown = run(folder, "doctor")
    assert "ok    sources: 1 of 2 are on\nhint  sources: named as sources in [sosik] but off, " in shown.output
    assert "not crawled: quiet. " in shown.output
    settings(folder, 'sources = ["pres"]\n')
    assert f"WRONG sources: {folder / 'sosik.toml'}: sosik.sources: pres: no such source" in run(folder, "doctor").output


def test_the_doctor_reads_the_users_page_structures(folder: Path) -> None:
    (folder / "mine.toml").write_text('[[family]]\nnaem = "x"\n', encoding="utf-8")
    with (folder / "sosik.toml").open("a", encoding="utf-8") as file:
        file.write('[read]\nstructures_file = "mine.toml"\n')
    shown = run(folder, "doctor")
    assert shown.exit_code == 1
    assert "WRONG page structures: " in shown.output
    assert "mine.toml:2" in shown.output


def test_the_doctor_sees_that_the_mail_server_answers_and_that_a_reader_or_a_password_is_missing(folder: Path) -> None:
    with Mailroom() as mailroom:
        with (folder / "sosik.toml").open("a", encoding="utf-8") as file:
            file.write(f'[mail]\nserver = "127.0.0.1"\nport = {mailroom.port}\n')
        shown = run(folder, "doctor")
        assert shown.exit_code == 1
        assert "WRONG mail server: nobody is named to send to" in shown.output
        with (folder / "sosik.toml").open("a", encoding="utf-8") as file:
            file.write('to = ["desk@example.org"]\n')
        assert f"ok    mail server: 127.0.0.1:{mailroom.port} answers" in run(folder, "doctor").output
        with (folder / "sosik.toml").open("a", encoding="utf-8") as file:
            file.write('user = "desk"\n')
        shown = run(folder, "doctor")
        assert shown.exit_code == 1
        assert "WRONG mail server: there is no password for desk" in shown.output
        assert mailroom.messages == []


READERS = """
[[recipient]]
to = "team"
channel = "notify"
[[recipient]]
to = "Desk"
channel = "notify"
[[recipient]]
to = "https://hooks.example.org/secret-path"
channel = "webhook"
"""


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise 2.2 imports it
def test_the_doctor_looks_for_the_secrets_of_every_channel(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(folder, READERS)
    shown = run(folder, "doctor")
    assert shown.exit_code == 1
    assert "WRONG webhooks: secrets are missing; set them in the environment of the daemon: SOSIK_WEBHOOK_SECRET" in shown.output
    assert "environment of the daemon: SOSIK_NOTIFY_TEAM, SOSIK_NOTIFY_DESK\n" in shown.output
    (tmp_path / "webhook.secret").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", encoding="utf-8")
    monkeypatch.setenv("SOSIK_WEBHOOK_SECRET_FILE", str(tmp_path / "webhook.secret"))
    monkeypatch.setenv("SOSIK_NOTIFY_TEAM", "json://127.0.0.1/token-7f3a")
    monkeypatch.setenv("SOSIK_NOTIFY_DESK", "what is this, token-7f3a")
    shown = run(folder, "doctor")
    assert "ok    webhooks: hooks.example.org\n" in shown.output
    assert "WRONG chats (Apprise): no URL that Apprise knows: SOSIK_NOTIFY_DESK\n" in shown.output
    monkeypatch.setenv("SOSIK_NOTIFY_DESK", "json://127.0.0.1/token-7f3a")
    shown = run(folder, "doctor")
    assert shown.exit_code == 0
    assert "ok    chats (Apprise): team, Desk\n" in shown.output
    for secret in ("token-7f3a", "secret-path", "MfKQ9r8"):
        assert secret not in shown.output


def test_the_doctor_says_when_apprise_is_not_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(folder, READERS)
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert "WRONG chats (Apprise): Apprise is not installed: pip install 'sosik[notify]'\n" in run(folder, "doctor").output


@pytest.mark.parametrize("name", ["sub", "sosik.toml/x", "locked/x"])
def test_the_doctor_finds_a_metrics_file_that_cannot_be_written(folder: Path, name: str) -> None:
    (folder / "sub").mkdir()
    (folder / "locked").mkdir(mode=0o500)
    if name.startswith("locked") and os.access(folder / "locked", os.W_OK):
        pytest.skip("root may write everywhere")
    settings(folder, f'[daemon]\nmetrics_file = "{name}"\n')
    shown = run(folder, "doctor")
    assert shown.exit_code == 1
    assert f"WRONG metrics: daemon.metrics_file: {folder / name} cannot be written: " in shown.output


def test_the_doctor_finds_a_metrics_port_that_is_taken(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings(folder, f'[daemon]\nmetrics_port = {port}\nmetrics_file = "new/sosik.prom"\n')
        shown = run(folder, "doctor")
        assert shown.exit_code == 1
        assert f"WRONG metrics: daemon.metrics_port: {port} cannot be used" in shown.output
        with only_daemon(folder / "sosik.db"):
            assert run(folder, "doctor").exit_code == 0, "it is the daemon's own"
    shown = run(folder, "doctor")
    assert f"ok    metrics: 127.0.0.1:{port}, {folder / 'new' / 'sosik.prom'}" in shown.output
    assert not (folder / "new").exists()


def test_what_sosik_writes_is_its_owners_only(folder: Path, store: Store) -> None:
    beat(store, DAEMON, "1", now())
    for path in folder.glob("sosik.db*"):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, path
