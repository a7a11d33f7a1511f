"""Who receives what in an account, as a table or a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from defacto_webhooks.redaction.printable import line, width
from defacto_webhooks.render.receivers import Receivers, Row
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.text.content import events
from defacto_webhooks.subscription import RemoteSubscription

_GAP = 2  # columns between columns


def receivers(receivers: Receivers, style: Style) -> str:
    """A table with a column for each subscription; where that is too wide, a line for each event type."""
    rows = receivers.rows
    columns = list(dict.fromkeys(remote for row in rows for remote in row.receivers))
    columns.sort(key=lambda remote: (remote.content.name, remote.id))
    label = max(width(line(row.event_type)) for row in rows)
    table_width = label + sum(_GAP + width(line(remote.content.name)) for remote in columns)
    lines = [style.paint(f"Who receives what in {line(receivers.environment)}", bold=True), ""]
    if columns and table_width <= style.width:
        lines += _table(rows, columns, label, style)
    else:
        lines += _list(rows, label, style)
    return "\n".join([*lines, "", *_remarks(receivers, style)])


def _table(
    rows: Sequence[Row], columns: Sequence[RemoteSubscription], label: int, style: Style
) -> Iterable[str]:
    gap = " " * _GAP
    heads = "".join(gap + line(remote.content.name) for remote in columns)
    yield style.paint(" " * label + heads, bold=True)
    for row in rows:
        cells = []
        for remote in columns:
            twice = remote in row.twice
            mark = "2x" if twice else "x" if remote in row.receivers else "."
            room = width(line(remote.content.name)) - len(mark)
            left = room // 2
            color = "yellow" if twice else "green" if mark == "x" else None
            painted = style.paint(mark, color, bold=twice, dim=mark == ".")
            cells.append(gap + " " * left + painted + " " * (room - left))
        first = style.paint(_padded(row, label), None if row.receivers else "red")
        yield (first + "".join(cells)).rstrip()


def _list(rows: Sequence[Row], label: int, style: Style) -> Iterable[str]:
    for row in rows:
        names = [
            line(remote.content.name) + (" (2x)" if remote in row.twice else "") for remote in row.receivers
        ]
        yield style.wrap(", ".join(names) or "nobody", label + _GAP, _padded(row, label + _GAP))


def _padded(row: Row, columns: int) -> str:
    name = line(row.event_type)
    return name + " " * (columns - width(name))


def _remarks(receivers: Receivers, style: Style) -> Iterable[str]:
    rows = receivers.rows
    blind = [row.event_type for row in rows if not row.receivers]
    if blind:
        yield style.paint(style.wrap(f"Nobody receives: {events(blind)}", 2, "! "), "red", bold=True)
    twice = [row.event_type for row in rows if row.twice]
    if twice:
        text = f"Delivered more than once to the same URL (2x): {events(twice)}"
        yield style.paint(style.wrap(text, 2, "! "), "yellow", bold=True)
    if receivers.note:
        yield style.wrap(line(receivers.note), 2, "! ")
    if not blind and not twice:
        yield "Every event type is received, and none twice at the same URL."
