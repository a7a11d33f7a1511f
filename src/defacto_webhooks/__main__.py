"""Entry point of the console command and of `python -m defacto_webhooks`."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

_COLLECT_AFTER = 50_000  # objects more; 700 is for programs with little memory and much time


def main() -> None:
    """Run the command line and end the process with its exit code."""
    gc.set_threshold(_COLLECT_AFTER)
    from defacto_webhooks.cli import run

    code = run(sys.argv[1:])
    # All files and connections are closed by now. Taking the interpreter apart, object by object, would
    # cost a short command a tenth of its time and a plan of 100,000 subscriptions a second.
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, or nobody reads it any more
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
