"""What goes wrong on the connection."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.faulty_server.faults.fault import Fault, Line
from tests.faulty_server.messages import Answer

_TLS_RECORD = b"\x17\x03\x03\x00\x20" + b"\x5a" * 32  # application data that nobody encrypted


@dataclass(frozen=True, slots=True)
class Reset(Fault):
    """The connection is reset (RST); no byte of an answer."""

    async def send(self, answer: Answer, line: Line) -> None:
        line.reset()


@dataclass(frozen=True, slots=True)
class Hang(Fault):
    """No answer until the client gives up; or for `seconds`, then a reset."""

    seconds: float | None = None

    async def send(self, answer: Answer, line: Line) -> None:
        if self.seconds is None:
            await asyncio.Event().wait()  # until the client goes away, which cancels this
        else:
            await asyncio.sleep(self.seconds)
        line.reset()


@dataclass(frozen=True, slots=True)
class Slow(Fault):
    """The right answer, `seconds` late. With BEFORE it is right in form only: nothing was carried out."""

    seconds: float = 0.05

    async def send(self, answer: Answer, line: Line) -> None:
        await asyncio.sleep(self.seconds)
        line.send(answer)


@dataclass(frozen=True, slots=True)
class Drip(Fault):
    """The answer, `step` bytes at a time with `pause_s` between them: each single read is in time."""

    pause_s: float = 0.001
    step: int = 1

    async def send(self, answer: Answer, line: Line) -> None:
        rest = b"".join(line.bytes_of(answer))
        while len(rest) > self.step:
            await asyncio.sleep(self.pause_s)
            line.write(rest[: self.step])
            rest = rest[self.step :]
        await asyncio.sleep(self.pause_s)
        line.write_last(rest, answer)


@dataclass(frozen=True, slots=True)
class CutOff(Fault):
    """Half of the body that Content-Length announces, then the end of the connection (or a reset)."""

    reset: bool = False

    async def send(self, answer: Answer, line: Line) -> None:
        head, body = line.bytes_of(answer)
        line.write(head + body[: len(body) // 2] if body else head[: len(head) // 2])
        if self.reset:
            line.reset()
        else:
            line.close()


@dataclass(frozen=True, slots=True)
class Raw(Fault):
    """These bytes, whatever they are; with `ends` the connection is closed then."""

    data: bytes
    ends: bool = False

    async def send(self, answer: Answer, line: Line) -> None:
        line.bytes_of(answer)
        line.write_last(self.data, answer)
        if self.ends:
            line.close()


@dataclass(frozen=True, slots=True)
class BrokenTls(Fault):
    """A record that can't be decrypted, as when a byte was flipped on the way. For a server with TLS."""

    async def send(self, answer: Answer, line: Line) -> None:
        line.write_past_tls(_TLS_RECORD)
        line.close()
