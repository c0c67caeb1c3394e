"""Gateway targets: the addresses behind an upstream, `core-entities/upstreams/{}/targets`.

Konnect adds port 8000 to an address without a port, and writes IPv6 addresses in full. Inputs and
Konnect's values are brought into that form before they are compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv6Address
from typing import Annotated, Final

import pulumi
from pydantic import AfterValidator, Field

from providers.base.http import Json
from providers.base.model import IMMUTABLE
from providers.konnect.core_entities.base import CoreEntity, CoreEntityInputs, CoreEntityProvider

_ADDRESS: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?")
_DEFAULT_PORT: Final = 8000


def completed_address(address: str) -> str:
    """The address in the form in which Konnect keeps it. Raises ValueError for other text."""
    found = _ADDRESS.fullmatch(f"[{address}]" if _is_ipv6(address) else address)
    if found is None:
        raise ValueError(f"{address!r} is not HOST, HOST:PORT, an IPv6 address or [IPV6]:PORT")
    ipv6, host, digits = found.groups()
    port = int(digits or _DEFAULT_PORT)
    if port > 65535:
        raise ValueError(f"port {port} is not 0 to 65535")
    if ipv6 is not None:
        host = f"[{IPv6Address(ipv6).exploded}]"
    return f"{host}:{port}"


def _is_ipv6(address: str) -> bool:
    return address.count(":") > 1 and not address.startswith("[")


class GatewayTargetInputs(CoreEntityInputs):
    """`Target`. The defaults are Kong's own."""

    upstream_id: Annotated[str, IMMUTABLE, Field(min_length=1)]
    target: Annotated[str, AfterValidator(completed_address)]
    weight: Annotated[int, Field(ge=0, le=65535)] = 100
    failover: bool = False


class GatewayTargetProvider(CoreEntityProvider[GatewayTargetInputs]):
    """CRUD of a target. It is updated in place; the Terraform provider replaces it."""

    Inputs = GatewayTargetInputs
    noun = "target"
    segment = "upstreams/{upstream_id}/targets"
    natural_key = ("control_plane_id", "upstream_id", "target")

    def same(self, entity: Json, inputs: GatewayTargetInputs) -> bool:
        with suppress(ValueError):
            return completed_address(entity["target"]) == inputs.target
        return False


class GatewayTarget(CoreEntity, module="konnect", name="GatewayTarget"):
    """A target of an upstream (`konnect_gateway_target`).

    ``target`` is a host name or an address with a port (default 8000). ``weight`` is 0 to 65535
    (default 100); a target with weight 0 gets no requests. A ``failover`` target gets requests
    only if no other target is healthy. Timestamps may have fractions of a second.
    Source: `core-entities/upstreams/{upstream_id}/targets`.
    """

    upstream_id: pulumi.Output[str]
    target: pulumi.Output[str]
    weight: pulumi.Output[int]
    failover: pulumi.Output[bool]

    def __init__(
        self,
        resource_name: str,
        *,
        control_plane_id: pulumi.Input[str],
        upstream_id: pulumi.Input[str],
        target: pulumi.Input[str],
        weight: pulumi.Input[int] | None = None,
        failover: pulumi.Input[bool] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(GatewayTargetProvider(), resource_name, locals(), opts)
