"""Asks a callback whether it is there, as Defacto would: one POST, no retry, no redirect, no API key.

What is sent is a notification as documented, marked as a sample at every level, since the callback may
act on it.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from defacto_webhooks._version import __version__
from defacto_webhooks.errors import find_cause
from defacto_webhooks.events import entity_slug, split, status_slug
from defacto_webhooks.notification import SAMPLE_ID
from defacto_webhooks.phrases import plural
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.transport import ProxyFailed, async_client, why_not_trusted

TIMEOUT_S: Final = 10.0  # for the whole attempt; Defacto's is not documented
_SAMPLE: Final = "a sample of `defacto-webhooks doctor --probe`, not sent by Defacto"
_SLOW_S: Final = 3.0
_EXPIRES_SOON_DAYS: Final = 14
_BEGINNINGS: Final = ("submitted", "created", "scheduled")  # statuses
_METHODS: Final = re.compile("[A-Z]{3,10}(?:, *[A-Z]{3,10}){0,9}")  # of an Allow header


@dataclass(frozen=True, slots=True)
class Probe:
    """What became of one attempt. Nothing in it quotes the callback; `url` redacts itself.

    `status` is None where there was no answer; `seconds` is the time to the status line; `problem` is empty
    after a 2xx, `hint` then holds a remark, where there is one.
    """

    url: SecretUrl
    status: int | None
    seconds: float
    problem: str
    hint: str


def mildest(event_types: Sequence[str]) -> str:
    """The one to send of those that a callback wants: one that begins something, rather than ends it."""
    return min(event_types, key=lambda name: (status_slug(name) not in _BEGINNINGS, name))


def sample(event_type: str) -> dict[str, Any]:
    """The notification that is sent."""
    return {
        "entity_type": entity_slug(event_type),
        "transition_name": "SAMPLE",
        "status": split(event_type)[1],
        "timestamp": datetime.now(UTC).isoformat(timespec="microseconds"),
        "id": SAMPLE_ID,
        "event_type": event_type,
        "entity_state": {"id": SAMPLE_ID, "sample": _SAMPLE},
    }


async def probes(
    targets: Mapping[SecretUrl, str], *, at_once: int = 20, timeout_s: float = TIMEOUT_S
) -> list[Probe]:
    """Each URL of `targets`, with the event type that it is sent, tried once.

    Raises UserError where the environment's proxy or certificates can't be used for one of them.
    """
    headers = {"user-agent": f"defacto-webhooks-doctor/{__version__}", "x-defacto-webhooks-sample": "1"}
    slots = asyncio.Semaphore(at_once)
    async with async_client(*targets, headers=headers, timeout=timeout_s) as client:

        async def one(url: SecretUrl, event_type: str) -> Probe:
            async with slots:
                return await _probe(client, url, sample(event_type), timeout_s)

        return await asyncio.gather(*(one(*target) for target in targets.items()))


async def _probe(client: httpx.AsyncClient, url: SecretUrl, body: dict[str, Any], timeout_s: float) -> Probe:
    began, status, expiry = time.perf_counter(), None, ""
    try:
        async with asyncio.timeout(timeout_s), client.stream("POST", url.reveal(), json=body) as response:
            status, seconds = response.status_code, time.perf_counter() - began
            expiry = _expiry(response)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
        if status is None:
            return Probe(url, None, time.perf_counter() - began, *_no_answer(error, timeout_s))
    if not 200 <= status < 300:
        return Probe(url, status, seconds, *_refusal(status, response.headers.get("allow", "")))
    slow = "slow: answer first, do the work later; how long Defacto waits is not documented"
    return Probe(
        url, status, seconds, "", "; ".join(filter(None, (slow if seconds > _SLOW_S else "", expiry)))
    )


def _expiry(response: httpx.Response) -> str:
    """A remark where the TLS certificate expires soon."""
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    end = (tls.getpeercert() or {}).get("notAfter") if tls is not None else None
    if end is None:
        return ""
    days = int((ssl.cert_time_to_seconds(str(end)) - time.time()) // 86_400)
    return f"its TLS certificate expires in {plural(days, 'day')}" if days < _EXPIRES_SOON_DAYS else ""


def _no_answer(error: Exception, timeout_s: float) -> tuple[str, str]:
    """Problem and hint. The texts of libraries may quote the URL, so only their kinds count."""
    if isinstance(error, ProxyFailed):
        return error.message, error.hint
    if why := why_not_trusted(error):
        return (
            f"its TLS certificate is not valid: {why}",
            "Defacto would refuse it too; here, set SSL_CERT_FILE to use your own authority",
        )
    if find_cause(error, ssl.SSLError) is not None:
        return "this port does not speak TLS", "is it meant to be https, on this port?"
    if find_cause(error, socket.gaierror) is not None:
        return "its host name does not exist (DNS)", "correct the host, or add it to the DNS"
    if find_cause(error, ConnectionRefusedError) is not None:
        return (
            "the connection was refused: nothing is listening there",
            "start the callback, or correct the port",
        )
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection within {timeout_s:g} s", "does a firewall drop it?"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return f"no answer within {timeout_s:g} s", "answer first (204), do the work later"
    if isinstance(error, httpx.ConnectError):
        return "it can't be reached", "is there a route to it from here?"
    return "the connection broke before there was an answer", "check the callback's log: it may have crashed"


def _refusal(status: int, allow: str) -> tuple[str, str]:
    """Problem and hint for an answer that is no 2xx."""
    if status == 405:
        takes = f"; it accepts {allow}" if _METHODS.fullmatch(allow) else ""
        return f"405: it does not accept POST{takes}", "Defacto uses POST: make the route accept it"
    if 300 <= status < 400:
        return f"{status}: it redirects", "put the final address in the file; redirects are not followed"
    hints = {
        400: "it accepted the POST but refused the sample; a real notification has a full `entity_state`",
        401: "it does not know the credential in this URL; check it on both sides",
        403: "it refused the caller: check the credential in this URL, and any firewall",
        404: "nothing is at this path; correct it in the file or in the callback",
        413: "it does not accept a body of this size",
        415: "it does not accept JSON; Defacto sends application/json",
        422: "it accepted the POST but refused the sample; a real notification has a full `entity_state`",
        429: "it limits the rate of requests; Defacto is not known to try again",
    }
    if status >= 500:
        return f"{status}: the callback, or what is in front of it, failed", "see its log"
    return f"{status}: it did not accept the sample", hints.get(status, "a callback answers 2xx")
