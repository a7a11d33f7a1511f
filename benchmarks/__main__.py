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
from benchmarks.accounts import account, entry, write_config
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
    yield compare("--version", [TOOL, "--version"], click, 1.5)
    yield compare("completion bash", [TOOL, "completion", "bash"], click, 1.5)
    completing = {"_DEFACTO_WEBHOOKS_COMPLETE": "bash_complete", "COMP_WORDS": "defacto-webhooks pl"}
    yield compare("completing a word", [TOOL], click, 1.5, completing | {"COMP_CWORD": "1"})
    config = write_config(folder / "10", 10)
    imports = Floor("import click, yaml, pydantic", python("import click, yaml, pydantic"))
    command = [TOOL, "validate", "-c", str(config)]
    yield compare("validate, 10 entries", command, imports, 1.2, {"CALLBACK_TOKEN": "t" * 32})


def plan(folder: Path) -> Results:
    """Plans of a file that the account matches, and of one where every subscription differs."""
    with account() as held:
        for count, limit in ((10, 1.3), (10_000, 1.2)):
            config = write_config(folder / str(count), count)
            held.hold(count)
            no_op = [TOOL, "plan", "--detailed-exitcode", "-c", str(config)]
            floor = Floor("plan floor", [sys.executable, str(HERE / "plan_floor.py"), str(config), held.url])
            figure = compare(f"no-op plan, {count:,}", no_op, floor, limit, held.environment)
            yield figure
        yield memory(figure, 1.5)
        with account() as other:
            other.hold(count, ("Loan.CLOSED",))
            replaces = [TOOL, "plan", "-c", str(config), "--api-url", other.url]
            yield compare(
                "plan with 10,000 replaces",
                replaces,
                Floor("no-op plan, 10,000", [*no_op, "--api-url", held.url]),
                4,
                held.environment,
            )
        with account() as large:
            config = write_config(folder / "100000", 100_000)
            large.hold(100_000)
            yield compare(
                "no-op plan, 100,000",
                [TOOL, "plan", "--detailed-exitcode", "-c", str(config), "--api-url", large.url],
                Floor("no-op plan, 10,000", [*no_op, "--api-url", held.url]),
                11,
                held.environment,
            )


def apply(folder: Path) -> Results:
    """Applies that create everything."""
    command = [TOOL, "apply", "-y", "--parallelism", "10", "-c"]
    config = write_config(folder / "1000", 1_000)
    with account(latency_s=0.05) as empty:
        yield compare(
            "apply of 1,000 creates, 50 ms, 10 at once",
            [*command, str(config)],
            Floor("1,000 x 50 ms / 10", ms=5_000),
            1.1,
            empty.environment,
            prepare=empty.empty,
        )
    config = write_config(folder / "5000", 5_000)
    with account() as empty:
        for name, program, limit in (
            ("raw sockets alone", "apply_floor.py", 4),
            ("httpx alone", "httpx_floor.py", 1.5),
        ):
            floor = [sys.executable, str(HERE / program), empty.url, "5000", "10"]
            yield compare(
                "apply of 5,000 creates, no latency",
                [*command, str(config)],
                Floor(name, floor),
                limit,
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
