"""What an environment exports, and other projects read by stack reference.

The model of the stack outputs, written by ``exports`` and read by consumers, who must be able to
import it without the clouds' SDKs: so nothing here knows the components. Keys of regions and
control planes are the gateway's own (``aws-us-east-2``, ``main``) and never change.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from providers.konnect.vocabulary import Cloud, Geo
from stacks.references import Contract, ContractError, Part, Text, Texts

__all__ = [
    "Attachment",
    "ContractError",
    "ControlPlane",
    "GatewayContract",
    "Landing",
    "Owner",
    "Region",
]


class Owner(Part):
    """The stack that owns the gateway."""

    project: str
    stack: str


class ControlPlane(Part):
    """A control plane: what a consumer adds services, routes and plugins to."""

    id: Text
    name: Text
    endpoint: Text
    """Where data planes get their configuration: a URL."""
    telemetry_endpoint: Text
    """Where data planes report to: a URL."""
    cache: Literal["managed", "regional"] | None = None
    """``managed`` by Konnect, ``regional`` for a Redis of the region in our own cloud."""
    cache_partial_id: Text | None = None
    """The Redis partial with which plugins count and cache there, where there is a cache."""


class Landing(Part):
    """The network of ours that a region is attached to, by its name or id in the cloud."""

    name: Text
    cidr: str


class Attachment(Part):
    """The connection of a region's network to the landing."""

    id: Text
    state: Text


class Region(Part):
    """A region of the gateway: where it is reached and where it calls from."""

    cloud: Cloud
    region: str
    """The cloud's own region id."""
    control_plane: str
    """The key of the control plane that configures it."""
    network_id: Text
    cidr: str
    """Of the gateway's own network."""
    landing: Landing
    hostnames: Texts
    """Names under which clients reach the region."""
    private_ip_addresses: Texts
    egress_ip_addresses: Texts
    """From where upstreams on the internet are called: for their allow lists."""
    attachment: Attachment


class GatewayContract(Contract):
    """What a gateway stack exports.

    In another project's program, inside an async function that ``pulumi.run`` is given::

        gateway = await GatewayContract.reference("org/multicloud-gateway/prod")
        for key, plane in gateway.control_planes.items():
            konnect.GatewayService(f"orders-{key}", control_plane_id=plane.id, host=...)
    """

    PROJECT: ClassVar[str] = "multicloud-gateway"
    VERSION: ClassVar[str] = "1.1"

    owner: Owner
    environment: str | None = None
    """The class of the environment: dev, staging or prod; None before 1.1."""
    geo: Geo | None = None
    """Where the control planes are, for ``konnect.Provider``; None, its default, before 1.1."""
    version: str | None = None
    """The gateway version, ``"3.13"``; None before 1.1."""
    control_planes: dict[str, ControlPlane]
    """By key: ``main``, and ``gcp-<region>`` for a region with one of its own."""
    regions: dict[str, Region]
    """By key: ``aws-us-east-2``."""

    @classmethod
    def upgraded(cls, exports: dict[str, Any], minor: int, stack: str) -> dict[str, Any]:
        """1.0 did not tell the owner, who is in the stack's name, nor the kind of a cache."""
        if minor >= 1:
            return exports
        _, project, name = stack.split("/")
        upgraded = {**exports, "owner": {"project": project, "stack": name}}
        # What is of another form is left as it is, for the model to say so.
        if isinstance(planes := exports.get("control_planes"), dict):
            upgraded["control_planes"] = {
                key: {**plane, "cache": _cache_of(key)}
                if isinstance(plane, dict) and plane.get("cache_partial_id")
                else plane
                for key, plane in planes.items()
            }
        return upgraded


def _cache_of(key: str) -> str:
    """In 1.0 a control plane of its own was always for the sake of a Redis of the region."""
    return "managed" if key == "main" else "regional"
