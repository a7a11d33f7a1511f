"""The errors a user can meet: what happened, what to do next, which exit code."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from enum import IntEnum
from typing import Final, TypeVar

_E = TypeVar("_E", bound=BaseException)
_EXTRA: Final = frozenset({"starlette", "uvicorn"})  # packages of the extra `sandbox`, for the local servers


class Exit(IntEnum):
    """Exit codes of every command; scripts rely on them."""

    DONE = 0
    ERROR = 1  # nothing was changed
    CHANGES = 2  # only `plan --detailed-exitcode`
    INCOMPLETE = 3  # an apply changed something, or can't rule it out, and did not finish
    INTERRUPTED = 130  # before anything was changed


class UserError(Exception):
    """Something a user, a network or a server caused; shown without a traceback.

    `message` says what happened, `hint` what to do next. Neither may hold a secret. What else is known
    is in the attributes of the class: the guards that refused, the findings in the file.
    """

    exit_code: Exit = Exit.ERROR

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RequestError(UserError):
    """A request to the Defacto API did not get a usable answer.

    `status` is the HTTP status, None where there was no answer.
    `outcome_unknown` says that the server may have carried the request out all the same: so it is, unless it
    was clearly refused or never sent.
    `invalid_params` are the (name, reason) pairs of a 422, cleaned of secrets.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        status: int | None = None,
        outcome_unknown: bool = True,
        invalid_params: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.outcome_unknown = outcome_unknown
        self.invalid_params = invalid_params


def words_of_param(param: str) -> list[str]:
    """The words of an invalid parameter's name: of `body.event_types[0]` and `/event_types/0` alike."""
    return re.split(r"\W+", param)


class NotSent(RequestError):
    """This request never went out: the message says why."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint, outcome_unknown=False)


class DoubtfulRead(RequestError):
    """The list of subscriptions came back in a state that can't be trusted.

    It is never read as "nothing exists": nothing is planned or deleted on its word.
    """

    def __init__(self, message: str) -> None:
        super().__init__(
            message, "run the command again; if it fails the same way, report it to Defacto's support"
        )


class Interrupted(UserError):
    """Ctrl-C or SIGTERM before anything was changed."""

    exit_code = Exit.INTERRUPTED


class Unfinished(UserError):
    """An apply broke off in a way that no report could be made of."""

    exit_code = Exit.INCOMPLETE


def explained(error: BaseException) -> UserError:
    """`error` as what a user can read: a message and a next step."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, KeyboardInterrupt):
        told: UserError = Interrupted("interrupted; nothing was changed")
    elif isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in _EXTRA:
        package = (error.name or "").partition(".")[0]
        told = UserError(
            f"this needs the package {package}, which is not installed",
            "install defacto-webhooks with its extra `sandbox`: `pip install '.[sandbox]'` in a clone of it",
        )
    elif isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        told = UserError(f"{where}{error.strerror.lower()}", "check the path and its permissions")
    else:
        told = UserError(
            f"this is a bug in defacto-webhooks ({type(error).__name__})",
            "run it again with --debug, and report what it shows",
        )
    told.__cause__ = error
    return told


def find_cause(error: BaseException | None, kind: type[_E]) -> _E | None:
    """The first `kind` in the chain of causes of `error`."""
    return next((cause for cause in _causes(error) if isinstance(cause, kind)), None)


def system_words(error: BaseException | None) -> str:
    """What the operating system says of it, as in "connection refused"; empty where it says nothing."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.strerror:
            if cause.errno is not None and cause.strerror.startswith("Connect call failed"):  # asyncio's own
                return os.strerror(cause.errno).lower()
            return cause.strerror.lower()
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
