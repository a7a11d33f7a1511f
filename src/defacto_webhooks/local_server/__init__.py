"""The base of the local servers: SQLite, request bodies, refusals, HTTP."""
