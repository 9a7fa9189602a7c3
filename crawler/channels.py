"""The ways to a reader: mail, and mail kept as files. Each hands over a Letter or raises DeliveryError."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crawler.mail import MailLine
from pipelines.alerts.card import Letterhead
from pipelines.alerts.compose import Letter, mail
from pipelines.errors import ChannelDown

Heads = Callable[[str], Letterhead]  # recipient → language and sender


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChannel:
    """Mail through a server."""

    line: MailLine
    heads: Heads

    def letterhead(self, recipient: str) -> Letterhead:
        return self.heads(recipient)

    def send(self, letter: Letter, recipient: str) -> str:
        head = self.heads(recipient)
        self.line.send(head.sender, recipient, mail(letter, head, recipient).as_bytes())
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    """Mail as .eml files in a folder, for as long as no server is configured. Any mail program opens them."""

    folder: Path
    heads: Heads

    def letterhead(self, recipient: str) -> Letterhead:
        return self.heads(recipient)

    def send(self, letter: Letter, recipient: str) -> str:
        """One file for each message and recipient; the same message again takes the same name."""
        identity = hashlib.sha256(f"{letter.message_id} {recipient}".encode()).hexdigest()[:12]
        path = self.folder / f"{letter.at.strftime('%Y%m%dT%H%M%SZ')}-{identity}.eml"
        try:
            write_whole(path, mail(letter, self.heads(recipient), recipient).as_bytes())
        except OSError as error:
            raise ChannelDown(f"{path} cannot be written: {error.strerror}") from error
        return f"kept as {path}"


def write_whole(path: Path, content: bytes) -> None:
    """The file with all of this content, or as it was. Readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
