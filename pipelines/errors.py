"""What can go wrong, one class per consequence.

    SosikError
    ├── UserError            something typed or written by the user: nothing was done, exit 2
    │   ├── FileProblem      a file of the user's, with its line and key
    │   └── QueryError       a search or topic query, with the place of the fault
    ├── AlreadyRunning       another daemon holds the database: exit 3
    ├── StoreError           the database cannot be used as it is: exit 1
    │   ├── StoreBusy        another program holds it for longer than we wait
    │   ├── StoreForeign     the file is not ours, or of a newer version
    │   ├── StoreDamaged     the file is broken: never written to
    │   ├── StoreUnwritable  the file or its folder may not be written; reading may do
    │   └── DiskFull         nothing more can be stored now
    └── DeliveryError        a message could not be handed over
        ├── DeliveryLater    worth another try
        │   ├── DeliveryUnknown   may have arrived
        │   └── ChannelDown       no message can go this way now
        │       └── ChannelUnset  … until its user has set something
        └── DeliveryNever    no try will help

Expected ends (a page that is no article, a duplicate, a 304) are values, never exceptions.
Every message says what happened and what to do.
"""

from __future__ import annotations

from pathlib import Path
from unicodedata import east_asian_width


class SosikError(Exception):
    """Any trouble that sosik explains itself; its text is for the user."""

    exit_code = 1


class UserError(SosikError):
    """Something the user typed cannot be followed; nothing was done."""

    exit_code = 2


class FileProblem(UserError):
    """A file of the user's cannot be followed. `line` counts from 1, 0 when no line can be named."""

    def __init__(self, message: str, *, file: Path | str, line: int = 0, key: str = "") -> None:
        self.file, self.line, self.key = file, line, key
        place = f"{file}:{line}" if line else str(file)
        super().__init__(f"{place}: {f'{key}: ' if key else ''}{message}")


class QueryError(UserError):
    """A query cannot be read. `position` counts characters from 0."""

    def __init__(self, message: str, *, query: str, position: int) -> None:
        self.message, self.query, self.position = message, query, position
        super().__init__(f"query: {self.pointed}")

    @property
    def pointed(self) -> str:
        """The message, and the query with a caret under its fault."""
        return f"{self.message}{_pointed_at(self.query, self.position)}"


AROUND = 60  # characters of a long query shown before and after its fault: with the other side, two lines of a terminal


def _pointed_at(query: str, position: int) -> str:
    """The query with a caret under its fault, where a terminal shows it: Hangul takes two columns. "" for an empty query."""
    if not query.strip():
        return ""
    start = max(position - AROUND, 0)
    before, after = ("".join(c if c.isprintable() else "?" for c in part)
                     for part in (query[start:position], query[position : position + AROUND]))
    columns = sum(2 if east_asian_width(c) in "WF" else 1 for c in before)
    return f"\n  {before}{after}\n  {' ' * columns}^"


class AlreadyRunning(SosikError):
    """Another daemon holds the database; starting again changes nothing."""

    exit_code = 3


class StoreError(SosikError):
    """The database cannot be used as it is."""


class StoreBusy(StoreError):
    """Another program holds the database for longer than we wait."""


class StoreForeign(StoreError):
    """The file is not a sosik database, or was written by a newer sosik."""


class StoreDamaged(StoreError):
    """The database file is broken; it is never written to."""


class StoreUnwritable(StoreError):
    """The file or its folder may not be written by us."""


class DiskFull(StoreError):
    """There is no room left to store anything."""


class DeliveryError(SosikError):
    """A message could not be handed over."""


class DeliveryLater(DeliveryError):
    """The message could not be handed over now; another try may work."""


class DeliveryNever(DeliveryError):
    """The message will never be taken as it is."""


class DeliveryUnknown(DeliveryLater):
    """The message may have been taken: the other side fell silent before it said so. Sent again, it has the same identity."""


class ChannelDown(DeliveryLater):
    """Nothing at all can be handed over this way now; the message itself is not to blame."""


class ChannelUnset(ChannelDown):
    """Nothing can be handed over this way before its user mends a setting or gives a secret: waiting does not help."""
