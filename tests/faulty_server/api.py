"""What the server does with a request: the right thing, or what the schedule says."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from tests.faulty_server import faults as f
from tests.faulty_server.account import Account, Stored
from tests.faulty_server.messages import (
    HTML,
    Answer,
    Received,
    Request,
    as_json,
    invalid_params,
    problem,
    refusal,
)
from tests.faulty_server.pages import Setup, page, url_to


@dataclass(slots=True)
class _Late:
    due_at: int  # the request before which it lands
    land: Callable[[], object]


@dataclass(slots=True)
class Api:
    """The state of one example. Only the server's thread calls it; `origins` are (this, other)."""

    setup: Setup
    origins: tuple[str, str]  # host:port
    later: Callable[[float, Callable[[], object]], object]
    account: Account = field(init=False)
    log: list[Request] = field(init=False, default_factory=list)
    fired: list[f.Fired] = field(init=False, default_factory=list)
    _counts: Counter[f.Call] = field(init=False, default_factory=Counter)
    _late: list[_Late] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.account = Account(self.setup.account, self.setup.ids, self.setup.seed)

    def handle(self, received: Received) -> tuple[Answer, f.Fault | None, Request]:
        """The answer, and the fault that the connection may still have to play out on it."""
        entry = self._enter(received)
        due = self._due(entry)
        writers = [on for on in due if isinstance(on.fault, f.SecondWriter)]
        self._second_writers(writers, f.When.BEFORE, entry)
        on = next((on for on in due if not isinstance(on.fault, f.SecondWriter)), None)
        self.account.cause, self.account.request = "request", entry.position
        answer, fault = self._respond(received, entry, on.fault if on else None)
        if on and fault:
            self.fired.append(f.Fired(on, entry.position))
        entry.fault = fault
        self._second_writers(writers, f.When.AFTER, entry)
        return answer, fault, entry

    def lure(self, received: Received) -> Answer:
        """What the other origin answers: right in form, so that whoever follows there notices nothing."""
        match received.call:
            case f.Call.LIST:
                return page(self.account, self.setup, received, None, self.origins)
            case f.Call.DELETE:
                return Answer(204)
            case f.Call.CREATE | f.Call.PATCH:
                status = 201 if received.call is f.Call.CREATE else 200
                return as_json(status, {"id": "elsewhere", **(received.json() or {})})
            case _:
                return Answer(200, b"Hello!", "text/plain")

    def land_late(self) -> None:
        """Carry out everything that is still on its way."""
        late, self._late = self._late, []
        for change in late:
            change.land()

    def _enter(self, received: Received) -> Request:
        call = received.call
        position = len(self.log)
        entry = Request(
            position,
            call,
            received.method,
            received.target,
            received.json(),
            dict(received.headers),
            time.monotonic(),
        )
        self.log.append(entry)
        self._counts.update({call, f.Call.ANY} | ({f.Call.WRITE} if call in f.WRITES else set()))
        due = [change for change in self._late if change.due_at <= position]
        self._late = [change for change in self._late if change.due_at > position]
        for change in due:
            change.land()
        return entry

    def _due(self, entry: Request) -> list[f.On]:
        kinds = {entry.call, f.Call.ANY} | ({f.Call.WRITE} if entry.call in f.WRITES else set())
        return [
            on
            for on in self.setup.faults
            if on.call in kinds
            and entry.call in on.fault.calls
            and on.nth <= self._counts[on.call] < on.nth + on.times
        ]

    def _second_writers(self, due: Sequence[f.On], when: f.When, entry: Request) -> None:
        for on in due:
            if isinstance(on.fault, f.SecondWriter) and on.fault.when is when:
                self.account.cause, self.account.request = "second writer", entry.position
                on.fault.act(self.account)
                self.fired.append(f.Fired(on, entry.position))

    def _respond(
        self, received: Received, entry: Request, fault: f.Fault | None
    ) -> tuple[Answer, f.Fault | None]:
        """The answer, and the fault if it makes any difference here."""
        answer, commit = self._prepare(received, entry, fault)
        if isinstance(fault, f.LIST_FAULTS) and answer == self._prepare(received, entry, None)[0]:
            fault = None
        if isinstance(fault, f.Late | f.StoresOther) and commit is None:
            fault = None
        if isinstance(fault, f.Late) and commit:
            self._schedule(fault, commit, entry)
        elif commit and (fault is None or fault.when is f.When.AFTER or isinstance(fault, f.StoresOther)):
            commit()
            entry.committed = True
        return self._spoil(answer, received, fault.answer if isinstance(fault, f.Late) else fault), fault

    def _schedule(self, fault: f.Late, commit: Callable[[], object], entry: Request) -> None:
        def land() -> None:
            self.account.cause, self.account.request = "late", len(self.log) - 1
            commit()
            entry.committed = True

        change = _Late(entry.position + fault.further_requests, land)
        if fault.seconds is not None:
            change.due_at = 1 << 60

            def land_in_time() -> None:
                if change in self._late:  # not if everything was made to land meanwhile
                    self._late.remove(change)
                    land()

            self.later(fault.seconds, land_in_time)
        self._late.append(change)

    def _prepare(
        self, received: Received, entry: Request, fault: f.Fault | None
    ) -> tuple[Answer, Callable[[], object] | None]:
        """What is right to answer, and the change that goes with it."""
        if received.headers.get("authorization") != f"Bearer {self.setup.key}":
            return problem(401, received.target, "unknown API key"), None
        match entry.call:
            case f.Call.HELLO:
                return Answer(200, b"Hello!", "text/plain"), None
            case f.Call.LIST:
                return page(self.account, self.setup, received, fault, self.origins), None
            case f.Call.CREATE | f.Call.PATCH:
                return self._write(received, entry, fault)
            case f.Call.DELETE:
                id_ = unquote(received.raw_id)
                if self.account.get(id_) is None:
                    return problem(404, received.target), None
                return Answer(204), lambda: self.account.delete(id_)
            case _:
                return problem(404, received.target), None

    def _write(
        self, received: Received, entry: Request, fault: f.Fault | None
    ) -> tuple[Answer, Callable[[], object] | None]:
        is_new = entry.call is f.Call.CREATE
        body: Any = entry.body
        if wrong := invalid_params(body, partial=not is_new):
            return problem(422, received.target, "invalid", *wrong), None
        if is_new:
            row = Stored(self.account.new_id(), body["name"], body["to_url"], tuple(body["event_types"]))
            entry.created = str(row.id)
        else:
            old = self.account.get(unquote(received.raw_id))
            if old is None:
                return problem(404, received.target), None
            types = tuple(body.get("event_types", old.event_types))
            row = Stored(old.id, body.get("name", old.name), body.get("to_url", old.to_url), types)
        kept = _distorted(row, fault.what) if isinstance(fault, f.StoresOther) else row

        def commit() -> None:
            if is_new or self.account.get(str(kept.id)) is not None:  # a late PATCH makes nothing new
                self.account.put(kept)

        shown = row if isinstance(fault, f.StoresOther) and fault.hides_it else kept
        return as_json(201 if is_new else 200, shown.as_json()), commit

    def _spoil(self, answer: Answer, received: Received, fault: f.Fault | None) -> Answer:
        match fault:
            case f.Status():
                return refusal(fault, received)
            case f.Html():
                return Answer(fault.status, HTML.format("Welcome").encode(), "text/html")
            case f.WrongType():
                return Answer(200 if answer.status == 204 else answer.status, fault.body.encode())
            case f.Redirect():
                separator = "&" if "?" in received.target else "?"
                there = url_to(self.origins, fault.to, f"{received.target}{separator}redirected=1")
                return Answer(fault.status, headers=(("Location", there),))
            case f.HalfJson():
                whole = answer.body or b'{"deleted": true}'
                return Answer(200 if answer.status == 204 else answer.status, whole[: len(whole) // 2])
            case _:
                return answer


def _distorted(row: Stored, what: f.Distortion) -> Stored:
    match what:
        case f.Distortion.NAME:
            return replace(row, name=row.name[:-1] or "-")
        case f.Distortion.EVENT:
            return replace(row, event_types=row.event_types[:-1])
        case f.Distortion.URL:
            return replace(row, to_url=f"{row.to_url}/")
