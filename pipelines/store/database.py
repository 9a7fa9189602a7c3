"""Opening the database file, and the one kind of transaction there is."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from sqlite_utils import Database

from pipelines.errors import DiskFull, StoreBusy, StoreDamaged, StoreError, StoreForeign
from pipelines.store.schema import APPLICATION_ID, migrations

BUSY_TIMEOUT_S = 70.0  # a lock held for a minute loses nothing (facts: hazards S4)


class Store:
    """An open database. Use as a context manager; one thread at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.db = Database(connection)

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

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_store(path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Store:
    """The database at `path`, made or brought up to date when it must be. Raises StoreError."""
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
        try:
            refuse_foreign(path, connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # an acknowledged commit survives a power cut
            connection.execute("PRAGMA foreign_keys = ON")
            store = Store(path, connection)
            if pending(store.db):
                migrations.apply(store.db)
            return store
        except BaseException:
            connection.close()
            raise


def pending(db: Database) -> bool:
    known = {row.name for row in migrations.applied(db)}
    return any(row.name not in known for row in migrations.pending(db))


def refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    """Raise StoreForeign unless the file is empty or one of ours, and not newer than we are."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if mark != APPLICATION_ID and tables:
        raise StoreForeign(f"{path} is not a sosik database. Name another file with --db or in sosik.toml.")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """SQLite's errors as ours, each with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise StoreBusy(f"{path} is held by another program; nothing was changed. Try again when it has ended.") from error
        if "disk is full" in text or "disk I/O" in text:
            raise DiskFull(f"{path}: no room left on the disk; nothing was lost. Free some space and run again.") from error
        if "unable to open" in text or "readonly" in text:
            raise StoreError(f"{path} cannot be opened or written. Check the folder's rights or name another file.") from error
        raise
    except sqlite3.DatabaseError as error:
        if "malformed" in str(error) or "not a database" in str(error):
            raise StoreDamaged(f"{path} is damaged or not a database ({error}). Restore a backup: sosik db restore.") from error
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(f"{path}: no room left on the disk; nothing was lost. Free some space and run again.") from error
        raise StoreError(f"{path}: {error.strerror}. Check the folder's rights or name another file.") from error
