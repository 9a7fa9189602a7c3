"""sosik.toml: defaults, mistakes, secrets, and the shipped example."""

import re
from pathlib import Path

import pytest

from crawler import config
from crawler.config import load_config
from pipelines.errors import FileProblem, UserError

ROOT = Path(__file__).parent.parent


def written(folder: Path, text: str) -> Path:
    path = folder / "sosik.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_defaults_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    found = load_config(None, {})
    assert found.path is None
    assert found.sosik.language == "ko"
    assert found.database_path == tmp_path / "share" / "sosik" / "sosik.db"


def test_the_example_file_is_the_one_the_code_writes() -> None:
    assert (ROOT / "sosik.example.toml").read_text(encoding="utf-8") == config.example()


def test_the_example_with_every_key_switched_on_is_a_good_file(tmp_path: Path) -> None:
    lines = config.example().splitlines()
    switched_on = [line[2:] if re.match(r"# ([a-z_]+ = |\[\[)", line) else line for line in lines]
    assert load_config(written(tmp_path, "\n".join(switched_on)), {}).fetch.delay_s == config.Fetch().delay_s


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[fetch]\ndelay = 3\n", 'sosik.toml:2: fetch.delay: is not a known key; did you mean "delay_s"?'),
        ('[fetch]\ndelay_s = "3"\n', "sosik.toml:2: fetch.delay_s: must be a number, not text ('3')"),
        ("[fetch]\ndelay_s = 0\n", "must be greater than 0"),
        ('[sosik]\nlanguage = "fr"\n', 'must be "ko" or "en"'),
        ("[fecth]\n", 'is not a known key; did you mean "fetch"?'),
        ('[fetch]\nallow_networks = ["10.0.0.1/8"]\n', "10.0.0.1/8"),
        ('[mail]\npassword = "x"\n', "secrets do not belong here"),
        ('[sosik]\ndata_dir = "~nouser/x"\n', 'sosik.toml:2: sosik.data_dir: "~nouser/x" begins with a home folder'),
        ('[sosik]\n\ntopics = ["china-ai", "~nouser/x.toml"]\n', 'sosik.toml:3: sosik.topics: "~nouser/x.toml" begins with'),
        ('[mail]\nca_file = "~nouser/x.pem"\n', 'sosik.toml:2: mail.ca_file: "~nouser/x.pem" begins with'),
    ],
)
def test_a_mistake_names_file_line_and_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FileProblem) as caught:
        load_config(written(tmp_path, text), {})
    assert words in str(caught.value)


@pytest.mark.parametrize(("to", "words"), [
    ("http://hooks.example.org/x", "must be https: plain http is only for a receiver on this machine"),
    ("http://127.0.0.1.example.org/x", "must be https"), ("https://", "must be the https address"),
    ("ftp://hooks.example.org/x", "must be the https address"), ("https://[::1/x", "must be the https address"),
    ("https://hooks.example.org:port/x", "must be the https address"), ("https://hooks.example.org/a b", "must be the https"),
])
def test_a_webhook_that_would_be_called_in_the_clear_is_refused_when_the_settings_are_read(
    tmp_path: Path, to: str, words: str
) -> None:
    path = written(tmp_path, f'[[recipient]]\nchannel = "webhook"\nto = "{to}"\n')
    with pytest.raises(FileProblem) as caught:
        load_config(path, {})
    assert "sosik.toml:3: recipient.to: " in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("to", ["https://hooks.example.org/x", "http://127.0.0.1:8080/x", "http://[::1]/x", "http://localhost/x"])
def test_a_webhook_is_https_or_on_this_machine(tmp_path: Path, to: str) -> None:
    found = load_config(written(tmp_path, f'[[recipient]]\nchannel = "webhook"\nto = "{to}"\n'), {})
    assert found.recipient[0].to == to


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        load_config(tmp_path / "none.toml", {})


def test_relative_folders_are_relative_to_the_file(tmp_path: Path) -> None:
    found = load_config(written(tmp_path, '[sosik]\ndata_dir = "data"\n'), {})
    assert found.database_path == tmp_path / "data" / "sosik.db"


@pytest.mark.parametrize("name", ["", ".", "..", "data/", "/"])
def test_the_database_is_a_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileProblem, match=r"sosik\.toml:2: sosik\.database: must name a file"):
        load_config(written(tmp_path, f'[sosik]\ndatabase = "{name}"\n'), {})


def test_the_password_comes_from_the_environment_a_file_or_a_systemd_credential(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    kept = tmp_path / "SOSIK_SMTP_PASSWORD"
    kept.write_text("맹꽁이\n", encoding="utf-8")
    assert load_config(path, {"SOSIK_SMTP_PASSWORD": "개구리"}).smtp_password == "개구리"
    assert load_config(path, {"SOSIK_SMTP_PASSWORD_FILE": str(kept)}).smtp_password == "맹꽁이"
    assert load_config(path, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).smtp_password == "맹꽁이"
    with pytest.raises(UserError, match="cannot be read"):
        load_config(path, {"SOSIK_SMTP_PASSWORD_FILE": str(tmp_path / "none")})


def test_the_password_never_shows_in_the_settings_text(tmp_path: Path) -> None:
    assert "개구리" not in repr(load_config(written(tmp_path, ""), {"SOSIK_SMTP_PASSWORD": "개구리"}))


def test_a_reader_of_a_topic_that_is_not_watched_is_an_error(tmp_path: Path) -> None:
    from crawler.plan import load_plan

    for key, wrong, near in (("topics", "chinaai", "china-ai"), ("subtopics", "chip", "chips")):
        path = written(tmp_path, f'[[recipient]]\nto = "desk@example.org"\n{key} = ["{wrong}"]\n')
        with pytest.raises(FileProblem, match=f'recipient.{key}.*did you mean "{near}"'):
            load_plan(path)
