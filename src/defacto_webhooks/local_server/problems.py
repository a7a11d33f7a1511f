"""Refusals, as Defacto words them: a subset of RFC 7807 (documented)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Final, TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from defacto_webhooks.errors import UserError

_Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
_DETAILS: Final = {404: "There is nothing at this path.", 405: "This path does not accept this method."}


class Problem(Exception):
    """An answer that is not a success. `invalid_params` are (name, reason) pairs, only with a 422."""

    def __init__(self, status: int, detail: str, invalid_params: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.invalid_params = tuple(invalid_params)


def invalid(*params: tuple[str, str]) -> Problem:
    """A 422 for these (name, reason) pairs."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid.", params)


def problem_response(
    request: Request, problem: Problem, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """`problem` as `application/problem+json` (that media type is a guess; the fields are documented)."""
    body: dict[str, object] = {
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.scope["path"],
    }
    if problem.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        body["invalid_params"] = [{"name": name, "reason": reason} for name, reason in problem.invalid_params]
    return JSONResponse(
        body, problem.status, headers=dict(headers or {}), media_type="application/problem+json"
    )


def checked(check: Callable[[Request], None], endpoint: _Endpoint) -> _Endpoint:
    """`endpoint`, for requests that `check` lets through; it raises Problem for the others."""

    async def entrance(request: Request) -> Response:
        check(request)
        return await endpoint(request)

    return entrance


async def _answered(request: Request, error: Exception) -> Response:
    match error:
        case Problem():
            headers = {"www-authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else None
            return problem_response(request, error, headers)
        case HTTPException():
            detail = _DETAILS.get(error.status_code, str(error.detail))
            return problem_response(request, Problem(error.status_code, detail), error.headers)
        case UserError():
            return problem_response(request, Problem(500, error.message))
        case _:
            return problem_response(request, Problem(400, "The request ended early."))


# For Starlette: what any of these becomes in an app of ours.
ERROR_HANDLERS: Final = dict.fromkeys((Problem, HTTPException, UserError, ClientDisconnect), _answered)
