"""The fields of a subscription as text."""

from __future__ import annotations

from collections.abc import Iterable

from defacto_webhooks.plan import FieldChange, ListChange
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render import words
from defacto_webhooks.render.style import Style
from defacto_webhooks.subscription import Subscription

_LABEL = 13  # columns: the longest label and a gap


def content(
    subscription: Subscription, style: Style, *, indent: int = 6, reveal: bool = False
) -> Iterable[str]:
    """A line, or several, for each field but the name."""
    for name, value in subscription.document(reveal=reveal).items():
        if name != "name":
            text = events(value) if isinstance(value, list) else line(str(value))
            yield style.wrap(text, indent + _LABEL, _label(name, indent))


def difference(field: FieldChange, style: Style) -> Iterable[str]:
    """What differs in one field."""
    label = _label(field.field, 6)
    if isinstance(field, ListChange):
        for sign, items, color in (("+", field.added, "green"), ("-", field.removed, "red")):
            if items:
                text = style.wrap(events(items), 8 + _LABEL, f"{label}{sign} ")
                yield text.replace(f"{sign} ", style.paint(f"{sign} ", color), 1)
                label = _label("", 6)
    else:
        before, after = words.before_and_after(field)
        yield f"{label}{style.paint(line(before), 'red')}"
        yield f"{'':<{4 + _LABEL}}→ {style.paint(line(after), 'green')}"


def _label(name: str, indent: int) -> str:
    return f"{' ' * indent}{name:<{_LABEL}}"


def events(event_types: Iterable[str]) -> str:
    return ", ".join(map(line, words.folded(event_types)))
