"""What all models of the settings share: the base class, CIDR blocks and ports."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

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


def _each_once(ports: tuple[int, ...]) -> tuple[int, ...]:
    for index, port in enumerate(ports):
        if port in ports[:index]:
            raise refusal(Problem((index,), "is named twice", "name each port once", port))
    return ports


Ports = Annotated[
    tuple[Annotated[int, Field(ge=1, le=65535)], ...],
    Field(min_length=1),
    AfterValidator(_each_once),
]
"""TCP ports, at least one and each once: a rule is named after its port."""
