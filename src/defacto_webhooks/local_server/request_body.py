"""Reads request bodies: bounded in size, depth, time; never trusted."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any, Final, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from defacto_webhooks.local_server.problems import Problem, invalid

MAX_BODY: Final = 10_000_000  # bytes; Defacto's own limit is not documented
_MAX_DEPTH: Final = 64
_TIMEOUT_S: Final = 30.0


class RequestBody(BaseModel):
    """What a JSON body must be; unknown fields are ignored."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


_Body = TypeVar("_Body", bound=RequestBody)


async def read_as(request: Request, model: type[_Body], *, optional: bool = False) -> _Body:
    """The JSON body as `model`; with `optional`, no body or `null` is an empty object.

    Raises Problem: 400 (not JSON), 408 (too slow), 413 (too large), 422 (fields that are not valid).
    """
    raw = await read(request)
    if optional and raw.strip() in (b"", b"null"):
        raw = b"{}"
    try:
        check_json(raw)
    except ValueError as error:
        raise Problem(400, f"The request body is not valid JSON{error}.") from None
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise invalid(
            *(
                (".".join(map(str, item["loc"])) or "body", item["msg"].removeprefix("Value error, "))
                for item in error.errors(include_url=False, include_input=False, include_context=False)
            )
        ) from None


async def read(request: Request, limit: int = MAX_BODY) -> bytes:
    """The body, of up to `limit` bytes. Raises Problem: 408 (too slow), 413 (too large)."""
    too_large = Problem(413, f"The request body is larger than {limit} bytes.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > limit:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise too_large
                chunks.append(chunk)
    except TimeoutError:
        raise Problem(408, f"The request body did not arrive within {_TIMEOUT_S:.0f} seconds.") from None
    return b"".join(chunks)


def check_json(raw: bytes) -> Any:
    """The JSON value; refuses what the standard library or SQLite would stumble over later.

    Raises ValueError; its text goes on from "not JSON" and says where or why, if that is known.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
        _check_values(value)
    except (ValueError, RecursionError) as error:
        # Not their own texts: that of a codec error quotes the body.
        match error:
            case json.JSONDecodeError():
                raise ValueError(f" (line {error.lineno}, column {error.colno})") from None
            case UnicodeDecodeError():
                raise ValueError(
                    ": it is compressed" if raw[:2] == b"\x1f\x8b" else ": it is not UTF-8"
                ) from None
            case _:
                raise ValueError("") from None
    return value


def _check_values(value: Any) -> None:
    stack = [(value, 1)]
    while stack:
        item, depth = stack.pop()
        if depth > _MAX_DEPTH:
            raise ValueError("too deep")
        if isinstance(item, str):
            if not item.isascii():
                item.encode("utf-8")  # half of a surrogate pair is valid JSON, but no text
        elif isinstance(item, dict):
            stack.extend((key, depth) for key in item)
            stack.extend((child, depth + 1) for child in item.values())
        elif isinstance(item, list):
            stack.extend((child, depth + 1) for child in item)


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("out of range")
    return number
