"""Runs the command without the modules, functions and methods that only Unix has, as on Windows.

Usage: python -m tests.windows plan …
"""

from __future__ import annotations

import asyncio
import os
import pkgutil
import runpy
import shutil
import sys
from importlib import import_module

import defacto_webhooks

_MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")
_FUNCTIONS = (
    *(
        "O_DIRECTORY",
        "O_NOFOLLOW",
        "O_NONBLOCK",
        "fchmod",
        "fchown",
        "fork",
        "get_blocking",
        "getuid",
        "geteuid",
    ),
    *("killpg", "lchown", "mkfifo", "openpty", "set_blocking", "uname", "wait4"),
)
_LOOP = ("add_reader", "add_signal_handler", "add_writer")


def _take_away() -> None:
    """Libraries and Python's own modules were imported before, and keep what they took then."""
    for name in _MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for name in _FUNCTIONS:
        if hasattr(os, name):
            delattr(os, name)
    for name in _LOOP:
        setattr(asyncio.SelectorEventLoop, name, _not_implemented)
    shutil._use_fd_functions = False  # type: ignore[attr-defined]  # as there
    sys.platform = "win32"


def _not_implemented(*_: object) -> None:
    raise NotImplementedError


def main() -> None:
    ours = [module.name for module in pkgutil.walk_packages(defacto_webhooks.__path__, "defacto_webhooks.")]
    for name in ours:
        if not name.endswith("__main__"):
            import_module(name)
    import_module("deepdiff")
    _take_away()
    for name in ours:
        sys.modules.pop(name, None)  # so that ours are imported again, without them
    runpy.run_module("defacto_webhooks", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
