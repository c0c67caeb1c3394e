"""What all parts of an API's declaration share: their base, and the types of their fields.

A field that takes Outputs is `Annotated[T | pulumi.Output[T], TakesOutputs(T)]`: its value decides
no count of resources. All other values are plain, because they decide which resources there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pulumi
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, Strict
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class TakesOutputs:
    """Annotation of a field that takes a value of a type, or an Output of it."""

    type: Any

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def check(value: object, inner: core_schema.ValidatorFunctionWrapHandler) -> object:
            return value if isinstance(value, pulumi.Output) else inner(value)

        return core_schema.no_info_wrap_validator_function(
            check, handler.generate_schema(self.type)
        )


InputText = Annotated[str | pulumi.Output[str], TakesOutputs(str)]
Int = Annotated[int, Strict()]
Bool = Annotated[bool, Strict()]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,126}$")]
"""A key that never changes: it is in resource names, and in names in Konnect."""
Config = dict[str, Any]
"""Fields of a plugin's config, as Kong documents them. Values may be Outputs."""


class Part(BaseModel):
    """A part of a declaration: closed and frozen."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )
