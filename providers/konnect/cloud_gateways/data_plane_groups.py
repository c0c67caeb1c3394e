"""Data plane groups: the desired ones in a configuration, and the running ones.

An environment variable of a group may hold a credential, and its name alone tells that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

import pulumi
from pydantic import Field

from providers.base.model import Part, Returned, SetOf
from providers.base.sealed import is_reference, names_a_credential
from providers.konnect.vocabulary import Cloud


class Autopilot(Part):
    """Autoscaling by Kong, from ``base_rps`` requests per second up to ten times as many."""

    kind: Literal["autopilot"] = "autopilot"
    base_rps: Annotated[int, Field(ge=1)]


class Static(Part):
    """A fixed number of instances. Kong has deprecated it; existing groups may have it."""

    kind: Literal["static"] = "static"
    instance_type: Literal["small", "medium", "large"]
    requested_instances: Annotated[int, Field(ge=1)]


_HEADERS: Final = "_HEADERS"
"""The suffix of OpenTelemetry's variables for request headers. Exporters send keys in these."""


def sealed_environment(value: Any, secret: Callable[[str], Any] = pulumi.Output.secret) -> Any:
    """Data-plane groups with a Pulumi secret in place of each environment value with a credential.

    The name of a variable decides whether its value is a credential. A `{vault://...}` reference
    stays readable. A value that is not known yet is searched once it is known.
    """
    if isinstance(value, Mapping):
        name, text = value.get("name"), value.get("value")
        if isinstance(name, str) and isinstance(text, str):
            hidden = names_a_credential(name) or name.endswith(_HEADERS)
            return {**value, "value": secret(text)} if hidden and not is_reference(text) else value
        inner = value.get("environment")
        return (
            value if inner is None else {**value, "environment": sealed_environment(inner, secret)}
        )
    if isinstance(value, list | tuple):
        return [sealed_environment(item, secret) for item in value]
    if isinstance(value, pulumi.Output):
        return value.apply(lambda known: sealed_environment(known, secret))
    return value


class EnvironmentField(Part):
    """An environment variable of the data plane nodes. Its name begins with KONG_ or OTEL_."""

    name: Annotated[
        str,
        Field(min_length=6, max_length=120, pattern=r"^(KONG|OTEL)_[a-zA-Z_]+[a-zA-Z0-9_]*$"),
    ]
    value: Annotated[str, Field(min_length=1, max_length=2048)]


class DataplaneGroup(Part):
    """A group of data planes.

    Dedicated gateways need ``cloud_gateway_network_id`` and ``autoscale``, and have one group per
    network. Serverless gateways have neither, and have one group per region.
    """

    provider: Cloud
    region: Annotated[str, Field(min_length=1)]
    cloud_gateway_network_id: str | None = None
    autoscale: Annotated[Autopilot | Static, Field(discriminator="kind")] | None = None
    environment: SetOf[EnvironmentField] = []


class ActualGroup(Returned):
    """A running data plane group, as Konnect returns it."""

    id: str
    provider: str
    region: str
    state: str
    state_metadata: dict[str, Any] = {}
    cloud_gateway_network_id: str = ""
    autoscale: dict[str, Any] = {}
    environment: tuple[dict[str, str], ...] = ()
    private_ip_addresses: tuple[str, ...] = ()
    egress_ip_addresses: tuple[str, ...] = ()
    hostnames: tuple[str, ...] = ()
    created_at: str = ""
    updated_at: str = ""
