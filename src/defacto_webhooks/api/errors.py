"""Failures of a request in words: what happened, what to do next. No secret gets into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import httpx

from defacto_webhooks.api import wire
from defacto_webhooks.api.retry import is_refusal
from defacto_webhooks.api.untrusted_text import Cleaner
from defacto_webhooks.errors import NotSent, RequestError, UserError, system_words
from defacto_webhooks.redaction import KnownUrls, Secret, SecretUrl
from defacto_webhooks.transport import ProxyFailed, why_not_trusted

_LATER: Final = "run the command again later, or with a smaller --parallelism"


class Unreadable(Exception):
    """An answer that came, and says nothing: why, without a word of it."""


class Translator:
    """Knows whom we talk to with which key, and every secret that the server could quote."""

    def __init__(
        self, environment: str, key_source: str, host: str, api_key: Secret | None, known: KnownUrls
    ) -> None:
        self._environment = environment
        self._key_source = key_source
        self._host = host
        self._api_key = api_key
        self._urls: set[SecretUrl] = set()
        self._unread: list[KnownUrls | SecretUrl] = [known]  # what the cleaner learns when an error needs it
        self._cleaner = Cleaner()

    def learn(self, urls: Iterable[SecretUrl]) -> None:
        """Remember `urls`, so that no later answer can bring a part of them into a message."""
        new = set(urls) - self._urls
        self._urls |= new
        self._unread += new

    def no_connection(self, cause: Exception) -> RequestError:
        """Nothing was sent."""
        if isinstance(cause, ProxyFailed):
            message = f"can't reach {self._host}: {cause.message}"
            return RequestError(message, cause.hint, outcome_unknown=False)
        if why := why_not_trusted(cause):
            return RequestError(
                f"the TLS certificate of {self._host} is not valid: {why}",
                "behind a company proxy, set SSL_CERT_FILE to its certificate authority",
                outcome_unknown=False,
            )
        why = "it takes too long to connect" if isinstance(cause, httpx.TimeoutException) else "no connection"
        return RequestError(
            f"can't reach {self._host}: {system_words(cause) or why}",
            f"check the network and the api_url of environment {self._environment!r}",
            outcome_unknown=False,
        )

    def no_answer(self, cause: Exception, method: str) -> RequestError:
        """It was sent, and nobody knows what became of it."""
        hint = "run the command again"
        if isinstance(cause, TimeoutError | httpx.TimeoutException):
            what = f"{self._host} did not answer {method} in time"
        elif isinstance(cause, Unreadable):
            what = f"the answer of {self._host} to {method} {cause}"
        elif isinstance(cause, UserError):  # of the local API, which runs in this process
            what, hint = cause.message, cause.hint
        elif isinstance(cause, httpx.HTTPError | OSError):
            what = f"the connection to {self._host} broke before the answer to {method} was complete"
        else:
            bug = f"a bug in defacto-webhooks ({type(cause).__name__})"
            what = f"{method} to {self._host} failed because of {bug}"
            hint = "run it again with --debug, and report what it shows"
        error = RequestError(what, hint, outcome_unknown=method != "GET")
        if not isinstance(cause, OSError | httpx.HTTPError | Unreadable | UserError):
            error.__cause__ = cause  # for a bug report; the frames of the libraries hold what was received
        return error

    def refusal(
        self, status: int, headers: Mapping[str, str], content: wire.Body, method: str
    ) -> RequestError:
        """The server answered, but not with success."""
        problem = wire.problem(content)
        params = tuple(
            (self._clean(param.name), self._clean(param.reason)) for param in problem.invalid_params
        )
        said = [self._clean(str(text)) for text in (problem.title, problem.detail) if text]
        message = f"{self._host} answered {method} with {status}"
        if said:
            message += ": " + "; ".join(dict.fromkeys(said))
        elif "html" in headers.get("content-type", "") or content.lstrip()[:1] == b"<":
            message += " and an HTML page, not JSON"
        return RequestError(
            message,
            self._hint(status, method),
            status=status,
            outcome_unknown=method != "GET" and not is_refusal(status),
            invalid_params=params,
        )

    def rate_limited(self, wait_s: float) -> NotSent:
        """Another request was told to slow down."""
        return NotSent(
            f"{self._host} limits the rate of requests; the next one would have to wait {wait_s:.0f} s",
            _LATER,
        )

    def not_tried(self, method: str, patience_s: float) -> NotSent:
        """Nothing that was sent lately had a usable answer."""
        return NotSent(
            f"{method} was not sent, as {self._host} has given no usable answer for {patience_s:.0f} s",
            "run the command again later",
        )

    def out_of_patience(self, error: RequestError, wait_s: float) -> RequestError:
        """`error`, after which it would be too long to wait as the server asks."""
        return RequestError(
            f"{error.message}, and asks us to wait {wait_s:.0f} s",
            _LATER,
            status=error.status,
            outcome_unknown=error.outcome_unknown,
        )

    def _hint(self, status: int, method: str) -> str:
        if status == 401:
            key = f"the key came from {self._key_source}; " if self._api_key else "no key was sent; "
            return (
                f"environment {self._environment!r}: {key}sandbox and production have separate keys, "
                "check that this one belongs to this environment"
            )
        if status == 429:
            return _LATER
        if status == 403:
            key = f"the key from {self._key_source}"
            return f"environment {self._environment!r}: {key} is not allowed to do this"
        if 300 <= status < 400:
            return "a redirect is not followed, as it would carry the key elsewhere; correct the api_url"
        if status == 404 and method not in ("PATCH", "DELETE"):  # those go to one subscription
            return f"check the api_url of environment {self._environment!r}: is it a Defacto API?"
        if status >= 500:
            return "Defacto or something in front of it has a problem; run the command again"
        return ""

    def _clean(self, text: str) -> str:
        if self._api_key:
            self._cleaner.learn([self._api_key.reveal()])
        self._cleaner.learn(hidden for known in self._unread for hidden in known.hidden_values())
        self._unread.clear()
        return self._cleaner.clean(text)
