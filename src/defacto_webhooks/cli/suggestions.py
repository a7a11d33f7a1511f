"""What Tab offers for the value of an option."""

from __future__ import annotations

from collections.abc import Iterable

import click

from defacto_webhooks import config, events
from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction.printable import is_visible


def environments(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The environments of the file; none where it can't be read."""
    try:
        return _fitting(config.environment_names(ctx.params["config"]), incomplete)
    except UserError:
        return []


def subscriptions(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The subscriptions that the file wants; none where it has errors."""
    try:
        loaded = config.load(
            ctx.params["config"],
            environment=ctx.params.get("environment"),
            environ={},
            check_only=True,
            without_variables=True,
        )
    except UserError:
        return []
    return _fitting((subscription.name for subscription in loaded.webhooks), incomplete)


def event_types(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The event types, and a glob for all of an entity."""
    return _fitting([*dict.fromkeys(map(events.glob, events.EVENT_TYPES)), *events.EVENT_TYPES], incomplete)


def _fitting(names: Iterable[str], incomplete: str) -> list[str]:
    """Without names that don't fit on a line. The completion script quotes what a shell would read."""
    return [name for name in names if name.startswith(incomplete) and is_visible(name)]
