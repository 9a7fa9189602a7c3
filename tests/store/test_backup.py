"""Backups that can be put back, and a database that says what is wrong with it."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from crawler.cli.main import sosik
from crawler.cli.status import complaints
from crawler.daily_backup import back_up_or_tell, is_owed
from pipelines.alerts.notice_words import NoticeWords
from pipelines.errors import DiskFull, SosikError, StoreBusy, StoreDamaged, StoreError, StoreForeign, UserError
from pipelines.record import record
from pipelines.store import backup, database
from pipelines.store.backup import back_up, restore
from pipelines.store.beats import BACKUP, beat
from pipelines.store.database import Store, open_store, refuse_foreign
from pipelines.store.files import backups_of, newest_sound_backup, partial
from pipelines.store.room import free_bytes
from pipelines.store.schema import migrations
from pipelines.store.upkeep import check, compact, stats
from pipelines.wording import Wording
from tests.daemon.beside import notices
from tests.store.making import FOREST, NOW, POLICY, article, match, page, reading
from tests.store.test_database import flip

LATER = NOW + timedelta(days=1)
PAGES_APART = 8 * 4096  # a copy is packed more closely than what it was made of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of one article, closed."""
    made = tmp_path / "sosik.db"
    with open_store(made) as store:
        record(store, reading(matches=[match()]), now=NOW, policy=POLICY)
    return made


def titles(path: Path) -> list[str]:
    with open_store(path) as store:
        return [title for (title,) in store.db.execute("SELECT title FROM article ORDER BY id")]


def add(path: Path) -> None:
    with open_store(path) as store:
        record(store, reading(article("대설에 탐방로 통제", FOREST), page("b")), now=LATER, policy=POLICY)


def test_a_backup_is_whole_private_and_named_by_its_time(path: Path) -> None:
    with open_store(path) as store:
        made = back_up(store, now=NOW)
    assert made == path.parent / "backups" / "sosik-20250203T050000Z.db"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert titles(made) == titles(path)
    with open_store(made) as copy:
        assert check(copy) == ()


def test_what_is_restored_is_what_was_backed_up_and_the_rest_is_moved_aside(path: Path) -> None:
    with open_store(path) as store:
        made = back_up(store, now=NOW)
    add(path)
    aside = restore(path, made, now=LATER)
    assert len(titles(path)) == 1
    assert aside is not None
    assert len(titles(aside)) == 2
    add(path)  # and it can be worked with
    assert len(titles(path)) == 2


def test_what_was_moved_aside_is_never_written_over(path: Path) -> None:
    with open_store(path) as store:
        made = back_up(store, now=NOW)
    add(path)
    aside = restore(path, made, now=LATER)
    with pytest.raises(StoreError, match="there already"):
        restore(path, made, now=LATER)
    assert aside is not None
    assert len(titles(aside)) == 2


def test_a_damaged_database_can_be_restored(path: Path) -> None:
    with open_store(path) as store:
        made = back_up(store, now=NOW)
    flip(path, "article")
    Path(f"{path}-wal").write_bytes(b"left over from before")
    restore(path, made, now=LATER)
    assert len(titles(path)) == 1


def test_a_lost_database_can_be_restored(path: Path) -> None:
    with open_store(path) as store:
        made = back_up(store, now=NOW)
    path.unlink()
    assert restore(path, made, now=LATER) is None
    assert len(titles(path)) == 1


def test_nothing_is_restored_while_another_program_works(path: Path) -> None:
    with open_store(path) as store:
        made = back_up(store, now=NOW)
        store.db.execute("SELECT count(*) FROM article").fetchone()
        with pytest.raises(StoreBusy, match="in use"):
            restore(path, made, now=LATER)
        assert store.db["article"].count == 1


