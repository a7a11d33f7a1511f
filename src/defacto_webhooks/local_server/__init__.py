"""What the local API and the inbox share: SQLite, request bodies, refusals, serving over HTTP."""
