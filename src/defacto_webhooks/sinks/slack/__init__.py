"""Notifications as messages in a Slack channel."""
