"""How long to wait before a request is sent again. Pure: the clock and the dice are handed in."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime


def backoff_s(attempt: int, *, base_s: float, cap_s: float, dice: float) -> float:
    """Seconds to wait after failed attempt number `attempt` (from 1): doubling, capped, half of it at random.

    `dice` is a random number from 0 to 1, so that many clients don't come back at the same moment.
    """
    full = min(cap_s, base_s * 2.0 ** min(attempt - 1, 30))
    return full / 2 + full / 2 * dice


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header (a number or an HTTP date) asks for; None if unusable."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    if date.tzinfo is None:  # "-0000": a time whose zone is not known
        date = date.replace(tzinfo=now.tzinfo)
    return max(0.0, (date - now).total_seconds())
