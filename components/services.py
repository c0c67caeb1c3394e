"""The services that the gateways of an environment must reach.

No resource comes from them. The gateway has them as an output, so that policies, and tools that
read a state, know what to walk to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.regions import Cloud


@dataclass(frozen=True)
class ServiceArgs:
    """A service that gateways call over private networks. It has an address, a name, or both."""

    cloud: Cloud
    """Where it runs."""
    region: str
    """The cloud's own region id: ``us-east-2``."""
    port: int
    """TCP port, 1 to 65535."""
    address: str | None = None
    """Its private IPv4 address."""
    name: str | None = None
    """Its DNS name, which the gateways resolve in private."""
    gateways: Sequence[str] = ()
    """Keys of the regions whose gateways need it: ``aws-us-east-2``. Empty: all."""


def services_output(
    services: Mapping[str, ServiceArgs], isolated: Collection[str] = ()
) -> dict[str, Any]:
    """The services as the gateway's output; empty without any.

    ``isolated`` are the keys of isolated regions: their gateways reach no service, on purpose.
    """
    if not services:
        return {}
    found: dict[str, Any] = {"services": {key: _plain(one) for key, one in services.items()}}
    if isolated:
        found["isolated_regions"] = sorted(isolated)
    return found


def _plain(service: ServiceArgs) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "cloud": service.cloud.value,
        "region": service.region,
        "port": service.port,
        "gateways": list(service.gateways),
    }
    if service.address is not None:
        plain["address"] = service.address
    if service.name is not None:
        plain["name"] = service.name
    return plain
