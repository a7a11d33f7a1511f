"""Who receives what in an account, as a table or a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from defacto_webhooks.redaction.printable import line, width
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.text.content import events
from defacto_webhooks.render.views import Receivers, twice
from defacto_webhooks.subscription import RemoteSubscription

Rows = Mapping[str, Sequence[RemoteSubscription]]

_GAP = 2  # columns between columns


def receivers(receivers: Receivers, style: Style) -> str:
    """A table with a column for each subscription; where that is too wide, a line for each event type."""
    rows = receivers.rows
    columns = sorted({*chain(*rows.values())}, key=lambda remote: (remote.content.name, remote.id))
    label = max(width(line(event_type)) for event_type in rows)
    table_width = label + sum(_GAP + width(line(remote.content.name)) for remote in columns)
    lines = [style.paint(f"Who receives what in {line(receivers.environment)}", bold=True), ""]
    if columns and table_width <= style.width:
        lines += _table(rows, columns, label, style)
    else:
        lines += _list(rows, label, style)
    return "\n".join([*lines, "", *_remarks(receivers, style)])


def _table(rows: Rows, columns: Sequence[RemoteSubscription], label: int, style: Style) -> Iterable[str]:
    gap = " " * _GAP
    heads = "".join(gap + line(remote.content.name) for remote in columns)
    yield style.paint(" " * label + heads, bold=True)
    for event_type, remotes in rows.items():
        cells = []
        doubled = twice(remotes)
        for remote in columns:
            mark = "2x" if remote in doubled else "x" if remote in remotes else "."
            room = width(line(remote.content.name)) - len(mark)
            left = room // 2
            color = {"2x": "yellow", "x": "green", ".": None}[mark]
            painted = style.paint(mark, color, bold=mark == "2x", dim=mark == ".")
            cells.append(gap + " " * left + painted + " " * (room - left))
        first = style.paint(_padded(event_type, label), None if remotes else "red")
        yield (first + "".join(cells)).rstrip()


def _list(rows: Rows, label: int, style: Style) -> Iterable[str]:
    for event_type, remotes in rows.items():
        doubled = twice(remotes)
        names = [line(remote.content.name) + (" (2x)" if remote in doubled else "") for remote in remotes]
        yield style.wrap(", ".join(names) or "nobody", label + _GAP, _padded(event_type, label + _GAP))


def _padded(event_type: str, columns: int) -> str:
    name = line(event_type)
    return name + " " * (columns - width(name))


def _remarks(receivers: Receivers, style: Style) -> Iterable[str]:
    blind = [event_type for event_type, remotes in receivers.rows.items() if not remotes]
    if blind:
        yield style.paint(style.wrap(f"Nobody receives: {events(blind)}", 2, "! "), "red", bold=True)
    doubled = [event_type for event_type, remotes in receivers.rows.items() if twice(remotes)]
    if doubled:
        text = f"Delivered more than once to the same URL (2x): {events(doubled)}"
        yield style.paint(style.wrap(text, 2, "! "), "yellow", bold=True)
    if receivers.note:
        yield style.wrap(line(receivers.note), 2, "! ")
    if not blind and not doubled:
        yield "Every event type is received, and none twice at the same URL."
