"""What all models of the settings share: the base class, and CIDR blocks."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from components import addressing
from components.addressing import AddressError
from stacks.errors import Problem, refusal


class Model(BaseModel):
    """A part of the settings: closed, strict and frozen."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


def _network(value: object) -> IPv4Network:
    if not isinstance(value, str):
        raise refusal(Problem((), "is not text", "write a CIDR block like 10.64.0.0/20"))
    try:
        return addressing.parse(value)
    except AddressError as error:
        raise refusal(Problem((), error.wrong, error.remedy)) from None


_CidrText = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$")]
Cidr = Annotated[IPv4Network, PlainValidator(_network, json_schema_input_type=_CidrText)]
