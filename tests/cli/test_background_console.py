"""Lines for a reader who reads slowly, not at all, or has left."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from defacto_webhooks.cli import background_console
from defacto_webhooks.cli.background_console import BackgroundWriter

LINE = b"x" * 999 + b"\n"


class Told:
    """What a writer says of itself."""

    def __init__(self) -> None:
        self.lost: list[int] = []
        self.failed: list[str] = []
        self.has_failed = threading.Event()

    def writer(self, descriptor: int) -> BackgroundWriter:
        return BackgroundWriter(descriptor, lost=self.lost.append, failed=self._fail)

    def _fail(self, error: OSError) -> None:
        self.failed.append(str(error.strerror))
        self.has_failed.set()


def test_everything_is_written_in_order(tmp_path: Path) -> None:
    told = Told()
    with (tmp_path / "out").open("wb", buffering=0) as out:
        writer = told.writer(out.fileno())
        for number in range(1000):
            writer.write(f"{number}\n".encode())
        assert writer.close(10) == 0
    assert (tmp_path / "out").read_text().split() == [str(number) for number in range(1000)]
    assert told.lost == []


def test_a_reader_who_comes_back_is_told_how_many_lines_were_lost() -> None:
    told = Told()
    reading, writing = os.pipe()
    most = background_console._MOST_BYTES // len(LINE)
    writer = told.writer(writing)
    for _ in range(3 * most):
        writer.write(LINE)
    got = bytearray()
    reader = threading.Thread(target=lambda: got.extend(_all_of(reading)))
    reader.start()
    assert writer.close(20) == 0, "the rest was read"
    os.close(writing)
    reader.join()
    assert len(told.lost) == 1
    assert len(got) == (3 * most - told.lost[0]) * len(LINE)
    assert told.lost[0] > most


def test_a_reader_who_does_not_come_back_holds_up_nobody() -> None:
    told = Told()
    reading, writing = os.pipe()
    writer = told.writer(writing)
    for _ in range(10_000):
        writer.write(LINE)
    assert writer.close(0.1) > 9_000
    os.close(reading)  # the thread ends
    assert told.lost == []


def test_a_reader_who_left_has_seen_enough() -> None:
    told = Told()
    reading, writing = os.pipe()
    os.close(reading)
    writer = told.writer(writing)
    for _ in range(100):
        writer.write(LINE)
    assert writer.close(10) == 0
    os.close(writing)
    assert (told.lost, told.failed) == ([], [])


def test_what_can_t_be_written_is_told_once() -> None:
    told = Told()
    with Path("/dev/full").open("wb", buffering=0) as out:
        writer = told.writer(out.fileno())
        for _ in range(3):
            writer.write(LINE)
        assert told.has_failed.wait(10)
        writer.write(LINE)
        assert writer.close(10) == 0
    assert told.failed == ["No space left on device"]


def test_a_file_that_others_made_non_blocking_is_written_all_the_same() -> None:
    told = Told()
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    writer = told.writer(writing)
    for _ in range(1000):
        writer.write(LINE)
    got = bytearray()
    reader = threading.Thread(target=lambda: got.extend(_all_of(reading)))
    reader.start()
    assert writer.close(20) == 0
    os.close(writing)
    reader.join()
    assert bytes(got) == LINE * 1000


def _all_of(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read()
