"""`make docs`: brings everything up to date that a program writes.

That is the commands' help in docs/commands.md, the picture of a plan, and the outputs that pages show. Where
a `…` hides lines of an output, only a person can: such a place is named, and left as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs import commands, picture
from tests.docs.walking import OWN_TEST, PAGES, Walk


def main() -> int:
    """The exit code: 1 where a place is left to a person."""
    commands.main()
    picture.main()
    left = 0
    for page in PAGES:
        if page.name in OWN_TEST:
            continue
        with TemporaryDirectory() as folder:
            walk = Walk(Path(folder), page.read_text(), refreshing=True)
            try:
                walk.all()
            except AssertionError as error:
                left = 1
                print(page.name, error, *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)  # noqa: T201
            page.write_text(walk.page)
    return left


if __name__ == "__main__":
    sys.exit(main())
