"""Everything of `defacto-webhooks sandbox` under one address: the local API, the inboxes, a fake Slack."""
