"""When a request is sent again. Pure: the clock, the dice, the answers are handed in."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, NamedTuple

PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 525)})
"""The server, or what is in front of it, may do better the next time. 520 to 524 are Cloudflare's."""
NOT_CARRIED_OUT: Final = frozenset({425, 429})
"""It did not act on the request, so even a POST may go out again."""
_REGISTERED: Final = frozenset(HTTPStatus)
_LONGEST_S: Final = 999_999_999.0
_FORGOTTEN_AFTER_S: Final = 60.0


class Timing(NamedTuple):
    """Waits and limits, in seconds where not said otherwise. Defacto answers 504 after 30 s on its own."""

    connect_s: float = 10.0
    answer_s: float = 40.0  # for one whole answer, connecting included, also one that comes in drips
    attempts: int = 4  # of a request that fails; a rate limit is not counted
    backoff_base_s: float = 0.3
    backoff_cap_s: float = 8.0
    patience_s: float = 120.0  # for one request with all its attempts and waits


def is_refusal(status: int) -> bool:
    """Whether the server has clearly not carried the request out, and will not."""
    return 400 <= status < 500 and status in _REGISTERED and status != HTTPStatus.REQUEST_TIMEOUT


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
        return min(float(text[:400]), _LONGEST_S)
    try:
        date = parsedate_to_datetime(text)
        if date.tzinfo is None:  # "-0000": a time whose zone is not known
            date = date.replace(tzinfo=now.tzinfo)
        return max(0.0, (date - now).total_seconds())
    except (ValueError, OverflowError):  # a year or a zone beyond the calendar
        return None


class RateLimit:
    """Holds all requests of a client together. Times are those of one clock, in seconds.

    Each time that it happens again, all wait twice as long; it is forgotten after a minute without one.
    """

    def __init__(self) -> None:
        self.open_from = 0.0  # before that, nothing is sent
        self._rounds = 0
        self._last_at = 0.0

    def met(self, *, sent_at: float, now: float, asked_s: float | None, timing: Timing, dice: float) -> float:
        """A request was told to slow down; how long all wait now. `asked_s` is what the server asked for."""
        if now - self._last_at > _FORGOTTEN_AFTER_S:
            self._rounds = 0
        if sent_at >= self.open_from:  # else it went out before the others were told
            self._rounds += 1
        self._last_at = now
        own_s = backoff_s(
            max(self._rounds, 1), base_s=timing.backoff_base_s, cap_s=timing.backoff_cap_s, dice=dice
        )
        wait_s = max(own_s, asked_s or 0.0)
        self.open_from = max(self.open_from, now + wait_s)
        return self.open_from - now