def test_nothing_is_restored_when_another_program_begins_to_work_meanwhile(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(path) as store, ExitStack() as others:
        made = back_up(store, now=NOW)

        def begin(folder: Path) -> int:
            others.enter_context(open_store(path))
            return free_bytes(folder)

        store.close()
        monkeypatch.setattr(backup, "free_bytes", begin)
        with pytest.raises(StoreBusy, match="in use"):
            restore(path, made, now=LATER)
    assert {each.name for each in path.parent.iterdir()} == {"sosik.db", "backups"}


def test_no_one_begins_while_a_backup_takes_the_databases_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(path) as store:
        made = back_up(store, now=NOW)
    seen = []

    def look(database: Path, now: datetime) -> Path:
        with pytest.raises(StoreBusy):
            open_store(path, busy_timeout_s=0.1)
        seen.append(database)
        return move_aside(database, now)

    move_aside = backup._move_aside
    monkeypatch.setattr(backup, "_move_aside", look)
    restore(path, made, now=LATER)
    assert seen == [path]


def test_who_opened_the_file_before_a_backup_took_its_place_reads_that(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(path) as store:
        made = back_up(store, now=NOW)
    add(path)
    looks = []

    def look(database: Path, connection: sqlite3.Connection) -> None:
        looks.append(database)
        if len(looks) == 1:
            restore(path, made, now=LATER)
        refuse_foreign(database, connection)

    monkeypatch.setattr(database, "refuse_foreign", look)
    assert len(titles(path)) == 1


def test_a_backup_of_a_newer_version_is_refused_and_changes_nothing(path: Path) -> None:
    with open_store(path) as store:
        made = back_up(store, now=NOW)
    with closing(sqlite3.connect(made)) as connection, connection:
        connection.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('sosik', 'm999_later', '')")
    add(path)
    with pytest.raises(StoreForeign, match=r"newer sosik.*m999_later"):
        restore(path, made, now=LATER)
    assert len(titles(path)) == 2
    assert not list(path.parent.glob("*replaced*"))


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(path: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        migrations.apply(Database(connection), stop_before="m002_counts_and_hours")
    restore(path, old, now=LATER)
    with open_store(path) as store:
        assert check(store) == ()
    assert not list(tmp_path.glob("*.partial*"))


def test_what_stands_in_the_log_of_a_file_is_restored_too(path: Path, tmp_path: Path) -> None:
    with open_store(tmp_path / "other.db") as other:
        record(other, reading(), now=NOW, policy=POLICY)
        path.unlink()
        restore(path, other.path, now=LATER)
    assert len(titles(path)) == 1


@pytest.mark.parametrize(("spoil", "kind"), [("damaged", StoreDamaged), ("foreign", StoreForeign), ("missing", UserError)])
def test_an_unfit_backup_is_refused_and_changes_nothing(path: Path, tmp_path: Path, spoil: str, kind: type[SosikError]) -> None:
    backup = tmp_path / "copy.db"
    if spoil == "damaged":
        with open_store(path) as store:
            back_up(store, now=NOW, to=backup)
        flip(backup, "article")
    elif spoil == "foreign":
        sqlite3.connect(backup).execute("CREATE TABLE other (id)").connection.close()
    with pytest.raises(kind):
        restore(path, backup, now=LATER)
    assert len(titles(path)) == 1
    assert not list(tmp_path.glob("*replaced*"))


def test_backups_of_one_second_are_numbered_and_the_last_is_the_newest(path: Path) -> None:
    with open_store(path) as store:
        made = [back_up(store, now=NOW, keep=20) for _ in range(11)]
        assert len({*made}) == 11
        assert backups_of(path) == made[::-1]
        partial(made[0].with_name(made[0].name.replace(".db", "-12.db"))).touch()
        assert back_up(store, now=NOW, keep=2).name.endswith("-13.db"), "another one is being written"
        assert backups_of(path)[1:] == [made[-1]]


def test_only_the_newest_backups_stay_and_a_spoilt_one_is_never_the_newest_good(path: Path) -> None:
    with open_store(path) as store:
        made = [back_up(store, now=NOW + timedelta(hours=hour), keep=2) for hour in range(3)]
    assert [each.exists() for each in made] == [False, True, True]
    flip(made[2], "article")
    assert newest_sound_backup(path) == made[1]


@pytest.mark.parametrize("name", ["sosik-test.db", "sosik.sqlite", "sosik-20250101T000000Z.db"])
def test_backups_of_another_database_in_the_folder_are_left_alone(path: Path, name: str) -> None:
    with open_store(path) as store, open_store(path.with_name(name)) as other:
        ours, theirs = back_up(store, now=NOW), back_up(other, now=LATER)
        assert (newest_sound_backup(path), newest_sound_backup(other.path)) == (ours, theirs)
        back_up(store, now=LATER + timedelta(hours=1), keep=1)
    assert [ours.exists(), theirs.exists()] == [False, True]


def test_a_name_that_looks_like_a_pattern_has_backups_too(tmp_path: Path) -> None:
    with open_store(tmp_path / "news[1].db") as store:
        assert back_up(store, now=NOW) == newest_sound_backup(store.path)


@pytest.fixture
def disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Leaves so many bytes free on the disk; what backups take and give is counted."""

    def leave(free: int) -> None:
        before = sum(each.stat().st_size for each in (path.parent / "backups").glob("*.db"))

        def free_now(folder: Path) -> int:
            return free + before - sum(each.stat().st_size for each in folder.glob("*.db"))

        monkeypatch.setattr(backup, "FREE_BYTES_MIN", 0)
        monkeypatch.setattr(backup, "free_bytes", free_now)

    return leave


def test_the_oldest_backups_give_way_to_a_new_one(path: Path, disk: Callable[[int], None]) -> None:
    with open_store(path) as store:
        made = [back_up(store, now=NOW + timedelta(hours=hour)) for hour in range(4)]
        disk(made[0].stat().st_size // 2)
        made.append(back_up(store, now=LATER))
    assert [each.exists() for each in made] == [False, True, True, True, True]


def test_without_room_the_newest_good_backup_stays_and_no_new_one_is_begun(path: Path, disk: Callable[[int], None]) -> None:
    with open_store(path) as store:
        made = [back_up(store, now=NOW + timedelta(hours=hour)) for hour in range(2)]
        flip(made[1], "article")
        disk(-10 * made[0].stat().st_size)
        with pytest.raises(DiskFull, match="a backup needs"):
            back_up(store, now=LATER)
        assert [each.exists() for each in made] == [True, True]
        disk(PAGES_APART)
        made.append(back_up(store, now=LATER))
    assert [each.exists() for each in made] == [True, False, True]
    assert newest_sound_backup(path) == made[2]


def test_nothing_is_restored_without_room_for_it(path: Path, disk: Callable[[int], None]) -> None:
    with open_store(path) as store:
        made = back_up(store, now=NOW)
    disk(0)
    with pytest.raises(DiskFull, match="nothing was changed"):
        restore(path, made, now=LATER)
    assert not [each for each in path.parent.iterdir() if "replaced" in each.name or each.suffix == ".partial"]


def test_a_full_disk_is_told_once_and_shown_until_a_backup_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say = Wording("en")
    with open_store(path) as store:
        monkeypatch.setattr(backup, "FREE_BYTES_MIN", 10**18)
        for day in range(2):
            assert back_up_or_tell(store, POLICY, keep=7, now=NOW + timedelta(days=day)) is None
        (told,) = notices(store, say)
        assert told.subject == "[sosik] needs a look: backups"
        assert told.lines == (
            "No backup could be made today: there is not enough room on the disk. It is tried again every hour.",)
        assert store.db.execute("SELECT count(*) FROM delivery WHERE notice_id = 1").fetchone() == (1,)
        assert any("no backup could be made" in line for line in complaints(store, say, NOW))
        monkeypatch.undo()
        for day in (1, 2):
            assert back_up_or_tell(store, POLICY, keep=7, now=LATER + timedelta(days=day))
        assert not any("backup" in line for line in complaints(store, say, NOW))
        over = notices(store, Wording("ko"))[1:]
        assert over == [NoticeWords(subject="[소식] 정상으로 돌아옴: 백업", lines=("백업이 다시 만들어졌습니다.",))]
        assert store.db.execute("SELECT thread_id FROM notice WHERE id = 2").fetchone() == (1,)


def test_a_reason_that_an_earlier_version_wrote_is_shown_as_it_is(path: Path) -> None:
    with open_store(path) as store:
        beat(store, BACKUP, "/data/backups: a backup needs 2.0 GB", NOW)
        assert "백업하지 못했습니다 — /data/backups: a backup needs 2.0 GB" in list(complaints(store, Wording("ko"), NOW))


def test_a_backup_made_by_hand_is_one(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(path) as store:
        monkeypatch.setattr(backup, "FREE_BYTES_MIN", 10**18)
        assert back_up_or_tell(store, POLICY, keep=7, now=NOW) is None
        assert is_owed(store)
        monkeypatch.undo()
        done = CliRunner().invoke(sosik, ["--db", str(path), "db", "backup", str(tmp_path / "elsewhere.db")])
        assert done.exit_code == 0, done.output
        assert not is_owed(store)
        assert not any("backup" in line for line in complaints(store, Wording("en"), NOW))


def test_a_folder_that_takes_no_backups_is_told_like_a_full_disk(path: Path) -> None:
    (path.parent / "backups").write_text("a file")
    with open_store(path) as store:
        assert back_up_or_tell(store, POLICY, keep=7, now=NOW) is None
        assert is_owed(store)


def test_no_backup_is_made_where_none_is_wanted(path: Path) -> None:
    with open_store(path) as store:
        assert back_up_or_tell(store, POLICY, keep=0, now=NOW) is None
    assert not (path.parent / "backups").exists()


def test_a_backup_never_overwrites_a_file(path: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken.db"
    taken.write_text("mine")
    with open_store(path) as store, pytest.raises(StoreError, match="there already"):
        back_up(store, now=NOW, to=taken)
    assert taken.read_text() == "mine"


@pytest.mark.parametrize(("damage", "told"), [
    ("DELETE FROM article_search_docsize", "missing from the search index"),
    ("UPDATE story SET articles = 9", "miscount"),
    ("UPDATE raw_page SET dictionary_id = 4", "dictionary"),
    ("UPDATE tally SET count = count + 1 WHERE name = 'article'", "1 counts that reports show are wrong"),
])
def test_check_tells_what_does_not_fit_together(path: Path, damage: str, told: str) -> None:
    with open_store(path) as store:
        assert check(store) == ()
        store.db.execute(damage)
        assert any(told in line for line in check(store))


def test_stats_count_what_is_there(store: Store) -> None:
    record(store, reading(matches=[match()]), now=NOW, policy=POLICY)
    figures = stats(store)
    assert (figures.articles, figures.stories, figures.matches, figures.alerts, figures.raw_pages) == (1, 1, 1, 1, 1)
    assert figures.oldest == figures.newest == "2025-02-03T05:00:00Z"


def test_compacting_gives_room_back(store: Store) -> None:
    for number in range(50):
        record(store, reading(at=page(f"n{number}", body=bytes(range(256)) * 64)), now=NOW, policy=POLICY)
    store.db.execute("DELETE FROM raw_page")
    store.checkpoint()
    before = store.path.stat().st_size
    compact(store)
    assert store.path.stat().st_size < before
    assert check(store) == ()
