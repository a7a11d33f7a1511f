"""Slack's webhook URLs: which kinds there are. The path is the credential."""

from __future__ import annotations

from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.redaction import InvalidUrl, Secret, SecretUrl


def slack_url(text: str) -> SecretUrl:
    """A Slack webhook URL, or one on this machine. Raises UserError, which has no secret in it."""
    hint = "for example https://hooks.slack.com/services/…; Slack shows it when you create the webhook"
    path = text.find("/", len("https://")) + 1 or len(text)
    try:
        url = SecretUrl.from_file([text[:path], Secret(text[path:])])
    except InvalidUrl as error:
        raise UserError(f"the Slack URL {error}", hint) from None
    if is_loopback(url.host):
        return url
    if url.slack_kind in ("", "other"):
        raise UserError(f"{url} is not a Slack webhook URL", hint)
    if url.scheme != "https":
        raise UserError("the Slack URL must begin with https://", hint)
    return url


def takes_workflow_input(url: SecretUrl) -> bool:
    """Whether it starts a workflow of Workflow Builder, which takes flat strings instead of a message."""
    if url.slack_kind:
        return url.slack_kind in ("triggers", "workflows")
    return any(f"/{kind}/" in url.reveal() for kind in ("triggers", "workflows"))
