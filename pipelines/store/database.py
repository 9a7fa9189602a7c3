"""Opening the database file, and the one kind of transaction there is."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from sqlite_utils import Database

from pipelines.disk import private_folder
from pipelines.errors import DiskFull, StoreBusy, StoreDamaged, StoreError, StoreForeign, StoreUnwritable
from pipelines.store.archive import Archive
from pipelines.store.files import complaints, newest_sound_backup, read_only
from pipelines.store.schema import APPLICATION_ID, migrations

BUSY_TIMEOUT_S = 70.0  # a lock held for a minute loses nothing (facts: hazards S4)
WAL_BYTES_MAX = 64 * 1024**2  # what stays of the write-ahead log after a checkpoint (facts: hazards S8)
CACHE_KIB = 16 * 1024  # the hot pages of the look-up tables; measured at a million articles in benchmarks/bench_store.py
SMALL_CACHE_KIB = 2048  # for a daemon that looks rows up and lives for months


class Store:
    """An open database. Use as a context manager; one thread at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, lacks_log: bool = False) -> None:
        self.path = path
        self.db = Database(connection)
        self.lacks_log = lacks_log  # what was written last may be missing

    @cached_property
    def archive(self) -> Archive:
        return Archive()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or none of it. Takes the write lock at once, so that reading before writing is safe; may be nested."""
        connection = self.db.conn
        if connection.in_transaction:
            yield connection
            return
        with explained(self.path):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def query(self, statement: str, values: Sequence[object] | Mapping[str, object] = ()) -> sqlite3.Cursor:
        """The answer to one question. Raises StoreError. Take the rows at once, as with `reading`."""
        with self.reading() as connection:
            return connection.execute(statement, values)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """For queries. Keep it short: a query left open keeps the write-ahead log from being emptied."""
        with explained(self.path):
            yield self.db.conn

    def wait_at_most(self, seconds: float) -> None:
        """From now on, for another program that holds the database."""
        self.db.execute(f"PRAGMA busy_timeout = {int(1000 * seconds)}")

    def checkpoint(self) -> bool:
        """Move the write-ahead log into the file and empty it; False when a reader is in the way (the next call gets it)."""
        with explained(self.path):
            (busy, _, _) = self.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def check(self) -> None:
        """Raise StoreDamaged when the file is broken. Reads it all: at the daemon's start, not at each command's."""
        if found := complaints(self.path):
            refuse_damaged(self.path, found[0])

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_store(
    path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S, cache_kib: int = CACHE_KIB, must_exist: bool = False
) -> Store:
    """The database at `path`, made (unless it must exist) or brought up to date when needed. Raises StoreError."""
    with explained_files(path):
        if must_exist and not path.exists():
            raise StoreError(f"{path}: there is no database yet. Make one with: sosik crawl SOURCE")
        private_folder(path.parent)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = connect(path, busy_timeout_s)
        try:
            prepare(connection, cache_kib)
            store = Store(path, connection)
            bring_up_to_date(store)
            return store
        except BaseException:
            connection.close()
            raise


def open_to_read(path: Path) -> Store:
    """The database as `open_store` gives it; where nothing can be written, as it can be read. Raises StoreError."""
    try:
        return open_store(path, must_exist=True)
    except (DiskFull, StoreUnwritable):
        with explained_files(path):
            try:
                return _unwritten(path, alone(path))
            except sqlite3.OperationalError as error:
                if primary_code(error) == sqlite3.SQLITE_BUSY:
                    raise
                log = Path(f"{path}-wal")
                return _unwritten(path, read_only(path, with_log=False), lacks_log=log.exists() and log.stat().st_size > 0)


def alone(path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """A connection that keeps all others out, and so needs no shared index of the log: there may be no room for one on the disk
    (sqlite.org/wal.html#noshm)."""
    connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection


def _unwritten(path: Path, connection: sqlite3.Connection, *, lacks_log: bool = False) -> Store:
    try:
        refuse_foreign(path, connection)
        store = Store(path, connection, lacks_log=lacks_log)
        if is_behind(path, store.db):
            raise StoreUnwritable(f"{path} is of an earlier version and cannot be brought up to date: it cannot be written here.")
        return store
    except BaseException:
        connection.close()
        raise


def connect(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    """A connection to the file that stands there now: while we waited, another may have been put in its place. Raises
    StoreForeign."""
    while True:
        found = path.stat().st_ino
        connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
        try:
            refuse_foreign(path, connection)
            if path.stat().st_ino == found:
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()


def prepare(connection: sqlite3.Connection, cache_kib: int) -> None:
    (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
    if journal != "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # an acknowledged commit survives a power cut
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_MAX}")
    connection.execute(f"PRAGMA cache_size = -{cache_kib}")
    connection.execute("PRAGMA temp_store = MEMORY")  # else each insert with a constraint makes a small file: half a millisecond


def bring_up_to_date(store: Store) -> None:
    """Apply what is missing in one transaction, so that a kill leaves the old version. Raises StoreForeign for a newer file."""
    if not is_behind(store.path, store.db):
        return
    with store.transaction():
        if is_behind(store.path, store.db):  # another process may have been quicker
            migrations.apply(store.db)


def is_behind(path: Path, db: Database) -> bool:
    """Whether the file is of an earlier version. Raises StoreForeign for a newer one."""
    with closing(sqlite3.connect(":memory:")) as nothing:
        ours = [migration.name for migration in migrations.pending(Database(nothing))]
    theirs = [migration.name for migration in migrations.applied(db)]
    if newer := [name for name in theirs if name not in ours]:
        raise StoreForeign(f"{path} was written by a newer sosik (it has {newer[-1]}). Upgrade sosik to open it.")
    return len(theirs) < len(ours)


def refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    """Raise StoreForeign unless the file is empty or one of ours."""
    mark, tables = connection.execute(  # in one look: another process may be making the file just now
        "SELECT application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_application_id"
    ).fetchone()
    if mark != APPLICATION_ID and (mark or tables):
        raise StoreForeign(f"{path} is not a sosik database. Name another file with --db or in sosik.toml.")


def refuse_damaged(path: Path, complaint: str) -> NoReturn:
    backup = newest_sound_backup(path)
    cure = f"Restore the newest good backup: sosik db restore {backup}" if backup else "There is no good backup beside it."
    raise StoreDamaged(f"{path} is damaged or not a database ({complaint}); nothing is written to it. {cure}")


def primary_code(error: sqlite3.Error) -> int:
    """sqlite.org/rescode.html; 0 for an error of the Python module's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """SQLite's errors as ours, each with what to do. A defect of sosik's own (bad SQL, a broken constraint) stays what it is."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        match primary_code(error):
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                raise StoreBusy(
                    f"{path} is held by another program; nothing was changed. Try again when it has ended.") from error
            case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
                raise DiskFull(
                    f"{path} cannot be written ({error}); what was stored is safe. Free some space and run again.") from error
            case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
                raise StoreUnwritable(
                    f"{path} cannot be opened or written. Check the folder's rights or name another file.") from error
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                refuse_damaged(path, str(error))
        raise


@contextmanager
def explained_files(path: Path) -> Iterator[None]:
    """As `explained`, and for what is done to files beside SQLite."""
    try:
        with explained(path):
            yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"{path}: no room left on the disk; nothing was lost. Free some space and run again.") from error
        raise StoreError(f"{path}: {error.strerror}. Check the folder's rights or name another file.") from error
