"""Rising 64-bit integers ↔ bytes: what a row keeps of a fingerprint."""

from __future__ import annotations

import struct
from collections.abc import Sequence

NARROW, WIDE = "I", "q"  # unsigned 32 bits when all fit, else signed 64


def packed(numbers: Sequence[int]) -> bytes:
    """One letter that names the width, then the numbers, little-endian. Nothing for none."""
    if not numbers:
        return b""
    code = NARROW if numbers[0] >= 0 and numbers[-1] < 2**32 else WIDE
    return code.encode() + struct.pack(f"<{len(numbers)}{code}", *numbers)


def unpacked(body: bytes) -> tuple[int, ...]:
    """The numbers that `packed` wrote."""
    if not body:
        return ()
    code = body[:1].decode()
    return struct.unpack(f"<{(len(body) - 1) // struct.calcsize(code)}{code}", body[1:])
