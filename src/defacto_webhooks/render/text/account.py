"""The subscriptions of an account, as text."""

from __future__ import annotations

from defacto_webhooks.phrases import plural
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.text.content import content
from defacto_webhooks.render.views import Account


def account(account: Account, style: Style) -> str:
    """The account as it is."""
    if not account.subscriptions:
        return "The account has no webhook subscriptions."
    lines = []
    for remote in account.subscriptions:
        name = style.paint(line(remote.content.name), bold=True)
        lines.append(f"{name}  {style.paint(line(remote.id), dim=True)}")
        lines += content(remote.content, style, indent=4, reveal=account.reveal)
    lines.append(f"\n{plural(len(account.subscriptions), 'subscription')}.")
    return "\n".join(lines)
