"""kill -9 of the sender at any moment: nothing lost, and what comes twice carries the same Message-ID."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from crawler.config import load_config
from crawler.policy import alert_policy
from tests.alerts.desk import NewsDesk
from tests.mailroom import Mailroom

ALERTS, KILLS = 18, 4


def test_a_sender_that_is_killed_again_and_again_loses_nothing(desk: NewsDesk, tmp_path: Path) -> None:
    settings = tmp_path / "sosik.toml"
    with Mailroom() as room:
        settings.write_text(
            '[sosik]\ndata_dir = "."\n[mail]\nto = ["a@example.org"]\nsecurity = "none"\n'
            f'server = "{room.host}"\nport = {room.port}\n',
            encoding="utf-8",
        )
        policy = alert_policy(load_config(settings))
        for _ in range(ALERTS):
            desk.tell(*desk.file(), policy)
        command = [sys.executable, "-m", "crawler", "--config", str(settings), "alerts", "send"]
        for kill in range(1, KILLS + 1):
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as sender:
                assert room.wait_for(len(room.messages) + kill)
                sender.kill()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        ids = [str(taken.message["Message-ID"]) for taken in room.messages]
    assert set(ids) == {row[0] for row in desk.rows("SELECT message_id FROM alert")}
    assert len(ids) <= ALERTS + KILLS, "a kill makes at most one copy: the message that was on its way"
    assert desk.rows("SELECT state, count(*) FROM delivery GROUP BY state") == [("sent", ALERTS)]
