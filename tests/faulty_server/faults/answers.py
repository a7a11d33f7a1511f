"""What goes wrong with the answer."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http import HTTPStatus

from tests.faulty_server.faults.fault import Exchange, Fault, Target
from tests.faulty_server.messages import Answer, page_for_humans, phrase, problem


@dataclass(frozen=True, slots=True)
class Status(Fault):
    """An RFC 7807 error. `echo` quotes the request, key and all, in the `detail`."""

    code: int = 500
    retry_after: int | str | None = None  # seconds, or the header's value
    as_date: bool = False  # the seconds as an HTTP date
    html: bool = False  # an error page of something in front of the API
    echo: bool = False
    field: str = "to_url"  # that a 422 complains about

    @property
    def kind(self) -> str:
        return f"Status{self.code}"

    def answer(self, right: Answer, x: Exchange) -> Answer:
        detail = "as scheduled"
        if self.echo:
            key, body = x.received.headers.get("authorization"), x.received.body.decode(errors="replace")
            detail = f"{x.received.method} {x.received.target} with {key}: {body}"
        if self.html:
            page = page_for_humans(f"{phrase(self.code)}: {escape(detail)}")
            answer = Answer(self.code, page, "text/html")
        else:
            invalid = [(self.field, detail)] if self.code == HTTPStatus.UNPROCESSABLE_ENTITY else []
            answer = problem(self.code, x.received.target, detail, *invalid)
        return replace(answer, headers=(*answer.headers, *self._retry_after()))

    def _retry_after(self) -> list[tuple[str, str]]:
        if self.retry_after is None:
            return []
        value = str(self.retry_after)
        if self.as_date:
            value = format_datetime(datetime.now(UTC) + timedelta(seconds=int(value)), usegmt=True)
        return [("Retry-After", value)]


@dataclass(frozen=True, slots=True)
class Says(Fault):
    """An answer of the test's own."""

    status: int
    body: str | bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def answer(self, right: Answer, x: Exchange) -> Answer:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return Answer(self.status, body, headers=self.headers)


@dataclass(frozen=True, slots=True)
class WrongType(Fault):
    """With the right status, valid JSON that is not what it should be."""

    body: str = "{}"

    def answer(self, right: Answer, x: Exchange) -> Answer:
        return Answer(200 if right.status == 204 else right.status, self.body.encode())


@dataclass(frozen=True, slots=True)
class Html(Fault):
    """A page for humans, with a status that says all is well."""

    status: int = 200

    def answer(self, right: Answer, x: Exchange) -> Answer:
        return Answer(self.status, page_for_humans("Welcome"), "text/html")


@dataclass(frozen=True, slots=True)
class HalfJson(Fault):
    """Half of the JSON, with a Content-Length that fits."""

    def answer(self, right: Answer, x: Exchange) -> Answer:
        whole = right.body or b'{"deleted": true}'
        return Answer(200 if right.status == 204 else right.status, whole[: len(whole) // 2])


@dataclass(frozen=True, slots=True)
class Zipped(Fault):
    """So many MiB of zeros, compressed so many times over: little on the wire, a lot in memory."""

    mebibytes: int
    layers: int = 1

    def answer(self, right: Answer, x: Exchange) -> Answer:
        packer, zeros = zlib.compressobj(wbits=31), bytes(2**20)
        body = b"".join(packer.compress(zeros) for _ in range(self.mebibytes)) + packer.flush()
        for _ in range(self.layers - 1):
            body = gzip.compress(body)
        encodings = ", ".join(["gzip"] * self.layers)
        return Answer(200, body, headers=(("Content-Encoding", encodings),))


@dataclass(frozen=True, slots=True)
class Redirect(Fault):
    status: int = 307
    to: Target = Target.OTHER

    def answer(self, right: Answer, x: Exchange) -> Answer:
        target = x.received.target
        there = x.url(self.to, f"{target}{'&' if '?' in target else '?'}redirected=1")
        return Answer(self.status, headers=(("Location", there),))
