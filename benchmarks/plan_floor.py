"""The least that any plan written with these libraries costs: import, parse, one GET, a set difference.

What a team's own script would look like, if it had no checks, no redaction and no words.
"""

import glob
import os
import sys

import click  # noqa: F401
import httpx
import pydantic  # noqa: F401
import yaml

entries = []
for name in sorted(glob.glob(f"{sys.argv[1]}/*.yaml")):  # noqa: PTH207 - pathlib is one more import
    with open(name, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is one more import
        text = file.read().replace("${CALLBACK_TOKEN}", os.environ["CALLBACK_TOKEN"])
    entries += yaml.load(text, Loader=yaml.CSafeLoader)["webhooks"]
answer = httpx.get(f"{sys.argv[2]}/webhooks", headers={"Authorization": "Bearer k"})
desired = {(e["name"], e["to_url"], tuple(sorted(e["event_types"]))) for e in entries}
current = {(r["name"], r["to_url"], tuple(sorted(r["event_types"]))) for r in answer.json()["data"]}
assert desired == current
