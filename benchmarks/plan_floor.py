"""The least that any plan written with these libraries costs: import, parse, one GET, a set difference.

What a team's own script would look like, if it had no checks, no redaction and no words.
"""

import sys

import click  # noqa: F401
import httpx
import pydantic  # noqa: F401
import yaml

with open(sys.argv[1], "rb") as file:  # noqa: PTH123 - pathlib is one more import
    entries = yaml.load(file, Loader=yaml.CSafeLoader)["webhooks"]
answer = httpx.get(f"{sys.argv[2]}/webhooks", headers={"Authorization": "Bearer k"})
desired = {(e["name"], e["to_url"], tuple(sorted(e["event_types"]))) for e in entries}
current = {(r["name"], r["to_url"], tuple(sorted(r["event_types"]))) for r in answer.json()["data"]}
print(len(desired - current), len(current - desired))
