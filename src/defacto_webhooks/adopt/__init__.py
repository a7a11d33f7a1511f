"""From an account to a `webhooks.yaml` that plans to nothing."""
