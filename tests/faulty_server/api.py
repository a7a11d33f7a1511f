"""What the server does with a request: the right thing, or what the schedule says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tests.faulty_server.account import Account, Ids, Stored
from tests.faulty_server.faults import Fault, Fired, On, SecondWriter, Target, When
from tests.faulty_server.faults.fault import Change
from tests.faulty_server.invoices import Invoices
from tests.faulty_server.listing import Count, Page, page_of
from tests.faulty_server.messages import (
    WRITES,
    Answer,
    Call,
    Received,
    Request,
    as_json,
    invalid_params,
    problem,
)

T = TypeVar("T")
Later = Callable[[float, Change], object]
_NEVER = 1 << 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The account that an example starts with, what will go wrong, and what the server is like."""

    account: Sequence[Stored] = ()
    faults: Sequence[On] = ()
    always: Sequence[Fault] = ()  # on every request, beside the one of `faults` that is due
    page_size: int = 100
    count: Count = Count.TOTAL
    ids: Ids = Ids.SEQUENTIAL
    latency_s: float = 0.0  # before a request is looked at
    key: str = "key-of-the-tests"
    invoice: Sequence[str] = ("SUBMITTED", "VERIFIED")  # its status when it is made, and at each look


@dataclass(slots=True, eq=False)
class _Late:
    due_at: int  # the request before which it lands
    land: Change


@dataclass(slots=True)
class Api:
    """The state of one example. Only the server's loop calls it; `origins` are (this, other)."""

    setup: Setup
    origins: tuple[str, str]  # host:port
    clock: Callable[[], float]
    call_later: Later
    account: Account = field(init=False)
    log: list[Request] = field(init=False, default_factory=list)
    fired: list[Fired] = field(init=False, default_factory=list)
    invoices: Invoices = field(init=False)
    _counts: Counter[Call] = field(init=False, default_factory=Counter)
    _late: list[_Late] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.account = Account(self.setup.account, self.setup.ids, self.clock)
        self.invoices = Invoices(self.setup.invoice)

    def handle(self, received: Received) -> tuple[Answer, Fault | None, Request]:
        """The answer, and the fault that sends it; None: it goes out as usual."""
        entry = self._enter(received)
        due = self._due(entry)
        writers = [on for on in due if isinstance(on.fault, SecondWriter)]
        scheduled = next((on for on in due if not isinstance(on.fault, SecondWriter)), None)
        self._let_write(writers, When.BEFORE, entry)
        self.account.cause, self.account.request = "request", entry.position
        answer, sender = _Way(self, received, entry).go(self.setup.always, scheduled)
        self._let_write(writers, When.AFTER, entry)
        return answer, sender, entry

    def lure(self, received: Received) -> Answer:
        """What the other origin answers: right in form, so that whoever follows there notices nothing."""
        match received.call:
            case Call.LIST:
                return self.page_of(self.account.rows, received).answer(self.setup.count)
            case Call.DELETE:
                return Answer(204)
            case Call.CREATE | Call.PATCH:
                status = 201 if received.call is Call.CREATE else 200
                return as_json(status, {"id": "elsewhere", **(received.json() or {})})
            case _:
                return Answer(200, b"Hello!", "text/plain")

    def page_of(self, rows: tuple[Stored, ...], received: Received) -> Page:
        setup = self.setup
        return page_of(
            self.account,
            rows,
            received,
            page_size=setup.page_size,
            style=setup.count,
        )

    def later(self, entry: Request, change: Change, requests: int, seconds: float | None) -> None:
        def land() -> None:
            if waiting in self._late:
                self._late.remove(waiting)
                self.account.cause, self.account.request = "late", len(self.log) - 1
                change()
                entry.committed = True

        waiting = _Late(entry.position + requests if seconds is None else _NEVER, land)
        self._late.append(waiting)
        if seconds is not None:
            self.call_later(seconds, land)

    def land_late(self, before: int = _NEVER + 1) -> None:
        """Carry out what is still on its way and due before that request."""
        for waiting in [waiting for waiting in self._late if waiting.due_at < before]:
            waiting.land()

    def _enter(self, received: Received) -> Request:
        position = len(self.log)
        entry = Request(
            position,
            received.call,
            received.method,
            received.target,
            received.json(),
            dict(received.headers),
            self.clock(),
        )
        self.log.append(entry)
        self._counts.update(_kinds(entry.call))
        self.land_late(before=position + 1)
        return entry

    def _due(self, entry: Request) -> list[On]:
        return [
            on
            for on in self.setup.faults
            if on.call in _kinds(entry.call)
            and entry.call in on.fault.calls
            and on.nth <= self._counts[on.call] < on.nth + on.times
        ]

    def _let_write(self, due: Sequence[On], when: When, entry: Request) -> None:
        for on in due:
            if isinstance(on.fault, SecondWriter) and on.fault.when is when:
                self.account.cause, self.account.request = "second writer", entry.position
                on.fault.act(self.account)
                self.fired.append(Fired(on, entry.position))


