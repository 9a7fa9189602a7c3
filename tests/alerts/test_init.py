"""`sosik init`: answers by option or pipe become a settings file that works, and a test mail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler.cli.init import Server, read_server
from crawler.cli.main import sosik
from crawler.config import load_config
from crawler.sources import load_catalogue
from pipelines.errors import UserError
from tests.mailroom import Mailroom

Init = Callable[..., Result]


@pytest.fixture
def init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Init:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, piped: str = "") -> Result:
        result = CliRunner().invoke(sosik, ["init", *arguments], input=piped)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def test_four_piped_answers_make_a_file_that_works(init: Init, tmp_path: Path) -> None:
    with Mailroom() as room:
        result = init(piped=f"a@example.org, b@example.org\n{room.host}:{room.port}\nyna,khan\nchina-ai\n")
        assert [taken.recipients[0] for taken in room.messages] == ["a@example.org", "b@example.org"]
    config = load_config(tmp_path / "sosik.toml")
    assert (config.mail.to, config.mail.security) == (("a@example.org", "b@example.org"), "none")
    assert [source.name for source in load_catalogue(config).enabled] == ["yna", "khan"]
    assert "sosik crawl --all" in result.output
    assert "# Seconds between two requests to one host" in (tmp_path / "sosik.toml").read_text(encoding="utf-8")


def test_no_answer_at_all_takes_the_defaults_and_keeps_mails_as_files(init: Init, tmp_path: Path) -> None:
    result = init()
    assert result.exit_code == 0
    config = load_config(tmp_path / "sosik.toml")
    assert (config.mail.to, config.mail.server, config.sosik.topics) == ((), "", ("china-ai",))
    (mail,) = (tmp_path / "sosik" / "outbox").glob("*.eml")
    assert [path.stat().st_mode & 0o777 for path in (mail, mail.parent, mail.parent.parent)] == [0o600, 0o700, 0o700]


def test_options_ask_nothing(init: Init) -> None:
    result = init("--yes", "--to", "a@example.org", "--language", "en", "--no-test")
    assert result.output.startswith("Settings are written to sosik.toml.\nNext: sosik crawl --all")


def test_sources_may_be_named_by_their_publishers_and_be_ones_own(init: Init, tmp_path: Path) -> None:
    block = '[[source]]\nname = "own"\ntitle = "우리 동네"\nhosts = ["own.invalid"]\nfeeds = ["https://own.invalid/rss"]\n'
    for file, arguments in (("sources.toml", ()), ("mine.toml", ("--force",))):
        (tmp_path / file).write_text(block, encoding="utf-8")
        assert init("--yes", "--no-test", "--sources", "한겨레, 우리 동네,hani", *arguments).exit_code == 0
        config = load_config(tmp_path / "sosik.toml")
        assert config.sosik.sources == ("hani", "own")
        assert [source.name for source in load_catalogue(config).enabled] == ["hani", "own"]
        assert config.sosik.sources_file == file
        (tmp_path / "sources.toml").unlink(missing_ok=True)
        (tmp_path / "sosik.toml").write_text('[sosik]\nsources_file = "mine.toml"\n', encoding="utf-8")


def test_a_topic_of_several_words_is_one_and_its_file_may_stand_without_its_ending(init: Init, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="sosik topics new '반도체 수출통제'"):
        init("--yes", "--topics", "반도체 수출통제")
    (tmp_path / "chip-export.toml").write_text('name = "chip-export"\nquery = "수출통제"\n', encoding="utf-8")
    assert init("--yes", "--no-test", "--topics", "chip-export, china-ai").exit_code == 0
    assert load_config(tmp_path / "sosik.toml").sosik.topics == ("chip-export", "china-ai")


def test_an_existing_file_is_kept_unless_forced(init: Init, tmp_path: Path) -> None:
    (tmp_path / "sosik.toml").write_text("# mine\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"sosik\.toml exists already"):
        init("--yes")
    assert (tmp_path / "sosik.toml").read_text(encoding="utf-8") == "# mine\n"
    assert init("--yes", "--force", "--no-test").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--to", "nobody"), "no mail address"), (("--to", "a@b.kr\nBcc: c@d.kr"), "no mail address"),
        (("--server", "smtp.example.org:99999"), "no mail server"), (("--sources", "ynaa"), 'did you mean "yna"'),
        (("--sources", "newsis"), "newsis is switched off"), (("--topics", "chna-ai"), 'did you mean "china-ai"'),
        (("--topics", ","), "name a topic"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_named_and_nothing_is_written(init: Init, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(UserError, match=words):
        init("--yes", *arguments)
    assert not (tmp_path / "sosik.toml").exists()


@pytest.mark.parametrize(
    ("text", "server", "security"),
    [
        ("", Server(), "starttls"),
        ("smtp.example.org", Server(host="smtp.example.org"), "starttls"),
        ("me@example.org@smtp.example.org:465", Server(host="smtp.example.org", port=465, user="me@example.org"), "tls"),
        ("localhost", Server(host="localhost", port=25), "none"),
    ],
)
def test_mail_servers(text: str, server: Server, security: str) -> None:
    assert read_server(text) == server
    assert server.security == security


def test_a_login_without_a_password_says_how_to_give_it_and_writes_none(
    init: Init, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOSIK_SMTP_PASSWORD", raising=False)
    result = init("--yes", "--server", "me@example.org@smtp.example.org:465")
    assert "export SOSIK_SMTP_PASSWORD" in result.output
    config = load_config(tmp_path / "sosik.toml")
    assert (config.mail.user, config.mail.sender, config.mail.security) == ("me@example.org", "me@example.org", "tls")


def test_a_test_mail_that_fails_says_why_and_keeps_the_file(init: Init, tmp_path: Path) -> None:
    with Mailroom(answers={"RCPT": ["550 5.1.1 no such user"]}) as room:
        result = init("--yes", "--to", "a@example.org", "--server", f"{room.host}:{room.port}")
    assert result.exit_code == 1
    assert "550 5.1.1 no such user" in result.output
    assert (tmp_path / "sosik.toml").exists()
