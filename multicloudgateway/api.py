"""The inputs and outputs of an API in the package."""

from __future__ import annotations

from typing import Annotated

import pulumi
from pydantic import BaseModel, ConfigDict, Field

from components.api.model import ApiArgs


class ApiInputs(ApiArgs):
    """An API, on every control plane of a gateway."""

    gateway: Annotated[str, Field(min_length=1, examples=["acme/multicloud-gateway/prod"])]
    """The stack of the gateway, with its full name ``org/project/stack``; ``org`` is
    ``organization`` where the backend has none. The stack exports the contract of a gateway."""


class ApiOutputs(BaseModel):
    """Where an API is reached, and what it consists of in Konnect."""

    model_config = ConfigDict(arbitrary_types_allowed=True, use_attribute_docstrings=True)

    urls: dict[str, pulumi.Output[list[str]]]
    """URLs of the routes, by the key of the region."""
    service_ids: dict[str, pulumi.Output[str]]
    """Ids of the services, by the key of the control plane."""
    route_ids: dict[str, dict[str, pulumi.Output[str]]]
    """Ids of the routes, by the keys of the control plane and of the route."""
    upstream_ids: dict[str, pulumi.Output[str]]
    """Ids of the upstreams, by the key of the control plane; only where there are targets."""
    control_planes: dict[str, pulumi.Output[str]]
    """Ids of the control planes that the API is on, by key."""
