"""Entry point of the console command and of `python -m defacto_webhooks`."""

from __future__ import annotations

import sys


def main() -> None:
    from defacto_webhooks.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
