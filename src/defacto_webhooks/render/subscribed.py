"""Who receives what in an account: blind spots and double deliveries at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from defacto_webhooks.events import EVENT_TYPES
from defacto_webhooks.plan.document import FORMAT_VERSION
from defacto_webhooks.redaction.printable import line, width
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.words import folded
from defacto_webhooks.subscription import RemoteSubscription

_GAP = 2  # columns between columns


@dataclass(frozen=True, slots=True)
class Row:
    """One event type. `twice` are those of `receivers` that share their URL with another of them."""

    event_type: str
    receivers: tuple[RemoteSubscription, ...]
    twice: frozenset[RemoteSubscription]


def rows(remotes: Iterable[RemoteSubscription]) -> tuple[Row, ...]:
    """A row for each type of the catalogue, then one for each other type that the account has."""
    ordered = sorted(remotes, key=lambda remote: (remote.content.name, remote.id))
    receivers: dict[str, list[RemoteSubscription]] = {event_type: [] for event_type in EVENT_TYPES}
    others = {event_type for remote in ordered for event_type in remote.content.event_types}
    receivers.update((event_type, []) for event_type in sorted(others - set(EVENT_TYPES)))
    for remote in ordered:
        for event_type in remote.content.event_types:
            receivers[event_type].append(remote)
    return tuple(_row(event_type, found) for event_type, found in receivers.items())


def _row(event_type: str, receivers: Sequence[RemoteSubscription]) -> Row:
    urls = Counter(remote.content.to_url for remote in receivers)
    twice = frozenset(remote for remote in receivers if urls[remote.content.to_url] > 1)
    return Row(event_type, tuple(receivers), twice)


def text(environment: str, remotes: Sequence[RemoteSubscription], style: Style) -> str:
    """A table with a column for each subscription; where that is too wide, a line for each event type."""
    found = rows(remotes)
    heads = list(dict.fromkeys(remote for row in found for remote in row.receivers))
    heads.sort(key=lambda remote: (remote.content.name, remote.id))
    label = max(width(line(row.event_type)) for row in found)
    names = [line(remote.content.name) for remote in heads]
    table_width = label + sum(_GAP + width(name) for name in names)
    lines = [style.paint(f"Who receives what in {line(environment)}", bold=True), ""]
    if heads and table_width <= style.width:
        lines += _table(found, heads, names, label, style)
    else:
        lines += _list(found, label, style)
    return "\n".join([*lines, "", *_remarks(found, style)])


def _table(
    found: Sequence[Row], heads: Sequence[RemoteSubscription], names: Sequence[str], label: int, style: Style
) -> Iterable[str]:
    gap = " " * _GAP
    yield style.paint(" " * label + "".join(gap + name for name in names), bold=True)
    for row in found:
        cells = []
        for remote, name in zip(heads, names, strict=True):
            twice = remote in row.twice
            mark = "2x" if twice else "x" if remote in row.receivers else "."
            left = (width(name) - len(mark)) // 2
            right = width(name) - len(mark) - left
            color = "yellow" if twice else "green" if mark == "x" else None
            painted = style.paint(mark, color, bold=twice, dim=mark == ".")
            cells.append(gap + " " * max(left, 0) + painted + " " * max(right, 0))
        name = line(row.event_type)
        padded = name + " " * (label - width(name))
        yield (style.paint(padded, None if row.receivers else "red") + "".join(cells)).rstrip()


def _list(found: Sequence[Row], label: int, style: Style) -> Iterable[str]:
    for row in found:
        name = line(row.event_type)
        padded = name + " " * (label + _GAP - width(name))
        names = [
            line(remote.content.name) + (" (2x)" if remote in row.twice else "") for remote in row.receivers
        ]
        yield style.wrap(", ".join(names) or "nobody", label + _GAP, padded)


def _remarks(found: Sequence[Row], style: Style) -> Iterable[str]:
    blind = [row.event_type for row in found if not row.receivers]
    if blind:
        text = f"Nobody receives: {', '.join(map(line, folded(blind)))}"
        yield style.paint(style.wrap(text, 2, "! "), "red", bold=True)
    twice = [row.event_type for row in found if row.twice]
    if twice:
        text = f"Arrives more than once at the same URL (2x): {', '.join(map(line, folded(twice)))}"
        yield style.paint(style.wrap(text, 2, "! "), "yellow", bold=True)
    if not blind and not twice:
        yield "Every event type is received, none twice at the same URL."


def document(environment: str, remotes: Iterable[RemoteSubscription]) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "format_version": FORMAT_VERSION,
        "environment": environment,
        "event_types": [
            {
                "name": row.event_type,
                "subscriptions": [
                    {"id": remote.id, "name": remote.content.name, "twice": remote in row.twice}
                    for remote in row.receivers
                ],
            }
            for row in rows(remotes)
        ],
    }
