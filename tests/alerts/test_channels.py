"""Chats, webhooks and feeds: the same alert, the same ledger, nothing secret in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as Tree

import pytest

from crawler.config import Alerts, Config, General, Wishes
from crawler.policy import alert_policy
from crawler.sending import send_due
from crawler.webhook import post_signed, signing_key
from pipelines.alerts.deliver import SendReport
from pipelines.errors import DeliveryUnknown
from pipelines.store.pauses import pause_of
from pipelines.wording import Wording
from pipelines.wording.deliveries import why_in_words
from tests.alerts.desk import NOON, NewsDesk
from tests.alerts.receiver import Receiver

KEY = b"twenty-four bytes of key"
SECRET = {"SOSIK_WEBHOOK_SECRET": "whsec_" + base64.b64encode(KEY).decode()}
TOLERANCE_S = 5 * 60  # of the reference libraries
MINUTE = timedelta(minutes=1)
IMGHDR = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise 2.2 imports it; goes with its pgp shim


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


def hooked(desk: NewsDesk, receiver: Receiver) -> Config:
    reader = Wishes(to=f"http://127.0.0.1:{receiver.port}/hook?team=1", channel="webhook")
    return Config(sosik=General(data_dir=desk.store.path.parent), recipient=(reader,))


def tell_and_send(desk: NewsDesk, config: Config, environment: dict[str, str], **changes: object) -> SendReport:
    topic = str(changes.get("topic", "china-ai"))
    desk.tell(*desk.file(**changes), alert_policy(config), topic=topic)  # type: ignore[arg-type]
    return send_due(desk.store, config, NOON, environment=environment)


def verified(post: tuple[dict[str, str], bytes], key: bytes = KEY) -> bytes:
    """The body, if a receiver that follows the published algorithm takes it now (standardwebhooks.com)."""
    headers, body = post
    assert abs(time.time() - int(headers["webhook-timestamp"])) <= TOLERANCE_S
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert f"v1,{expected}" in headers["webhook-signature"].split(" ")
    return body


def test_a_webhook_gets_json_that_it_can_verify(desk: NewsDesk, receiver: Receiver) -> None:
    assert tell_and_send(desk, hooked(desk, receiver), SECRET).sent == 1
    (post,) = receiver.posts
    said = json.loads(verified(post))
    (story,) = said["stories"]
    assert f"<{said['id']}>" == desk.rows("SELECT message_id FROM alert")[0][0]
    assert (story["headline"], story["press"], story["terms"]) == ("화웨이, 새 AI 칩 공개", "가나일보", ["화웨이"])
    assert "내년 봄 양산" not in post[1].decode(), "never the whole body"


def test_after_a_round_without_a_mail_nobody_is_told_where_mails_are_kept(desk: NewsDesk, receiver: Receiver) -> None:
    config = hooked(desk, receiver)
    assert tell_and_send(desk, config, SECRET).kept == 0
    both = replace(config, recipient=(*config.recipient, Wishes(to="a@example.org")))
    report = tell_and_send(desk, both, SECRET)
    assert (report.sent, report.kept) == (2, 1)


def test_a_webhook_that_fails_gets_the_same_again_signed_anew(desk: NewsDesk, receiver: Receiver) -> None:
    config = hooked(desk, receiver)
    receiver.answers = [500, 0]
    assert tell_and_send(desk, config, SECRET).later == 1
    assert send_due(desk.store, config, NOON + MINUTE, environment=SECRET).unknown == 1
    assert send_due(desk.store, config, NOON + 3 * MINUTE, environment=SECRET).sent == 1
    assert len({verified(post) for post in receiver.posts}) == 1
    assert len({headers["webhook-id"] for headers, _ in receiver.posts}) == 1
    assert len(receiver.posts) == 3


@pytest.mark.parametrize("length", [24, 25, 26, 32])
def test_a_secret_is_base64_with_its_prefix_and_padding_or_without(length: int) -> None:
    key = bytes(range(length))
    plain = base64.b64encode(key).decode()
    for secret in (plain, plain.rstrip("="), f"whsec_{plain}", f"whsec_{plain.rstrip('=')}", f"whsec_{plain}\n"):
        assert signing_key(secret) == key


@pytest.mark.parametrize("secret", ["a-secret-that-signs", "whsec_", "whsec_한글", "whsec_abcde", "whsec_ab cd"])
def test_a_secret_that_no_receiver_could_read_is_refused_with_how_to_make_one(
    desk: NewsDesk, receiver: Receiver, secret: str
) -> None:
    report = tell_and_send(desk, hooked(desk, receiver), {"SOSIK_WEBHOOK_SECRET": secret})
    assert receiver.posts == []
    assert report.troubles == ["webhook-bad-secret"]
    told = why_in_words(report.troubles[0], Wording("en"))
    assert 'is not base64; make one with: echo "whsec_$(openssl rand -base64 32)"' in told
    pause = pause_of(desk.store.db.conn, "webhook")
    assert pause is not None
    assert pause.is_unset, "no wait mends it: `sosik status` says so at once"


def test_a_receiver_that_drips_its_answer_is_left_at_the_deadline(receiver: Receiver) -> None:
    receiver.drip_s = 0.05
    began = time.monotonic()
    with pytest.raises(DeliveryUnknown, match="webhook-silent"):
        post_signed(f"http://127.0.0.1:{receiver.port}/", b"{}", identity="x", at=NOON, key=KEY, deadline_s=0.5)
    assert time.monotonic() - began < 10


def test_a_receiver_that_hangs_costs_a_round_one_deadline(desk: NewsDesk, receiver: Receiver) -> None:
    config = hooked(desk, receiver)
    receiver.answers = [500]
    desk.tell(*desk.file(), alert_policy(config))
    desk.rows("UPDATE delivery SET tries = 5, first_tried_at = next_try_at")  # so stubborn that others may overtake it
    report = tell_and_send(desk, config, SECRET)
    assert (report.later, report.sent, len(receiver.posts)) == (1, 0, 1)
    assert send_due(desk.store, config, NOON, environment=SECRET).sent == 1


def test_a_channel_that_hangs_holds_up_no_other_and_sends_once(desk: NewsDesk, receiver: Receiver) -> None:
    config = hooked(desk, receiver)
    config = replace(config, recipient=(*config.recipient, Wishes(to="a@example.org")))
    receiver.may_answer.clear()
    desk.tell(*desk.file(), alert_policy(config))
    assert send_due(desk.store, config, NOON, environment=SECRET, patience_s=1).sent == 1, "the mail, kept as a file"
    desk.tell(*desk.file(), alert_policy(config))
    assert send_due(desk.store, config, NOON + MINUTE, environment=SECRET, patience_s=1).sent == 1
    states = "SELECT channel, state FROM delivery ORDER BY channel, id"
    waiting = [("webhook", "sending"), ("webhook", "pending")]
    assert desk.rows(states) == [("mail", "sent"), ("mail", "sent"), *waiting], "nobody took its message for one of a dead sender"
    receiver.may_answer.set()
    for thread in threading.enumerate():
        if thread.name == "send webhook":
            thread.join()
    send_due(desk.store, config, NOON + 2 * MINUTE, environment=SECRET)
    assert {state for _, state in desk.rows(states)} == {"sent"}
    assert len(receiver.posts) == 2


def test_a_webhook_that_is_gone_is_given_up(desk: NewsDesk, receiver: Receiver) -> None:
    receiver.answers = [410]
    assert tell_and_send(desk, hooked(desk, receiver), SECRET).dead == 1


def test_without_its_secret_no_webhook_is_called(desk: NewsDesk, receiver: Receiver) -> None:
    report = tell_and_send(desk, hooked(desk, receiver), {})
    assert report.troubles == ["webhook-no-secret"]
    assert receiver.posts == []
    pause = pause_of(desk.store.db.conn, "webhook")
    assert pause
    assert pause.is_unset


def test_plain_http_to_another_machine_is_refused(desk: NewsDesk) -> None:
    config = Config(
        sosik=General(data_dir=desk.store.path.parent), recipient=(Wishes(to="http://192.0.2.1/hook", channel="webhook"),)
    )
    assert tell_and_send(desk, config, SECRET).dead == 1


@IMGHDR
def test_a_chat_gets_the_plain_text_by_apprise(desk: NewsDesk, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="crawler")
    config = Config(sosik=General(data_dir=desk.store.path.parent), recipient=(Wishes(to="team", channel="notify"),))
    environment = {"SOSIK_NOTIFY_TEAM": f"json://127.0.0.1:{receiver.port}/token-7f3a"}
    assert tell_and_send(desk, config, environment).sent == 1
    ((_, body),) = receiver.posts
    assert json.loads(body)["title"] == "화웨이, 새 AI 칩 공개 (가나일보)"
    assert "가나일보 · 2026년 3월 2일(월) 12:00" in json.loads(body)["message"]
    assert "token-7f3a" not in caplog.text
    assert b"token-7f3a" not in desk.store.path.read_bytes()


@IMGHDR
@pytest.mark.parametrize("environment", [{}, {"SOSIK_NOTIFY_TEAM": "what is this"}])
def test_a_chat_without_a_good_url_waits_and_says_which_variable(desk: NewsDesk, environment: dict[str, str]) -> None:
    config = Config(sosik=General(data_dir=desk.store.path.parent), recipient=(Wishes(to="team", channel="notify"),))
    report = tell_and_send(desk, config, environment)
    assert report.later == 1
    assert "SOSIK_NOTIFY_TEAM" in report.troubles[0]
    pause = pause_of(desk.store.db.conn, "notify")
    assert bool(pause and pause.is_unset) is (environment == {}), "nothing at all can go out without a URL"


@IMGHDR
def test_a_chat_that_fails_is_tried_again(desk: NewsDesk, receiver: Receiver) -> None:
    config = Config(sosik=General(data_dir=desk.store.path.parent), recipient=(Wishes(to="team", channel="notify"),))
    environment = {"SOSIK_NOTIFY_TEAM": f"json://127.0.0.1:{receiver.port}/"}
    receiver.answers = [500]
    assert tell_and_send(desk, config, environment).later == 1
    assert send_due(desk.store, config, NOON + MINUTE, environment=environment).sent == 1


def test_one_channel_that_is_down_does_not_hurt_another(desk: NewsDesk, receiver: Receiver) -> None:
    config = hooked(desk, receiver)
    config = replace(config, recipient=(*config.recipient, Wishes(to="a@example.org")))
    assert tell_and_send(desk, config, {}).sent == 1, "the mail is kept as a file though the webhook has no secret"


def test_a_feed_for_each_topic_holds_the_newest_alerts_and_is_whole(desk: NewsDesk, tmp_path: Path) -> None:
    config = Config(sosik=General(data_dir=tmp_path), alerts=Alerts(feeds_dir="feeds"))
    tell_and_send(desk, config, {}, title="첫 소식 <b>&\x0c")
    tell_and_send(desk, config, {}, title="둘째 소식")
    tell_and_send(desk, config, {}, title="다른 주제", topic="chips")
    feed = Tree.parse(tmp_path / "feeds" / "china-ai.atom").getroot()
    atom = "{http://www.w3.org/2005/Atom}"
    assert [entry.findtext(f"{atom}title") for entry in feed.iter(f"{atom}entry")] == ["둘째 소식", "첫 소식 <b>&"]
    assert feed.findtext(f"{atom}title") == "중국 AI"
    assert {path.name for path in (tmp_path / "feeds").iterdir()} == {"china-ai.atom", "chips.atom"}
    assert "내년 봄 양산" not in (tmp_path / "feeds" / "china-ai.atom").read_text(encoding="utf-8")


def test_a_feed_is_written_only_when_there_is_news(desk: NewsDesk, tmp_path: Path) -> None:
    config = Config(sosik=General(data_dir=tmp_path), alerts=Alerts(feeds_dir="feeds"))
    tell_and_send(desk, config, {})
    path = tmp_path / "feeds" / "china-ai.atom"
    before = path.stat().st_ino
    send_due(desk.store, config, NOON + MINUTE)
    assert path.stat().st_ino == before
    tell_and_send(desk, config, {})
    assert path.stat().st_ino != before


def test_feeds_outside_of_the_data_folder_are_for_every_user(desk: NewsDesk, tmp_path: Path) -> None:
    config = Config(sosik=General(data_dir=tmp_path / "data"), alerts=Alerts(feeds_dir=str(tmp_path / "www")))
    tell_and_send(desk, config, {})
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "www", tmp_path / "www" / "china-ai.atom")] == [0o755, 0o644]
