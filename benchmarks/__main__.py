"""`make bench`: each command next to its floor, a table, and the same as JSON.

`BENCH="start plan apply instead requests notifications"` chooses groups, `BENCH_ROUNDS` says how many
runs (default 7).
No figure is a test: machines differ.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import notifications
from benchmarks.accounts import TOKEN_SET, account, entry, write_config
from benchmarks.measuring import (
    HERE,
    ROUNDS,
    TOOL,
    Count,
    Figure,
    Floor,
    compare,
    counted,
    memory,
    python,
    run,
)
from benchmarks.table import OUT, machine

Results = Iterator[Figure | Count]


def start(folder: Path) -> Results:
    """What a command costs before it does anything."""
    click = Floor("import click", python("import click"))
    yield compare("--help", [TOOL, "--help"], click, 1.5)
    completing = {
        "_DEFACTO_WEBHOOKS_COMPLETE": "bash_complete",
        "COMP_WORDS": "defacto-webhooks pl",
        "COMP_CWORD": "1",
    }
    yield compare("completing a word", [TOOL], click, 1.5, completing)
    config = write_config(folder / "10", 10)
    model = "import click, yaml, pydantic\nclass Model(pydantic.BaseModel): name: str"
    imports = Floor("import click, yaml, a model", python(model))
    yield compare("validate, 10 entries", [TOOL, "validate", "-c", str(config)], imports, 2, TOKEN_SET)


def plan(folder: Path) -> Results:
    """Plans of a file that the account matches, and of one where every subscription differs."""
    with account() as held, account() as other:
        for count in (10, 1_000, 10_000):
            config = write_config(folder / str(count), count)
            held.hold(count)
            no_op = [TOOL, "plan", "--detailed-exitcode", "-c", str(config)]
            floor = Floor("plan floor", [sys.executable, str(HERE / "plan_floor.py"), str(config), held.url])
            figure = compare(f"no-op plan, {count:,}", no_op, floor, 1.4, held.environment)
            yield figure
            if count == 1_000:
                other.hold(count, ("Loan.CLOSED",))
                replaces = [TOOL, "plan", "-c", str(config), "--api-url", other.url]
                plain = Floor("no-op plan, 1,000", no_op)
                yield compare("plan with 1,000 replaces", replaces, plain, 4, held.environment)
        yield memory(figure, 1.5)


def apply(folder: Path) -> Results:
    """Applies that create everything."""
    config = write_config(folder / "1000", 1_000)
    command = [TOOL, "apply", "-y", "--parallelism", "10", "-c", str(config)]
    with account(latency_s=0.05) as empty:
        yield compare(
            "apply of 1,000 creates, 50 ms, 10 at once",
            command,
            Floor("1,000 x 50 ms / 10", ms=5_000),
            1.2,
            empty.environment,
            prepare=empty.empty,
        )
    with account() as empty:
        yield compare(
            "apply of 1,000 creates, no latency",
            command,
            Floor("httpx alone", [sys.executable, str(HERE / "httpx_floor.py"), empty.url, "1000", "10"]),
            1.5,
            empty.environment,
            prepare=empty.empty,
        )


def instead(folder: Path) -> Results:
    """What a user would do instead. Fewer creates, as they take so long; that is in the others' favour."""
    ansible = os.environ.get("BENCH_ANSIBLE") or shutil.which("ansible-playbook")
    has_curl = shutil.which("curl") and shutil.which("jq")
    count = 200
    config = write_config(folder / "config", count)
    desired, variables = folder / "desired.json", folder / "variables.json"
    desired.write_text(json.dumps([entry(number) for number in range(count)]))
    for name, limit, rounds in (("curl and jq", 8, ROUNDS), ("Ansible", 40, min(ROUNDS, 2))):
        if not (has_curl if name == "curl and jq" else ansible):
            print(f"{name}: not installed, skipped")
            continue
        with account(latency_s=0.05) as empty:
            variables.write_text(json.dumps({"url": empty.url, "desired": json.loads(desired.read_text())}))
            theirs = (
                [str(HERE / "curl_and_jq.sh"), empty.url, str(desired)]
                if name == "curl and jq"
                else [str(ansible), "-i", "localhost,", "-e", f"@{variables}", str(HERE / "playbook.yaml")]
            )
            yield compare(
                f"apply of {count} creates, 50 ms",
                [TOOL, "apply", "-y", "-c", str(config)],
                Floor(name, theirs),
                limit,
                empty.environment,
                prepare=empty.empty,
                faster=True,
                rounds=rounds,
            )


def requests(folder: Path) -> Results:
    """How many requests a run sends, as the server counts them."""
    config = write_config(folder / "50", 50)
    with account() as held:
        run([TOOL, "apply", "-y", "-c", str(config)], held.environment)
        yield counted("apply of 50 creates", held.requests(), 53)
        held.hold(50)
        run([TOOL, "plan", "-c", str(config)], held.environment)
        yield counted("no-op plan, one page", held.requests(), 1)


GROUPS = {"start": start, "plan": plan, "apply": apply, "instead": instead, "requests": requests}


def _write(results: Sequence[Figure | Count]) -> None:
    document = {
        "machine": machine(),
        "figures": [asdict(result) for result in results if isinstance(result, Figure)],
        "counts": [asdict(result) for result in results if isinstance(result, Count)],
    }
    OUT.write_text(json.dumps(document, indent=2) + "\n")


def main() -> None:
    chosen = os.environ.get("BENCH", "").split() or [*GROUPS, "notifications"]
    unknown = set(chosen) - {*GROUPS, "notifications"}
    if unknown:
        sys.exit(f"BENCH: no group {', '.join(unknown)}; there are {', '.join(GROUPS)}, notifications")
    started = time.monotonic()
    results: list[Figure | Count] = []
    for name in chosen:
        if name == "notifications":
            notifications.main()  # has results of another kind
            continue
        with tempfile.TemporaryDirectory() as folder:
            results += GROUPS[name](Path(folder))
        _write(results)  # after each group, so that an interrupted run leaves something
    print(f"{time.monotonic() - started:.0f} s in all. For the page: python -m benchmarks.table")


if __name__ == "__main__":
    main()
