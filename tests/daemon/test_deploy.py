"""What is shipped to run the daemon fits what the daemon does."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from crawler.cli.main import sosik
from crawler.cli.status import BEAT_LOST
from crawler.daemon import BEAT_S
from pipelines.errors import AlreadyRunning, UserError

ROOT = Path(__file__).parents[2]
STOP_S = 15  # within which SIGTERM ends it


@pytest.fixture(scope="module")
def service() -> dict[str, str]:
    unit = ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "deploy" / "sosik.service")
    return dict(unit["Service"])


def test_systemd_waits_as_long_as_status_for_a_heartbeat(service: dict[str, str]) -> None:
    assert service["Type"] == "notify"
    assert float(service["WatchdogSec"]) == BEAT_LOST.total_seconds() > 2 * BEAT_S


def test_systemd_gives_it_time_to_stop_and_tells_nobody_but_it(service: dict[str, str]) -> None:
    assert float(service["TimeoutStopSec"]) > STOP_S
    assert service["KillMode"] == "mixed"


def test_systemd_starts_nothing_again_that_cannot_work(service: dict[str, str]) -> None:
    assert {int(each) for each in service["RestartPreventExitStatus"].split()} == {UserError.exit_code, AlreadyRunning.exit_code}


@pytest.mark.checkout
def test_the_image_is_made_of_what_is_there_and_runs_commands_that_are_there() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for name in line.split()[:-1]]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    (health,) = re.findall(r'^HEALTHCHECK .*CMD \["sosik", (.+)\]$', text, re.MULTILINE)
    (main,) = re.findall(r'^CMD \["(\w+)"\]$', text, re.MULTILINE)
    for arguments in ([each.strip(' "') for each in health.split(",")], [main]):
        assert CliRunner().invoke(sosik, [*arguments, "--help"]).exit_code == 0


def test_compose_builds_that_image_and_gives_it_time_to_stop() -> None:
    text = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    (dockerfile,) = re.findall(r"dockerfile: (\S+)", text)
    assert (ROOT / dockerfile).is_file()
    (grace,) = re.findall(r"stop_grace_period: (\d+)s", text)
    assert int(grace) > STOP_S
