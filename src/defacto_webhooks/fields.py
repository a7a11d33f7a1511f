"""Foreign data as frozen dataclasses: each field says once how it is checked and what it means.

pydantic-core does the checking. pydantic itself would take longer to import than a whole `validate`
runs; it is asked only for the JSON Schema, which it makes from the same fields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import CoreSchema, SchemaValidator, core_schema

TEXT: Final = core_schema.str_schema(strict=True)
WORD: Final = core_schema.str_schema(strict=True, min_length=1)
INTEGER: Final = core_schema.int_schema(strict=True)
BOOLEAN: Final = core_schema.bool_schema(strict=True)
ANYTHING: Final = core_schema.any_schema()
_FORBID: Final = core_schema.CoreConfig(extra_fields_behavior="forbid")


def a_list(items: CoreSchema) -> CoreSchema:
    return core_schema.list_schema(items, strict=True)


def a_mapping(values: CoreSchema) -> CoreSchema:
    """Text → `values`."""
    return core_schema.dict_schema(TEXT, values, strict=True)


def or_none(schema: CoreSchema) -> CoreSchema:
    return core_schema.nullable_schema(schema)


def field(
    schema: CoreSchema, description: str = "", *, json: dict[str, Any] | None = None, **how: Any
) -> Any:
    """A field of a dataclass that `an_object` makes a schema of; `how` is as for `dataclasses.field`.

    `json` is what JSON Schema says of it besides its type and `description`: examples, say.
    """
    described = {"description": description} if description else {}
    return dataclasses.field(metadata={"schema": schema, "json": described | (json or {})}, **how)


def an_object(
    cls: type[Any], *, forbid_others: bool = False, json: Mapping[str, Any] | None = None
) -> CoreSchema:
    """A mapping with the fields of the dataclass `cls` (with slots), which it becomes.

    Other keys are ignored, or with `forbid_others` an error. `json` is as for `field`.
    """
    arguments = core_schema.dataclass_args_schema(cls.__name__, list(map(_argument, dataclasses.fields(cls))))
    return core_schema.dataclass_schema(
        cls,
        arguments,
        [field.name for field in dataclasses.fields(cls)],
        slots=True,
        ref=cls.__name__,
        config=_FORBID if forbid_others else core_schema.CoreConfig(),
        metadata={"json": json or {}},
    )


def _argument(field: dataclasses.Field[Any]) -> core_schema.DataclassField:
    schema: CoreSchema = field.metadata["schema"]
    if field.default is not dataclasses.MISSING:
        schema = core_schema.with_default_schema(schema, default=field.default)
    elif field.default_factory is not dataclasses.MISSING:
        schema = core_schema.with_default_schema(schema, default_factory=field.default_factory)
    return core_schema.dataclass_field(field.name, schema, kw_only=True, metadata=dict(field.metadata))


def validator(schema: CoreSchema) -> SchemaValidator:
    """Checks data against `schema`. Its errors quote nothing of the data."""
    return SchemaValidator(schema, core_schema.CoreConfig(hide_input_in_errors=True))


def json_schema(schema: CoreSchema) -> dict[str, Any]:
    """The same as JSON Schema (draft 2020-12)."""
    from pydantic.json_schema import GenerateJsonSchema

    class Described(GenerateJsonSchema):
        def dataclass_schema(self, schema: core_schema.DataclassSchema) -> dict[str, Any]:
            others = {"additionalProperties": False} if schema["config"] == _FORBID else {}
            described = {"description": schema["cls"].__doc__, **schema["metadata"]["json"]}
            return self.generate_inner(schema["schema"]) | described | others

        def dataclass_field_schema(self, schema: core_schema.DataclassField) -> dict[str, Any]:
            described: dict[str, Any] = schema["metadata"]["json"]
            found = super().dataclass_field_schema(schema) | described
            return {name: value for name, value in found.items() if (name, value) != ("default", None)}

        def field_title_should_be_set(self, _: Any) -> bool:
            return False  # it would only repeat the field's name

    return Described().generate(schema)
