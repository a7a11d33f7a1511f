"""Entry point of the console command, which `python -m defacto_webhooks` is, too."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress

_INTERRUPTED = 130  # `Exit.INTERRUPTED`, which may not be imported yet


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # What is imported or read stays until the end, so looking for garbage finds next to none. To look for it
    # every 700 objects costs each plan an eighth of its time, and one of 10,000 a quarter.
    gc.set_threshold(200_000)
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # one of another package would be shown every URL
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end_at_once)
    from defacto_webhooks.cli import run  # here, as a signal may come while it is imported

    code = run(sys.argv[1:])
    # All files and connections are closed by now. Taking the interpreter apart, object by object, would
    # cost a short command a tenth of its time and a plan of 100,000 subscriptions a second.
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError, KeyboardInterrupt):  # closed, or not read any more
            stream.flush()
    os._exit(code)


def _end_at_once(*_: object) -> None:
    """Until a command begins, nothing is open or changed. To raise would leave a module imported by half."""
    with suppress(OSError):  # closed
        os.write(2, b"Error: interrupted; nothing was changed\n")
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
