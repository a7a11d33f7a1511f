"""A webhook API that fails on purpose, on a real socket or in memory. Independent of the package under test.

What goes wrong is data: `On(Call.DELETE, 2, Reset(when=When.AFTER))` in `faults` happens on one request, or
on some in a row; what is in `always` makes the server what it is: `Upserts()`, `StoresOther(trims_name)`.
A new fault is one small class in `faults/`; `faults/fault.py` says where it can take hold.
"""

from tests.faulty_server.account import (
    Account,
    Creates,
    Deletes,
    Gap,
    Ids,
    Pair,
    Patches,
    Snapshot,
    Stored,
    stored,
)
from tests.faulty_server.faults import *  # noqa: F403 - all that its __all__ names
from tests.faulty_server.faults import __all__ as _faults
from tests.faulty_server.listing import Count
from tests.faulty_server.messages import Call, Received, Request
from tests.faulty_server.server import FaultyServer, MemoryServer, Server

__all__ = [
    *_faults,
    "Account",
    "Call",
    "Count",
    "Creates",
    "Deletes",
    "FaultyServer",
    "Gap",
    "Ids",
    "MemoryServer",
    "Pair",
    "Patches",
    "Received",
    "Request",
    "Server",
    "Snapshot",
    "Stored",
    "stored",
]
