"""Writes the results of the last `make bench` into docs/performance.md, between its two markers."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from benchmarks.measuring import Figure

OUT = Path("benchmarks/results.json")
PAGE = Path("docs/performance.md")
BEGIN, END = "<!-- results -->\n", "<!-- /results -->\n"


def machine() -> str:
    """What the figures were measured on."""
    cpu = _after("/proc/cpuinfo", "model name") or platform.machine()
    gib = int(_after("/proc/meminfo", "MemTotal").removesuffix(" kB") or 0) / 1024**2
    return (
        f"{os.cpu_count()} cores ({cpu}), {gib:.0f} GiB, {platform.system()}, Python {sys.version.split()[0]}"
    )


def _after(path: str, key: str) -> str:
    """The value of the first line `key: value` of a file; empty where there is none."""
    lines = Path(path).read_text().splitlines() if Path(path).exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def markdown(results: dict[str, Any]) -> str:
    rounds = max((row["rounds"] for row in results["figures"]), default=0)
    rows = [
        f"Measured on {results['machine']}; medians of {rounds} runs of each.",
        "",
        "| what it is for | what | ours | peak memory | against | it takes | ratio | aim | |",
        "|---|---|--:|--:|---|--:|--:|--:|---|",
    ]
    for row in results["figures"]:
        figure = Figure(**row)
        aim = f"at {'least' if figure.faster else 'most'} {figure.limit:g}"
        of = f", {figure.floor_mib:.0f} MiB" if figure.what.endswith("memory") else ""
        rows.append(
            f"| {figure.purpose} | {figure.what} | {figure.ms:,.0f} ms | {figure.mib:.0f} MiB | "
            f"{figure.floor} | {figure.floor_ms:,.0f} ms{of} | {figure.ratio:.2f} | {aim} | "
            f"{'met' if figure.is_met else '**not met**'} |"
        )
    rows += ["", "| requests | sent | at most |", "|---|--:|--:|"]
    rows += [f"| {count['what']} | {count['sent']} | {count['expected']} |" for count in results["counts"]]
    return "\n".join(rows) + "\n"


def main() -> None:
    table = markdown(json.loads(OUT.read_text()))
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{table}{END}{after}")
    print(table)


if __name__ == "__main__":
    main()
