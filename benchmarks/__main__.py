"""`make bench`: each command next to its floor, a table, and the same as JSON.

`BENCH="start plan apply instead requests"` chooses groups, `BENCH_ROUNDS` says how many runs (default 7; what
takes long is run less often). A run of all groups writes its table into docs/performance.md.
No figure is a test: machines differ. `python -m benchmarks.receiver` puts `listen` under load.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import table
from benchmarks.accounts import TOKEN_SET, account, write_config
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
from benchmarks.others import others
from benchmarks.table import OUT, machine

Results = Iterator[Figure | Count]
FEW = min(ROUNDS, 3)  # runs of what takes long


def start(folder: Path) -> Results:
    """What a command costs before it does anything."""
    click = Floor("import click", python("import click"))
    yield compare("a word looked up while typing", "--help", [TOOL, "--help"], click, 1.5)
    completing = {
        "_DEFACTO_WEBHOOKS_COMPLETE": "bash_complete",
        "COMP_WORDS": "defacto-webhooks pl",
        "COMP_CWORD": "1",
    }
    yield compare("the Tab key", "completing a word", [TOOL], click, 1.5, completing)
    config = write_config(folder / "10", 10)
    model = "import click, yaml, pydantic\nclass Model(pydantic.BaseModel): name: str"
    imports = Floor("import click, yaml, a model", python(model))
    validate = [TOOL, "validate", "-c", str(config)]
    yield compare("each save and each commit", "validate, 10 entries", validate, imports, 2, TOKEN_SET)


def plan(folder: Path) -> Results:
    """Plans of a file that the account matches, and of one where every subscription differs."""
    with account() as held, account() as other:
        for count, limit, purpose in (
            (10, 1.4, "each pull request of a small account"),
            (100, 1.6, "each pull request of a large one"),
            (1_000, 3, "one subscription for each customer"),
            (10_000, 3, "the same, ten years on"),
            (100_000, 3, "the size at which it still works"),
        ):
            config = write_config(folder / str(count), count)
            held.hold(count)
            no_op = [TOOL, "plan", "--detailed-exitcode", "-c", str(config)]
            floor = Floor("plan floor", [sys.executable, str(HERE / "plan_floor.py"), str(config), held.url])
            what, rounds = f"no-op plan, {count:,}", FEW if count > 1_000 else ROUNDS
            figure = compare(purpose, what, no_op, floor, limit, held.environment, rounds=rounds)
            yield figure
            if count == 10_000:
                other.hold(count, ("Loan.CLOSED",))
                replaces = [TOOL, "plan", "-c", str(config), "--api-url", other.url]
                what, plain = "plan of 10,000 replaces", Floor("no-op plan, 10,000", no_op)
                yield compare("a new host for all", what, replaces, plain, 4, held.environment, rounds=FEW)
        yield memory("a small CI runner", figure, 3)


def apply(folder: Path) -> Results:
    """Applies, next to what the server's latency alone would take."""
    command = [TOOL, "apply", "-y", "--parallelism", "10", "-c"]
    with account(latency_s=0.05) as empty:
        config = write_config(folder / "1000", 1_000)
        yield compare(
            "the first apply of a large account",
            "apply of 1,000 creates, 50 ms, 10 at once",
            [*command, str(config)],
            Floor("1,000 x 50 ms / 10", ms=5_000),
            1.2,
            empty.environment,
            prepare=empty.empty,
        )
    with account(latency_s=0.005) as other:
        config = write_config(folder / "10000", 10_000)
        yield compare(
            "a new host for all",
            "apply of 10,000 replaces, 5 ms, 10 at once",
            [*command, str(config), "--allow", "lost-events"],
            Floor("20,000 x 5 ms / 10", ms=10_000),
            3,
            other.environment,
            prepare=lambda: other.hold(10_000, ("Loan.CLOSED",)),
            rounds=FEW,
        )


def instead(folder: Path) -> Results:
    """What a user would take instead, for the same 100 subscriptions."""
    config = write_config(folder / "config", 100)
    with account(latency_s=0.05) as there:
        for other in others(folder, there, 100):

            def from_nothing(forget: Path | None = other.forget) -> None:
                there.empty()
                if forget:
                    forget.unlink(missing_ok=True)

            yield compare(
                "the first apply",
                "apply of 100 creates, 50 ms",
                [TOOL, "apply", "-y", "-c", str(config)],
                Floor(other.name, other.apply),
                1,
                there.environment,
                prepare=from_nothing,
                faster=True,
                rounds=min(ROUNDS, other.rounds),
            )
            if other.plan:
                yield compare(
                    "each pull request",
                    "no-op plan, 100, 50 ms",
                    [TOOL, "plan", "--detailed-exitcode", "-c", str(config)],
                    Floor(other.name, other.plan),
                    1,
                    there.environment,
                    faster=True,
                    rounds=min(ROUNDS, other.rounds),
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
    chosen = os.environ.get("BENCH", "").split() or [*GROUPS]
    unknown = set(chosen) - {*GROUPS}
    if unknown:
        sys.exit(f"BENCH: no group {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    started = time.monotonic()
    results: list[Figure | Count] = []
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            results += GROUPS[name](Path(folder))
        _write(results)  # after each group, so that an interrupted run leaves something
    if set(chosen) == {*GROUPS}:
        table.main()
    print(f"{time.monotonic() - started:.0f} s in all")


if __name__ == "__main__":
    main()
