"""Refusals, as Defacto words them: a subset of RFC 7807 (documented)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request


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
