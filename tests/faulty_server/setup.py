"""What a test chooses for one example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.faulty_server.account import Ids, Stored
from tests.faulty_server.faults import Fault, On
from tests.faulty_server.listing import Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The account that an example starts with, what will go wrong, and what the server is like."""

    account: Sequence[Stored] = ()
    faults: Sequence[On] = ()
    always: Sequence[Fault] = ()  # on every request, beside the one of `faults` that is due
    page_size: int = 100
    count: Count = Count.TOTAL
    ids: Ids = Ids.SEQUENTIAL
    latency_s: float = 0.0  # before a request is looked at
    key: str = "key-of-the-tests"
    invoice: Sequence[str] = ("SUBMITTED", "VERIFIED")  # its status when it is made, and at each look
