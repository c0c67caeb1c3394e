"""Dedicated cloud gateway networks: `/v2/cloud-gateways/networks`.

A network takes 30-40 minutes to become ready. It has no error state: a failure shows only in
`state_metadata`. Only its name can be updated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Annotated, Any, Final

import pulumi
from pydantic import Field

from providers.base import readiness
from providers.base.http import Json
from providers.base.model import IMMUTABLE, Inputs, Props, Returned, SetOf
from providers.konnect.client import Client
from providers.konnect.cloud_gateways.base import (
    CloudGatewayObject,
    CloudGatewayProvider,
    reason_of,
)
from providers.konnect.crud import GONE_STATES
from providers.konnect.resource import CloudGatewayResource, by_id, shared_collection

PATH: Final = "/v2/cloud-gateways/networks"
READY_TIMEOUT: Final = 3600.0
"""Seconds. Kong says 30 to 40 minutes."""
FAILED_STATUS: Final = frozenset({"INVALID", "ERROR"})
"""Values of `state_metadata.reported_status` that count as failed."""


class ProviderMetadata(Returned):
    """Kong's VPC and subnets. Both are empty until the network is provisioned."""

    vpc_id: str = ""
    subnet_ids: tuple[str, ...] = ()


class Network(CloudGatewayObject):
    """A network as Konnect returns it once it is ready."""

    name: str
    region: str
    availability_zones: tuple[str, ...] = ()
    cidr_block: str
    state: str
    state_metadata: dict[str, Any] = {}
    default: bool = False
    cloud_gateway_provider_account_id: str
    provider_metadata: ProviderMetadata
    transit_gateway_count: int = 0
    configuration_reference_count: int = 0


def judge(item: Json) -> readiness.Verdict[Network]:
    """Ready by its state. Failed by its state or reported status. Waiting otherwise."""
    if item["state"] == "ready":
        return readiness.Ready(Network.model_validate(item))
    reported = (item.get("state_metadata") or {}).get("reported_status")
    unused = not item.get("configuration_reference_count")
    if item["state"] == "offline" and unused:
        # Konnect provisions a network when the first configuration refers to it.
        return readiness.Waiting("offline", "no configuration refers to it yet")
    failed = item["state"] in (*GONE_STATES, "offline") or reported in FAILED_STATUS
    kind = readiness.Failed if failed else readiness.Waiting
    return kind(item["state"], reason_of(item))


def judge_listed(item: Json) -> readiness.Verdict[Network]:
    """Ready in any state."""
    return readiness.Ready(Network.model_validate(item))


