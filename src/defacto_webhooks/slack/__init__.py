"""Notifications as messages in a Slack channel."""

from __future__ import annotations

from defacto_webhooks.slack.address import slack_url, takes_workflow_input
from defacto_webhooks.slack.forwarder import Forwarder
from defacto_webhooks.slack.messages import message, workflow_input

__all__ = ["Forwarder", "message", "slack_url", "takes_workflow_input", "workflow_input"]
