"""Prints a line for each notification, another for each time it was forwarded."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from defacto_webhooks.local_server.one_attempt import Forward
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render.format import Syntax
from defacto_webhooks.render.style import Style

if TYPE_CHECKING:  # its packages are an optional extra that `listen --help` does without
    from defacto_webhooks.inbox import Received


class Output(Protocol):
    """Where to print to. Printing must not wait for whoever reads it."""

    def result(self, text: str, syntax: Syntax = ...) -> None: ...

    def style(self) -> Style: ...


class Printer:
    def __init__(self, output: Output, *, as_json: bool) -> None:
        self._output = output
        self._as_json = as_json

    def take(self, received: Received) -> None:
        if self._as_json:
            from defacto_webhooks.inbox import json_lines  # here, as its packages are an optional extra

            self._output.result(json.dumps(json_lines.from_received(received)), Syntax.JSON)
        else:
            self._output.result(_received_line(received, self._output.style()))

    def forwarded(self, seq: int, forward: Forward, to: str) -> None:
        """What came of forwarding notification `seq`."""
        if self._as_json:
            document = {"id": seq, "forwarded_to": to, **asdict(forward)}
            self._output.result(json.dumps(document), Syntax.JSON)
        else:
            self._output.result(_forwarded_line(seq, forward, to, self._output.style()))


def _received_line(received: Received, style: Style) -> str:
    request, parsed = received.request, received.parsed
    fields, notification = parsed.fields, parsed.notification
    remarks = ["not valid: " + "; ".join(parsed.problems)] if parsed.problems else []
    if received.duplicate_of is not None:
        remarks.append(f"duplicate of #{received.duplicate_of}")
    if notification is not None and notification.is_sample:
        remarks.append("a sample of doctor --probe")
    name = fields.get("event_type", "no event type")
    parts = [
        _start(received.seq, request.received_at, style),
        style.paint(f"{line(name):<24}", "yellow" if remarks else "green", bold=True),
        *(line(fields[key]) for key in ("number", "amount") if key in fields),
        line(" ".join(fields[key] for key in ("entity_type", "id") if key in fields)),
        style.paint(line(f"{received.shown_path} from {request.source}"), dim=True),
        *(style.paint(line(remark), "yellow") for remark in remarks),
    ]
    return "  ".join(filter(None, parts))


def _forwarded_line(seq: int, forward: Forward, to: str, style: Style) -> str:
    color = "green" if forward.succeeded else "red"
    answer = " ".join(str(part) for part in (forward.status, forward.error) if part is not None)
    return (
        f"{_start(seq, forward.at, style)}  -> {style.paint(answer, color, bold=True)}"
        f" in {forward.milliseconds} ms  {style.paint(line(to), dim=True)}"
    )


def _start(seq: int, at: float, style: Style) -> str:
    return f"{style.paint(f'{datetime.fromtimestamp(at).astimezone():%H:%M:%S}', dim=True)}  #{seq}"