class CloudGatewayNetworkInputs(Inputs):
    """The inputs of a network: `CreateNetworkRequest`. The order of zones does not matter."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    cloud_gateway_provider_account_id: Annotated[str, IMMUTABLE]
    region: Annotated[str, IMMUTABLE, Field(min_length=1)]
    availability_zones: Annotated[SetOf[str], IMMUTABLE, Field(min_length=1)]
    cidr_block: Annotated[str, IMMUTABLE, Field(pattern=r"^\d+\.\d+\.\d+\.\d+/\d+$")]


class CloudGatewayNetworkProvider(CloudGatewayProvider[CloudGatewayNetworkInputs]):
    """CRUD of a network."""

    Inputs = CloudGatewayNetworkInputs
    noun = "cloud gateway network"
    segment = "networks"
    outputs = ("created_at", "default")

    def find(self, client: Client, inputs: CloudGatewayNetworkInputs) -> Json | None:
        return self.living(client, PATH, inputs.name)

    def change(
        self, client: Client, id_: str, inputs: CloudGatewayNetworkInputs, changed: Sequence[str]
    ) -> Json:
        action = f"renaming cloud gateway network {id_} to {inputs.name!r}"
        return client.patch(f"{PATH}/{id_}", action, {"name": inputs.name})

    def forbidden_changes(self, olds: Props, news: Props) -> Iterator[tuple[str, str]]:
        """A change of zones needs another CIDR block.

        A change of zones replaces the network, and both networks exist for a while. Azure refuses
        overlapping peerings, and AWS propagates only one of two identical CIDRs.
        """
        same_place = olds.get("region") == news.get("region")
        if (
            same_place
            and olds.get("cidr_block") == news.get("cidr_block")
            and olds.get("availability_zones") != news.get("availability_zones")
        ):
            yield (
                "availability_zones",
                f"the zones of cloud gateway network {olds.get('name')!r} cannot change from "
                f"{', '.join(olds.get('availability_zones') or [])} while its cidr_block stays "
                f"{olds.get('cidr_block')}: other zones are another network, and two live networks "
                "of one block cannot both be peered. Write another cidr_block with the new zones",
            )

    def judge(self, remote: Json) -> readiness.Verdict[Any]:
        return judge(remote)

    def remove(self, client: Client, id_: str, props: Props) -> None:
        """Delete the network once nothing refers to it.

        Groups and attachments that are terminating still count as references, and Konnect answers
        400 while there are any. Nothing depends on the deleted network, so this does not wait until
        it is terminated. Raises DeadlineError after the delete timeout.
        """
        label = f"cloud gateway network {props.get('name')!r} ({id_})"

        def holders() -> str | None:
            network = self.fetch(client, id_, props)
            if network["state"] in GONE_STATES:
                return None
            names: list[str] = []
            if network.get("configuration_reference_count"):
                path = f"{PATH}/{id_}/configuration-references"
                found = client.list_all(path, f"listing what refers to {label}")
                names += [
                    f"the configuration of control plane {c['control_plane_id']}" for c in found
                ]
            if network.get("transit_gateway_count"):
                path = f"{PATH}/{id_}/transit-gateways"
                found = client.list_all(path, f"listing what is attached to {label}")
                names += [f"attachment {c['name']!r} ({c['state']})" for c in found]
            return f"{', '.join(names)} still refer to it" if names else None

        readiness.until(holders, f"deleting {label}", self.delete_limit(props))
        if self.fetch(client, id_, props)["state"] not in GONE_STATES:
            self.send_delete(client, f"{PATH}/{id_}", label, id_, props)


def collection(client: Client, _: Any = None) -> readiness.Collection:
    """The collection of all networks of the organisation. One list call serves every wait."""
    return shared_collection(client, PATH, "listing cloud gateway networks", by_id)


class CloudGatewayNetwork(CloudGatewayResource, module="konnect", name="CloudGatewayNetwork"):
    """A dedicated cloud gateway network. Terraform: `konnect_cloud_gateway_network`.

    ``cidr_block`` is /16 to /23 (Azure: to /21) inside the region's allowed blocks.
    ``availability_zones`` are zone **ids** such as ``use2-az1``. A change of any input but ``name``
    replaces the network. A new network has new addresses. ``ready_timeout`` is in seconds and
    limits ``ready`` (default one hour). Without ``awaited``, ``ready`` is the network as Konnect
    lists it, in any state. Source: `/v2/cloud-gateways/networks`.
    """

    name: pulumi.Output[str]
    region: pulumi.Output[str]
    cidr_block: pulumi.Output[str]
    availability_zones: pulumi.Output[Sequence[str]]
    cloud_gateway_provider_account_id: pulumi.Output[str]
    default: pulumi.Output[bool]
    """Whether Konnect created the network when the provider account was linked."""

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str],
        cloud_gateway_provider_account_id: pulumi.Input[str],
        region: pulumi.Input[str],
        availability_zones: pulumi.Input[Sequence[pulumi.Input[str]]],
        cidr_block: pulumi.Input[str],
        ready_timeout: float = READY_TIMEOUT,
        awaited: bool = True,
        adopt_existing_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(CloudGatewayNetworkProvider(), resource_name, locals(), opts)
        self._ready_timeout = ready_timeout
        self._judge = judge if awaited else judge_listed
        self._label = f"cloud gateway network {resource_name}"

    @cached_property
    def ready(self) -> pulumi.Output[Network]:
        """The network, once it is ready. Raises FailedStateError or DeadlineError."""
        return self._when(collection, self._judge, label=self._label, timeout=self._ready_timeout)
