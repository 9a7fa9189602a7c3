"""Opening: our files, other people's, newer, damaged, locked, full; and what stays true of transactions."""

from __future__ import annotations

import hashlib
import multiprocessing
import random
import re
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from pipelines.errors import DiskFull, StoreBusy, StoreDamaged, StoreError, StoreForeign
from pipelines.record import record
from pipelines.store.archive import CHUNK
from pipelines.store.backup import back_up
from pipelines.store.database import Store, open_store
from pipelines.store.schema import APPLICATION_ID, FIRST, migrations
from pipelines.store.tally import tally_all, totals
from pipelines.store.upkeep import check
from tests.store.making import NOW, POLICY, article, page, reading


def test_a_new_file_is_ours_and_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "data" / "sosik.db"
    with open_store(path) as store:
        assert store.db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert store.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store.db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert store.db.execute("PRAGMA foreign_keys").fetchone() == (1,)
        store.db.execute("INSERT INTO beat VALUES ('a', 'b', 'c')")
        assert {stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_must_exist_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database yet"):
        open_store(tmp_path / "typo.db", must_exist=True)
    assert list(tmp_path.iterdir()) == []


def other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")


def marked_by_another(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 77")
        connection.commit()


@pytest.mark.parametrize("make", [other_program, marked_by_another])
def test_another_programs_database_is_refused_and_untouched(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "places.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(StoreForeign, match="not a sosik database"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear Sir or Madam, " * 50)
    with pytest.raises(StoreDamaged, match="not a database"):
        open_store(path)
    assert path.read_text().startswith("Dear Sir")


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    with open_store(path) as store:
        later = Migrations("sosik")
        later(name="m999_from_the_future")(lambda db: db.execute("CREATE TABLE hoverboard (id INTEGER)"))
        later.apply(store.db)
    with pytest.raises(StoreForeign, match=r"newer sosik.*m999_from_the_future"):
        open_store(path)


with closing(sqlite3.connect(":memory:")) as nothing:
    NAMES = [each.name for each in migrations.pending(Database(nothing))]


@pytest.mark.parametrize("version", range(len(NAMES)))
def test_every_earlier_version_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    path = tmp_path / "sosik.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrations.apply(Database(connection), stop_before=NAMES[version])
        if version == 0:  # no version yet: an empty file
            connection.execute("DROP TABLE IF EXISTS _sqlite_migrations")
    with open_store(path) as store, open_store(tmp_path / "fresh.db") as fresh:
        assert [each.name for each in migrations.applied(store.db)] == NAMES
        assert store.db.schema == fresh.db.schema


def test_a_migration_that_databases_have_been_through_is_never_edited() -> None:
    """It would change new databases and no old one. What comes is a migration of its own."""
    assert hashlib.sha256(FIRST.encode()).hexdigest() == "e2663de4547db302250504fb90723edc693a1e9e61a39c7873f4bbd65f1d1843"


def test_what_an_earlier_version_held_is_counted_once_it_is_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrations.apply(Database(connection), stop_before="m002_counts_and_hours")
        connection.executemany(
            "INSERT INTO address (key, url, source, state, outcome, discovered_at) VALUES (?, '', 'yna', 'done', ?, '')",
            [("a", "gone"), ("b", "gone"), ("c", None)],
        )
        connection.execute("INSERT INTO story (headline, first_seen_at, last_seen_at, articles) VALUES ('', '', '', 0)")
    with open_store(path) as store:
        assert [(tally.source, tally.outcome, tally.count) for tally in tally_all(store)] == [("yna", "gone", 2)]
        assert totals(store).stories == 1
        assert check(store) == ()


def test_why_an_earlier_version_dropped_a_delivery_is_noted_as_a_key(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrations.apply(Database(connection), stop_before="m006_reasons_are_keys")
        connection.execute("INSERT INTO notice (id, message_id, subject, body, born_at) VALUES (1, '', '', '', '')")
        connection.executemany(
            """INSERT INTO delivery (notice_id, channel, recipient, mode, next_try_at, state, trouble)
               VALUES (1, 'mail', ?, 'instant', '', ?, ?)""",
            [("a", "dropped", "the story was muted"), ("b", "dropped", "not among the recipients any more"), ("c", "dead", "5")],
        )
    with open_store(path) as store:
        noted = store.query("SELECT trouble FROM delivery ORDER BY id")
        assert [trouble for (trouble,) in noted] == ["muted", "unwanted", "5"]


def test_a_migration_that_fails_leaves_the_old_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sosik.db"
    open_store(path).close()

    def half(db: Database) -> None:
        db.execute("CREATE TABLE half_done (id INTEGER)")
        raise RuntimeError("killed here")

    monkeypatch.setattr(migrations, "_migrations", list(migrations._migrations))
    migrations(name="m998_half")(half)
    with pytest.raises(RuntimeError, match="killed here"):
        open_store(path)
    monkeypatch.undo()
    with open_store(path) as store:
        assert "half_done" not in store.db.table_names()


def open_and_write(path: Path, number: int) -> None:
    with open_store(path) as store, store.transaction() as connection:
        connection.execute("INSERT INTO beat VALUES (?, '', '')", (str(number),))


def test_many_programs_may_make_the_same_new_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=open_and_write, args=(path, number)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 3
    with open_store(path) as store:
        assert store.db["beat"].count == 3


def flip(path: Path, table: str) -> None:
    """Spoil the first page of a table."""
    with closing(sqlite3.connect(path)) as connection:
        (number,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    with path.open("r+b") as file:
        file.seek((number - 1) * 4096)
        file.write(b"\xff" * 64)


def test_a_damaged_file_is_noticed_and_the_newest_good_backup_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    with open_store(path) as store:
        record(store, reading(), now=NOW, policy=POLICY)
        good = back_up(store, now=NOW)
        store.checkpoint()
    bad = good.with_name("sosik-20990101T000000Z.db")
    bad.write_bytes(good.read_bytes())
    for each in (path, bad):
        flip(each, "article")
    flip(path, "tally")
    before = path.read_bytes()
    with open_store(path) as store:
        with pytest.raises(StoreDamaged, match=good.name):
            store.check()
        with pytest.raises(StoreDamaged, match=good.name):
            record(store, reading(), now=NOW, policy=POLICY)
        with pytest.raises(StoreDamaged, match=good.name):
            totals(store)
    assert path.read_bytes() == before


def test_a_lock_held_by_another_program_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    with open_store(path) as store, closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        free = threading.Timer(1.5, other.execute, ("COMMIT",))
        free.start()
        started = time.monotonic()
        record(store, reading(), now=NOW, policy=POLICY)
        assert time.monotonic() - started > 1
        free.join()
        assert store.db["article"].count == 1


def test_a_lock_held_for_too_long_is_told_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    open_store(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other, open_store(path, busy_timeout_s=0.1) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="held by another program"):
            record(store, reading(), now=NOW, policy=POLICY)
        other.execute("COMMIT")
        assert record(store, reading(), now=NOW, policy=POLICY).article_id == 1


def test_readers_do_not_block_the_writer_nor_see_half_of_its_work(tmp_path: Path) -> None:
    path = tmp_path / "sosik.db"
    with open_store(path, busy_timeout_s=0.1) as store, open_store(path) as reader:
        reader.db.execute("BEGIN")
        assert reader.db["article"].count == 0
        record(store, reading(), now=NOW, policy=POLICY)
        assert reader.db["article"].count == 0
        reader.db.execute("COMMIT")
        assert reader.db["article"].count == 1


def fill(store: Store) -> None:
    for number in range(100):
        record(store, reading(at=page(f"n{number}", body=bytes(range(256)) * number)), now=NOW, policy=POLICY)


def test_a_full_disk_is_told_loses_nothing_and_heals(store: Store) -> None:
    record(store, reading(), now=NOW, policy=POLICY)
    (pages,) = store.db.execute("PRAGMA page_count").fetchone()
    store.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull, match="what was stored is safe"):
        fill(store)
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    kept = store.db["article"].count
    store.db.execute("PRAGMA max_page_count = 1000000")
    record(store, reading(article("다시 쓸 수 있다"), page("after")), now=NOW, policy=POLICY)
    assert store.db["article"].count == kept + 1


def test_the_log_stays_bounded_while_someone_walks_through_everything(store: Store) -> None:
    def keep(number: int) -> None:
        made = page(f"n{number:03}", body=random.Random(number).randbytes(40_000))
        with store.transaction() as connection:
            store.archive.put(connection, made, store.archive.compress(connection, made.body), is_kept=False)

    for number in range(CHUNK + 20):
        keep(number)
    with open_store(store.path) as reader:
        walk = reader.archive.pages(reader.db.conn)
        next(walk)
        for number in range(CHUNK + 20, CHUNK + 300):
            keep(number)
        assert Path(f"{store.path}-wal").stat().st_size < 8 * 1024**2  # of 16 MiB that were written
        assert store.checkpoint()
        assert Path(f"{store.path}-wal").stat().st_size == 0
        assert len(list(walk)) == CHUNK + 299


def test_a_defect_in_the_middle_takes_everything_back(store: Store) -> None:
    def work() -> None:
        with store.transaction() as connection:
            connection.execute("INSERT INTO beat VALUES ('a', '', '')")
            with store.transaction() as inner:
                inner.execute("INSERT INTO beat VALUES ('b', '', '')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert store.db["beat"].count == 0


def test_no_reference_is_deferred(store: Store) -> None:
    """Measured: with one open, storing an article read the whole article table, 9 ms at 100,000 articles."""
    assert store.db.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%DEFERR%'").fetchall() == []


@pytest.mark.checkout
def test_nobody_above_the_store_works_on_its_connection_but_by_reading_and_transaction() -> None:
    root = Path(__file__).parents[2]
    above = [path for room in ("crawler", "pipelines") for path in (root / room).rglob("*.py") if path.parent.name != "store"]
    assert [path for path in above if re.search(r"(store|self)\.db\b", path.read_text(encoding="utf-8"))] == []
