"""Content-Encoding of an answer, with a bound on what comes out: a few kilobytes can unpack to gigabytes."""

from __future__ import annotations

import zlib

from defacto_webhooks.api.errors import Unreadable


def decoded(content: bytes | bytearray, encoding: str, limit: int) -> bytes:
    """`content` without its `encoding` (none, or gzip once), at most `limit` bytes. Raises Unreadable."""
    match [layer.strip().lower() for layer in encoding.split(",") if layer.strip()]:
        case [] | ["identity"]:
            return bytes(content)
        case ["gzip" | "x-gzip"]:
            return _unzipped(content, limit)
    raise Unreadable("uses an encoding that was not requested")


def too_large(limit: int) -> Unreadable:
    """What is said of more than `limit` bytes."""
    return Unreadable(f"is larger than {limit // 1024**2} MiB")


def _unzipped(content: bytes | bytearray, limit: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unpacker.decompress(content, limit + 1)
    except zlib.error:
        raise Unreadable("can't be unpacked") from None
    if len(plain) > limit:
        raise too_large(limit)
    if content and (not unpacker.eof or unpacker.unused_data):
        raise Unreadable("can't be unpacked: it is cut off, or something follows it")
    return plain
