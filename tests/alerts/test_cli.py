"""`sosik alerts` as it is typed, in a folder with a settings file."""

from __future__ import annotations

import email
import email.policy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler.cli.main import sosik
from crawler.config import load_config
from crawler.policy import alert_policy
from pipelines.alerts.notices import give_notice
from pipelines.clock import now
from pipelines.errors import UserError
from pipelines.store.database import open_store
from pipelines.store.notices import NoticeKind
from tests.alerts.desk import NOON, NewsDesk
from tests.mailroom import Mailroom

Sosik = Callable[..., Result]
SETTINGS = '[sosik]\ndata_dir = "."\n[mail]\nto = ["reader@example.org"]\nsender = "sosik@example.org"\n'


@pytest.fixture
def run(desk: NewsDesk, tmp_path: Path) -> Sosik:
    (tmp_path / "sosik.toml").write_text(SETTINGS, encoding="utf-8")

    def call(*arguments: str) -> Result:
        result = CliRunner().invoke(sosik, ["--config", str(tmp_path / "sosik.toml"), "alerts", *arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def tell(desk: NewsDesk, tmp_path: Path, *, born: datetime = NOON) -> int:
    article, story = desk.file()
    desk.tell(article, story, alert_policy(load_config(tmp_path / "sosik.toml")), now=born)
    return story


def with_server(tmp_path: Path, room: Mailroom) -> None:
    lines = f'server = "{room.host}"\nport = {room.port}\nsecurity = "none"\n'
    (tmp_path / "sosik.toml").write_text(SETTINGS + lines, encoding="utf-8")


def test_nothing_to_list_or_to_send(run: Sosik) -> None:
    assert run("list").output == "알림이 없습니다.\n"
    assert run("list", "--json").stdout == ""
    assert run("send").output == "지금 보낼 알림이 없습니다.\n"


def test_a_kept_mail_is_shown_where_it_lies_after_the_folder_has_moved(run: Sosik, desk: NewsDesk, tmp_path: Path) -> None:
    tell(desk, tmp_path)
    run("send")
    desk.store.checkpoint()
    moved = shutil.copytree(tmp_path, tmp_path / "moved")
    (kept,) = (moved / "outbox").iterdir()
    show = ["--config", str(moved / "sosik.toml"), "alerts", "show", "1"]
    assert f"\n    {kept}\n" in CliRunner().invoke(sosik, show).output
    with open_store(moved / "sosik.db") as store:
        store.db.execute("UPDATE delivery SET trouble = '/before/outbox/1.eml'")  # as it was once written
    assert "\n    /before/outbox/1.eml\n" in CliRunner().invoke(sosik, show).output


def test_with_a_server_and_nobody_to_send_to_mails_are_kept_not_sent_to_the_sender(
    run: Sosik, desk: NewsDesk, tmp_path: Path
) -> None:
    with Mailroom() as room:
        with_server(tmp_path, room)
        settings = (tmp_path / "sosik.toml").read_text(encoding="utf-8")
        (tmp_path / "sosik.toml").write_text(settings.replace('to = ["reader@example.org"]\n', ""), encoding="utf-8")
        tell(desk, tmp_path)
        assert f"받는 이를 정하지 않아 {tmp_path / 'outbox'}에 파일로 남겼습니다.\n" in run("send").output
        assert (len(room.messages), len([*(tmp_path / "outbox").iterdir()])) == (0, 1)


def test_list_and_show_say_what_became_of_an_alert(run: Sosik, desk: NewsDesk, tmp_path: Path) -> None:
    tell(desk, tmp_path)
    assert "화웨이, 새 AI 칩 공개 (가나일보)  china-ai, 이야기 1, 대기 1" in run("list").output
    run("send")
    shown = run("show", "1").output
    assert "즉시 mail reader@example.org: 보냄, 시도 1번" in shown
    assert "*화웨이*가 3일" in shown
    assert run("list", "--state", "dead").output == "알림이 없습니다.\n"


def test_send_says_why_it_could_not_and_retry_makes_it_due(run: Sosik, desk: NewsDesk, tmp_path: Path) -> None:
    with Mailroom(answers={"RCPT": ["550 5.1.1 no such user"]}) as room:
        with_server(tmp_path, room)
        tell(desk, tmp_path)
        failed = run("send")
        assert failed.exit_code == 1
        assert "메일 서버가 받는 이를 거절했습니다: 550 5.1.1 no such user" in failed.output
        assert "1건을 다시 보냅니다" in run("retry", "1").output
        assert run("send").exit_code == 0
        assert len(room.messages) == 1


def test_a_message_about_sosik_itself_is_listed_shown_and_tried_again_as_an_alert_is(
    run: Sosik, desk: NewsDesk, tmp_path: Path
) -> None:
    with Mailroom(answers={"RCPT": ["550 5.1.1 no such user"]}) as room:
        with_server(tmp_path, room)
        policy = alert_policy(load_config(tmp_path / "sosik.toml"))
        with desk.store.transaction() as connection:
            give_notice(connection, NoticeKind.BACKUP, {"why": "disk-full"}, policy=policy, now=NOON)
        run("send")
        tell(desk, tmp_path, born=NOON + timedelta(minutes=1))
        assert run("list", "--state", "dead").output == "   n1  2026년 3월 2일(월) 12:00    [소식] 점검 필요: 백업  포기 1\n"
        rows = [json.loads(line) for line in run("list", "--json").output.splitlines()]
        assert [row.get("alert") or row["notice"] for row in rows] == [1, 1]
        assert [row["states"] for row in rows] == [{"pending": 1}, {"dead": 1}]
        assert (rows[0]["headline"], rows[0]["story"], rows[1]["born_at"]) == ("화웨이, 새 AI 칩 공개", 1, "2026-03-02T03:00:00Z")
        both = run("list").output.splitlines()
        assert [line.split()[0] for line in both] == ["1", "n1"], "the newest first; the two are counted apart"
        assert run("list", "--limit", "1").output.split()[0] == "1"
        assert "n1" not in run("list", "--topic", "china-ai").output
        shown = run("show", "n1").output
        assert "메일 서버가 받는 이를 거절했습니다: 550 5.1.1 no such user" in shown
        assert "디스크에 자리가 모자랍니다." in shown
        assert "자리가 모자랍니다" in run("preview", "n1").output
        assert "다시 시도를 기다리는 알림이 없습니다" in run("retry", "1").output, "an alert of that number is another message"
        assert "1건을 다시 보냅니다" in run("retry", "n1").output
        assert run("send").exit_code == 0
        assert len(room.messages) == 2


def test_a_channel_that_rests_is_asked_again_after_retry(run: Sosik, desk: NewsDesk, tmp_path: Path) -> None:
    with Mailroom(answers={"MAIL": ["421 4.3.2 closing"]}) as room:
        with_server(tmp_path, room)
        tell(desk, tmp_path)
        assert run("send").exit_code == 1
        resting = run("send")
        assert "mail: 1건이 기다립니다" in resting.output
        assert "421 4.3.2 closing" in resting.output
        assert resting.exit_code == 1
        run("retry")
        assert "보냄 1통" in run("send").output


def test_what_a_channel_lacks_is_told_in_korean_by_every_verb(run: Sosik, desk: NewsDesk, tmp_path: Path) -> None:
    hook = '[[recipient]]\nto = "http://127.0.0.1:9/hook"\nchannel = "webhook"\n'
    (tmp_path / "sosik.toml").write_text(SETTINGS.replace('to = ["reader@example.org"]\n', "") + hook, encoding="utf-8")
    tell(desk, tmp_path)
    lacking = "웹훅에 서명할 비밀 값이 없습니다. SOSIK_WEBHOOK_SECRET을 정하세요"
    for verb in (("test",), ("send",), ("send",), ("show", "1")):
        assert lacking in run(*verb).output
    status = CliRunner().invoke(sosik, ["--config", str(tmp_path / "sosik.toml"), "status"]).output
    assert f"나가지 못합니다 — webhook: {lacking}\n" in status
    assert f"webhook — {lacking}, 알림 1건이 기다림" in status


def test_a_channel_that_fails_is_told_in_a_sentence_and_once(run: Sosik, desk: NewsDesk, tmp_path: Path) -> None:
    with Mailroom(answers={"MAIL": ["421 4.3.2 closing"]}) as room:
        with_server(tmp_path, room)
        tell(desk, tmp_path)
        command = [sys.executable, "-m", "crawler", "--config", str(tmp_path / "sosik.toml"), "alerts", "send"]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert said.stderr.count("421 4.3.2 closing") == 1
    assert "mail: 1건이 기다립니다" in said.stderr
    assert "channel=" not in said.stdout + said.stderr


def test_a_test_message_that_fails_names_its_chat_once(run: Sosik, tmp_path: Path) -> None:
    with (tmp_path / "sosik.toml").open("a", encoding="utf-8") as file:
        file.write('[[recipient]]\nto = "team"\nchannel = "notify"\n')
    failed = run("test", "--to", "team")
    assert failed.exit_code == 1
    assert failed.output.count("team") == 1


def test_a_digest_that_was_given_up_goes_again_as_a_whole(run: Sosik, desk: NewsDesk, tmp_path: Path) -> None:
    with Mailroom(answers={"RCPT": ["550 5.1.1 no such user"]}) as room:
        with_server(tmp_path, room)
        for _ in range(21):
            tell(desk, tmp_path)
        run("send")
        assert "21건을 다시 보냅니다" in run("retry", "7").output
        run("send")
        assert len(room.messages) == 1


def test_a_muted_story_is_dropped_and_can_be_heard_again(run: Sosik, desk: NewsDesk, tmp_path: Path) -> None:
    story = tell(desk, tmp_path, born=now())
    assert "대기하던 알림 1건은 뺐습니다" in run("mute", str(story)).output
    assert "지금 보낼 알림이 없습니다" in run("send").output
    assert ": 뺌, 시도 0번, " in (shown := run("show", "1").output)
    assert "\n    이야기의 알림을 껐습니다\n" in shown
    assert "다시 알립니다. 뺐던 알림 1건이 다시 대기합니다" in run("mute", str(story), "--undo").output
    assert "꺼져 있지 않습니다" in run("mute", str(story), "--undo").output
    assert "보냄 1통" in run("send").output
    assert "다시 알립니다. 뺐던 알림 0건" in run("mute", str(story)).output + run("mute", str(story), "--undo").output


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="this system has no /dev/full")
@pytest.mark.parametrize("undo", [False, True])
def test_what_a_mute_changed_stays_when_it_cannot_be_told(run: Sosik, desk: NewsDesk, tmp_path: Path, undo: bool) -> None:
    story = str(tell(desk, tmp_path, born=now()))
    if undo:
        run("mute", story)
    command = ["--config", str(tmp_path / "sosik.toml"), "alerts", "mute", story, *(["--undo"] if undo else [])]
    with open("/dev/full", "wb") as full:
        subprocess.run([sys.executable, "-m", "crawler", *command], stdout=full, stderr=subprocess.PIPE, check=False)
    assert desk.rows("SELECT count(*) FROM mute") == [(0 if undo else 1,)]


def test_preview_writes_a_mail_that_any_program_opens(run: Sosik, desk: NewsDesk, tmp_path: Path) -> None:
    tell(desk, tmp_path)
    assert "가나일보 · 2026년 3월 2일(월) 12:00" in run("preview").output
    run("preview", "1", "--eml", str(tmp_path / "a.eml"), "--html", str(tmp_path / "a.html"))
    message = email.message_from_bytes((tmp_path / "a.eml").read_bytes(), policy=email.policy.default)
    assert message["Subject"] == "화웨이, 새 AI 칩 공개 (가나일보)"
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_test_message_reaches_every_recipient_and_names_the_one_that_fails(run: Sosik, tmp_path: Path) -> None:
    with Mailroom(refused={"gone@example.org": "550 5.1.1 no such user"}) as room:
        with_server(tmp_path, room)
        with (tmp_path / "sosik.toml").open("a", encoding="utf-8") as file:
            file.write('[[recipient]]\nto = "gone@example.org"\n')
        result = run("test")
        assert result.exit_code == 1
        assert "gone@example.org: 127.0.0.1:" in result.output
        assert [taken.message["Subject"] for taken in room.messages] == ["소식(sosik) 시험 메일"]
        assert run("test", "--to", "reader@example.org").exit_code == 0


@pytest.mark.parametrize("arguments", [
    ("show", "9"), ("show", "n9"), ("retry", "n9"), ("mute", "9"), ("retry", "9"), ("preview", "9"), ("test", "--to", "x@y"),
])
def test_what_is_not_there_is_said_in_one_line(run: Sosik, arguments: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match=r"there is no|not among"):
        run(*arguments)


def test_login_over_tls_with_a_private_authority(
    run: Sosik, desk: NewsDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOSIK_SMTP_PASSWORD", "correct-horse-battery")
    with Mailroom(starttls=True, password="correct-horse-battery") as room:
        lines = f'server = "{room.host}"\nport = {room.port}\nuser = "sosik"\nca_file = "ca.pem"\n'
        (tmp_path / "sosik.toml").write_text(SETTINGS + lines, encoding="utf-8")
        tell(desk, tmp_path)
        with pytest.raises(UserError, match=r"ca_file: .*ca\.pem holds no certificates"):
            run("send")
        room.authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        assert "보냄 1통" in run("send").output
        assert (room.messages[0].is_encrypted, room.messages[0].user) == (True, "sosik")


def test_the_password_is_nowhere(
    run: Sosik, desk: NewsDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SOSIK_SMTP_PASSWORD", "correct-horse-battery")
    caplog.set_level("DEBUG")
    with Mailroom(password="another") as room:
        with_server(tmp_path, room)
        with (tmp_path / "sosik.toml").open("a", encoding="utf-8") as file:
            file.write('user = "sosik"\n')
        tell(desk, tmp_path)
        outputs = [run("send").output, run("show", "1").output, run("test").output, repr(load_config(tmp_path / "sosik.toml"))]
    assert "로그인을 거절했습니다" in outputs[0]
    own = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("mail."))  # aiosmtpd's own log
    for text in (*outputs, own, *(path.read_bytes().decode("latin-1") for path in tmp_path.iterdir() if path.is_file())):
        assert "correct-horse-battery" not in text
        assert "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5" not in text, "in base64"
