"""What sosik writes: private, whole or not at all, and where the user wants it."""

from __future__ import annotations

import os
import resource
import signal
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.disk import private_folder, write_shared, write_whole


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_new_folder_is_private_and_old_ones_stay_as_they_are(tmp_path: Path) -> None:
    old = tmp_path / "share"
    old.mkdir()
    old.chmod(0o755)
    for _ in range(2):
        private_folder(old / "sosik" / "outbox")
    assert [rights(each) for each in (old, old / "sosik", old / "sosik" / "outbox")] == [0o755, 0o700, 0o700]


def test_a_new_file_is_private_and_an_old_one_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "sosik.toml"
    write_whole(path, b"1")
    assert rights(path) == 0o600
    path.chmod(0o644)
    write_whole(path, b"2")
    assert (rights(path), path.read_bytes()) == (0o644, b"2")


def test_two_who_write_one_file_leave_one_whole_one(tmp_path: Path) -> None:
    path, contents = tmp_path / "china-ai.atom", [bytes([letter]) * 500_000 for letter in b"ab"]

    def write(content: bytes) -> set[bytes]:
        seen = set()
        for _ in range(40):
            write_whole(path, content)
            seen.add(path.read_bytes())
        return seen

    with ThreadPoolExecutor() as pool:
        seen = set().union(*pool.map(write, contents))
    assert seen <= set(contents)
    assert [each.name for each in tmp_path.iterdir()] == ["china-ai.atom"]


@pytest.fixture
def careful() -> Iterator[None]:
    """As the shipped systemd unit has it."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careful")
def test_what_other_programs_read_is_open_to_them_outside_of_our_folder_alone(tmp_path: Path) -> None:
    home, there = tmp_path / "sosik", tmp_path / "www" / "feeds" / "china-ai.atom"
    write_shared(home / "feeds" / "china-ai.atom", b"1", home=home)
    assert [rights(each) for each in (home / "feeds", home / "feeds" / "china-ai.atom")] == [0o700, 0o600]
    write_shared(there, b"1", home=home)
    assert [rights(each) for each in (there.parent.parent, there.parent, there)] == [0o755, 0o755, 0o644]
    there.chmod(0o600)  # as earlier versions wrote it
    write_shared(there, b"2", home=home)
    assert (rights(there), there.read_bytes()) == (0o644, b"2")


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_stays_one(tmp_path: Path, is_there: bool) -> None:
    real, link = tmp_path / "etc" / "sosik.toml", tmp_path / "sosik.toml"
    link.symlink_to(real)
    if is_there:
        write_whole(real, b"old")
    write_whole(link, b"new")
    assert (link.is_symlink(), real.read_bytes()) == (True, b"new")


@pytest.fixture
def bounded() -> Iterator[None]:
    """No file may grow beyond a megabyte: as on a full disk, a write fails midway."""
    before, heard = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, heard)


@pytest.mark.usefixtures("bounded")
def test_a_full_disk_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "sosik.toml"
    write_whole(path, b"as it was")
    with pytest.raises(OSError, match="File too large"):
        write_whole(path, b"new" * 1_000_000)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"as it was"]
