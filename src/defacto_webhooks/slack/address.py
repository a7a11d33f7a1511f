"""Slack's URLs: which there are, and what they take. Their path is the credential."""

from __future__ import annotations

from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.redaction import InvalidUrl, Secret, SecretUrl


def slack_url(text: str) -> SecretUrl:
    """A URL of Slack's, or of a stand-in on this machine. Raises UserError, which quotes no secret part."""
    hint = "it looks like https://hooks.slack.com/services/…, and Slack shows it where the webhook is made"
    path = text.find("/", len("https://")) + 1 or len(text)
    try:
        url = SecretUrl.from_file([text[:path], Secret(text[path:])])
    except InvalidUrl as error:
        raise UserError(f"the Slack URL {error}", hint) from None
    if is_loopback(url.host):
        return url
    if url.slack_kind in ("", "other"):
        raise UserError(f"the Slack URL is not one of Slack's: {url}", hint)
    if url.scheme != "https":
        raise UserError("the Slack URL is not https, so that everybody on the way could read it", hint)
    return url


def takes_workflow_input(url: SecretUrl) -> bool:
    """Whether Workflow Builder is behind it, which takes flat strings instead of a message."""
    if url.slack_kind:
        return url.slack_kind in ("triggers", "workflows")
    return any(f"/{kind}/" in url.reveal() for kind in ("triggers", "workflows"))