def _kinds(call: Call) -> set[Call]:
    return {call, Call.ANY} | ({Call.WRITE} if call in WRITES else set())


class _Way:
    """One request on its way through the server: what is right, and what the faults make of it."""

    def __init__(self, api: Api, received: Received, entry: Request) -> None:
        self._api = api
        self.received = received
        self.entry = entry
        self.account = api.account
        self.page: Page | None = None
        self.sent: Stored | None = None
        self._change: Change | None = None
        self._answer = self._right()

    @property
    def changes(self) -> bool:
        return self._change is not None

    def url(self, to: Target, target: str) -> str:
        this, other = self._api.origins
        match to:
            case Target.SAME:
                return target
            case Target.OTHER:
                return f"http://{other}{target}"
            case Target.NO_SCHEME:
                return f"//{other}{target}"
            case Target.USERINFO:
                return f"http://{this}@{other}{target}"

    def page_of(self, rows: tuple[Stored, ...]) -> Page:
        return self._api.page_of(rows, self.received)

    def later(self, change: Change, *, requests: int, seconds: float | None) -> None:
        self._api.later(self.entry, change, requests, seconds)

    def go(self, always: Sequence[Fault], scheduled: On | None) -> tuple[Answer, Fault | None]:
        """Past all faults that apply; `scheduled` counts as fired if it makes any difference."""
        faults = [*always, scheduled.fault] if scheduled else always
        applying = [fault for fault in faults if fault.applies(self)]
        senders = [fault for fault in applying if type(fault).send is not Fault.send]
        made_a_difference = {id(fault) for fault in senders}

        def through(value: T, hook: Callable[[Fault], Callable[[T, _Way], T]]) -> T:
            for fault in applying:
                changed = hook(fault)(value, self)
                if changed is not value and changed != value:
                    made_a_difference.add(id(fault))
                value = changed
            return value

        if self.page:
            page = through(self.page, lambda fault: fault.page)
            self._answer = page.answer(self._api.setup.count)
        if self.sent:
            kept = through(self.sent, lambda fault: fault.row)
            self._answer = as_json(self._answer.status, kept.as_json())
            self._change = self._putting(kept)
        change = through(self._change, lambda fault: fault.change)
        answer = through(self._answer, lambda fault: fault.answer)
        if change:
            change()
            self.entry.committed = True
        if scheduled and id(scheduled.fault) in made_a_difference:
            self._api.fired.append(Fired(scheduled, self.entry.position))
        return answer, senders[-1] if senders else None

    def _right(self) -> Answer:
        """What is right to answer. On the way: the page or the row, and the change that goes with it."""
        if self.received.headers.get("authorization") != f"Bearer {self._api.setup.key}":
            return problem(401, self.received.target, "unknown API key")
        match self.entry.call:
            case Call.HELLO:
                return Answer(200, b"Hello!", "text/plain")
            case Call.LIST:
                self.page = self.page_of(self.account.rows)
                return self.page.answer(self._api.setup.count)
            case Call.CREATE | Call.PATCH:
                return self._write()
            case Call.DELETE:
                return self._delete()
            case Call.GENERATE | Call.INVOICE | Call.SUBMIT | Call.LOOK:
                return self._api.invoices.answer(self.entry)
            case _:
                return problem(404, self.received.target)

    def _write(self) -> Answer:
        is_new = self.entry.call is Call.CREATE
        body = self.entry.body
        if wrong := invalid_params(body, partial=not is_new):
            return problem(422, self.received.target, "invalid", *wrong)
        others = {name: body[name] for name in sorted(body.keys() - {"name", "to_url", "event_types"})}
        if is_new:
            types = tuple(body["event_types"])
            id_ = self.account.new_id()
            self.sent = Stored(id_, body["name"], body["to_url"], types, tuple(others.items()))
        else:
            old = self.account.get(self.received.id)
            if old is None:
                return problem(404, self.received.target)
            types = tuple(body.get("event_types", old.event_types))
            others = {**dict(old.others), **others}
            name, to_url = body.get("name", old.name), body.get("to_url", old.to_url)
            self.sent = Stored(old.id, name, to_url, types, tuple(sorted(others.items())))
        self._change = self._putting(self.sent)
        return as_json(201 if is_new else 200, self.sent.as_json())

    def _putting(self, row: Stored) -> Change:
        def put() -> None:
            is_new = self.entry.call is Call.CREATE
            if is_new or self.account.get(str(row.id)) is not None:  # a late PATCH makes nothing new
                self.account.put(row)

        return put

    def _delete(self) -> Answer:
        id_ = self.received.id
        if self.account.get(id_) is None:
            return problem(404, self.received.target)
        self._change = lambda: self.account.delete(id_)
        return Answer(204)
