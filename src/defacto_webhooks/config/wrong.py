"""`WRONG` stands for a value that has a finding already, so that all the others are still checked."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Final, TypeVar, get_args

from pydantic import GetCoreSchemaHandler, WrapValidator
from pydantic_core import CoreSchema

_T = TypeVar("_T")


class Wrong(Enum):
    """Its one value is `WRONG`: there is a finding about this part already."""

    WRONG = "wrong"


WRONG: Final = Wrong.WRONG


class _OrWrong:
    """For pydantic: `WRONG` passes, which no file can hold; everything else is checked as without it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        [right] = (argument for argument in get_args(source) if argument is not Wrong)
        passing = WrapValidator(lambda value, check: value if value is WRONG else check(value))
        return handler.generate_schema(Annotated[right, passing])


OrWrong = Annotated[_T | Wrong, _OrWrong()]
